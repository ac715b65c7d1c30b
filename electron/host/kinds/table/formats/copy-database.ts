/** A database in a file, which somebody may be writing to: a copy is opened, with what waits in its journal. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { FormatFile } from './format.ts'

async function hashOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) await pipeline(createReadStream(file), hash, { end: false })
  return hash.digest('hex')
}

/** `named`: what the person gave; `sha256`: null where the file alone is all of it. */
export async function copyDatabase(
  file: FormatFile,
  named: string,
  copy: string,
  journalEnding: string,
): Promise<{ copy: string; sha256: string | null }> {
  await copyFile(file.path, copy)
  // What was written last may not be in the database itself yet.
  const journal = `${named}${journalEnding}`
  const waiting = await stat(journal).catch(() => null)
  const hasJournal = waiting !== null && waiting.isFile() && waiting.size > 0 && file.path === named
  if (!hasJournal) return { copy, sha256: null }
  await copyFile(journal, `${copy}${journalEnding}`)
  // Of both, before it is played back.
  return { copy, sha256: await hashOf([copy, `${copy}${journalEnding}`]) }
}
