/** Models out of the workshop: exported as folders, loaded again, and put to use on new files. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import {
  DescentError,
  jobTopics,
  metricsOn,
  type Exported,
  type ExportFormat,
  type ModelInfo,
  type Output,
  type SavedModel,
} from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { datasetFolder, loadDataset, sourceOf } from '../datasets/repository.ts'
import type { DatasetSource } from '../jobs/source.ts'
import { joinedFilesOf } from '../kinds/table/shaping/joined-files.ts'
import { labelStyleOf } from '../kinds/text/receipt-style.ts'
import { getProject, requireProject } from '../projects/repository.ts'
import { makePrivateFile, makePrivateFolder, makePrivateTree, type Store } from '../store/index.ts'
import { storedBeside } from '../baselines/repository.ts'
import { storedEvaluation, storedExamined } from '../evaluate/repository.ts'
import { bestOfRun } from '../training/best.ts'
import { section } from '../training/checkpoint.ts'
import { findRun } from '../runs/repository.ts'
import { modelDraft, toldChecks } from './draft.ts'
import { documentFile, writeModelFolder } from './folder.ts'
import { manifestFile } from './owned-folder.ts'
import { slug } from './slug.ts'

interface Remembered {
  readonly projectId: string
  readonly path: string
  readonly runId: string
  readonly createdAt: number
  readonly info: ModelInfo | Exported
  /** null: it is a model folder. */
  readonly format: ExportFormat['format'] | null
}

