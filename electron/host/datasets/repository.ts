/** Dataset rows in SQLite and their files in the workspace. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { columnSchema, receiptSchema, type Dataset } from '../../contract/index.ts'
import type { Place } from '../kinds/kind.ts'
import type { Store } from '../store/index.ts'
import { dropOriginals } from './originals.ts'
import { tableFileOf } from './table-file.ts'

export const datasetFolder = (workspace: string): string => join(workspace, 'datasets')

export const placeOf = (workspace: string, id: string): Place => ({ folder: datasetFolder(workspace), id })

interface DatasetRow {
  id: string
  receipt: string
  rows: number
  columns: string
}

export function loadDataset(store: Store, id: string): Dataset | null {
  const row = store.db
    .prepare<[string], DatasetRow>('SELECT id, receipt, rows, columns FROM datasets WHERE id = ?')
    .get(id)
  if (row === undefined) return null
  return {
    id: row.id,
    receipt: receiptSchema.parse(JSON.parse(row.receipt)),
    rows: row.rows,
    columns: columnSchema.array().parse(JSON.parse(row.columns)),
  }
}

export function insertDataset(store: Store, projectId: string, dataset: Dataset): void {
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
}

/** Drops the project's datasets that neither its present, nor undo or redo, nor a run can come back to. */
export function removeUnusedDatasets(store: Store, workspace: string, projectId: string): void {
  const unused = store.db
    .prepare<[string], { id: string }>(
      `DELETE FROM datasets WHERE project_id = ?
         AND id NOT IN (SELECT dataset_id FROM recipe_history WHERE dataset_id IS NOT NULL)
         AND id NOT IN (SELECT dataset_id FROM projects WHERE dataset_id IS NOT NULL)
         AND id NOT IN (SELECT dataset_id FROM runs)
       RETURNING id`,
    )
    .all(projectId)
  removeDatasetFiles(
    store,
    workspace,
    unused.map(({ id }) => id),
  )
}

/** For data sets that are no longer in the database. Originals that another one shares stay. */
export function removeDatasetFiles(store: Store, workspace: string, ids: readonly string[]): void {
  for (const id of ids) rmSync(tableFileOf(placeOf(workspace, id)), { force: true })
  const inUse = store.db
    .prepare<[], { sha256: string }>(
      `SELECT DISTINCT json_extract(file.value, '$.sha256') AS sha256
       FROM datasets, json_each(datasets.receipt, '$.files') AS file`,
    )
    .all()
  dropOriginals(datasetFolder(workspace), new Set(inUse.map(({ sha256 }) => sha256)))
}
