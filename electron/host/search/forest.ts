/**
 * How much each setting by itself has to do with what came of the runs: a functional analysis of variance over a forest of
 * regression trees (Hutter, Hoos & Leyton-Brown 2014, https://proceedings.mlr.press/v32/hutter14.html). A tree cuts the space
 * into boxes with one value each, so that what a setting does on average over all the others is a sum over boxes, and exact.
 * No library that is kept gives the boxes of its trees.
 */
import { randomSource } from '../prepare/random.ts'

export interface Example {
  /** Where it stands in the space, 0 to 1 in each dimension. */
  readonly at: readonly number[]
  readonly value: number
}

interface Box {
  readonly low: readonly number[]
  readonly high: readonly number[]
  readonly value: number
}

export interface Share {
  /** Of the variance over the space, what this dimension accounts for by itself: mean over the trees … */
  readonly share: number
  /** … and between what nine of ten trees lie. */
  readonly low: number
  readonly high: number
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

const spread = (examples: readonly Example[]): number => {
  const middle = mean(examples.map(({ value }) => value))
  return examples.reduce((sum, { value }) => sum + (value - middle) ** 2, 0)
}

const fewestInBox = 2

interface Cut {
  readonly dimension: number
  readonly place: number
  readonly rest: number
}

/** The cut of these dimensions that leaves the least spread, with sums that grow as the cut moves. */
function bestCut(examples: readonly Example[], dimensions: readonly number[]): Cut | null {
  const count = examples.length
  const total = examples.reduce((sum, { value }) => sum + value, 0)
  const squares = examples.reduce((sum, { value }) => sum + value * value, 0)
  let best: Cut | null = null
  for (const dimension of dimensions) {
    const ordered = [...examples].sort((a, b) => a.at[dimension]! - b.at[dimension]!)
    let left = 0
    for (let i = 1; i <= count - fewestInBox; i++) {
      left += ordered[i - 1]!.value
      const [below, above] = [ordered[i - 1]!.at[dimension]!, ordered[i]!.at[dimension]!]
      if (i < fewestInBox || below === above) continue
      const rest = squares - left ** 2 / i - (total - left) ** 2 / (count - i)
      if (best === null || rest < best.rest) best = { dimension, place: (below + above) / 2, rest }
    }
  }
  return best
}

function boxesOf(
  examples: readonly Example[],
  low: readonly number[],
  high: readonly number[],
  random: () => number,
): Box[] {
  const whole = { low, high, value: mean(examples.map(({ value }) => value)) }
  if (examples.length < 2 * fewestInBox) return [whole]
  // Trees that look at all dimensions at once are all alike.
  const looked = low.map((_, dimension) => dimension).filter(() => random() < 0.75)
  const cut = bestCut(examples, looked.length > 0 ? looked : low.map((_, dimension) => dimension))
  if (cut === null || cut.rest >= spread(examples) - 1e-12) return [whole]
  const { dimension, place } = cut
  const at = (bounds: readonly number[]): number[] =>
    bounds.map((bound, i) => (i === dimension ? place : bound))
  return [
    ...boxesOf(
      examples.filter((one) => one.at[dimension]! <= place),
      low,
      at(high),
      random,
    ),
    ...boxesOf(
      examples.filter((one) => one.at[dimension]! > place),
      at(low),
      high,
      random,
    ),
  ]
}

const volume = ({ low, high }: Box): number =>
  low.reduce((product, from, i) => product * (high[i]! - from), 1)

/** Of a tree's variance over the whole space, the part of each dimension's own mean. null: the tree is the same everywhere. */
function sharesOf(boxes: readonly Box[], dimensions: number): number[] | null {
  const middle = boxes.reduce((sum, box) => sum + volume(box) * box.value, 0)
  const total = boxes.reduce((sum, box) => sum + volume(box) * (box.value - middle) ** 2, 0)
  if (total <= 1e-15) return null
  return Array.from({ length: dimensions }, (_, dimension) => {
    const places = [...new Set(boxes.flatMap(({ low, high }) => [low[dimension]!, high[dimension]!]))].sort(
      (a, b) => a - b,
    )
    let variance = 0
    for (let i = 0; i + 1 < places.length; i++) {
      const [from, to] = [places[i]!, places[i + 1]!]
      const here = boxes.reduce((sum, box) => {
        if (box.low[dimension]! > from || box.high[dimension]! < to) return sum
        return sum + (volume(box) / (box.high[dimension]! - box.low[dimension]!)) * box.value
      }, 0)
      variance += (to - from) * (here - middle) ** 2
    }
    return variance / total
  })
}

const trees = 64

/** null: there is nothing to tell, as all came to the same or there are too few. */
export function varianceShares(examples: readonly Example[], dimensions: number): Share[] | null {
  if (examples.length < 2 * fewestInBox || dimensions === 0) return null
  const random = randomSource(7)
  const low = Array.from({ length: dimensions }, () => 0)
  const high = Array.from({ length: dimensions }, () => 1)
  const all: number[][] = []
  for (let tree = 0; tree < trees; tree++) {
    const drawn = examples.map(() => examples[Math.floor(random() * examples.length)]!)
    const shares = sharesOf(boxesOf(drawn, low, high, random), dimensions)
    if (shares !== null) all.push(shares)
  }
  if (all.length === 0) return null
  return Array.from({ length: dimensions }, (_, dimension) => {
    const of = all.map((shares) => shares[dimension]!).sort((a, b) => a - b)
    return {
      share: mean(of),
      low: of[Math.floor(0.05 * (of.length - 1))]!,
      high: of[Math.ceil(0.95 * (of.length - 1))]!,
    }
  })
}
