/**
 * What a search does next, as a function of what its runs have come to: asynchronous successive halving (Li et al. 2020,
 * https://arxiv.org/abs/1810.05934). Runs stop at the same epochs; whenever there is room, the best of a stop that is among
 * its best part goes on to the next one, and where none is, a new run begins. With a single stop, at the end, it is random
 * search.
 */

/** What is known of a run that has begun. */
export interface Standing {
  readonly number: number
  /** At each stop that it has come to, the smaller the better; Infinity: it came to nothing. */
  readonly results: readonly number[]
  /** It trains, or waits for room. */
  readonly busy: boolean
  /** It will not train any more. */
  readonly over: boolean
}

export type Move =
  | { readonly do: 'begin' }
  /** On to the stop with this index. */
  | { readonly do: 'goOn'; readonly number: number; readonly stop: number }

/** First stop, each later one `reduction` times as far, and the end. */
export function stopsOf(leastEpochs: number, reduction: number, epochs: number): number[] {
  const stops: number[] = []
  for (let stop = leastEpochs; stop < epochs; stop *= reduction) stops.push(stop)
  return [...stops, epochs]
}

/** Runs that have come to this stop, the best first; of equal ones the one that was drawn first. */
export const rankedAt = (runs: readonly Standing[], stop: number): Standing[] =>
  runs
    .filter(({ results }) => results.length > stop)
    .sort((a, b) => a.results[stop]! - b.results[stop]! || a.number - b.number)

/** The best part of a stop, and of it whoever waits there. */
function promotable(runs: readonly Standing[], stop: number, most: number): Standing | undefined {
  return rankedAt(runs, stop)
    .slice(0, most)
    .find(({ results, busy, over }) => results.length === stop + 1 && !busy && !over)
}

/** null: there is nothing to do but to wait, or, where none is busy, at all. */
export function nextMove(
  runs: readonly Standing[],
  {
    stops,
    reduction,
    left,
  }: { readonly stops: readonly number[]; readonly reduction: number; readonly left: number },
): Move | null {
  for (let stop = stops.length - 2; stop >= 0; stop--) {
    const most = Math.floor(rankedAt(runs, stop).length / reduction)
    const best = promotable(runs, stop, most)
    if (best) return { do: 'goOn', number: best.number, stop: stop + 1 }
  }
  if (left > 0) return { do: 'begin' }
  if (runs.some(({ busy }) => busy)) return null
  // Too few came that far for a best part of them: somebody has to train to the end all the same.
  if (runs.some(({ results }) => results.length === stops.length && results.at(-1)! < Infinity)) return null
  for (let stop = stops.length - 2; stop >= 0; stop--) {
    const best = promotable(runs, stop, 1)
    if (best && best.results[stop]! < Infinity) return { do: 'goOn', number: best.number, stop: stop + 1 }
  }
  return null
}