function remember(store: Store, { projectId, path, runId, createdAt, info, format }: Remembered): void {
  store.write(() =>
    store.db
      .prepare(
        'INSERT OR REPLACE INTO models (path, run_id, info, created_at, project_id, format) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(path, runId, JSON.stringify(info), createdAt, projectId, format),
  )
}

interface SavedRow {
  readonly path: string
  readonly run_id: string
  readonly run: string | null
  readonly created_at: number
  readonly format: string | null
}

/** What was saved and exported from the project, newest first; a folder may have been moved or deleted since. */
function savedModels(store: Store, projectId: string): SavedModel[] {
  return store.db
    .prepare<[string], SavedRow>(
      `SELECT models.path, models.run_id, runs.name AS run, models.created_at, models.format
         FROM models LEFT JOIN runs ON runs.id = models.run_id
         WHERE models.project_id = ? ORDER BY models.created_at DESC, models.path`,
    )
    .all(projectId)
    .map(({ path, run_id, run, created_at, format }) => ({
      path,
      format,
      runId: run_id,
      runName: run,
      createdAt: created_at,
      present: existsSync(join(path, format === null ? documentFile : manifestFile)),
    }))
}

async function saveModel(
  context: HostContext,
  runId: string,
  path: string | undefined,
): Promise<Output<'deploy.save'>> {
  const { store, workspace, jobs } = context
  const run = findRun(store, runId)
  const best = bestOfRun(store, run)
  const opened = storedEvaluation(store, runId, 'test')
  const { preparation, uncertainty, ranges, reference } = await jobs.run(
    'goesWith',
    {
      source: sourceOf(store, run.datasetId, run.recipe),
      backend: run.backend ?? run.recipe.backend,
      weights: best.tensors,
      opened: opened !== null,
    },
    { kind: 'prepare', label: `Preparing ${run.name}`, projectId: run.projectId, device: true },
  )
  const examined = storedExamined(store, runId, opened === null ? 'validation' : 'test')
  const project = getProject(store, run.projectId)
  const receipt = loadDataset(store, run.datasetId)?.receipt
  const draft = modelDraft({
    name: `${project.name}: ${run.name}`,
    runId,
    recipe: run.recipe,
    preparation,
    dataFile: receipt?.fileName ?? basename(run.recipe.data.source.path),
    // As the import found it: a prediction must not guess anew whether there is a header.
    header: receipt?.header ?? null,
    // A few words may look like those of another encoding.
    encoding: receipt?.encoding ?? null,
    texts: receipt && labelStyleOf(receipt),
    dataSha256: run.dataSha256,
    dataVersion: run.dataVersion,
    engineVersion: run.engineVersion,
    backend: run.backend ?? run.recipe.backend,
    device: run.device ?? 'unknown',
    bestEpoch: best.epoch,
    test: metricsOn('test', run),
    intervals: opened?.intervals,
    beside: storedBeside(store, run, 'test') ?? undefined,
    ...(examined && { checks: toldChecks(examined) }),
    uncertainty: uncertainty ?? undefined,
    ranges,
    reference,
  })
  if (path === undefined) makePrivateFolder(join(workspace, 'models'))
  const folder =
    path ?? join(workspace, 'models', `${slug(`${project.name}-${run.name}`)}-${runId.slice(0, 8)}`)
  const written = writeModelFolder(
    folder,
    draft,
    section(best.tensors, 'model'),
    joinedFilesOf(run.recipe, store.files.absolute(datasetFolder)),
  )
  // Where a person chose a place, their umask says who may read it.
  if (path === undefined) makePrivateTree(written.path)
  const info = await loadModel(jobs, written.path)
  const { path: at, createdAt } = info
  remember(store, { projectId: run.projectId, path: at, runId, createdAt, info, format: null })
  return { ...info, notes: [...written.notes] }
}

async function exportSaved(
  { store, workspace, jobs }: HostContext,
  { projectId, modelPath, export: chosen, path }: Parameters<Handlers['deploy.export']>[0],
): Promise<Exported> {
  requireProject(store, projectId)
  const model = await loadModel(jobs, modelPath)
  const exports = join(workspace, 'exports')
  if (path === undefined) makePrivateFolder(exports)
  const exported = await jobs.run(
    'exportModel',
    {
      modelPath,
      chosen,
      source: dataOf(store, projectId, model),
      path: path ?? join(exports, `${slug(model.name)}-${slug(model.runId).slice(0, 8)}-${chosen.format}`),
    },
    { kind: 'export', label: `Exporting ${model.name}`, projectId },
  )
  if (path === undefined) makePrivateTree(exported.path)
  const { path: at, format } = exported
  remember(store, { projectId, path: at, runId: model.runId, createdAt: Date.now(), info: exported, format })
  return exported
}

/** What the model was trained on, where its run is of this project and its data are as they were; null: they are not at hand. */
function dataOf(store: Store, projectId: string, model: ModelInfo): DatasetSource | null {
  try {
    const run = findRun(store, model.runId)
    return run.projectId === projectId ? sourceOf(store, run.datasetId, run.recipe) : null
  } catch (error) {
    // Its run was deleted, or it came from elsewhere.
    if (error instanceof DescentError) return null
    throw error
  }
}

const loadModel = (jobs: HostContext['jobs'], path: string): Promise<ModelInfo> =>
  jobs.run('loadModel', { path }, { kind: 'predict', label: `Loading ${basename(path)}`, quick: true })

type DeployProcedure = Extract<keyof Handlers, `deploy.${string}`>

export function deployHandlers(context: HostContext): Pick<Handlers, DeployProcedure> {
  const { store, workspace, jobs, scratch } = context
  return {
    'deploy.save': ({ runId, path }) => saveModel(context, runId, path),
    'deploy.export': (asked) => exportSaved(context, asked),
    'deploy.list': async ({ projectId }) => {
      requireProject(store, projectId)
      return savedModels(store, projectId)
    },
    'deploy.load': ({ path }) => loadModel(jobs, path),
    'deploy.predict': async ({ modelPath, dataPath, coverage }) => {
      const data = resolve(dataPath)
      const name = `${slug(basename(data, extname(data)))}-${slug(basename(modelPath))}-${randomUUID()}.csv`
      const outputPath = join(workspace, 'predictions', name)
      makePrivateFolder(dirname(outputPath))
      const predictions = await jobs.run(
        'predict',
        { modelPath, dataPath: data, outputPath, scratch, coverage },
        {
          kind: 'predict',
          label: `Predicting ${basename(data)}`,
          topic: jobTopics.predict(modelPath),
          device: true,
        },
      )
      makePrivateFile(outputPath)
      return predictions
    },
    'deploy.measure': ({ modelPath }) =>
      jobs.run(
        'measureLatency',
        { modelPath },
        {
          kind: 'predict',
          label: `Measuring ${basename(modelPath)}`,
          topic: jobTopics.measure(modelPath),
          device: true,
        },
      ),
    'deploy.try': ({ modelPath, row, picture, pictures = {}, explanation, answer = null }) =>
      jobs.run(
        'tryModel',
        {
          modelPath,
          given: {
            row: row ?? null,
            picture: picture === undefined ? null : resolve(picture),
            pictures: Object.fromEntries(
              Object.entries(pictures).map(([column, path]) => [column, resolve(path)]),
            ),
          },
          explaining: explanation === undefined ? null : { explanation, answer },
          scratch,
        },
        {
          kind: 'predict',
          label: `Trying ${basename(modelPath)}`,
          topic: jobTopics.try(modelPath),
          // An explanation may take its time.
          quick: explanation === undefined,
        },
      ),
  }
}
