/** Commands about a workspace and what is in it, for as long as they work on it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DescentError, type ProjectSummary } from '../../contract/index.ts'
import { openApp, type App } from '../app.ts'
import { workspacePath } from '../workspace.ts'
import type { CommandName } from './help.ts'
import { UsageError } from './usage-error.ts'

/** By name or id; null: the only one. */
export function projectAmong(
  projects: readonly ProjectSummary[],
  asked: string | null,
  about: CommandName,
  how = 'by --project ',
): ProjectSummary {
  const names = projects.map(({ name }) => `“${name}”`).join(', ')
  if (asked === null) {
    if (projects.length === 1) return projects[0]!
    throw new UsageError(
      projects.length === 0 ? 'The workspace has no project.' : `Say ${how}which one: ${names}.`,
      about,
    )
  }
  const found = projects.filter(({ id, name }) => id === asked || name.toLowerCase() === asked.toLowerCase())
  if (found.length === 1) return found[0]!
  throw new UsageError(
    found.length === 0
      ? `There is no project “${asked}”. There are: ${names || 'none'}.`
      : `${found.length} projects are called “${asked}”: give one’s id, ${found.map(({ id }) => id).join(' or ')}.`,
    about,
  )
}

export async function inWorkspace<T>(
  asked: string | null,
  use: (app: App) => Promise<T>,
  { create = false } = {},
): Promise<T> {
  const workspace = workspacePath(asked ?? undefined)
  // Looking into a workspace makes none.
  if (!create && !existsSync(join(workspace, 'descent.db')))
    throw new DescentError(
      'notFound',
      `${workspace} is no workspace of Descent. Say by --workspace where it is.`,
      'workspace',
    )
  const app = await openApp(workspace)
  try {
    return await use(app)
  } finally {
    await app.close()
  }
}
