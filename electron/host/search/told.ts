/** What there is to say of a search: the same for the window and the terminal. */
import {
  contestOf,
  formatCount,
  formatDifference,
  formatValue,
  meanAndDeviation,
  midCase,
  optimizers,
  plural,
  seriesOf,
  type Contender,
  type Importance,
  type SearchDetail,
  type Trial,
} from '../../contract/index.ts'
import { findSummary, runExists } from '../runs/repository.ts'
import type { Store } from '../store/index.ts'
import { verdictOnFew } from '../evaluate/few-differences.ts'
import { differenceBySeed } from './contest.ts'
import { importanceOf } from './importance.ts'
import { rankedAt } from './moves.ts'
import { costOf, standingOf } from './progress.ts'
import { trialsOf, type StoredSearch, type StoredTrial } from './repository.ts'

/** 1st, 2nd, 3rd, 11th. */
export function ordinal(number: number): string {
  const ending = { one: 'st', two: 'nd', few: 'rd', other: 'th', many: 'th', zero: 'th' }
  return `${formatCount(number)}${ending[new Intl.PluralRules('en', { type: 'ordinal' }).select(number)]}`
}

/** “5th of 14 after 3 epochs, of which one in 3 goes on”. */
function placeOf(
  trial: StoredTrial,
  trials: readonly StoredTrial[],
  { stops, reduction }: StoredSearch['document'],
) {
  const stop = trial.results.length - 1
  if (stop < 0 || stop >= stops.length - 1) return null
  const ranked = rankedAt(trials.map(standingOf), stop)
  const place = ranked.findIndex(({ number }) => number === trial.number) + 1
  return `${ordinal(place)} of ${ranked.length} after ${plural(stops[stop]!, 'epoch')}, of which one in ${reduction} goes on`
}

function trialOf(
  store: Store,
  search: StoredSearch,
  stored: StoredTrial,
  all: readonly StoredTrial[],
): Trial {
  const { number, name, settings, ended } = stored
  const runId = stored.runId !== null && runExists(store, stored.runId) ? stored.runId : null
  const run = runId === null ? null : findSummary(store, runId)
  const place = placeOf(stored, all, search.document)
  const waits = ended === null && !standingOf(stored).busy
  return {
    number,
    runId,
    name: run?.name ?? name,
    settings,
    state: ended ?? (waits ? 'waiting' : 'training'),
    epoch: run?.epoch ?? stored.epoch,
    seconds: run?.seconds ?? stored.seconds,
    value: run?.metrics[search.document.series] ?? stored.value,
    why:
      stored.why ??
      (place === null || (!waits && ended !== 'stoppedEarly')
        ? null
        : waits
          ? `${place}; it may still go on.`
          : `${place}.`),
  }
}

/** The number of the best; of equal ones the first. */
export function bestOf(trials: readonly Trial[], series: string): Trial | null {
  const judged = trials.filter(({ value }) => value !== null)
  return judged.reduce<Trial | null>(
    (best, one) => (best === null || costOf(series, one.value) < costOf(series, best.value) ? one : best),
    null,
  )
}

/** By their means, as a single seed may be lucky; of those that were trained from most seeds. */
function bestContender(contenders: readonly Contender[], series: string): Contender | null {
  const most = Math.max(...contenders.map(({ runs }) => runs))
  return contenders
    .filter(({ runs }) => runs === most)
    .reduce<Contender | null>(
      (best, one) => (best === null || costOf(series, one.mean) < costOf(series, best.mean) ? one : best),
      null,
    )
}

const valueText = (series: string, value: number): string => formatValue(seriesOf(series), value)

function sentences(
  search: StoredSearch,
  trials: readonly Trial[],
  best: Trial | null,
  contender: Contender | null,
  contenders: readonly Contender[],
): string[] {
  const { series, notes, planned, search: kind } = search.document
  const contest = contestOf(kind)
  const judged = trials.filter(({ value }) => value !== null).length
  const failed = trials.filter(({ state }) => state === 'failed').length
  return [
    ...(search.why === null ? [] : [search.why]),
    ...(search.state === 'interrupted'
      ? ['It was interrupted when Descent was closed. What was trained is kept, and it can go on from there.']
      : []),
    ...(contest?.second
      ? contenders.flatMap(({ label, verdict }) =>
          label === search.document.contenders[1]?.label && verdict !== null ? contest.second![verdict] : [],
        )
      : []),
    ...(contender !== null && contest?.second === undefined
      ? [
          `By the mean of ${plural(contender.runs, 'seed')}, ${valueText(series, contender.mean)}, ${contender.learningRate === null ? midCase(contender.label) : `${contender.label} at the rate ${contender.learningRate}`} did best, which need not be more than luck. Test it once, on the rows that no try has seen, before you believe it.`,
        ]
      : []),
    ...(contender === null && best !== null && judged > 1
      ? [
          `The best of ${plural(judged, 'try', 'tries')}, ${valueText(series, best.value!)}, looks better on the validation split than it is, for that split chose it. Test it once, on the rows that no try has seen, before you believe it.`,
        ]
      : []),
    ...(contest === null ? [] : [contest.lesson]),
    ...(failed > 0 ? [`${plural(failed, 'run')} of ${planned} came to nothing; the table says why.`] : []),
    ...notes,
  ]
}

