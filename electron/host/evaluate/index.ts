/** Evaluation of runs: on validation as often as one likes, on the sealed test split once trained. */
import { evaluationSchema, type Evaluation } from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import type { Store } from '../store/index.ts'
import { bestOfRun } from '../training/best.ts'
import { predictInChild } from '../training/child.ts'
import { networkOf, takeRows } from '../training/data.ts'
import { preparedData } from '../training/prepared.ts'
import { findRun, publicRun, updateRun, type StoredRun } from '../training/runs.ts'
import { judge } from './evaluate.ts'

type Split = Evaluation['split']

function storedEvaluation(store: Store, runId: string, split: Split): Evaluation | null {
  const row = store.db
    .prepare<[string, string], { result: string }>(
      'SELECT result FROM evaluations WHERE run_id = ? AND split = ?',
    )
    .get(runId, split)
  return row === undefined ? null : evaluationSchema.parse(JSON.parse(row.result))
}

function storeEvaluation(store: Store, evaluation: Evaluation): void {
  store.write(() =>
    store.db
      .prepare('INSERT OR REPLACE INTO evaluations (run_id, split, result, created_at) VALUES (?, ?, ?, ?)')
      .run(evaluation.runId, evaluation.split, JSON.stringify(evaluation), Date.now()),
  )
}

async function evaluate(context: HostContext, run: StoredRun, split: Split): Promise<Evaluation> {
  const { store } = context
  const { recipe } = run
  const best = bestOfRun(store, run)
  const prepared = await preparedData(context, run.datasetId, recipe)
  const { outputs } = await predictInChild({
    backend: run.backend ?? recipe.backend,
    network: networkOf(recipe, prepared.preparation),
    weights: best.tensors,
    data: takeRows(prepared.data, prepared.split[split]),
  })
  return { runId: run.id, ...judge(prepared, split, outputs) }
}

export function evaluateHandlers(context: HostContext): Pick<Handlers, 'evaluate.run'> {
  const { store, emit } = context
  return {
    'evaluate.run': async ({ runId, split }) => {
      const run = findRun(store, runId)
      // The weights of a settled run do not change, so neither does the result.
      const known = storedEvaluation(store, runId, split)
      if (known !== null) return known
      const evaluation = await evaluate(context, run, split)
      storeEvaluation(store, evaluation)
      if (split === 'test') {
        emit({ type: 'run.changed', run: publicRun(updateRun(store, runId, { test: evaluation.metrics })) })
      }
      return evaluation
    },
  }
}
