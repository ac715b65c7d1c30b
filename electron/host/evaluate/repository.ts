/** Evaluations as they are kept with their runs. */
import { evaluationSchema, examinedSchema, type Evaluation, type Examined } from '../../contract/index.ts'
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

/** Raised with what is looked for, and with how. */
const examinedVersion = 2

export function storeExamined(store: Store, examined: Examined): void {
  store.write(() =>
    store.db
      .prepare('INSERT OR REPLACE INTO run_examined (run_id, split, version, result) VALUES (?, ?, ?, ?)')
      .run(examined.runId, examined.split, examinedVersion, JSON.stringify(examined)),
  )
}

/** null: it is not known, or was found otherwise than it is now. */
export function storedExamined(store: Store, runId: string, split: Examined['split']): Examined | null {
  const row = store.db
    .prepare<[string, string, number], { result: string }>(
      'SELECT result FROM run_examined WHERE run_id = ? AND split = ? AND version = ?',
    )
    .get(runId, split, examinedVersion)
  return row === undefined ? null : (parseStored(examinedSchema, row.result) ?? null)
}
