import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { asOutputError } from './output-error.ts'

/** Writes aside and renames: the file is whole or not there. */
export async function writeWhole(path: string, chunks: AsyncIterable<string>): Promise<void> {
  const aside = `${path}.${randomUUID().slice(0, 8)}.partial`
  try {
    await mkdir(dirname(path), { recursive: true })
    await pipeline(Readable.from(chunks), createWriteStream(aside, { flush: true }))
    await rename(aside, path)
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined)
    throw asOutputError(error, path)
  }
}
