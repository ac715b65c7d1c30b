/** Dataset rows in SQLite, and where their files are. */
import {
  columnSchema,
  DescentError,
  isCorrected,
  noCorrections,
  overlaySchema,
  receiptSchema,
  type Dataset,
  type ListedVersion,
  type Overlay,
  type Recipe,
} from '../../contract/index.ts'
import type { DatasetSource } from '../jobs/source.ts'
import type { StoredData } from '../kinds/index.ts'
import { parseStored, unreadable, type Store } from '../store/index.ts'
import { hashOfImport } from './hash-of-import.ts'
import { countsOf, hashOfVersion, rowsOf } from './overlay.ts'

export const datasetFolder = 'datasets'

interface DatasetRow {
  id: string
  sha256: string
  receipt: string
  rows: number
  columns: string
  version: number
  import_id: string | null
  made_from: number | null
  corrections: string | null
  created_at: number
}

/** A version of the data with all that it has otherwise. */
export interface StoredVersion extends Dataset {
  readonly corrections: Overlay
}

function parseRow(row: DatasetRow): StoredVersion {
  const corrections =
    row.corrections === null ? noCorrections : overlaySchema.parse(JSON.parse(row.corrections))
  const counts = countsOf(corrections)
  return {
    id: row.id,
    receipt: receiptSchema.parse(JSON.parse(row.receipt)),
    rows: row.rows,
    columns: columnSchema.array().parse(JSON.parse(row.columns)),
    version: {
      number: row.version,
      sha256: row.sha256,
      importId: row.import_id ?? row.id,
      importedRows: row.rows + counts.dropped - counts.appended,
      counts,
    },
    corrections,
  }
}

/** null when there is none. Throws `damaged` where its description cannot be read any more. */
export function loadVersion(store: Store, id: string): StoredVersion | null {
  const row = store.db.prepare<[string], DatasetRow>('SELECT * FROM datasets WHERE id = ?').get(id)
  if (row === undefined) return null
  try {
    return parseRow(row)
  } catch (error) {
    throw new DescentError(
      'damaged',
      `What the workspace wrote down of the data cannot be read: ${unreadable(error)}. Import the data again, or put a backup of the database back.`,
    )
  }
}

/** As `loadVersion`, without what leaves the host only by pages. */
export function loadDataset(store: Store, id: string): Dataset | null {
  const version = loadVersion(store, id)
  if (version === null) return null
  const { corrections: _, ...dataset } = version
  return dataset
}

/** What another process needs to read the data with this recipe. */
export function sourceOf(store: Store, datasetId: string, recipe: Recipe): DatasetSource {
  const found = loadVersion(store, datasetId)
  if (found === null)
    throw new DescentError(
      'damaged',
      'The data of this run is no longer in the workspace’s database. Put a backup of it back, or import the data again.',
    )
  const { corrections, ...dataset } = found
  const { importId } = dataset.version
  const { files } = store
  return {
    folder: files.absolute(datasetFolder),
    files: files
      .of(datasetId)
      // An upload is only where the data came from.
      .filter(({ path }) => path.startsWith(`${datasetFolder}/`))
      .map(({ path, sha256 }) => ({ path: files.absolute(path), name: path, sha256 })),
    dataset,
    ...(isCorrected(corrections) && { version: { importId, corrections } }),
    recipe,
  }
}

/** The number that the project's next version has. */
function countVersion(store: Store, projectId: string): number {
  return store.db
    .prepare<[string], number>(
      'UPDATE projects SET data_versions = data_versions + 1 WHERE id = ? RETURNING data_versions',
    )
    .pluck()
    .get(projectId)!
}

interface NewRow {
  readonly dataset: StoredData
  readonly sha256: string
  readonly importId: string | null
  readonly madeFrom: number | null
  readonly corrections: Overlay | null
}

