/** A project as one file: its small workspace and the files of its data, packed one behind the other as they are hashed. */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ZipFile } from 'yazl'
import packageJson from '../../../../package.json' with { type: 'json' }
import { DescentError, projectEnding, type WrittenProject } from '../../../contract/index.ts'
import { checkOutput, isWithin, realPlace, writeAside } from '../../deploy/output.ts'
import { databases, exportsFolder, listName, listOf, type FileEntry } from './contents.ts'
import { gatherProject, notesOnMissing } from './gather.ts'

interface Packed {
  readonly path: string
  readonly from: string
  readonly bytes: number
}

/** Weights and columns of numbers hardly shrink; text and rows do, to a third or less. */
const shrinks = (path: string): boolean => path !== 'checkpoints.db' && !path.endsWith('.parquet')

async function pack(
  to: string,
  files: readonly Packed[],
  project: { readonly id: string; readonly name: string },
  progress: (share: number) => void,
): Promise<void> {
  const zip = new ZipFile()
  const all = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const entries: FileEntry[] = []
  let done = 0
  for (const { path, from, bytes } of files)
    zip.addReadStreamLazy(path, { size: bytes, compress: shrinks(path), mode: 0o100600 }, (give) => {
      const hash = createHash('sha256')
      const meter = new Transform({
        transform(chunk: Buffer, _, next) {
          hash.update(chunk)
          progress((done += chunk.length) / Math.max(all, 1))
          next(null, chunk)
        },
        flush(next) {
          entries.push({ path, bytes, sha256: hash.digest('hex') })
          next()
        },
      })
      const file = createReadStream(from)
      file.on('error', (error) =>
        meter.destroy(
          new DescentError(
            'conflict',
            `${path} of the project could not be read (${error.message}). Was it deleted meanwhile? Nothing was written.`,
          ),
        ),
      )
      give(null, file.pipe(meter))
    })
  // The last one: by then everything else has gone through.
  zip.addReadStreamLazy(listName, { mode: 0o100600 }, (give) =>
    give(null, Readable.from([JSON.stringify(listOf(packageJson.version, project, entries), null, 1)])),
  )
  zip.end()
  const output = zip.outputStream as Readable
  zip.on('error', (error: Error) => output.destroy(error))
  await pipeline(output, createWriteStream(to, { flush: true }))
}

export interface ExportRequest {
  readonly workspace: string
  readonly projectId: string
  readonly path: string
  readonly overwrite: boolean
  /** A folder for what is put together on the way. */
  readonly scratch: string
}

/** Never a file that the workspace works with, nor one that is called as something else. */
async function placeFor(asked: string, workspace: string, overwrite: boolean): Promise<string> {
  const path = await checkOutput({ out: asked, overwrite, input: join(workspace, 'descent.db') })
  if (!path.toLowerCase().endsWith(projectEnding))
    throw new DescentError(
      'badRequest',
      `The name of a project’s file ends with ${projectEnding}; not so ${path}.`,
      'path',
    )
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
  const path = await placeFor(asked, workspace, overwrite)
  const folder = join(scratch, 'workspace')
  const { name, runs, files, missing } = gatherProject(workspace, projectId, folder)
  const all = [
    ...databases.map((each) => ({ path: each, from: join(folder, each) })),
    ...files.map((each) => ({ path: each, from: join(workspace, ...each.split('/')) })),
  ]
  const packed = await Promise.all(all.map(async (one) => ({ ...one, bytes: (await stat(one.from)).size })))
  await writeAside(path, (aside) => pack(aside, packed, { id: projectId, name }, progress), overwrite)
  const { size } = await stat(path)
  return { path, bytes: size, runs, notes: notesOnMissing(missing) }
}
