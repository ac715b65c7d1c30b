/** Dataset rows in SQLite, and where their files are. */
import { columnSchema, DescentError, receiptSchema, type Dataset, type Recipe } from '../../contract/index.ts'
import type { DatasetSource } from '../jobs/source.ts'
import { unreadable, type Store } from '../store/index.ts'

const datasetFolder = 'datasets'

interface DatasetRow {
  id: string
  receipt: string
  rows: number
  columns: string
}

/** null when there is none. Throws `damaged` where its description cannot be read any more. */
export function loadDataset(store: Store, id: string): Dataset | null {
  const row = store.db
    .prepare<[string], DatasetRow>('SELECT id, receipt, rows, columns FROM datasets WHERE id = ?')
    .get(id)
  if (row === undefined) return null
  try {
    return {
      id: row.id,
      receipt: receiptSchema.parse(JSON.parse(row.receipt)),
      rows: row.rows,
      columns: columnSchema.array().parse(JSON.parse(row.columns)),
    }
  } catch (error) {
    throw new DescentError(
      'damaged',
      `What the workspace wrote down of the data cannot be read: ${unreadable(error)}. Import the data again, or put a backup of the database back.`,
    )
  }
}

/** What another process needs to read the data with this recipe. */
export function sourceOf(store: Store, datasetId: string, recipe: Recipe): DatasetSource {
  const dataset = loadDataset(store, datasetId)
  if (dataset === null)
    throw new DescentError(
      'damaged',
      'The data of this run is no longer in the workspace’s database. Put a backup of it back, or import the data again.',
    )
  const { files } = store
  return {
    folder: files.absolute(datasetFolder),
    files: files
      .of(datasetId)
      // An upload is only where the data came from.
      .filter(({ path }) => path.startsWith(`${datasetFolder}/`))
      .map(({ path, sha256 }) => ({ path: files.absolute(path), name: path, sha256 })),
    dataset,
    recipe,
  }
}

export function insertDataset(
  store: Store,
  projectId: string,
  dataset: Dataset,
  paths: readonly string[],
): void {
  store.db
    .prepare(
      'INSERT INTO datasets (id, project_id, sha256, receipt, rows, columns, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    .run(
      dataset.id,
      projectId,
      dataset.receipt.sha256,
      JSON.stringify(dataset.receipt),
      dataset.rows,
      JSON.stringify(dataset.columns),
      Date.now(),
    )
  for (const path of paths) store.files.refer(dataset.id, path)
}

/** Drops the project's datasets that neither its present, nor undo or redo, nor a run can come back to. */
export function removeUnusedDatasets(store: Store, projectId: string): void {
  store.transaction(() => {
    store.db
      .prepare(
        `DELETE FROM datasets WHERE project_id = ?
           AND id NOT IN (SELECT dataset_id FROM recipe_history WHERE dataset_id IS NOT NULL)
           AND id NOT IN (SELECT dataset_id FROM projects WHERE dataset_id IS NOT NULL)
           AND id NOT IN (SELECT dataset_id FROM runs)`,
      )
      .run(projectId)
    store.files.removeUnused()
  })
}
