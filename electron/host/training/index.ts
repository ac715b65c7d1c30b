/** Training: runs, the processes that train them, and what became of them. */
import { randomUUID } from 'node:crypto'
import { engineVersion } from '../../../engine/index.ts'
import { DescentError } from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { getProject, requireData } from '../projects/index.ts'
import { clearSelectedRun, requireProject, updateProject } from '../projects/repository.ts'
import { sourceOf } from '../datasets/repository.ts'
import { profileRun, storedProfile } from './profiles.ts'
import {
  damagedRuns,
  deleteRun,
  findRun,
  insertRun,
  listMetrics,
  listRunNames,
  listRuns,
  publicRun,
  runToDelete,
  updateRun,
} from './runs.ts'
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

/** “Run 7”: counting on, whatever was deleted or renamed in between. */
export function nextName(taken: readonly string[]): string {
  const numbers = taken.map((name) => Number(/^Run (\d+)$/.exec(name)?.[1] ?? 0))
  return `Run ${Math.max(0, ...numbers) + 1}`
}

type TrainingProcedure = Extract<keyof Handlers, `training.${string}`>

export function trainingHandlers(context: HostContext): Pick<Handlers, TrainingProcedure> {
  const { store, emit, jobs } = context
  const supervisor = supervisorOf(context)
  return {
    'training.start': async ({ projectId, name }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
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
        name: given ?? nextName(listRunNames(store, projectId)),
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
    'training.learningRates': async ({ schedule, learningRate, epochs }) =>
      plannedRates(schedule, learningRate, epochs),
  }
}

type RunsProcedure = Extract<keyof Handlers, `runs.${string}`>

export function runsHandlers(context: HostContext): Pick<Handlers, RunsProcedure> {
  const { store, emit } = context
  return {
    'runs.list': async ({ projectId }) => {
      requireProject(store, projectId)
      return listRuns(store, projectId).map(publicRun)
    },
    'runs.damaged': async ({ projectId }) => {
      requireProject(store, projectId)
      return damagedRuns(store, projectId)
    },
    'runs.get': async ({ runId }) => publicRun(findRun(store, runId)),
    'runs.metrics': async ({ runId, limit }) => listMetrics(store, findRun(store, runId).id, limit),
    'runs.profile': async ({ runId }) => storedProfile(store, findRun(store, runId).id),
    'runs.rename': async ({ runId, name }) => {
      findRun(store, runId)
      const run = publicRun(updateRun(store, runId, { name }))
      emit({ type: 'run.changed', run })
      return run
    },
    'runs.delete': async ({ runId }) => {
      const run = runToDelete(store, runId)
      if (run.state === 'running' || run.state === 'preparing') {
        throw new DescentError('conflict', `The run "${run.name}" is still training. Stop it first.`, 'runId')
      }
      discardRun(context, runId)
      if (clearSelectedRun(store, run.projectId, runId))
        emit({ type: 'project.changed', projectId: run.projectId })
      deleteRun(store, runId)
      emit({ type: 'run.deleted', runId, projectId: run.projectId })
      return { ok: true }
    },
  }
}
