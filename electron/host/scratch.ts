/**
 * Temporary folders that can be told from everything else, and whose owner can be told to be dead. A folder holds a
 * SQLite file with our application id, which its owner keeps locked: the system drops the lock when the process ends,
 * however it ends. So what a killed process left can be removed, and nothing else is.
 */
import Database from 'better-sqlite3'
import { chmodSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makePrivateFile } from './store/private.ts'

const prefix = '.descent-'
const owned = /^\.descent-[A-Za-z0-9]{6}$/
const ownerFile = 'owner'
/** “Dscr”. https://www.sqlite.org/pragma.html#pragma_application_id */
const applicationId = 0x44736372

export interface Scratch {
  readonly path: string
  /** Whatever is in it goes with it. */
  remove(): void
}

/** Connections that nobody refers to are collected, and their locks with them. */
const held = new Set<Database.Database>()

/** How long another process may look at the file while it is claimed. */
const patience = 10_000

/**
 * The id that says whose the folder is appears together with the lock that says that its owner lives, so that nobody ever
 * sees the one without the other: with exclusive locking a commit keeps the lock.
 */
function claim(path: string): Database.Database {
  makePrivateFile(join(path, ownerFile))
  const owner = new Database(join(path, ownerFile), { timeout: patience })
  owner.pragma('journal_mode = MEMORY')
  owner.pragma('synchronous = OFF')
  owner.pragma('locking_mode = EXCLUSIVE')
  owner.exec(`BEGIN EXCLUSIVE; PRAGMA application_id = ${applicationId}; COMMIT`)
  held.add(owner)
  return owner
}

/** A new folder below `parent`, which must exist. Only its user can open it. */
export function openScratch(parent: string): Scratch {
  const path = mkdtempSync(join(parent, prefix))
  try {
    chmodSync(path, 0o700)
    const owner = claim(path)
    return {
      path,
      remove() {
        held.delete(owner)
        owner.close()
        rmSync(path, { recursive: true, force: true, maxRetries: 3 })
      },
    }
  } catch (error) {
    rmSync(path, { recursive: true, force: true })
    throw error
  }
}

/** Removes what earlier calls that were killed left there, and gives `work` a folder of its own. */
export async function withScratch<T>(parent: string, work: (path: string) => Promise<T>): Promise<T> {
  sweepScratch(parent)
  const scratch = openScratch(parent)
  try {
    return await work(scratch.path)
  } finally {
    scratch.remove()
  }
}

/** Made by one of our processes, which has ended. In a folder that all users share, theirs are theirs. */
function isAbandoned(path: string): boolean {
  const file = join(path, ownerFile)
  const at = lstatSync(path)
  if (process.getuid !== undefined && at.uid !== process.getuid()) return false
  if (!at.isDirectory() || !existsSync(file) || !lstatSync(file).isFile()) return false
  const owner = new Database(file, { timeout: 0, fileMustExist: true })
  try {
    if (owner.pragma('application_id', { simple: true }) !== applicationId) return false
    owner.exec('BEGIN EXCLUSIVE')
    return true
  } finally {
    owner.close()
  }
}

/**
 * Removes what dead processes of ours left directly below `parent`, and returns the paths. `rescue` sees each folder
 * before it goes, to finish or undo what was under way in it; a folder it throws about stays.
 */
export function sweepScratch(parent: string, rescue: (path: string) => void = () => undefined): string[] {
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .filter((name) => owned.test(name))
    .map((name) => join(parent, name))
    .filter((path) => {
      try {
        if (!isAbandoned(path)) return false
        rescue(path)
        rmSync(path, { recursive: true, force: true, maxRetries: 3 })
        return true
      } catch {
        // Locked by a living process, no database, or not ours to touch: it stays.
        return false
      }
    })
}
