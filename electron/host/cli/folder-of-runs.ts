/** A folder that holds several run folders, and a summary of them beside those. */
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DescentError } from '../../contract/index.ts'
import { whyKept } from '../deploy/owned-folder.ts'
import { checkPath } from '../inputs/regular-file.ts'

interface SeveralRuns {
  /** The name of the summary, by which the folder is known as ours. */
  readonly summary: string
  /** What the runs are together: “cross-validation”. */
  readonly what: string
  /** Names that the run folders may have. */
  readonly runs: RegExp
}

/** Does the work in a folder that is new, empty, or one of ours. One that was made for it and stays empty goes again. */
export async function inFolderOfRuns<T>(
  path: string,
  of: SeveralRuns,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = checkPath(path)
  const isNew = claimFolder(folder, of)
  try {
    return await work(folder)
  } finally {
    if (isNew && existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder)
  }
}

/** True where it was made just now. */
function claimFolder(path: string, { summary, what }: SeveralRuns): boolean {
  let names: string[]
  const isNew = !existsSync(path)
  try {
    mkdirSync(path, { recursive: true })
    names = readdirSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new DescentError(
      'conflict',
      `${path} cannot be written (${code}). Choose another folder with --out.`,
      'out',
    )
  }
  if (names.length > 0 && !names.includes(summary))
    throw new DescentError(
      'conflict',
      `${path} holds something that is no ${what} of Descent’s. Choose another folder with --out.`,
      'out',
    )
  return isNew
}

/** Before the first run, so that what an interrupted one left is known as ours. */
export function markFolder(folder: string, { summary }: SeveralRuns): void {
  const path = join(folder, summary)
  if (!existsSync(path)) writeFileSync(path, '{}\n')
}

/** Runs of an earlier time that are not among these go, as long as nobody has changed them. */
export function removeStale(folder: string, names: ReadonlySet<string>, { runs }: SeveralRuns): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (runs.test(name) && !names.has(name) && whyKept(path) === null)
      rmSync(path, { recursive: true, force: true })
  }
}

export function writeSummary(
  folder: string,
  summary: object,
  runs: readonly { readonly run: string }[],
  of: SeveralRuns,
): void {
  removeStale(folder, new Set(runs.map(({ run }) => basename(run))), of)
  writeFileSync(join(folder, of.summary), JSON.stringify(summary, null, 2) + '\n')
}