function insertRow(store: Store, projectId: string, row: NewRow, paths: readonly string[]): void {
  const { dataset, sha256, importId, madeFrom, corrections } = row
  store.db
    .prepare(
      `INSERT INTO datasets (id, project_id, sha256, receipt, rows, columns, created_at, version, import_id, made_from, corrections)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      dataset.id,
      projectId,
      sha256,
      JSON.stringify(dataset.receipt),
      dataset.rows,
      JSON.stringify(dataset.columns),
      Date.now(),
      countVersion(store, projectId),
      importId,
      madeFrom,
      corrections === null ? null : JSON.stringify(corrections),
    )
  for (const path of paths) store.files.refer(dataset.id, path)
}

export function insertDataset(
  store: Store,
  projectId: string,
  dataset: StoredData,
  paths: readonly string[],
): void {
  const sha256 = hashOfImport(dataset.receipt)
  insertRow(store, projectId, { dataset, sha256, importId: null, madeFrom: null, corrections: null }, paths)
}

/**
 * The version of this import that has these corrections: one that there is already, or a new one under `id`. It rests on
 * the import's files, which stay as long as any version of them.
 */
export function versionWith(
  store: Store,
  projectId: string,
  from: Dataset,
  corrections: Overlay,
  id: string,
): string {
  const { importId, importedRows, number } = from.version
  const sha256 = hashOfVersion(hashOfImport(from.receipt), corrections)
  const known = store.db
    .prepare<[string, string, string], string>(
      'SELECT id FROM datasets WHERE sha256 = ? AND (import_id = ? OR id = ?) ORDER BY version LIMIT 1',
    )
    .pluck()
    .get(sha256, importId, importId)
  if (known !== undefined) return known
  const { receipt, columns } = from
  const dataset = { id, receipt, columns, rows: rowsOf(corrections, importedRows) }
  const paths = store.files.of(from.id).map(({ path }) => path)
  insertRow(store, projectId, { dataset, sha256, importId, madeFrom: number, corrections }, paths)
  return id
}

/** All versions of the project's data, newest first. One that cannot be read is left out: nobody could go back to it. */
export function listVersions(store: Store, projectId: string, currentId: string | null): ListedVersion[] {
  const rows = store.db
    .prepare<[string], DatasetRow & { runs: number }>(
      `SELECT datasets.*, (SELECT count(*) FROM runs WHERE runs.dataset_id = datasets.id AND deleted_at IS NULL) AS runs
       FROM datasets WHERE project_id = ? ORDER BY version DESC`,
    )
    .all(projectId)
  const numbers = new Set(rows.map(({ version }) => version))
  return rows.flatMap((row) => {
    const overlay = parseStored(overlaySchema, row.corrections ?? JSON.stringify(noCorrections))
    const receipt = parseStored(receiptSchema, row.receipt)
    if (overlay === undefined || receipt === undefined) return []
    const counts = countsOf(overlay)
    return [
      {
        id: row.id,
        number: row.version,
        sha256: row.sha256,
        importId: row.import_id ?? row.id,
        importedRows: row.rows + counts.dropped - counts.appended,
        counts,
        createdAt: row.created_at,
        fileName: receipt.fileName,
        rows: row.rows,
        madeFrom: row.made_from !== null && numbers.has(row.made_from) ? row.made_from : null,
        runs: row.runs,
        current: row.id === currentId,
      },
    ]
  })
}

/** Drops the project's datasets that neither its present, nor undo or redo, nor a run can come back to. */
export function removeUnusedDatasets(store: Store, projectId: string): void {
  store.transaction(() => {
    store.db
      .prepare(
        `DELETE FROM datasets WHERE project_id = ?
           AND id NOT IN (SELECT dataset_id FROM recipe_history WHERE dataset_id IS NOT NULL)
           AND id NOT IN (SELECT dataset_id FROM projects WHERE dataset_id IS NOT NULL)
           AND id NOT IN (SELECT dataset_id FROM runs)
           -- Versions are listed beside what they were made from, and compared with it.
           AND id NOT IN (SELECT import_id FROM datasets WHERE import_id IS NOT NULL)`,
      )
      .run(projectId)
    store.files.removeUnused()
  })
}
