import { z } from 'zod'
import { DescentError } from '../../contract/index.ts'
import { isDamage } from './database.ts'

/** SHMSIZE: there is no room for the index of the write-ahead log. */
const fullCodes = new Set(['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', 'ENOSPC', 'EDQUOT'])
/** ENOTDIR and EEXIST: a file lies where a folder of the workspace should be. */
const readOnlyCodes = /^(SQLITE_READONLY.*|SQLITE_CANTOPEN.*|SQLITE_PERM|EROFS|EACCES|EPERM|ENOTDIR|EEXIST)$/

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** DuckDB reports the operating system's words only. */
const fullWords = /No space left on device|Disk quota exceeded|database or disk is full/i
const readOnlyWords = /Read-only file system|Permission denied|readonly database/i

/**
 * Turns "no room", "may not write" and "is broken", from SQLite, DuckDB or the file system, into errors a person can
 * act on. Others pass unchanged.
 */
export function asStorageError(error: unknown, where: string): unknown {
  if (error instanceof DescentError) return error
  const code = codeOf(error)
  const words = error instanceof Error ? error.message : String(error)
  if (fullCodes.has(code) || fullWords.test(words))
    return new DescentError(
      'storageFull',
      `The disk that holds the workspace ${where} is full. Nothing was changed; free some space and try again.`,
    )
  if (readOnlyCodes.test(code) || readOnlyWords.test(words))
    return new DescentError(
      'storageReadOnly',
      `The workspace ${where} cannot be written. Make the folder writable, or choose another one with --workspace.`,
    )
  if (code.startsWith('SQLITE_IOERR') || code === 'EIO')
    return new DescentError(
      'storageReadOnly',
      `The disk that holds the workspace ${where} reports an error (${code}). Check it, and copy the workspace to another one.`,
    )
  if (isDamage(error))
    return new DescentError(
      'damaged',
      `A database of the workspace ${where} is damaged (${words}). Close Descent and start it again: it checks its files, keeps what is damaged and goes on from the last backup.`,
    )
  return error
}

/** There is no room, or the workspace cannot be written: nothing is wrong with what was asked. */
export const isStorageError = (error: unknown): boolean =>
  error instanceof DescentError && (error.code === 'storageFull' || error.code === 'storageReadOnly')

/** Why a stored document cannot be read, in a few words. */
export function unreadable(error: unknown): string {
  if (error instanceof z.ZodError) {
    const [issue] = error.issues
    const where = issue?.path.map(String).join('.') ?? ''
    return `${where === '' ? 'it' : `“${where}”`} is not what it should be`
  }
  return error instanceof SyntaxError
    ? 'it is no valid JSON'
    : error instanceof Error
      ? error.message
      : String(error)
}

/** A stored document, or undefined where it cannot be read any more. */
export function parseStored<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
