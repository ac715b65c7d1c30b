/**
 * Holds the databases of a project's file against what Descent writes, before anything else of this program opens them:
 * a schema of somebody else may hold triggers and views, and its rows may name files that are not the project's.
 */
import Database from 'better-sqlite3'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { plural, storedRecipeSchema } from '../../../contract/index.ts'
import { addressOf, type TensorData } from '../../store/checkpoints.ts'
import { schemaOf, type Connection } from '../../store/database.ts'
import { isDamage, openStore, type FinishedFile, type Store } from '../../store/index.ts'
import { listed } from '../../store/listed.ts'
import { blobMigrations, mainMigrations, type Migration } from '../../store/migrations.ts'
import { databases, datasetOf, isDataFile, isUuid, type ProjectList } from './contents.ts'
import { refusal } from '../../archive/unpack.ts'

export interface Inspected {
  readonly projectId: string
  readonly name: string
  readonly runs: number
  /** Of its data, in the folder, and where a workspace keeps them. */
  readonly files: readonly FinishedFile[]
  /** What does not come along as it was. */
  readonly notes: readonly string[]
}

type DatabaseName = (typeof databases)[number]
const migrationsOf: Readonly<Record<DatabaseName, readonly Migration[]>> = {
  'descent.db': mainMigrations,
  'checkpoints.db': blobMigrations,
}
/** Of the databases in the first file of a project that there was. */
const firstVersions: Readonly<Record<DatabaseName, number>> = { 'descent.db': 11, 'checkpoints.db': 1 }

/** Its tables, indexes and triggers to the letter; their order says nothing. */
const schemaIn = (db: Connection): string =>
  db
    .prepare<[], string>("SELECT type || ' ' || name || ' ' || ifnull(sql, '') FROM sqlite_schema")
    .pluck()
    .all()
    .sort()
    .join('\n')

/**
 * Why the database is not one that Descent wrote, as the end of a sentence; null: it is. `mend` has a database that is
 * whole and formed as ours are, before its rows are looked at.
 */
export function whyNotOurs(
  folder: string,
  name: DatabaseName,
  whyUnsafe: (db: Connection) => string | null,
  mend: (db: Connection) => void = () => undefined,
): string | null {
  const migrations = migrationsOf[name]
  const db = new Database(join(folder, name), { fileMustExist: true })
  try {
    db.pragma('trusted_schema = OFF')
    db.pragma('cell_size_check = ON')
    const version = Number(db.pragma('user_version', { simple: true }))
    const newest = migrations.at(-1)?.version ?? 0
    if (version > newest)
      return `was written by a newer version of Descent (schema ${version}; this version knows ${newest}). Update Descent to open it`
    if (version < firstVersions[name] || schemaIn(db) !== schemaOf(migrations, version, schemaIn))
      return 'is unsafe: its database is not formed as Descent’s are'
    if (db.pragma('integrity_check(1)', { simple: true }) !== 'ok')
      return 'is damaged: its database is broken'
    mend(db)
    if ((db.pragma('foreign_key_check') as unknown[]).length > 0)
      return 'is damaged: rows of its database refer to rows that are not there'
    return name === 'descent.db' ? whyUnsafe(db) : null
  } catch (error) {
    if (isDamage(error)) return 'is damaged: its database is broken'
    throw error
  } finally {
    db.close()
  }
}

/** Its rows name one project, and no data but its own. */
function whyUnsafe(db: Connection): string | null {
  const all = (sql: string): unknown[] => db.prepare(sql).pluck().all()
  if (all('SELECT id FROM projects').length !== 1) return 'is damaged: it does not hold exactly one project'
  const why = whyUnsafeNames(db, isDataFile)
  if (why !== null) return why
  const datasets = new Set(all('SELECT id FROM datasets'))
  const tables = all('SELECT path FROM files').flatMap((path) => datasetOf(String(path)) ?? [])
  const imports = all('SELECT import_id FROM datasets WHERE import_id IS NOT NULL')
  if (![...tables, ...imports].every((id) => datasets.has(id)))
    return 'is unsafe: its database names data that is not the project’s'
  return null
}

/** Ids are as Descent makes them, and files lie in the places where they belong. */
export function whyUnsafeNames(db: Connection, isPlace: (path: string) => boolean): string | null {
  const all = (sql: string): unknown[] => db.prepare(sql).pluck().all()
  const isNamed = (id: unknown): boolean => typeof id === 'string' && isUuid(id)
  const ids = ['projects', 'datasets', 'runs', 'searches'].flatMap((table) => all(`SELECT id FROM ${table}`))
  if (!ids.every(isNamed)) return 'is unsafe: a name in its database is not as Descent makes them'
  const paths = all('SELECT path FROM files').map(String)
  return paths.every(isPlace) ? null : 'is unsafe: its database names a file that is none of its data'
}