/** A forest takes a while, and is asked for whenever somebody looks: it grows anew when there is more to tell from. */
const grown = new WeakMap<Store, Map<string, { readonly from: number; readonly told: Importance | null }>>()
/** Of many runs a few more change little. */
const isWorthIt = (before: number, now: number): boolean => now !== before && (now < 60 || now - before >= 10)

function importance(store: Store, search: StoredSearch, trials: readonly StoredTrial[]): Importance | null {
  const all = grown.get(store) ?? new Map<string, { from: number; told: Importance | null }>()
  grown.set(store, all)
  const from = trials.filter(({ results }) => results.length > 0).length
  const known = all.get(search.id)
  const isOver = search.state !== 'running'
  if (known && (known.from === from || (!isOver && !isWorthIt(known.from, from)))) return known.told
  const told = importanceNow(search, trials)
  all.set(search.id, { from, told })
  return told
}

/** All are judged at the same moment: later ones have only those that went on. */
function importanceNow(search: StoredSearch, trials: readonly StoredTrial[]) {
  const { space, stops } = search.document
  const judged = trials.flatMap(({ settings, results }) =>
    results.length > 0 ? [{ settings, value: results[0] ?? Infinity }] : [],
  )
  const when =
    stops.length > 1 ? `after ${plural(stops[0]!, 'epoch')}, which all of them trained` : 'at their end'
  return importanceOf(space, judged, when)
}

/** Searches of earlier versions wrote the names of optimizers. */
const labelOf = (label: string): string =>
  optimizers.members.find(({ name }) => name === label)?.label ?? label

function contendersOf(search: StoredSearch, trials: readonly Trial[]): Contender[] {
  const { contenders, series, search: kind } = search.document
  const { higherIsBetter } = seriesOf(series)
  const byNumber = new Map(trials.map((trial) => [trial.number, trial]))
  const all = contenders.map(({ label, candidates }) => {
    const done = candidates
      .flatMap((number) => byNumber.get(number) ?? [])
      .filter(({ state, value }) => state === 'finished' && value !== null)
    const values = new Map(done.map(({ settings, value }) => [settings['seed'] as number, value!]))
    const rate = candidates.flatMap(
      (number) => byNumber.get(number)?.settings['training.optimizer.learningRate'] ?? [],
    )[0]
    return { label, numbers: candidates, learningRate: typeof rate === 'number' ? rate : null, values }
  })
  type One = (typeof all)[number]
  const meanOf = ({ values }: One): number => meanAndDeviation([...values.values()]).mean
  const cost = (one: One): number => (one.values.size === 0 ? Infinity : costOf(series, meanOf(one)))
  /** Of several rates the best is what an optimizer is judged by. */
  const best = new Map<string, One>()
  for (const one of all)
    if (!best.has(one.label) || cost(one) < cost(best.get(one.label)!)) best.set(one.label, one)
  const first = best.get(all[0]?.label ?? '')
  return all
    .filter(({ values }) => values.size > 0)
    .map((one): Contender => {
      const { mean, deviation } = meanAndDeviation([...one.values.values()])
      const base = {
        label: labelOf(one.label),
        learningRate: one.learningRate,
        runs: one.values.size,
        mean,
        deviation,
        numbers: [...one.numbers],
      }
      const without = (said: string): Contender => ({ ...base, difference: null, verdict: null, said })
      if (one !== best.get(one.label)) return without('Another rate did better.')
      if (first === undefined || one === first)
        return without(`${contestOf(kind)?.first ?? 'The first'}, which the others are held against.`)
      const difference = differenceBySeed(first.values, one.values)
      if (difference === null) return without('Of fewer than two seeds nothing can be told.')
      const verdict = verdictOnFew(difference, higherIsBetter !== false)
      const words = { better: 'Better', worse: 'Worse', cannotTell: 'Nobody can tell' }[verdict]
      const format = (value: number): string => formatDifference(seriesOf(series), value, 0)
      return {
        ...base,
        difference: { mean: difference.mean, low: difference.low, high: difference.high },
        verdict,
        said: `${words}: ${format(difference.mean)} in ${midCase(seriesOf(series).label)}, between ${format(difference.low)} and ${format(difference.high)} with 95 % confidence, over ${plural(difference.count, 'seed')}.`,
      }
    })
}

/** `begun`: of the summary. */
export function detailOf(store: Store, search: StoredSearch): SearchDetail {
  const { recipe, series, planned, search: kind, space } = search.document
  const stored = trialsOf(store, search.id)
  const trials = stored.map((trial) => trialOf(store, search, trial, stored))
  const contenders = contendersOf(search, trials)
  // Where they are no choice, it is the first that is gone on with.
  const first = contenders.find(({ label }) => label === search.document.contenders[0]?.label)
  const contender = contestOf(kind)?.second ? (first ?? null) : bestContender(contenders, series)
  const best = bestOf(
    contender === null ? trials : trials.filter(({ number }) => contender.numbers.includes(number)),
    series,
  )
  return {
    ...summaryOfSearch(search, trials.length),
    search: kind,
    planned,
    task: recipe.task,
    space,
    series,
    epochs: recipe.training.epochs,
    trials,
    best: best?.number ?? null,
    said: sentences(search, trials, best, contender, contenders),
    importance: importance(store, search, stored),
    contenders,
  }
}

export const summaryOfSearch = (search: StoredSearch, begun: number) => ({
  id: search.id,
  projectId: search.projectId,
  name: search.name,
  search: search.document.search,
  state: search.state,
  createdAt: search.createdAt,
  seconds: search.seconds,
  planned: search.document.planned,
  begun,
})
