import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import {
  defaultMissingValues,
  defaultRecipe,
  DescentError,
  type Dataset,
  type Project,
  type Recipe,
} from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { getProject, pushState, requireData } from '../projects/repository.ts'
import { asStorageError } from '../store/index.ts'
import { measureColumns } from './column-facts.ts'
import { withDuckDB } from './duckdb.ts'
import { importTable } from './import-table.ts'
import { inferColumn, inferTask, targetProblem, withTarget, type ColumnFacts } from './infer.ts'
import { readPage } from './page.ts'
import { datasetFile, datasetFolder, insertDataset, removeUnusedDatasets } from './repository.ts'
import { readTableFile, tableSql } from './table-file.ts'

export interface ImportRequest {
  readonly projectId: string
  readonly path: string
  readonly delimiter?: string | null
  readonly header?: boolean | null
  readonly target?: string
}

/** The project keeps its former data until the new data is whole. */
export async function importIntoProject(context: HostContext, request: ImportRequest): Promise<Project> {
  const { store, workspace } = context
  getProject(store, request.projectId)
  const id = randomUUID()
  const file = datasetFile(workspace, id)
  const source = {
    path: request.path,
    delimiter: request.delimiter ?? null,
    header: request.header ?? null,
    missingValues: defaultMissingValues,
  }
  try {
    mkdirSync(datasetFolder(workspace), { recursive: true })
  } catch (error) {
    throw asStorageError(error, workspace)
  }
  try {
    const { receipt, columns, task, rows } = await importTable({ ...source, target: request.target }, file)
    const dataset: Dataset = { id, receipt, rows, columns }
    const recipe = defaultRecipe(source, columns, task, rows)
    store.transaction(() => {
      // Again: the project may have been deleted while the file was read.
      getProject(store, request.projectId)
      insertDataset(store, request.projectId, dataset)
      pushState(store, request.projectId, { recipe, datasetId: id })
    })
  } catch (error) {
    rmSync(file, { force: true })
    throw asStorageError(error, workspace)
  }
  store.write(() => removeUnusedDatasets(store, workspace, request.projectId))
  context.emit({ type: 'project.changed', projectId: request.projectId })
  return getProject(store, request.projectId)
}

function measureColumn(file: string, index: number): Promise<ColumnFacts> {
  return withDuckDB(async (connection) => {
    const { delimiter } = await readTableFile(connection, file)
    const [facts] = await measureColumns(connection, tableSql(file), [index], delimiter)
    return facts!
  })
}

/** The recipe with another target, and the task that fits it. A kind that the user chose is respected. */
export function recipeWithTarget(recipe: Recipe, name: string, facts: ColumnFacts, rows: number): Recipe {
  const { columns } = recipe.data
  const index = columns.findIndex((column) => column.name === name)
  const inferred = inferColumn(name, facts, rows)
  const chosen = columns[index]!.kind
  const kind = chosen === 'number' || chosen === 'category' ? chosen : inferred.kind
  const problem = targetProblem(name, facts, { ...inferred, kind })
  if (problem !== null) throw new DescentError('badData', `${problem} Choose another target.`, 'column')
  const task = inferTask(kind, facts)
  return {
    ...recipe,
    task,
    data: { ...recipe.data, columns: withTarget(columns, index, task) },
    split: task === recipe.task ? recipe.split : { ...recipe.split, stratify: task === 'classification' },
  }
}

export function datasetsHandlers(
  context: HostContext,
): Pick<Handlers, 'datasets.import' | 'datasets.setTarget' | 'datasets.page'> {
  const { store, workspace } = context
  return {
    'datasets.import': (input) => importIntoProject(context, input),
    'datasets.setTarget': async ({ projectId, column }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      const index = dataset.columns.findIndex(({ name }) => name === column)
      if (index === -1 || !recipe.data.columns.some(({ name }) => name === column))
        throw new DescentError('badRequest', `The data has no column "${column}".`, 'column')
      const facts = await measureColumn(datasetFile(workspace, dataset.id), index)
      store.transaction(() => {
        // Read again: the recipe may have been edited while the column was measured.
        const { recipe: current } = requireData(getProject(store, projectId))
        pushState(store, projectId, {
          recipe: recipeWithTarget(current, column, facts, dataset.rows),
          datasetId: dataset.id,
        })
      })
      context.emit({ type: 'project.changed', projectId })
      return getProject(store, projectId)
    },
    'datasets.page': async ({ projectId, offset, limit }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      return readPage(datasetFile(workspace, dataset.id), recipe.data.columns, offset, limit, dataset.rows)
    },
  }
}
