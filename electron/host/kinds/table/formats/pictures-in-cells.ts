/** Columns of bytes that are pictures: each different one becomes a file, and the cells name them. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Limits } from '../../../../contract/index.ts'
import { limitError } from '../../../inputs/limit-error.ts'
import { formatOf } from '../../../pictures/formats.ts'
import type { DuckDBConnection } from '../duckdb.ts'

const looked = 20
const headBytes = 32

const bytesOf = (value: unknown): Uint8Array | null => {
  if (value instanceof Uint8Array) return value
  // DuckDB's own type of blobs.
  const { bytes } = (value ?? {}) as { readonly bytes?: unknown }
  return bytes instanceof Uint8Array ? bytes : null
}

/** Whether the first of these are: the others are told of by name. `sql`: the value. */
export async function holdsPictures(
  connection: DuckDBConnection,
  from: string,
  sql: string,
): Promise<boolean> {
  const reader = await connection.runAndReadAll(
    `SELECT ${sql} AS b FROM ${from} WHERE ${sql} IS NOT NULL LIMIT ${looked}`,
  )
  const some = reader.getRows().map(([value]) => bytesOf(value))
  const pictures = some.filter((bytes) => bytes !== null && formatOf(bytes.subarray(0, headBytes)) !== null)
  return some.length > 0 && 2 * pictures.length > some.length
}

/** What a cell says in the place of its bytes: a name by which it is found again. */
export const pictureNameSql = (sql: string): string =>
  `CASE WHEN ${sql} IS NOT NULL THEN md5(${sql}) || '.png' END`
/** Whether a picture may be called so that stood in a cell, and never was a file that people have. */
export const isNameOfCell = (name: string): boolean => /^[0-9a-f]{32}\.png$/.test(name)

/** Counts what is written of a table: files that are packed small may hold more than a disk does. */
export interface Written {
  /** As people call the file. */
  readonly shown: string
  readonly limits: Limits
  pictures: number
  bytes: number
}

/** Each different one once, as they come. Decoders look at bytes, not at names. */
export async function writePictures(
  connection: DuckDBConnection,
  from: string,
  sql: string,
  folder: string,
  so: Written,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const written = new Set<string>()
  const result = await connection.stream(
    `SELECT ${pictureNameSql(sql)} AS name, ${sql} AS bytes FROM ${from} WHERE ${sql} IS NOT NULL`,
  )
  for (
    let chunk = await result.fetchChunk();
    chunk !== null && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  )
    for (const [name, value] of chunk.getRows()) {
      const bytes = bytesOf(value)
      if (typeof name !== 'string' || bytes === null || written.has(name)) continue
      written.add(name)
      if (++so.pictures > so.limits.pictures)
        throw limitError('pictures', so.limits, `${so.shown} holds different pictures in its cells:`, null)
      if ((so.bytes += bytes.length) > so.limits.expandedSize)
        throw limitError('expandedSize', so.limits, `The pictures in the cells of ${so.shown} take`, null)
      await writeFile(join(folder, name), bytes, { mode: 0o600 })
    }
}
