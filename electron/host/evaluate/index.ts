/** Evaluation of runs: on validation as often as one likes, on the sealed test split once trained. */
import {
  asSeries,
  binary,
  DescentError,
  jobTopics,
  thresholdOptions,
  type Evaluation,
  type Examined,
  type Recipe,
  type Robustness,
  type RunState,
  type ThresholdRule,
} from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { loadDataset, sourceOf } from '../datasets/repository.ts'
import { keyByRows, keyBySettings, type Store } from '../store/index.ts'
import { bestOfRun } from '../training/best.ts'
import {
  forgetRobustness,
  storedEvaluation,
  storedExamined,
  storedRobustness,
  storeExamined,
  storeRobustness,
} from './repository.ts'
import { besideRepeats } from './repeats.ts'
import { requireOpened } from './sealed.ts'
import { valuesAt } from '../runs/curves.ts'
import { findRun, putRecipe, updateRun, type StoredRun } from '../runs/repository.ts'
import { measuredAsItPredicts } from '../runs/rule.ts'

type Split = Evaluation['split']

/** Those of earlier versions lack the curves. */
const hasCurves = ({ classification, labels, curves }: Evaluation): boolean =>
  curves !== undefined || (classification === null && labels === null)

/** And how far the metrics may be off, and the probabilities. */
const isWhole = (evaluation: Evaluation): boolean =>
  evaluation.intervals !== undefined &&
  hasCurves(evaluation) &&
  (evaluation.curves === undefined || evaluation.calibration !== undefined)

function storeEvaluation(store: Store, evaluation: Evaluation): void {
  store.write(() =>
    store.db
      .prepare('INSERT OR REPLACE INTO evaluations (run_id, split, result, created_at) VALUES (?, ?, ?, ?)')
      .run(evaluation.runId, evaluation.split, JSON.stringify(evaluation), Date.now()),
  )
}

/**
 * The same weights tested again show nothing new. Known by the rows themselves, as other settings may leave them as they are,
 * and by the settings, as a correction of some rows does not unseal the others.
 */
function recordLook(store: Store, run: StoredRun, testRows: string): void {
  const importId = loadDataset(store, run.datasetId)?.version.importId ?? run.datasetId
  store.write(() => {
    const insert = store.db.prepare(
      'INSERT OR IGNORE INTO test_looks (project_id, rows, run_id, looked_at) VALUES (?, ?, ?, ?)',
    )
    for (const rows of [keyByRows(importId, testRows), keyBySettings(importId, run.recipe)])
      insert.run(run.projectId, rows, run.id, Date.now())
  })
}

const looksAt = (store: Store, { id, projectId }: StoredRun): number =>
  store.db
    .prepare<[string, string, string], number>(
      `SELECT count(DISTINCT run_id) FROM test_looks
       WHERE project_id = ? AND rows IN (SELECT rows FROM test_looks WHERE project_id = ? AND run_id = ?)`,
    )
    .pluck()
    .get(projectId, projectId, id) ?? 0

/** With how often these rows have been looked at. */
const withLooks = (store: Store, run: StoredRun, evaluation: Evaluation): Evaluation =>
  evaluation.split === 'test' ? { ...evaluation, looks: Math.max(1, looksAt(store, run)) } : evaluation

/** Between two classes: by what rule the threshold is found. */
const ruleOf = ({ target }: Recipe): ThresholdRule =>
  Object.fromEntries(
    Object.keys(thresholdOptions).map((key) => [key, target[key as keyof ThresholdRule]]),
  ) as ThresholdRule

