/** Evaluations as they are kept with their runs. */
import { evaluationSchema, type Evaluation } from '../../contract/index.ts'
import { parseStored, type Store } from '../store/index.ts'

export function storedEvaluation(store: Store, runId: string, split: Evaluation['split']): Evaluation | null {
  const row = store.db
    .prepare<[string, string], { result: string }>(
      'SELECT result FROM evaluations WHERE run_id = ? AND split = ?',
    )
    .get(runId, split)
  // One that cannot be read any more is as good as none: the same weights give the same result again.
  return row === undefined ? null : (parseStored(evaluationSchema, row.result) ?? null)
}
