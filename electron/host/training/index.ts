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
import { runWasChosen, updateProject } from '../projects/repository.ts'
import { sourceOf } from '../datasets/repository.ts'
import { probeDevices } from '../devices/index.ts'
import { backendFor, requireDevice } from '../settings/computing.ts'
import { computingOf } from '../settings/index.ts'
import { keepRetention } from '../space/index.ts'
import { profileRun } from './profiles.ts'
import { beginBranch, branchOf } from './branch.ts'
import { proposedRun } from '../runs/proposed.ts'
import { findRun, findSummary, insertRun, nextName } from '../runs/repository.ts'
import { plannedRates } from './schedules.ts'
import { Supervisor } from './supervisor.ts'

const supervisors = new WeakMap<HostContext, Supervisor>()

/** One for each workspace. */
export function supervisorOf(context: HostContext): Supervisor {
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
      keepRetention(context, run.id)
      // The best one is proposed, and not the newest; a person's choice stays.
      if (!runWasChosen(store, run.projectId)) {
        const proposed = proposedRun(store, run.projectId)
        updateProject(store, run.projectId, 'selected_run', proposed?.runId ?? run.id)
      }
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

/** Trained and judged on the same rows. */
const sameRows = (a: Recipe, b: Recipe): boolean =>
  JSON.stringify([a.kind, a.task, a.data, a.split]) === JSON.stringify([b.kind, b.task, b.data, b.split])

/** Says at once what is wrong with the data or the first weights; the trainer reads the same. */
export async function checkTraining(
  { store, jobs }: HostContext,
  projectId: string,
  dataset: Dataset,
  recipe: Recipe,
): Promise<void> {
  const computing = computingOf(store)
  if (recipe.backend === 'auto') await requireDevice(computing, () => probeDevices(computing))
  await jobs.run(
    'checkTraining',
    { source: sourceOf(store, dataset.id, recipe) },
    { kind: 'prepare', label: 'Preparing the data', projectId, topic: dataset.id },
  )
}

type TrainingProcedure = Extract<keyof Handlers, `training.${string}`>

export function trainingHandlers(context: HostContext): Pick<Handlers, TrainingProcedure> {
  const { store, emit, jobs } = context
  const supervisor = supervisorOf(context)
  const check = (...training: [projectId: string, dataset: Dataset, recipe: Recipe]) =>
    checkTraining(context, ...training)
  function insert(
    projectId: string,
    dataset: Dataset,
    recipe: Recipe,
    name: string | undefined,
    begin: (id: string) => void = () => undefined,
  ): RunSummary {
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
    begin(id)
    emit({ type: 'run.changed', run: findSummary(store, id) })
    return findSummary(store, id)
  }
  function enqueue(...run: Parameters<typeof insert>): RunSummary {
    const { id } = insert(...run)
    supervisor.enqueue(id)
    return findSummary(store, id)
  }
  /** Listed at once: what stands against it is found out meanwhile, which takes as long as its data is large. */
  function startSoon(
    projectId: string,
    dataset: Dataset,
    recipe: Recipe,
    name: string | undefined,
  ): RunSummary {
    const run = insert(projectId, dataset, recipe, name)
    void check(projectId, dataset, recipe).then(
      () => supervisor.checked(run.id, null),
      (error: unknown) => supervisor.checked(run.id, error),
    )
    return run
  }
  async function begin(
    projectId: string,
    dataset: Dataset,
    recipe: Recipe,
    name: string | undefined,
  ): Promise<RunSummary> {
    await check(projectId, dataset, recipe)
    return enqueue(projectId, dataset, recipe, name)
  }
  return {
    'training.start': async ({ projectId, name }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      return startSoon(projectId, dataset, recipe, name)
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
    'training.startEach': async ({ projectId, variants, name }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      const other = variants.find((variant) => !sameRows(variant.recipe, recipe))
      if (other)
        throw new DescentError(
          'badRequest',
          `“${other.label}” has other data or another split than the project, so nothing could be told from comparing it.`,
          'split',
        )
      const fitting: typeof variants = []
      const refused: { label: string; message: string }[] = []
      for (const variant of variants)
        try {
          await check(projectId, dataset, variant.recipe)
          fitting.push(variant)
        } catch (error) {
          if (!(error instanceof DescentError) || error.code === 'cancelled') throw error
          refused.push({ label: variant.label, message: error.message })
        }
      if (fitting.length < 2)
        throw new DescentError(
          'badRequest',
          `Side by side stand two runs at least. ${refused.map(({ label, message }) => `${label}: ${message}`).join(' ')}`.trim(),
          'variants',
        )
      const called = name === undefined || name === '' ? nextName(store, projectId) : name
      const started = fitting.map(({ label, recipe: own }) =>
        enqueue(projectId, dataset, own, `${label}, ${called}`),
      )
      return { started, refused }
    },
    'training.preflight': async ({ projectId }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      const computing = computingOf(store)
      if (recipe.backend === 'auto') await requireDevice(computing, () => probeDevices(computing))
      return await jobs.run(
        'preflight',
        { source: sourceOf(store, dataset.id, recipe), backend: backendFor(recipe.backend, computing) },
        { kind: 'preflight', label: 'Trying the network before training', projectId, device: true },
      )
    },
    'training.tune': async ({ projectId }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      const computing = computingOf(store)
      if (recipe.backend === 'auto') await requireDevice(computing, () => probeDevices(computing))
      return await jobs.run(
        'tune',
        { source: sourceOf(store, dataset.id, recipe), backend: backendFor(recipe.backend, computing) },
        { kind: 'tune', label: 'Looking for a learning rate and a batch size', projectId, device: true },
      )
    },
    'training.adjust': ({ runId, adjustment }) => supervisor.adjust(runId, adjustment),
    'training.follow': ({ runId, row, follow }) => supervisor.follow(runId, row, follow),
    'training.checkpoint': ({ runId }) => supervisor.checkpoint(runId),
    'training.branch': async ({ runId, from, name }) => {
      const run = findRun(store, runId)
      const { dataset, recipe } = requireData(getProject(store, run.projectId))
      const branch = branchOf(store, run, { dataset, recipe, from })
      return enqueue(
        run.projectId,
        dataset,
        recipe,
        name ?? `${run.name}, from its ${from === 'bestEpoch' ? 'best epoch' : 'last checkpoint'}`,
        (id) => beginBranch(store, run, id, branch),
      )
    },
    'training.pause': ({ runId }) => supervisor.pause(runId),
    'training.resume': ({ runId }) => {
      // Whoever says so does not mean: to the next stop of a search.
      supervisor.leash(runId, null)
      return supervisor.resume(runId)
    },
    'training.stop': ({ runId }) => supervisor.stop(runId),
    'training.queue': async () => [...supervisor.waiting()],
    'training.move': async ({ runId, to }) => {
      supervisor.move(runId, to)
      return [...supervisor.waiting()]
    },
    'training.profile': ({ runId }) => profileRun(context, supervisor, runId),
    'training.learningRates': async ({ schedule, learningRate, epochs }) =>
      plannedRates(schedule, learningRate, epochs),
  }
}
