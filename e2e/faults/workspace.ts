/** A workspace seen from outside: what people put there, what nobody should have left there, and whether it is sound. */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import Database from 'better-sqlite3'
import { hashOf, sha256, write } from './data.ts'

export function query<T>(workspace: string, sql: string, file = 'descent.db'): T[] {
  const db = new Database(join(workspace, file), { readonly: true, timeout: 5000 })
  try {
    return db.prepare<[], T>(sql).all()
  } finally {
    db.close()
  }
}

/** Changes a database while no host has it open. */
export function change(
  workspace: string,
  sql: string,
  values: readonly unknown[] = [],
  file = 'descent.db',
): number {
  const db = new Database(join(workspace, file))
  try {
    return db.prepare(sql).run(...values).changes
  } finally {
    db.close()
  }
}

/** Everything below `folder`, folders too; links are not followed. */
export function everything(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? [path, ...everything(path)] : [path]
  })
}

/** Files of a person, in all the places and under all the names that could be taken for ours. */
export class Planted {
  readonly #files = new Map<string, string>()

  constructor(workspace: string, person: string) {
    const plant = (...parts: string[]): void => {
      const path = join(...parts)
      const content = `Mine: ${path}\n`
      write(path, content)
      this.#files.set(path, sha256(content))
    }
    plant(workspace, 'notes.txt')
    plant(workspace, 'datasets/notes.txt')
    plant(workspace, 'datasets/.import-mine/thesis.txt')
    plant(workspace, 'datasets/.import-abc123/thesis.txt')
    plant(workspace, 'datasets/originals/readme.md')
    plant(workspace, 'uploads/mine.txt')
    plant(workspace, 'uploads/mine/mine.csv')
    plant(workspace, 'backups/mine.db.txt')
    plant(workspace, 'models/mine.txt')
    plant(workspace, 'models/.descent-notes1/old/thesis.txt')
    plant(workspace, 'predictions/mine.csv')
    plant(workspace, '.probe-mine')
    plant(workspace, '.descent-notes1/owner')
    plant(person, 'thesis.txt')
    plant(person, 'thesis.partial')
    plant(person, '.descent-notes1/owner')
    plant(person, '.descent-mine01/new/thesis.txt')
    // A database as the owner of a temporary folder is, but of another program.
    const owner = write(join(workspace, '.descent-other1/owner'), '')
    const db = new Database(owner)
    db.exec('PRAGMA application_id = 1; CREATE TABLE theses (text TEXT)')
    db.close()
    this.#files.set(owner, hashOf(owner))
  }

  has = (path: string): boolean =>
    [...this.#files.keys()].some((each) => each === path || each.startsWith(`${path}/`))

  complaints(): string[] {
    return [...this.#files].flatMap(([path, hash]) => {
      if (!existsSync(path)) return [`a person's file is gone: ${path}`]
      return hashOf(path) === hash ? [] : [`a person's file was changed: ${path}`]
    })
  }
}

const temporary = /^(\.descent-.*|\.import-.*|\.spill-.*|\.probe-.*|.*\.partial|.*\.part|.*\.tmp)$/

/** A living process holds its temporary folder by a lock on the file in it. */
function isHeld(folder: string): boolean {
  const file = join(folder, 'owner')
  if (!existsSync(file)) return false
  const db = new Database(file, { timeout: 0 })
  try {
    db.exec('BEGIN EXCLUSIVE')
    return false
  } catch (error) {
    return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')
  } finally {
    db.close()
  }
}

/** What dead processes left: temporary things of nobody, and files that nothing refers to. The host must be idle. */
export function leftovers(workspace: string, planted: Planted, more: readonly string[] = []): string[] {
  const found = [workspace, ...more].flatMap((folder) =>
    everything(folder).filter((path) => {
      const name = path.slice(path.lastIndexOf('/') + 1)
      if (!temporary.test(name) || planted.has(path)) return false
      return !(lstatSync(path).isDirectory() && isHeld(path))
    }),
  )
  // What lies in a temporary folder is told with it.
  const outer = found.filter((path) => !found.some((other) => path.startsWith(`${other}/`)))
  return [...outer, ...unreferenced(workspace, planted)].map((path) => `left behind: ${path}`)
}

interface FileRow {
  path: string
  sha256: string | null
}

function unreferenced(workspace: string, planted: Planted): string[] {
  const referred = new Set(
    query<{ path: string }>(workspace, 'SELECT path FROM dataset_files').map(({ path }) =>
      join(workspace, path),
    ),
  )
  return ['datasets', 'uploads', 'set-aside']
    .map((name) => join(workspace, name))
    .filter((folder) => existsSync(folder))
    .flatMap(everything)
    .filter((path) => !planted.has(path))
    .filter((path) =>
      lstatSync(path).isDirectory()
        ? readdirSync(path).length === 0 &&
          !['originals', 'datasets', 'uploads'].includes(path.split('/').at(-1)!)
        : !referred.has(path),
    )
}

/** Whether the files that the database refers to are there, to the byte. */
export function lostFiles(workspace: string): string[] {
  return query<FileRow>(workspace, 'SELECT path, sha256 FROM files JOIN dataset_files USING (path)').flatMap(
    (row) => {
      const path = join(workspace, row.path)
      if (!existsSync(path)) return [`a file of the workspace is gone: ${row.path}`]
      return row.sha256 === null || hashOf(path) === row.sha256 ? [] : [`a file was changed: ${row.path}`]
    },
  )
}

/** What SQLite says against both databases. */
export function unsound(workspace: string): string[] {
  return ['descent.db', 'checkpoints.db'].flatMap((file) => {
    const db = new Database(join(workspace, file), { readonly: true, timeout: 5000 })
    try {
      const lines = db.pragma('integrity_check') as { integrity_check: string }[]
      const keys = db.pragma('foreign_key_check') as unknown[]
      return [
        ...lines.map((line) => line.integrity_check).filter((line) => line !== 'ok'),
        ...keys.map((key) => `a broken reference ${JSON.stringify(key)}`),
      ].map((line) => `${file}: ${line}`)
    } finally {
      db.close()
    }
  })
}

/** Hashes of all files of a folder, by name. */
export const contents = (folder: string): Record<string, string> =>
  Object.fromEntries(
    everything(folder)
      .filter((path) => lstatSync(path).isFile())
      .map((path) => [relative(folder, path), hashOf(path)]),
  )

export const linesOf = (path: string): number => readFileSync(path, 'latin1').split('\n').length - 1
