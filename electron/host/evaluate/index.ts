/** Evaluation of runs: on validation as often as one likes, on the sealed test split once trained. */
import { asSeries, type Evaluation } from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { loadDataset, sourceOf } from '../datasets/repository.ts'
import { keyByRows, keyBySettings, type Store } from '../store/index.ts'
import { bestOfRun } from '../training/best.ts'
import { storedEvaluation } from './repository.ts'
import { findRun, updateRun, type StoredRun } from '../runs/repository.ts'

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
  return { evaluation: { runId: id, ...evaluation }, testRows }
}

export function evaluateHandlers(context: HostContext): Pick<Handlers, 'evaluate.run' | 'evaluate.known'> {
  const { store, emit } = context
  return {
    'evaluate.known': async ({ runIds, split }) =>
      runIds.flatMap((runId) => {
        const known = storedEvaluation(store, runId, split)
        return known !== null && hasCurves(known) ? [known] : []
      }),
    'evaluate.run': async ({ runId, split }) => {
      const run = findRun(store, runId)
      // The weights of a settled run do not change, so neither does the result.
      const known = storedEvaluation(store, runId, split)
      if (known !== null && isWhole(known)) return withLooks(store, run, known)
      // Where it cannot be measured any more, what was measured then is better than nothing.
      const measured = await evaluate(context, run, split).catch((reason: unknown) => {
        if (known === null) throw reason
        return null
      })
      if (measured === null) return withLooks(store, run, known!)
      const { evaluation, testRows } = measured
      storeEvaluation(store, evaluation)
      if (split === 'test') recordLook(store, run, testRows)
      // Measured on the weights of the best epoch, as what the run is known by.
      emit({
        type: 'run.changed',
        run: updateRun(store, runId, { metrics: asSeries(split, evaluation.metrics) }),
      })
      return withLooks(store, run, evaluation)
    },
  }
}
