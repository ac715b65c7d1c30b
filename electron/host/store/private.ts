/** Folders and files that only their user may open, whatever the umask and whoever made them. */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

const folderMode = 0o700
const fileMode = 0o600

/** Not mkdir's `recursive`: below /proc, where making a folder fails with ENOENT, that never returns (Node 24). */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path, { mode: folderMode })
  // mkdir's mode is what the umask leaves of it.
  if (process.platform !== 'win32') chmodSync(path, folderMode)
}

/** Whether others may look into the folder. Windows keeps that elsewhere, and a user's own folders to the user. */
export const isOpenToOthers = (path: string): boolean =>
  process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0

/** Makes the folder, or closes one that is there to everybody else. One that another user made stays as it is. */
export function makePrivateFolder(path: string): void {
  makeFolder(path)
  if (process.platform === 'win32' || (statSync(path).mode & 0o777) === folderMode) return
  if (process.getuid?.() === 0 || process.getuid?.() === statSync(path).uid) chmodSync(path, folderMode)
}

/** Closes a folder and everything in it to everybody else. Links are not followed. */
export function makePrivateTree(path: string): void {
  if (process.platform === 'win32') return
  chmodSync(path, folderMode)
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const below = join(path, entry.name)
    if (entry.isDirectory()) makePrivateTree(below)
    else if (entry.isFile()) chmodSync(below, fileMode)
  }
}

/**
 * Makes an empty file, or closes one that is there to everybody else. One that is there is never opened: closing it again
 * would drop every lock that this process holds on it, SQLite's too. https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
export function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', fileMode))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  if (process.platform !== 'win32') chmodSync(path, fileMode)
}
