/** Evaluations as they are kept with their runs. */
import { z } from 'zod'
import {
  evaluationSchema,
  examinedSchema,
  robustnessSchema,
  type Evaluation,
  type Examined,
  type Robustness,
} from '../../contract/index.ts'
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
const examinedVersion = 3

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

/** Raised with what is done to rows, and with how it is judged. */
const robustnessVersion = 1
const robustnessPart = (split: Robustness['split']): string => `robustness.${split}`

const storedRobustnessSchema = z.object({ version: z.literal(robustnessVersion), found: robustnessSchema })

/** Beside what else was found out about the run: it goes with it into copies and files. */
export function storeRobustness(store: Store, found: Robustness): void {
  store.write(() =>
    store.db
      .prepare('INSERT OR REPLACE INTO run_reports (run_id, part, result) VALUES (?, ?, ?)')
      .run(found.runId, robustnessPart(found.split), JSON.stringify({ version: robustnessVersion, found })),
  )
}

/** null: it is not known, or was found otherwise than it is now. */
export function storedRobustness(store: Store, runId: string, split: Robustness['split']): Robustness | null {
  const row = store.db
    .prepare<[string, string], { result: string }>(
      'SELECT result FROM run_reports WHERE run_id = ? AND part = ?',
    )
    .get(runId, robustnessPart(split))
  const found = row === undefined ? undefined : parseStored(storedRobustnessSchema, row.result)?.found
  // What came with a copy of a run was written of the run that was copied.
  return found === undefined ? null : { ...found, runId }
}

/** What was measured with another rule holds no more. */
export function forgetRobustness(store: Store, runId: string): void {
  store.write(() => {
    for (const split of ['validation', 'test'] as const)
      store.db
        .prepare('DELETE FROM run_reports WHERE run_id = ? AND part = ?')
        .run(runId, robustnessPart(split))
  })
}
