/** The plan of a search, when it begins and of one that is kept: what it would try now is held against what it has tried. */
import { isDeepStrictEqual } from 'node:util'
import {
  DescentError,
  implementationOf,
  searches as family,
  type Dimension,
  type Recipe,
  type SearchKind,
} from '../../contract/index.ts'
import { findRun, runExists } from '../runs/repository.ts'
import type { Store } from '../store/index.ts'
import { plans, type Plan } from './kinds.ts'
import type { StoredSearch, StoredTrial } from './repository.ts'

export const planOf = (recipe: Recipe, search: SearchKind, space: readonly Dimension[]): Plan =>
  implementationOf(family, plans, search)({ recipe, space })

/** The recipe that one of its runs was trained by, whether that is still there or not. */
export function candidateOf(
  store: Store,
  search: StoredSearch,
  { number, runId, settings }: StoredTrial,
): Recipe {
  if (runId !== null && runExists(store, runId)) return findRun(store, runId).recipe
  const { recipe, search: kind, space } = search.document
  const candidate = planOf(recipe, kind, space).candidate(number)
  if (isDeepStrictEqual(candidate.settings, settings)) return candidate.recipe
  throw new DescentError(
    'conflict',
    `The run ${number} of the search “${search.name}” was deleted, and this version of Descent would try other settings in its place. Set those that the table names by hand.`,
    'number',
  )
}

/** What is left to be known of the plan of a search that only has to end. */
export const plannedIn = ({
  document: { planned, stops, reduction, notes, contenders },
}: StoredSearch): Plan => ({
  planned,
  stops,
  reduction,
  notes,
  contenders,
  seconds: null,
  candidate: (number) => {
    throw new DescentError('internal', `Run ${number} of a search that ends does not begin.`)
  },
})

/** Another version of Descent may draw other settings, and what was told from both would be told from neither. */
export function requireSamePlan(search: StoredSearch, plan: Plan, trials: readonly StoredTrial[]): void {
  const { planned, stops, reduction } = search.document
  const isSame =
    isDeepStrictEqual([plan.planned, [...plan.stops], plan.reduction], [planned, stops, reduction]) &&
    trials.every(({ number, settings }) => isDeepStrictEqual(plan.candidate(number).settings, settings))
  if (isSame) return
  throw new DescentError(
    'conflict',
    `The search “${search.name}” was planned by another version of Descent, which would have tried other settings than this one. What it has found is kept: stop it, and start a new search.`,
    'searchId',
  )
}
