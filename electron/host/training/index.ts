/** Training: runs, the processes that train them, and what became of them. */
import { randomUUID } from 'node:crypto'
import { engineVersion } from '../../../engine/index.ts'
import {
  DescentError,
  isFold,
  recipeOfFold,
  type Dataset,
  type Recipe,
  type RunSummary,
} from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { getProject, requireData } from '../projects/index.ts'
import { updateProject } from '../projects/repository.ts'
import { sourceOf } from '../datasets/repository.ts'
import { probeDevices } from '../devices/index.ts'
import { requireDevice } from '../settings/computing.ts'
import { computingOf } from '../settings/index.ts'
import { profileRun } from './profiles.ts'
import { findSummary, insertRun, nextName } from '../runs/repository.ts'
import { plannedRates } from './schedules.ts'
import { Supervisor } from './supervisor.ts'

const supervisors = new WeakMap<HostContext, Supervisor>()

function supervisorOf(context: HostContext): Supervisor {
  const existing = supervisors.get(context)
  if (existing) return existing
  const { store, emit } = context
  const supervisor = new Supervisor({
    store,
    emit,
    computing: () => computingOf(store),
    source: (run) => sourceOf(store, run.datasetId, run.recipe),
    scratch: context.scratch,
    onSettled: (run) => {
      updateProject(store, run.projectId, 'selected_run', run.id)
      emit({ type: 'project.changed', projectId: run.projectId })
    },
  })
  supervisors.set(context, supervisor)
  return supervisor
}

/** Lets go of a run that was deleted; nothing its trainer still says is heard. */
export function discardRun(context: HostContext, runId: string): void {
  supervisorOf(context).discard(runId)
}

/** Stops every job at a checkpoint; runs that were under way can be resumed. Call before the store is closed. */
export async function closeTraining(context: HostContext, deadlineMs?: number): Promise<void> {
  await supervisors.get(context)?.close(deadlineMs)
}

type TrainingProcedure = Extract<keyof Handlers, `training.${string}`>

export function trainingHandlers(context: HostContext): Pick<Handlers, TrainingProcedure> {
  const { store, emit, jobs } = context
  const supervisor = supervisorOf(context)
  async function begin(
    projectId: string,
    dataset: Dataset,
    recipe: Recipe,
    name: string | undefined,
  ): Promise<RunSummary> {
    const computing = computingOf(store)
    if (recipe.backend === 'auto') await requireDevice(computing, () => probeDevices(computing))
    // Says at once what is wrong with the data; the trainer reads the same.
    await jobs.run(
      'checkTraining',
      { source: sourceOf(store, dataset.id, recipe) },
      { kind: 'prepare', label: 'Preparing the data', projectId, topic: dataset.id },
    )
    const id = randomUUID()
    const given = name === undefined || name === '' ? null : name
    insertRun(store, {
      id,
      projectId,
      name: given ?? nextName(store, projectId),
      recipe,
      dataSha256: dataset.version.sha256,
      dataVersion: dataset.version.number,
      datasetId: dataset.id,
      engineVersion,
    })
    emit({ type: 'run.changed', run: findSummary(store, id) })
    supervisor.enqueue(id)
    return findSummary(store, id)
  }
  return {
    'training.start': async ({ projectId, name }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      return await begin(projectId, dataset, recipe, name)
    },
    'training.startFolds': async ({ projectId, name, repeats = 1 }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      const { split } = recipe
      if (!isFold(recipe) || !('folds' in split))
        throw new DescentError(
          'badRequest',
          'The split is not one of several folds: choose “One of several folds” under Prepare.',
          'split.method',
        )
      const called = name === undefined || name === '' ? nextName(store, projectId) : name
      const started: RunSummary[] = []
      for (let repeat = 1; repeat <= repeats; repeat++)
        for (let fold = 1; fold <= split.folds; fold++) {
          const which = `fold ${fold} of ${split.folds}${repeats > 1 ? `, repeat ${repeat}` : ''}`
          const own = recipeOfFold(recipe, { folds: split.folds, fold, repeat })
          started.push(await begin(projectId, dataset, own, `${called}, ${which}`))
        }
      return started
    },
    'training.pause': ({ runId }) => supervisor.pause(runId),
    'training.resume': ({ runId }) => supervisor.resume(runId),
    'training.stop': ({ runId }) => supervisor.stop(runId),
    'training.profile': ({ runId }) => profileRun(context, supervisor, runId),
    'training.learningRates': async ({ schedule, learningRate, epochs }) =>
      plannedRates(schedule, learningRate, epochs),
  }
}
