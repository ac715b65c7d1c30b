/** The workspace: the one folder that holds everything a user makes. One host writes to it at a time. */
import Database from 'better-sqlite3'
import { lstatSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { DescentError } from '../contract/index.ts'
import { freePath, isDamage, makePrivateFile, makePrivateFolder } from './store/index.ts'

interface Surroundings {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

/** Where each platform keeps application data. https://specifications.freedesktop.org/basedir-spec/latest/ */
export function defaultWorkspace({ platform, env, home }: Surroundings): string {
  if (env['DESCENT_WORKSPACE']) return resolve(env['DESCENT_WORKSPACE'])
  if (platform === 'win32') return join(env['APPDATA'] || join(home, 'AppData', 'Roaming'), 'Descent')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Descent')
  return join(env['XDG_DATA_HOME'] || join(home, '.local', 'share'), 'descent')
}

/** `wanted` comes from the command line and wins over the environment. */
export function workspacePath(wanted?: string): string {
  if (wanted !== undefined && wanted !== '') return resolve(wanted)
  return defaultWorkspace({ platform: process.platform, env: process.env, home: homedir() })
}

/** Creates the folder if need be and proves that it can be written to. Returns its real path. */
export function createWorkspace(path: string): string {
  try {
    makePrivateFolder(path)
    // Permissions, read-only mounts and quotas answer only to a real write.
    const probe = join(path, `.probe-${process.pid}`)
    writeFileSync(probe, 'x')
    rmSync(probe)
    return realpathSync(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new DescentError(
        'storageFull',
        `The disk that holds the workspace ${path} is full. Free some space and start again.`,
      )
    if (code === 'EEXIST' || code === 'ENOTDIR')
      throw new DescentError(
        'storageReadOnly',
        `The workspace ${path} cannot be a folder: a file is in the way.`,
      )
    throw new DescentError(
      'storageReadOnly',
      `The workspace ${path} cannot be written to (${code || String(error)}). Choose another folder with --workspace or DESCENT_WORKSPACE.`,
    )
  }
}

/** A database that nobody refers to is collected, and its lock with it. */
const held = new Set<Database.Database>()

export interface WorkspaceLock {
  /** What was found wrong with the lock file, and done about it. */
  readonly notice: string | null
  release(): void
}

const lockFile = 'lock'

const isFolder = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/**
 * Holds the workspace for this process. The lock is SQLite's own lock on a file of its own: the system drops it when
 * the process ends, however it ends, so there is never a stale one.
 */
export function lockWorkspace(path: string): WorkspaceLock {
  const file = join(path, lockFile)
  try {
    return { notice: null, ...hold(path, file) }
  } catch (error) {
    if (!isDamage(error) && !isFolder(file)) throw error
    // Nobody can hold a lock on what is no database, so nobody is using the workspace.
    const aside = freePath(`${file}.damaged`)
    renameSync(file, aside)
    const notice = `The file ${file}, which tells whether the workspace is in use, held something else. That was kept as ${aside}; nothing else is affected.`
    return { notice, ...hold(path, file) }
  }
}

function hold(path: string, file: string): Pick<WorkspaceLock, 'release'> {
  makePrivateFile(file)
  const database = new Database(file, { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY'))
      throw new DescentError(
        'conflict',
        `Another Descent is using the workspace ${path}. Close it first, or choose another folder with --workspace.`,
      )
    throw error
  }
  held.add(database)
  return {
    release() {
      held.delete(database)
      database.close()
    },
  }
}
