/** What runs of one command say of one another: of a single one nobody can tell whether it was luck. */
import { findUnstable, halfOf, repeatsAmong, type Repeats } from '../evaluate/examine/stability.ts'
import { told, type ToldFinding } from './findings.ts'
import type { Ran } from './run.ts'

const judged = ({ report, validation }: Ran, split: Repeats['split']) =>
  split === 'test'
    ? { metrics: report.test, intervals: report.intervals }
    : { metrics: validation!.metrics, intervals: validation!.intervals }

/** What is wrong with the first and those that differ from it in nothing but seeds and rows; null: they are too few to tell. */
export function unstableAmong(runs: readonly Ran[], split: Repeats['split']): ToldFinding[] | null {
  const [own, ...others] = runs.map((ran) => ({ recipe: ran.recipe, ...judged(ran, split) }))
  if (own === undefined) return null
  const half = halfOf(own.recipe, own.intervals)
  const found = findUnstable(repeatsAmong(split, { ...own, half }, others))
  return found && told(found)
}

/** For people; `of` says which they are, where there are others. */
export const toldUnstable = (found: readonly ToldFinding[] | null, of = ''): string[] =>
  (found ?? []).map(({ message }) => `! ${of === '' ? '' : `${of}: `}${message}`)
