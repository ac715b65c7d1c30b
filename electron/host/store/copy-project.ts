/**
 * A project's rows, from one workspace into another. What belongs to a project is said once, table by table: a test holds
 * the list against the schema, so that no table of a later version is forgotten.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { uuid } from './files.ts'
import type { Connection } from './database.ts'

/** Numbers that mean something in one database alone: they are counted anew, or found again by what they stand for. */
type Local = 'counted' | 'run' | 'series' | 'setting'

export interface CopiedTable {
  readonly table: string
  readonly schema?: 'blobs'
  /** Which rows are the project's, as SQL over `each`, a row of the source. */
  readonly rows: string
  readonly local?: Readonly<Record<string, Local>>
  /** Several projects may have the same row: one that is there stays. */
  readonly shared?: true
  readonly order?: string
}

const ofProject = 'each.project_id IN (SELECT id FROM temp.copied_project)'
const ofDataset = `each.dataset_id IN (SELECT id FROM source.datasets AS each WHERE ${ofProject})`
const ofRunNumber = 'each.run IN (SELECT old FROM temp.copied_runs)'
const ofRunId = 'each.run_id IN (SELECT id FROM temp.copied_runs)'
const ofSearch = `each.search_id IN (SELECT id FROM source.searches AS each WHERE ${ofProject})`
/** An upload is only where data came from: the data itself is kept as it came, under its hash. */
const noUpload = "each.path NOT LIKE 'uploads/%'"
const run = { run: 'run' } as const

/** In an order in which rows come after those that they refer to. */
export const copiedTables: readonly CopiedTable[] = [
  { table: 'projects', rows: 'each.id IN (SELECT id FROM temp.copied_project)' },
  {
    table: 'files',
    rows: `${noUpload} AND each.path IN (SELECT path FROM source.dataset_files AS each WHERE ${ofDataset})`,
    shared: true,
  },
  { table: 'datasets', rows: ofProject },
  { table: 'dataset_files', rows: `${ofDataset} AND ${noUpload}` },
  { table: 'data_profiles', rows: ofDataset },
  { table: 'recipe_history', rows: ofProject },
  // What was deleted, and may be had back for a while, does not go along.
  {
    table: 'runs',
    rows: `${ofProject} AND each.deleted_at IS NULL`,
    local: { number: 'counted' },
    order: 'number',
  },
  { table: 'run_recipes', rows: ofRunNumber, local: run },
  { table: 'run_tags', rows: ofRunNumber, local: run },
  { table: 'run_reports', rows: ofRunId },
  { table: 'run_metrics', rows: ofRunNumber, local: { ...run, series: 'series' } },
  { table: 'run_settings', rows: ofRunNumber, local: { ...run, setting: 'setting' } },
  { table: 'points', rows: ofRunNumber, local: run },
  { table: 'point_values', rows: ofRunNumber, local: { ...run, series: 'series' } },
  { table: 'curve_blocks', rows: ofRunNumber, local: { ...run, series: 'series' } },
  { table: 'evaluations', rows: ofRunId },
  { table: 'profiles', rows: ofRunId },
  { table: 'run_baselines', rows: ofRunId },
  { table: 'run_examined', rows: ofRunId },
  { table: 'searches', rows: ofProject, local: { number: 'counted' }, order: 'number' },
  { table: 'search_trials', rows: ofSearch },
  // Also of runs that were deleted since: whoever goes on with the project is to know how often its test was looked at.
  { table: 'test_looks', rows: ofProject, local: { id: 'counted' }, order: 'id' },
  { table: 'checkpoints', schema: 'blobs', rows: ofRunId },
  {
    table: 'tensors',
    schema: 'blobs',
    rows: `each.sha256 IN (SELECT sha256 FROM source_blobs.checkpoint_tensors AS each WHERE ${ofRunId})`,
    shared: true,
  },
  { table: 'checkpoint_tensors', schema: 'blobs', rows: ofRunId },
]

/** Why the others stay where they are. */
export const otherTables: Readonly<Record<string, string>> = {
  series_names: 'numbers for names, which are found again by the names',
  setting_paths: 'numbers for names, which are found again by the names',
  baselines: 'trained again where they are gone',
  models: 'where saved models lie on this machine; they are folders of their own',
  settings: 'of the workspace',
  notices: 'of the workspace',
  backups: 'of the workspace',
  sqlite_sequence: 'SQLite’s own',
}

/** Names that have a number in each database, and who uses them. */
const named = [
  {
    local: 'series',
    table: 'series_names',
    name: 'name',
    usedBy: ['run_metrics', 'point_values', 'curve_blocks'],
  },
  { local: 'setting', table: 'setting_paths', name: 'path', usedBy: ['run_settings'] },
] as const

/** Where there are some, a UUID of the copy has a new one: it is too long to stand in a text by chance. */
export type NewIds = ReadonlyMap<string, string>

const anyUuid = new RegExp(uuid, 'g')
export const renamed = (text: string, ids: NewIds): string => text.replace(anyUuid, (id) => ids.get(id) ?? id)

interface Column {
  readonly name: string
  readonly type: string
}

const valueOf = ({ name, type }: Column, local: Local | undefined, renames: boolean): string => {
  if (local === 'run') return `(SELECT new FROM temp.copied_runs WHERE old = each."${name}")`
  if (local !== undefined) return `(SELECT new FROM temp.copied_${local} WHERE old = each."${name}")`
  return renames && (type === 'TEXT' || type === 'ANY') ? `renamed(each."${name}")` : `each."${name}"`
}

