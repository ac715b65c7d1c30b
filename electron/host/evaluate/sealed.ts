/** Test rows that nobody has opened for a run: only its evaluation does. */
import { DescentError } from '../../contract/index.ts'
import type { Store } from '../store/index.ts'
import { storedEvaluation } from './repository.ts'

/** `what`: what else would look at them, and its verb, such as “checks do”. */
export const sealedError = (run: string, what: string): DescentError =>
  new DescentError(
    'badRequest',
    `The test split of ${run} is sealed, and ${what} not open it. Open it for the run first.`,
    'split',
  )

/** Errors: a DescentError for the test split of a run that was not evaluated on it. */
export function requireOpened(
  store: Store,
  { id, name }: { readonly id: string; readonly name: string },
  split: 'validation' | 'test',
  what: string,
): void {
  if (split === 'test' && storedEvaluation(store, id, 'test') === null) throw sealedError(name, what)
}
