import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { DescentError, type Dataset, type Project, type TableRecipe } from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { kindOf, plainContext, recognise, type ImportRequest } from '../kinds/index.ts'
import { getProject, pushState, requireData } from '../projects/repository.ts'
import { asStorageError } from '../store/index.ts'
import { measureColumns } from './column-facts.ts'
import { withDuckDB } from './duckdb.ts'
import { inferColumn, inferTask, targetProblem, withTarget, type ColumnFacts } from './infer.ts'
import { haveOriginals } from './originals.ts'
import {
  datasetFolder,
  insertDataset,
  placeOf,
  removeDatasetFiles,
  removeUnusedDatasets,
} from './repository.ts'
import { readTableFile, tableFileOf, tableSql } from './table-file.ts'

/** The project keeps its former data until the new data is whole. */
export async function importIntoProject(
  context: HostContext,
  projectId: string,
  request: ImportRequest,
): Promise<Project> {
  const { store, workspace } = context
  getProject(store, projectId)
  const id = randomUUID()
  const place = placeOf(workspace, id)
  try {
    mkdirSync(datasetFolder(workspace), { recursive: true })
  } catch (error) {
    throw asStorageError(error, workspace)
  }
  try {
    const { receipt, columns, rows, recipe } = await kindOf(await recognise(request.path)).import(
      request,
      place,
      plainContext,
    )
    const dataset: Dataset = { id, receipt, rows, columns }
    store.transaction(() => {
      // Again: the project may have been deleted while the file was read.
      getProject(store, projectId)
      if (!haveOriginals(place.folder, receipt.files))
        throw new DescentError('conflict', 'The data was removed while it was imported. Import it again.')
      insertDataset(store, projectId, dataset)
      pushState(store, projectId, { recipe, datasetId: id })
    })
  } catch (error) {
    removeDatasetFiles(store, workspace, [id])
    throw asStorageError(error, workspace)
  }
  store.write(() => removeUnusedDatasets(store, workspace, projectId))
  context.emit({ type: 'project.changed', projectId })
  return getProject(store, projectId)
}

function measureColumn(file: string, index: number): Promise<ColumnFacts> {
  return withDuckDB(async (connection) => {
    const { delimiter } = await readTableFile(connection, file)
    const [facts] = await measureColumns(connection, tableSql(file), [index], delimiter)
    return facts!
  })
}

/** The recipe with another target, and the task that fits it. A kind that the user chose is respected. */
export function recipeWithTarget(
  recipe: TableRecipe,
  name: string,
  facts: ColumnFacts,
  rows: number,
): TableRecipe {
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

function requireTable(project: Project): { dataset: Dataset; recipe: TableRecipe } {
  const { dataset, recipe } = requireData(project)
  if (recipe.kind !== 'table')
    throw new DescentError('badRequest', `The target of ${recipe.kind} is always the label.`, 'column')
  return { dataset, recipe }
}

export function datasetsHandlers(
  context: HostContext,
): Pick<Handlers, 'datasets.import' | 'datasets.setTarget' | 'datasets.page'> {
  const { store, workspace } = context
  return {
    'datasets.import': ({ projectId, ...request }) => importIntoProject(context, projectId, request),
    'datasets.setTarget': async ({ projectId, column }) => {
      const { dataset, recipe } = requireTable(getProject(store, projectId))
      const index = dataset.columns.findIndex(({ name }) => name === column)
      if (index === -1 || !recipe.data.columns.some(({ name }) => name === column))
        throw new DescentError('badRequest', `The data has no column "${column}".`, 'column')
      const facts = await measureColumn(tableFileOf(placeOf(workspace, dataset.id)), index)
      store.transaction(() => {
        // Read again: the recipe may have been edited while the column was measured.
        const { recipe: current } = requireTable(getProject(store, projectId))
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
      const place = placeOf(workspace, dataset.id)
      return kindOf(recipe.kind).page(place, dataset, recipe, offset, limit)
    },
  }
}