function copyTable(db: Connection, of: CopiedTable, renames: boolean): void {
  const { table, schema = 'main', rows, local = {}, shared, order } = of
  const columns = (db.pragma(`${schema}.table_info("${table}")`) as Column[]).filter(
    ({ name }) => local[name] !== 'counted',
  )
  const from = schema === 'main' ? 'source' : 'source_blobs'
  db.prepare(
    `INSERT ${shared ? 'OR IGNORE ' : ''}INTO ${schema}."${table}" (${columns.map(({ name }) => `"${name}"`).join(', ')})
     SELECT ${columns.map((column) => valueOf(column, local[column.name], renames)).join(', ')}
     FROM ${from}."${table}" AS each WHERE ${rows}${order === undefined ? '' : ` ORDER BY each."${order}"`}`,
  ).run()
}

const tell = (id: string, renames: boolean): string => (renames ? `renamed(${id})` : id)

/** Numbers of the source beside those that the copy has. */
function noteNumbers(db: Connection): void {
  for (const { local, table, name, usedBy } of named) {
    const used = usedBy
      .map((user) => `SELECT ${local} FROM source.${user} AS each WHERE ${ofRunNumber}`)
      .join(' UNION ')
    db.prepare(
      `INSERT OR IGNORE INTO main.${table} (${name}) SELECT ${name} FROM source.${table} WHERE id IN (${used})`,
    ).run()
    db.prepare(
      `INSERT INTO temp.copied_${local} SELECT there.id, here.id FROM source.${table} AS there
       JOIN main.${table} AS here USING (${name}) WHERE there.id IN (${used})`,
    ).run()
  }
}

/** What was at work, and what refers to runs that stayed behind. */
function settle(db: Connection, projectId: string): void {
  db.exec(`
    UPDATE main.runs SET state = 'interrupted' WHERE state IN ('queued', 'preparing', 'running')
      AND number IN (SELECT new FROM temp.copied_runs);
    UPDATE main.search_trials SET run_id = NULL WHERE run_id NOT IN (SELECT id FROM main.runs);`)
  db.prepare("UPDATE main.searches SET state = 'interrupted' WHERE state = 'running' AND project_id = ?").run(
    projectId,
  )
  db.prepare(
    `UPDATE main.projects SET selected_run = NULL, run_chosen = 0
     WHERE id = ? AND selected_run NOT IN (SELECT id FROM main.runs)`,
  ).run(projectId)
}

/**
 * Copies all rows of the project of the attached source, in the transaction that is under way or one of its own.
 * Returns the project's id in this workspace.
 */
export function copyProject(db: Connection, projectId: string, ids: NewIds = new Map()): string {
  const renames = ids.size > 0
  const id = ids.get(projectId) ?? projectId
  db.function('renamed', { deterministic: true }, (text) =>
    typeof text === 'string' ? renamed(text, ids) : text,
  )
  db.transaction(() => {
    db.pragma('defer_foreign_keys = ON')
    db.exec(`
      CREATE TEMP TABLE copied_project (id TEXT PRIMARY KEY);
      CREATE TEMP TABLE copied_runs (old INTEGER PRIMARY KEY, new INTEGER NOT NULL, id TEXT NOT NULL UNIQUE);
      CREATE TEMP TABLE copied_series (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);
      CREATE TEMP TABLE copied_setting (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);`)
    db.prepare('INSERT INTO temp.copied_project VALUES (?)').run(projectId)
    for (const table of copiedTables) {
      copyTable(db, table, renames)
      if (table.table !== 'runs') continue
      db.prepare(
        `INSERT INTO temp.copied_runs SELECT each.number, here.number, each.id FROM source.runs AS each
         JOIN main.runs AS here ON here.id = ${tell('each.id', renames)} WHERE ${table.rows}`,
      ).run()
      noteNumbers(db)
    }
    settle(db, id)
    db.exec(
      'DROP TABLE temp.copied_project; DROP TABLE temp.copied_runs; DROP TABLE temp.copied_series; DROP TABLE temp.copied_setting',
    )
  })()
  return id
}

/** The workspace in that folder stands beside this one's tables as `source` and `source_blobs` while `use` works. */
export function withSource<T>(db: Connection, folder: string, use: () => T): T {
  db.prepare('ATTACH ? AS source').run(join(folder, 'descent.db'))
  try {
    db.prepare('ATTACH ? AS source_blobs').run(join(folder, 'checkpoints.db'))
    try {
      return use()
    } finally {
      db.exec('DETACH source_blobs')
    }
  } finally {
    db.exec('DETACH source')
  }
}

const idsIn = (schema: string): string =>
  ['projects', 'datasets', 'runs', 'searches']
    .map((table) => `SELECT id FROM ${schema}.${table}`)
    .join(' UNION ')

/**
 * None where this workspace knows nothing of the source; else one for each of its projects, data sets, runs and
 * searches: the same project may stand here twice.
 */
export function newIds(db: Connection): NewIds {
  const known = db
    .prepare<[], number>(
      `SELECT EXISTS (SELECT id FROM (${idsIn('source')}) WHERE id IN (${idsIn('main')} UNION SELECT run_id FROM blobs.checkpoints))
         OR EXISTS (SELECT path FROM source.files JOIN main.files USING (path) WHERE path GLOB 'datasets/*-*.parquet')`,
    )
    .pluck()
    .get()
  if (known !== 1) return new Map()
  const ids = db.prepare<[], string>(idsIn('source')).pluck().all()
  return new Map(ids.map((id) => [id, randomUUID()]))
}
