/** How well a yes is told from a no by the probability that each row was given; definitions are scikit-learn's. */
import type { RankingCurve } from '../../contract/index.ts'
import {
  sortedRows,
  type ClassEvidence,
  type Evidence,
  type LabelEvidence,
  type Ranking,
  type Sorted,
} from './evidence.ts'

/** Rows with equal scores: how many there are of each kind. */
interface Level {
  readonly score: number
  readonly yes: number
  readonly no: number
}

const sortOf = (ranking: Ranking): Sorted => ranking.sorted?.() ?? sortedRows(ranking)

/** From the highest score down. */
export function* levels(ranking: Ranking): Generator<Level> {
  const { order, scores, yes: isYes } = sortOf(ranking)
  const { times = null } = ranking
  for (let i = 0; i < order.length;) {
    const score = scores[i]!
    let yes = 0
    let no = 0
    for (; i < order.length && scores[i] === score; i++) {
      const count = times === null ? 1 : times[order[i]!]!
      if (isYes[i] === 1) yes += count
      else no += count
    }
    if (yes + no > 0) yield { score, yes, no }
  }
}

/** null: the rows are all of one kind. */
export function rocAuc(ranking: Ranking): number | null {
  // Spelled out, not by levels: it is computed for every draw of a bootstrap.
  const { order, scores, yes: isYes } = sortOf(ranking)
  const { times = null } = ranking
  let yesAbove = 0
  let no = 0
  let area = 0
  for (let i = 0; i < order.length;) {
    const score = scores[i]!
    let [yesHere, noHere] = [0, 0]
    for (; i < order.length && scores[i] === score; i++) {
      const count = times === null ? 1 : times[order[i]!]!
      if (isYes[i] === 1) yesHere += count
      else noHere += count
    }
    area += noHere * (yesAbove + yesHere / 2)
    yesAbove += yesHere
    no += noHere
  }
  return yesAbove === 0 || no === 0 ? null : area / (yesAbove * no)
}

/** null: no row is of the kind that is to come first. */
export function averagePrecision(ranking: Ranking): number | null {
  const { order, scores, yes: isYes } = sortOf(ranking)
  const { times = null } = ranking
  let yes = 0
  let seen = 0
  let area = 0
  for (let i = 0; i < order.length;) {
    const score = scores[i]!
    let yesHere = 0
    for (; i < order.length && scores[i] === score; i++) {
      const count = times === null ? 1 : times[order[i]!]!
      seen += count
      if (isYes[i] === 1) yesHere += count
    }
    yes += yesHere
    if (yesHere > 0) area += yesHere * (yes / seen)
  }
  return yes === 0 ? null : area / yes
}

/** More points than a picture can show are no use to it. */
const mostPoints = 250
/** Of so many classes each has its curve; of more the rarest, which are the ones that get lost. */
const mostCurves = 30

/** Which points tell exactly what is called above `at`, and whether a precision can be promised at all. */
function toldExactly(all: readonly Level[], at: number): ReadonlySet<number> {
  const below = all.findIndex(({ score }) => score <= at)
  let [rightly, called] = [0, 0]
  let [highest, precise] = [-1, 0]
  all.forEach((level, i) => {
    rightly += level.yes
    called += level.yes + level.no
    if (rightly / called < highest) return
    highest = rightly / called
    precise = i
  })
  return new Set([precise, ...(below === -1 ? [] : [below - 1, below])])
}

/** All of its points, or so many that both axes are gone through in even steps. `at`: what is predicted from. */
export function curveOf(name: string, ranking: Ranking, most = mostPoints, at = 0.5): RankingCurve {
  const all = [...levels(ranking)]
  const exact = toldExactly(all, at)
  const yes = all.reduce((sum, level) => sum + level.yes, 0)
  const no = all.reduce((sum, level) => sum + level.no, 0)
  const curve: RankingCurve = {
    name,
    yes,
    no,
    averagePrecision: averagePrecision(ranking),
    rocAuc: rocAuc(ranking),
    thresholds: [],
    hits: [],
    falseAlarms: [],
  }
  const step = all.length <= most ? 0 : 2 / (most - 2)
  let hits = 0
  let falseAlarms = 0
  let next = 0
  all.forEach((level, i) => {
    hits += level.yes
    falseAlarms += level.no
    const gone = hits / Math.max(1, yes) + falseAlarms / Math.max(1, no)
    if (i > 0 && i < all.length - 1 && gone < next && !exact.has(i)) return
    if (gone >= next) next = gone + step
    curve.thresholds.push(level.score)
    curve.hits.push(hits)
    curve.falseAlarms.push(falseAlarms)
  })
  return curve
}

/** Classes or labels that have curves, in their order. */
export function keptNames(
  { perClass }: Pick<ClassEvidence | LabelEvidence, 'perClass'>,
  names: readonly string[],
): { readonly name: string; readonly k: number }[] {
  return (
    perClass
      .map(({ support: count }, k) => ({ count, k }))
      // What is nowhere in these rows has no curve.
      .filter(({ count }) => count > 0)
      .sort((a, b) => a.count - b.count || a.k - b.k)
      .slice(0, mostCurves)
      .map(({ k }) => ({ name: names[k] ?? String(k), k }))
      .sort((a, b) => a.k - b.k)
  )
}

/** Of each class or label, by their names; undefined: numbers have none. `threshold`: of the second of two. */
export function curvesOf(
  evidence: Evidence,
  names: readonly string[],
  threshold = 0.5,
): RankingCurve[] | undefined {
  if (!('rankingOfEach' in evidence)) return undefined
  const rankings = evidence.rankingOfEach
  return keptNames(evidence, names).map(({ name, k }) => curveOf(name, rankings[k]!, mostPoints, threshold))
}
