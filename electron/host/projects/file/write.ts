/** A project as one file: its small workspace and the files of its data, packed one behind the other as they are hashed. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import packageJson from '../../../../package.json' with { type: 'json' }
import { DescentError, projectEnding, type WrittenProject } from '../../../contract/index.ts'
import { pack } from '../../archive/pack.ts'
import { checkOutput, isWithin, realPlace, writeAside } from '../../deploy/output.ts'
import { databases, exportsFolder, listName, listOf } from './contents.ts'
import { gatherProject, notesOnMissing } from './gather.ts'

/** Weights and columns of numbers hardly shrink; text and rows do, to a third or less. */
export const shrinks = (path: string): boolean => path !== 'checkpoints.db' && !path.endsWith('.parquet')

export interface ExportRequest {
  readonly workspace: string
  readonly projectId: string
  readonly path: string
  readonly overwrite: boolean
  /** A folder for what is put together on the way. */
  readonly scratch: string
}

interface Place {
  readonly ending: string
  /** “a project’s file”. */
  readonly what: string
  readonly workspace: string
  readonly overwrite: boolean
}

/** Never a file that the workspace works with, nor one that is called as something else. */
export async function placeFor(
  asked: string,
  { ending, what, workspace, overwrite }: Place,
): Promise<string> {
  const path = await checkOutput({ out: asked, overwrite, input: join(workspace, 'descent.db') })
  if (!path.toLowerCase().endsWith(ending))
    throw new DescentError('badRequest', `The name of ${what} ends with ${ending}; not so ${path}.`, 'path')
  const [place, own] = await Promise.all([realPlace(path), realPlace(workspace)])
  if (isWithin(place, own) && !isWithin(place, join(own, exportsFolder)))
    throw new DescentError(
      'conflict',
      `${path} is inside the workspace, whose files stay as they are. Choose another place.`,
      'path',
    )
  return path
}

/** What is missing stays missing: the project is written all the same, and that is told. */
export async function writeProject(
  { workspace, projectId, path: asked, overwrite, scratch }: ExportRequest,
  progress: (share: number) => void,
): Promise<WrittenProject> {
  const path = await placeFor(asked, {
    ending: projectEnding,
    what: 'a project’s file',
    workspace,
    overwrite,
  })
  const folder = join(scratch, 'workspace')
  const { name, runs, files, missing } = gatherProject(workspace, projectId, folder)
  const all = [
    ...databases.map((each) => ({ path: each, from: join(folder, each) })),
    ...files.map((each) => ({ path: each, from: join(workspace, ...each.split('/')) })),
  ]
  const packed = await Promise.all(all.map(async (one) => ({ ...one, bytes: (await stat(one.from)).size })))
  const list: Parameters<typeof pack>[0]['list'] = (entries) =>
    listOf(packageJson.version, { id: projectId, name }, entries)
  await writeAside(
    path,
    (to) => pack({ to, files: packed, shrinks, listName, list, of: 'the project' }, progress),
    overwrite,
  )
  const { size } = await stat(path)
  return { path, bytes: size, runs, notes: notesOnMissing(missing) }
}