async function evaluate(
  { store, jobs }: HostContext,
  run: StoredRun,
  split: Split,
): Promise<{ readonly evaluation: Evaluation; readonly testRows: string }> {
  const { id, name, projectId, datasetId, recipe, backend } = run
  const { evaluation, testRows } = await jobs.run(
    'evaluate',
    {
      source: sourceOf(store, datasetId, recipe),
      backend: backend ?? recipe.backend,
      weights: bestOfRun(store, run).tensors,
      split,
    },
    { kind: 'evaluate', label: `Testing ${name}`, projectId, device: true },
  )
  const rule = recipe.task === binary.name ? { rule: ruleOf(recipe) } : {}
  return { evaluation: { runId: id, ...evaluation, ...rule }, testRows }
}

/** Its metrics are what the run is known by. */
function keep({ store, emit }: HostContext, { id }: StoredRun, evaluation: Evaluation): void {
  storeEvaluation(store, evaluation)
  // Measured on the weights of the best epoch.
  emit({
    type: 'run.changed',
    run: updateRun(store, id, { metrics: asSeries(evaluation.split, evaluation.metrics) }),
  })
}

const trained = new Set<RunState>(['finished', 'stopped'])

async function setThreshold(
  context: HostContext,
  run: StoredRun,
  rule: ThresholdRule,
): Promise<Evaluation[]> {
  const { store } = context
  if (run.recipe.task !== binary.name)
    throw new DescentError(
      'badRequest',
      `${run.name} does not choose between two classes: there is no threshold to set.`,
      'runId',
    )
  if (!trained.has(run.state))
    throw new DescentError(
      'conflict',
      `${run.name} is not trained yet. Set the threshold in its recipe, or wait for its end.`,
      'runId',
    )
  const recipe = { ...run.recipe, target: { ...run.recipe.target, ...rule } }
  const after = { ...run, recipe }
  // All of it is known before anything is changed; the test may be opened meanwhile.
  const found: Evaluation[] = []
  const next = (): Split | undefined =>
    (['validation', 'test'] as const).find(
      (split) =>
        found.every((one) => one.split !== split) &&
        (split === 'validation' || storedEvaluation(store, run.id, split) !== null),
    )
  for (let split = next(); split !== undefined; split = next())
    found.push((await evaluate(context, after, split)).evaluation)
  putRecipe(store, run.id, recipe)
  store.write(() => {
    // What stands beside it has been held against other predictions.
    for (const table of ['run_baselines', 'run_examined'])
      store.db.prepare(`DELETE FROM ${table} WHERE run_id = ?`).run(run.id)
    forgetRobustness(store, run.id)
  })
  for (const one of found) keep(context, run, one)
  return found.map((one) => withLooks(store, after, one))
}

/** What a job that looks into a trained network is given. */
const trainedOf = (store: Store, run: StoredRun, best = bestOfRun(store, run)) => ({
  source: sourceOf(store, run.datasetId, run.recipe),
  backend: run.backend ?? run.recipe.backend,
  weights: best.tensors,
})

async function examinedAlone({ store, jobs }: HostContext, run: StoredRun, split: Split): Promise<Examined> {
  const known = storedExamined(store, run.id, split)
  if (known !== null) return known
  requireOpened(store, run, split, 'checks do')
  const { found } = await measuredAsItPredicts(store, run.id, async (current) => {
    const { name, projectId } = current
    const best = bestOfRun(store, current)
    const recorded = valuesAt(store, run.id, best.epoch)
    return await jobs.run(
      'examine',
      {
        ...trainedOf(store, current, best),
        split,
        epoch: best.epoch,
        recorded: Object.keys(recorded).length > 0 ? recorded : null,
      },
      {
        kind: 'examine',
        label: `Checking ${name}`,
        projectId,
        topic: jobTopics.examine(run.id, split),
        device: true,
      },
    )
  })
  const examined = { runId: run.id, ...found }
  storeExamined(store, examined)
  return examined
}

/** What other runs say of this one is never kept with it: they come and go. */
const examine = async (context: HostContext, run: StoredRun, split: Split): Promise<Examined> =>
  besideRepeats(context.store, run, await examinedAlone(context, run, split))

