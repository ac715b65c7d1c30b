/** Between two classes the threshold of a trained run can be set anew while something is measured with the one before. */
import { isDeepStrictEqual } from 'node:util'
import type { Store } from '../store/index.ts'
import { findRun, type StoredRun } from './repository.ts'

/** Whether the run still predicts as it did when it was read. */
const stillPredicts = (store: Store, { id, recipe }: StoredRun): boolean =>
  isDeepStrictEqual(findRun(store, id).recipe.target, recipe.target)

/** Measured again where the run predicts otherwise by the time it is known: what is answered, and kept, is of the rule that holds. */
export async function measuredAsItPredicts<Found>(
  store: Store,
  runId: string,
  measure: (run: StoredRun) => Promise<Found>,
): Promise<{ readonly run: StoredRun; readonly found: Found }> {
  for (;;) {
    const run = findRun(store, runId)
    const found = await measure(run)
    if (stillPredicts(store, run)) return { run, found }
  }
}