function isReadable(recipe: string): boolean {
  try {
    return storedRecipeSchema.safeParse(JSON.parse(recipe)).success
  } catch {
    return false
  }
}

const namesOfUnreadable = ({ db }: Store): string[] =>
  db
    .prepare<[], { name: string; recipe: string }>(
      `SELECT name, recipe FROM projects WHERE recipe IS NOT NULL
       UNION ALL SELECT name, recipe FROM run_recipes JOIN runs ON runs.number = run`,
    )
    .all()
    .filter(({ recipe }) => !isReadable(recipe))
    .map(({ name }) => name)

/**
 * Tensors are known by their hash in every workspace: one that is not what it is called by would stand in the way of the
 * right one. The checkpoints that need it go with it.
 */
function dropDamagedTensors({ db }: Store): string[] {
  const addresses = db.prepare<[], string>('SELECT sha256 FROM blobs.tensors').pluck().all()
  const tensor = db.prepare<[string], { dtype: TensorData['dtype']; shape: string; data: Buffer }>(
    'SELECT dtype, shape, data FROM blobs.tensors WHERE sha256 = ?',
  )
  const isSound = (sha256: string): boolean => {
    const { dtype, shape, data } = tensor.get(sha256)!
    try {
      const sizes: unknown = JSON.parse(shape)
      return Array.isArray(sizes) && addressOf({ dtype, shape: sizes as number[], data }) === sha256
    } catch {
      return false
    }
  }
  const damaged = addresses.filter((sha256) => !isSound(sha256))
  const runs = new Set<string>()
  db.transaction(() => {
    for (const sha256 of damaged) {
      const users = db
        .prepare<[string], { run_id: string; kind: string }>(
          'SELECT DISTINCT run_id, kind FROM blobs.checkpoint_tensors WHERE sha256 = ?',
        )
        .all(sha256)
      for (const { run_id, kind } of users) {
        db.prepare('DELETE FROM blobs.checkpoints WHERE run_id = ? AND kind = ?').run(run_id, kind)
        runs.add(run_id)
      }
      db.prepare('DELETE FROM blobs.tensors WHERE sha256 = ?').run(sha256)
    }
  })()
  return [...runs].map(
    (id) => db.prepare<[string], string>('SELECT name FROM runs WHERE id = ?').pluck().get(id) ?? id,
  )
}

/** `folder`: what was unpacked of the file at `path`. Errors: a DescentError that says what is wrong with it. */
export function inspectProject(path: string, folder: string, list: ProjectList): Inspected {
  for (const name of databases) {
    const why = whyNotOurs(folder, name, whyUnsafe)
    if (why !== null) throw refusal(path, why)
  }
  const store = openStore(folder)
  try {
    const { db } = store
    const project = db.prepare<[], { id: string; name: string }>('SELECT id, name FROM projects').get()!
    const known = db.prepare<[], string>('SELECT path FROM files ORDER BY path').pluck().all()
    const at = (file: string): string => join(folder, ...file.split('/'))
    const lacking = known.filter((file) => !existsSync(at(file)))
    const unreadable = namesOfUnreadable(store)
    const weightless = dropDamagedTensors(store)
    const hashes = new Map(list.files.map((file) => [file.path, file.sha256]))
    return {
      projectId: project.id,
      name: project.name,
      runs: db.prepare<[], number>('SELECT count(*) FROM runs').pluck().get() ?? 0,
      files: known
        .filter((file) => existsSync(at(file)))
        .map((file) => ({ from: at(file), path: file, sha256: hashes.get(file) ?? '' })),
      notes: [
        ...(lacking.length > 0
          ? [
              `${plural(lacking.length, 'file', 'files')} of its data ${lacking.length === 1 ? 'was' : 'were'} missing when it was exported: ${listed(lacking)}.`,
            ]
          : []),
        ...(unreadable.length > 0
          ? [`What cannot be read of it is shown as damaged: ${listed(unreadable)}.`]
          : []),
        ...(weightless.length > 0
          ? [`Weights of these runs were damaged and left out: ${listed(weightless)}.`]
          : []),
      ],
    }
  } finally {
    store.close()
  }
}
