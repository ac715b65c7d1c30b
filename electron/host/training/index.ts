/** Training: runs, the processes that train them, and what became of them. */
import { randomUUID } from 'node:crypto'
import { engineVersion } from '../../../engine/index.ts'
import { DescentError } from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { getProject, requireData } from '../projects/index.ts'
import { updateProject } from '../projects/repository.ts'
import { trainingDataOf } from './data.ts'
import { preparedData } from './prepared.ts'
import { profileRun, storedProfile } from './profiles.ts'
import { deleteRun, findRun, insertRun, listMetrics, listRuns, publicRun, updateRun } from './runs.ts'
import { Supervisor } from './supervisor.ts'

const supervisors = new WeakMap<HostContext, Supervisor>()

function supervisorOf(context: HostContext): Supervisor {
  const existing = supervisors.get(context)
  if (existing) return existing
  const { store, emit } = context
  const supervisor = new Supervisor({
    store,
    emit,
    prepare: async (run) =>
      trainingDataOf(await preparedData(context, run.datasetId, run.recipe), run.recipe),
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

/** “Run 7”: counting on, whatever was deleted or renamed in between. */
export function nextName(taken: readonly string[]): string {
  const numbers = taken.map((name) => Number(/^Run (\d+)$/.exec(name)?.[1] ?? 0))
  return `Run ${Math.max(0, ...numbers) + 1}`
}

type TrainingProcedure = Extract<keyof Handlers, `training.${string}`>

export function trainingHandlers(context: HostContext): Pick<Handlers, TrainingProcedure> {
  const { store, emit } = context
  const supervisor = supervisorOf(context)
  return {
    'training.start': async ({ projectId, name }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      // Says at once what is wrong with the data; the trainer is given the same table.
      trainingDataOf(await preparedData(context, dataset.id, recipe), recipe)
      const id = randomUUID()
      const given = name === undefined || name === '' ? null : name
      insertRun(store, {
        id,
        projectId,
        name: given ?? nextName(listRuns(store, projectId).map((run) => run.name)),
        recipe,
        dataSha256: dataset.receipt.sha256,
        datasetId: dataset.id,
        engineVersion,
      })
      emit({ type: 'run.changed', run: publicRun(findRun(store, id)) })
      supervisor.enqueue(id)
      return publicRun(findRun(store, id))
    },
    'training.pause': ({ runId }) => supervisor.pause(runId),
    'training.resume': ({ runId }) => supervisor.resume(runId),
    'training.stop': ({ runId }) => supervisor.stop(runId),
    'training.profile': ({ runId }) => profileRun(context, supervisor, runId),
  }
}

type RunsProcedure = Extract<keyof Handlers, `runs.${string}`>

export function runsHandlers(context: HostContext): Pick<Handlers, RunsProcedure> {
  const { store, emit } = context
  return {
    'runs.list': async ({ projectId }) => {
      getProject(store, projectId)
      return listRuns(store, projectId).map(publicRun)
    },
    'runs.get': async ({ runId }) => publicRun(findRun(store, runId)),
    'runs.metrics': async ({ runId }) => listMetrics(store, findRun(store, runId).id),
    'runs.profile': async ({ runId }) => storedProfile(store, findRun(store, runId).id),
    'runs.rename': async ({ runId, name }) => {
      findRun(store, runId)
      const run = publicRun(updateRun(store, runId, { name }))
      emit({ type: 'run.changed', run })
      return run
    },
    'runs.delete': async ({ runId }) => {
      const run = findRun(store, runId)
      if (run.state === 'running' || run.state === 'preparing') {
        throw new DescentError('conflict', `The run "${run.name}" is still training. Stop it first.`, 'runId')
      }
      discardRun(context, runId)
      const project = getProject(store, run.projectId)
      if (project.selectedRun === runId) {
        updateProject(store, run.projectId, 'selected_run', null)
        emit({ type: 'project.changed', projectId: run.projectId })
      }
      deleteRun(store, runId)
      emit({ type: 'run.deleted', runId, projectId: run.projectId })
      return { ok: true }
    },
  }
}