/** As `examine`: of test rows that have been looked at, never the first look. */
async function robustness({ store, jobs }: HostContext, run: StoredRun, split: Split): Promise<Robustness> {
  const known = storedRobustness(store, run.id, split)
  if (known !== null) return known
  requireOpened(store, run, split, 'corrupting its rows does')
  const { found } = await measuredAsItPredicts(
    store,
    run.id,
    async (current) =>
      await jobs.run(
        'robustness',
        { ...trainedOf(store, current), split },
        {
          kind: 'examine',
          label: `Corrupting the rows of ${current.name}`,
          projectId: current.projectId,
          topic: jobTopics.robustness(run.id, split),
          device: true,
        },
      ),
  )
  const told = { runId: run.id, ...found }
  storeRobustness(store, told)
  return told
}

type Explaining = Pick<Handlers, 'evaluate.explain' | 'evaluate.dependence'>

/** Looking into a trained network, which keeps nothing. */
function explainHandlers({ store, jobs }: HostContext): Explaining {
  const isSealed = (runId: string): boolean => storedEvaluation(store, runId, 'test') === null
  return {
    'evaluate.explain': async ({ runId, row, explanation, answer = null }) => {
      const run = findRun(store, runId)
      return await jobs.run(
        'explain',
        { ...trainedOf(store, run), row, explanation, answer, sealed: isSealed(runId) },
        {
          kind: 'examine',
          label: `Explaining what ${run.name} says of row ${row + 1}`,
          projectId: run.projectId,
          topic: jobTopics.explain(runId, row),
          device: true,
        },
      )
    },
    'evaluate.dependence': async ({ runId, split, column }) => {
      const run = findRun(store, runId)
      requireOpened(store, run, split, 'looking into the network does')
      return await jobs.run(
        'dependence',
        { ...trainedOf(store, run), split, column },
        {
          kind: 'examine',
          label: `Going through ${column}`,
          projectId: run.projectId,
          topic: jobTopics.dependence(runId, split, column),
          device: true,
        },
      )
    },
  }
}

export function evaluateHandlers(
  context: HostContext,
): Pick<
  Handlers,
  | 'evaluate.run'
  | 'evaluate.known'
  | 'evaluate.setThreshold'
  | 'evaluate.examine'
  | 'evaluate.robustness'
  | 'evaluate.knownRobustness'
> &
  Explaining {
  const { store } = context
  return {
    ...explainHandlers(context),
    'evaluate.examine': async ({ runId, split }) => await examine(context, findRun(store, runId), split),
    'evaluate.robustness': async ({ runId, split }) =>
      await robustness(context, findRun(store, runId), split),
    'evaluate.knownRobustness': ({ runId, split }) =>
      Promise.resolve(storedRobustness(store, findRun(store, runId).id, split)),
    'evaluate.setThreshold': async ({ runId, rule }) =>
      await setThreshold(context, findRun(store, runId), rule),
    'evaluate.known': async ({ runIds, split }) =>
      runIds.flatMap((runId) => {
        const known = storedEvaluation(store, runId, split)
        return known !== null && hasCurves(known) ? [known] : []
      }),
    'evaluate.run': async ({ runId, split }) => {
      // The weights of a settled run do not change, so neither does the result.
      const known = storedEvaluation(store, runId, split)
      if (known !== null && isWhole(known)) return withLooks(store, findRun(store, runId), known)
      const { run, found } = await measuredAsItPredicts(
        store,
        runId,
        async (current) =>
          // Where it cannot be measured any more, what was measured then is better than nothing.
          await evaluate(context, current, split).catch((reason: unknown) => {
            if (known === null) throw reason
            return null
          }),
      )
      if (found === null) return withLooks(store, run, storedEvaluation(store, runId, split) ?? known!)
      const { evaluation, testRows } = found
      keep(context, run, evaluation)
      if (split === 'test') recordLook(store, run, testRows)
      return withLooks(store, run, evaluation)
    },
  }
}
