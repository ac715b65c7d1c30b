/** Projects: where a user's work on one question lives, with undo over every edit of its recipe. */
import { isDeepStrictEqual } from 'node:util'
import { samplePath, samples } from '../../../resources/samples/index.ts'
import { DescentError, taskOf, type Project } from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { importIntoProject } from '../datasets/handlers.ts'
import { removeUnusedDatasets } from '../datasets/repository.ts'
import {
  chooseRun,
  createProject,
  getProject,
  listProjects,
  moveInHistory,
  pushState,
  repairRecipe,
  requireData,
  requireProject,
  updateProject,
} from './repository.ts'
import { transferHandlers } from './transfer.ts'
import { validateRecipe } from './validate-recipe.ts'

export { createProject, getProject, requireData } from './repository.ts'

/** Gives the ids of the runs that went with it. */
function deleteProject({ store }: HostContext, id: string): string[] {
  requireProject(store, id)
  const runs = store.db
    .prepare<[string], { id: string; name: string; state: string }>(
      'SELECT id, name, state FROM runs WHERE project_id = ?',
    )
    .all(id)
  const busy = runs.find(({ state }) => state === 'queued' || state === 'preparing' || state === 'running')
  if (busy !== undefined)
    throw new DescentError(
      'conflict',
      `The run "${busy.name}" of this project is still training. Stop it first.`,
    )
  store.transaction(() => {
    for (const run of runs) store.deleteCheckpoints(run.id)
    store.db.prepare('DELETE FROM projects WHERE id = ?').run(id)
    store.files.removeUnused()
  })
  return runs.map((run) => run.id)
}

async function createFromSample(context: HostContext, sampleId: string): Promise<Project> {
  const sample = samples.find(({ id }) => id === sampleId)
  if (sample === undefined)
    throw new DescentError('notFound', `There is no sample "${sampleId}".`, 'sampleId')
  const projectId = createProject(context.store, sample.title)
  try {
    return await importIntoProject(context, projectId, {
      path: samplePath(sample.id),
      ...(sample.target === undefined ? {} : { target: sample.target }),
    })
  } catch (error) {
    deleteProject(context, projectId)
    throw error
  }
}

type ProjectProcedure = 'samples.list' | Extract<keyof Handlers, `projects.${string}`>

/** `discardRun` is told each run that was deleted with its project: a paused one still has a trainer. */
export function projectsHandlers(
  context: HostContext,
  discardRun: (runId: string) => void,
): Pick<Handlers, ProjectProcedure> {
  const { store } = context
  const changed = (projectId: string): Project => {
    context.emit({ type: 'project.changed', projectId })
    return getProject(store, projectId)
  }
  return {
    ...transferHandlers(context),
    'samples.list': async () =>
      samples.map((sample) => ({ ...sample, taskLabel: taskOf(sample.task).label })),
    'projects.list': async () => listProjects(store),
    'projects.create': async ({ name }) => changed(createProject(store, name)),
    'projects.createFromSample': ({ sampleId }) => createFromSample(context, sampleId),
    'projects.get': async ({ projectId }) => getProject(store, projectId),
    'projects.rename': async ({ projectId, name }) => {
      requireProject(store, projectId)
      updateProject(store, projectId, 'name', name)
      return changed(projectId)
    },
    'projects.delete': async ({ projectId }) => {
      deleteProject(context, projectId).forEach(discardRun)
      context.emit({ type: 'project.changed', projectId })
      return { ok: true }
    },
    'projects.setStep': async ({ projectId, step }) => {
      requireProject(store, projectId)
      updateProject(store, projectId, 'step', step)
      return { ok: true }
    },
    'projects.selectRun': async ({ projectId, runId }) => {
      requireProject(store, projectId)
      if (
        store.db
          .prepare('SELECT 1 FROM runs WHERE id = ? AND project_id = ? AND deleted_at IS NULL')
          .get(runId, projectId) === undefined
      )
        throw new DescentError('notFound', 'This project has no such run.', 'runId')
      chooseRun(store, projectId, runId)
      return changed(projectId)
    },
    'projects.setRecipe': async ({ projectId, recipe }) => {
      const former = requireData(getProject(store, projectId))
      if (isDeepStrictEqual(recipe, former.recipe)) return getProject(store, projectId)
      validateRecipe(recipe, former.dataset, former.recipe)
      pushState(store, projectId, { recipe, datasetId: former.dataset.id })
      removeUnusedDatasets(store, projectId)
      return changed(projectId)
    },
    'projects.undo': async ({ projectId }) => {
      requireProject(store, projectId)
      if (!repairRecipe(store, projectId)) moveInHistory(store, projectId, -1)
      return changed(projectId)
    },
    'projects.redo': async ({ projectId }) => {
      requireProject(store, projectId)
      moveInHistory(store, projectId, 1)
      return changed(projectId)
    },
  }
}
