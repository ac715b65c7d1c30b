/** Evaluation of runs: on validation as often as one likes, on the sealed test split once trained. */
import { asSeries, evaluationSchema, type Evaluation } from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { loadDataset, sourceOf } from '../datasets/repository.ts'
import { parseStored, type Store } from '../store/index.ts'
import { bestOfRun } from '../training/best.ts'
import { findRun, updateRun, type StoredRun } from '../runs/repository.ts'

type Split = Evaluation['split']

function storedEvaluation(store: Store, runId: string, split: Split): Evaluation | null {
  const row = store.db
    .prepare<[string, string], { result: string }>(
      'SELECT result FROM evaluations WHERE run_id = ? AND split = ?',
    )
    .get(runId, split)
  // One that cannot be read any more is as good as none: the same weights give the same result again.
  return row === undefined ? null : (parseStored(evaluationSchema, row.result) ?? null)
}

function storeEvaluation(store: Store, evaluation: Evaluation): void {
  store.write(() =>
    store.db
      .prepare('INSERT OR REPLACE INTO evaluations (run_id, split, result, created_at) VALUES (?, ?, ?, ?)')
      .run(evaluation.runId, evaluation.split, JSON.stringify(evaluation), Date.now()),
  )
}

/** Which rows a run's test is of: a correction does not unseal them. */
const testRowsOf = (store: Store, { datasetId, recipe: { split, data } }: StoredRun): string =>
  JSON.stringify([loadDataset(store, datasetId)?.version.importId ?? datasetId, split, data.rows])

/** The same weights tested again show nothing new. */
function recordLook(store: Store, run: StoredRun): void {
  store.write(() =>
    store.db
      .prepare('INSERT OR IGNORE INTO test_looks (project_id, rows, run_id, looked_at) VALUES (?, ?, ?, ?)')
      .run(run.projectId, testRowsOf(store, run), run.id, Date.now()),
  )
}

const looksAt = (store: Store, run: StoredRun): number =>
  store.db
    .prepare<[string, string], number>('SELECT count(*) FROM test_looks WHERE project_id = ? AND rows = ?')
    .pluck()
    .get(run.projectId, testRowsOf(store, run)) ?? 0

/** With how often these rows have been looked at; those of versions that did not count them count as once. */
const withLooks = (store: Store, run: StoredRun, evaluation: Evaluation): Evaluation =>
  evaluation.split === 'test' ? { ...evaluation, looks: Math.max(1, looksAt(store, run)) } : evaluation

async function evaluate({ store, jobs }: HostContext, run: StoredRun, split: Split): Promise<Evaluation> {
  const { id, name, projectId, datasetId, recipe, backend } = run
  const result = await jobs.run(
    'evaluate',
    {
      source: sourceOf(store, datasetId, recipe),
      backend: backend ?? recipe.backend,
      weights: bestOfRun(store, run).tensors,
      split,
    },
    { kind: 'evaluate', label: `Testing ${name}`, projectId, device: true },
  )
  return { runId: id, ...result }
}

export function evaluateHandlers(context: HostContext): Pick<Handlers, 'evaluate.run'> {
  const { store, emit } = context
  return {
    'evaluate.run': async ({ runId, split }) => {
      const run = findRun(store, runId)
      // The weights of a settled run do not change, so neither does the result.
      const known = storedEvaluation(store, runId, split)
      if (known !== null) return withLooks(store, run, known)
      const evaluation = await evaluate(context, run, split)
      storeEvaluation(store, evaluation)
      if (split === 'test') recordLook(store, run)
      // Measured on the weights of the best epoch, as what the run is known by.
      emit({
        type: 'run.changed',
        run: updateRun(store, runId, { metrics: asSeries(split, evaluation.metrics) }),
      })
      return withLooks(store, run, evaluation)
    },
  }
}
