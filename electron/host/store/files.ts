/**
 * The files beside the database. A row in `files` is the proof that this database made a file, and is written before
 * the file is put in its place: so whatever lies there without a row was made by somebody else, or by a database that
 * is no longer here. Such files are moved, never deleted.
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { freePath, stamp, type Connection } from './database.ts'
import { asStorageError, isStorageError } from './errors.ts'
import { hashOfFile } from './hash.ts'
import { makePrivateFile, makePrivateFolder } from './private.ts'

export interface KeptFile {
  /** Below the workspace, with '/' between its parts. */
  readonly path: string
  /** null: not known yet. */
  readonly sha256: string | null
}

/** A finished file that waits in a temporary folder. */
export interface FinishedFile {
  readonly from: string
  readonly path: string
  readonly sha256: string
}

const asideFolder = 'set-aside'

/** As a part of a pattern. */
export const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
/** The places in which we keep files, and what our files are called there. Anything else in them is not our business. */
const places: readonly { readonly folder: string; readonly name: RegExp }[] = [
  { folder: 'datasets', name: new RegExp(`^${uuid}\\.parquet$`) },
  { folder: 'datasets/originals', name: /^[0-9a-f]{64}$/ },
  { folder: 'uploads', name: /^u[A-Za-z0-9]{6}$/ },
]

/** What the folders of single files are called that a browser sent, or that were fetched from an address. */
export const isUploadFolder = (name: string): boolean => /^u\w+$/.test(name)

/** Whether a database of ours has been at work in this workspace. */
export const hasOurFiles = (workspace: string): boolean =>
  places.some(({ folder, name }) =>
    namesIn(join(workspace, ...folder.split('/'))).some((each) => name.test(each)),
  )

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])

/** The file's place in the ledger: of an upload the folder that it lies in. */
const entryOf = (path: string): string =>
  path
    .split('/')
    .slice(0, path.startsWith('uploads/') ? 2 : undefined)
    .join('/')

export class Files {
  readonly #db: Connection
  readonly #workspace: string

  constructor(db: Connection, workspace: string) {
    this.#db = db
    this.#workspace = workspace
  }

  absolute(path: string): string {
    return join(this.#workspace, ...path.split('/'))
  }

  /** Writes down that a file is about to be put there. */
  #register({ path, sha256 }: FinishedFile): void {
    this.#db
      .prepare('INSERT OR IGNORE INTO files (path, sha256, created_at) VALUES (?, ?, ?)')
      .run(path, sha256, Date.now())
  }

  /**
   * Puts finished files into their places and then does `record`, which makes something refer to them. Should the
   * process die in between, the rows are there, nothing refers to them, and the next start removes the files.
   */
  adopt(finished: readonly FinishedFile[], record: () => void): void {
    this.#db
      .transaction(() => {
        for (const file of finished) if (!this.#isKept(file.path)) this.#register(file)
      })
      .immediate()
    this.#db
      .transaction(() => {
        for (const file of finished) this.#place(file)
        record()
      })
      .immediate()
  }

  /** Whatever else is in the way of a file, somebody else put there. */
  #isKept(path: string): boolean {
    const known = this.#db.prepare('SELECT 1 FROM files WHERE path = ?').get(path) !== undefined
    const there = lstatSync(this.absolute(path), { throwIfNoEntry: false })
    if (there !== undefined && !(known && there.isFile())) this.#moveAside([path])
    return known
  }

  /** Over a shared original that is there already: if that was damaged meanwhile, this heals it. */
  #place({ from, path }: FinishedFile): void {
    const target = this.absolute(path)
    makePrivateFolder(dirname(target))
    makePrivateFile(from)
    renameSync(from, target)
  }

  #dated(): string {
    const folder = join(this.#workspace, asideFolder, stamp(new Date()))
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return folder
  }

  /** What a data set is made of. */
  of(datasetId: string): KeptFile[] {
    return this.#db
      .prepare<[string], KeptFile>(
        'SELECT path, sha256 FROM dataset_files JOIN files USING (path) WHERE dataset_id = ? ORDER BY path',
      )
      .all(datasetId)
  }

  refer(datasetId: string, path: string): void {
    this.#db
      .prepare('INSERT OR IGNORE INTO dataset_files (dataset_id, path) VALUES (?, ?)')
      .run(datasetId, path)
  }

  /** For what version 0.1.0 kept without its hash, once it has been read. On a full disk the next reading tells again. */
  learn(path: string, sha256: string): void {
    try {
      this.#db.prepare('UPDATE files SET sha256 = ? WHERE path = ? AND sha256 IS NULL').run(sha256, path)
    } catch (error) {
      if (!isStorageError(asStorageError(error, this.#workspace))) throw error
    }
  }

  /**
   * Deletes the files that this database made and that nothing refers to. The file goes first: should the process die,
   * its row is still there to say that it was ours.
   */
  removeUnused(): void {
    this.#db
      .transaction(() => {
        const unused = this.#db
          .prepare<[], string>('SELECT path FROM files WHERE path NOT IN (SELECT path FROM dataset_files)')
          .pluck()
          .all()
        for (const path of unused) {
          rmSync(this.absolute(path), { force: true })
          if (path.startsWith('uploads/')) removeEmpty(dirname(this.absolute(path)))
          this.#db.prepare('DELETE FROM files WHERE path = ?').run(path)
        }
      })
      .immediate()
  }

  /** Files that the database knows and that are gone come back from where an earlier start moved them. */
  bringBack(): { readonly back: string[]; readonly missing: KeptFile[] } {
    const known = this.#db.prepare<[], KeptFile>('SELECT path, sha256 FROM files').all()
    const gone = known.filter(({ path }) => !existsSync(this.absolute(path)))
    const aside = join(this.#workspace, asideFolder)
    const dates = namesIn(aside).sort().reverse()
    const found = (file: KeptFile): boolean => {
      for (const date of dates) {
        const candidate = join(aside, date, ...file.path.split('/'))
        if (!existsSync(candidate) || !lstatSync(candidate).isFile()) continue
        if (file.sha256 !== null && hashOfFile(candidate) !== file.sha256) continue
        makePrivateFolder(dirname(this.absolute(file.path)))
        renameSync(candidate, this.absolute(file.path))
        removeEmpty(dirname(candidate))
        return true
      }
      return false
    }
    const back = new Set(gone.filter(found))
    return {
      back: [...back].map(({ path }) => path),
      missing: gone.filter((file) => !back.has(file)),
    }
  }

  /** Moves what looks like ours but is not in the database into a dated folder; returns that folder and what went there. */
  setUnknownAside(): { readonly folder: string; readonly paths: string[] } | null {
    const known = new Set(this.#db.prepare<[], string>('SELECT path FROM files').pluck().all().map(entryOf))
    const unknown = places.flatMap(({ folder, name }) =>
      namesIn(this.absolute(folder))
        .filter((each) => name.test(each))
        .map((each) => `${folder}/${each}`)
        .filter((path) => !known.has(path)),
    )
    return unknown.length === 0 ? null : { folder: this.#moveAside(unknown), paths: unknown }
  }

  #moveAside(paths: readonly string[]): string {
    const folder = this.#dated()
    for (const path of paths) {
      const to = freePath(join(folder, ...path.split('/')))
      mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
      renameSync(this.absolute(path), to)
    }
    return folder
  }
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Somebody put something else there.
  }
}
