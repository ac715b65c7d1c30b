/**
 * Second tables. One is read once, when the data are imported, and kept by the hash of its bytes: beside the data, and in the
 * folder of every model, so that what a model joins is what it was trained with, whatever became of the file.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, copyFile, mkdir, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  defaultMissingValues,
  DescentError,
  formatBytes,
  parserFor,
  type Joined,
} from '../../../../contract/index.ts'
import { plainContext, type ImportRequest, type ReadContext } from '../../kind.ts'
import { withDuckDB } from '../duckdb.ts'
import { loadTable } from '../formats/index.ts'
import { readTableFile, writeTableFile } from '../table-file.ts'
import { understand } from '../understand.ts'
import { refuse } from './expression.ts'
import type { Partners } from './index.ts'
import { joinedFile, joinedFolder } from './joined-files.ts'
import type { Partner } from './step.ts'

/** Every model has a copy of it: what is larger belongs into one table before it is imported. */
const mostBytes = 256 * 2 ** 20

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk)
  return hash.digest('hex')
}

const namesIn = (file: string, context: ReadContext): Promise<string[]> =>
  withDuckDB(
    async (connection) => (await readTableFile(connection, file)).columns.map(({ name }) => name),
    context.scratch,
    context.limits,
  )

/** Reads the file of a step, and keeps it. */
async function keep(path: string, folder: string, context: ReadContext): Promise<Joined & Partner> {
  const into = join(folder, joinedFolder)
  await mkdir(into, { recursive: true })
  const partial = join(into, `.partial-${randomUUID()}`)
  try {
    const read = await withDuckDB(
      async (connection, files) => {
        const options = { path, missingValues: [...defaultMissingValues] }
        const raw = await loadTable(connection, options, files, { ...context, progress: () => undefined })
        const { relation, inferred } = await understand(connection, raw, options, null)
        const columns = raw.names.map((name, i) => ({
          name,
          number: 'plain' as const,
          parser: inferred[i]!.parser ?? parserFor(inferred[i]!.kind),
        }))
        await writeTableFile(connection, relation, { delimiter: raw.delimiter, columns }, partial)
        return { names: raw.names, rows: raw.rows, sourceSha256: raw.source.sha256 }
      },
      folder,
      context.limits,
    )
    const { size } = await stat(partial)
    if (size > mostBytes)
      throw refuse(
        `${path} takes ${formatBytes(size)} as it would be kept with the data and with every model, and at most ${formatBytes(mostBytes)} are. Join the tables before they are imported, or leave out columns of the second one.`,
      )
    const sha256 = await hashOf(partial)
    const file = joinedFile(folder, sha256)
    await rename(partial, file)
    return { path, sha256, bytes: size, file, ...read }
  } finally {
    await rm(partial, { force: true })
  }
}

const toldOf = ({ path, sha256, sourceSha256, rows, bytes }: Joined): Joined => ({
  path,
  sha256,
  sourceSha256,
  rows,
  bytes,
})

/** What was kept before takes the place of a file that is gone. */
async function keepOr(
  path: string,
  folder: string,
  context: ReadContext,
  before: ImportRequest['kept'],
): Promise<Joined & Partner> {
  const known = before?.joined.find((one) => one.path === path)
  const gone = await access(path).then(
    () => false,
    () => true,
  )
  if (known === undefined || before === undefined || !gone) return await keep(resolve(path), folder, context)
  const { names } = await keptPartners(before.folder, before.joined, context).of({ path })
  const file = joinedFile(folder, known.sha256)
  await mkdir(join(folder, joinedFolder), { recursive: true })
  await copyFile(joinedFile(before.folder, known.sha256), file)
  return { ...known, file, names }
}

/** Of an import: every file is read once, and kept below `folder`. */
export function partnersIn(
  folder: string,
  context: ReadContext = plainContext,
  before?: ImportRequest['kept'],
): Partners {
  const joined: Joined[] = []
  const kept = new Map<string, Promise<Joined & Partner>>()
  return {
    joined,
    of: async ({ path }) => {
      const read = kept.get(path)
      if (read !== undefined) return await read
      const reading = keepOr(path, folder, context, before)
      kept.set(path, reading)
      const one = await reading
      joined.push(toldOf({ ...one, path }))
      return one
    },
  }
}

/** Of data or a model that is kept: what was joined when it was imported. Errors: a DescentError where it is damaged. */
export function keptPartners(
  folder: string,
  joined: readonly Joined[] = [],
  context: ReadContext = plainContext,
): Partners {
  return {
    joined,
    of: async ({ path }) => {
      const one = joined.find((each) => each.path === path)
      const file = one && joinedFile(folder, one.sha256)
      const sha256 = file === undefined ? null : await hashOf(file).catch(() => null)
      if (file === undefined || sha256 !== one?.sha256)
        throw new DescentError(
          'damaged',
          `The table that ${path} was joined from is missing in ${folder}, or damaged: it is kept there as ${joinedFolder}/${one?.sha256.slice(0, 12) ?? '…'}….parquet.`,
          'path',
        )
      return { file, names: await namesIn(file, context) }
    },
  }
}
