/** What each baseline does, by the names of their definitions. */
import { formatCount, plural, type baselines, type Implementations } from '../../contract/index.ts'
import { binColumns, mostBins } from './boosting/bins.ts'
import { boost, type BoostOptions } from './boosting/boost.ts'
import { logLoss, softmaxLoss, squaredError, type BoostingLoss } from './boosting/losses.ts'
import { someRows, targetsOfRows, type BaselineData, type Bounds, type Said } from './data.ts'
import { workOf } from './design.ts'
import { crossEntropies, fitLinear, scoresOf, softmax, squares } from './linear.ts'
import { nearestRows, type Points } from './nearest.ts'

/** What it says, or why it says nothing: it does not suit the data, its time was over before there was anything, or it is too much for it. */
export type Baseline = (data: BaselineData, bounds: Bounds) => Said | 'unsuited' | 'late' | 'much'

const outOfTime = 'It was ended when its time was over, and may get better.'

const sampled = (rows: number, of: number): string[] =>
  rows < of ? [`It learned from ${formatCount(rows)} of ${formatCount(of)} training rows, evenly taken.`] : []

// ---- linear ----

/** Multiplications of one turn; a turn then takes about half a second. */
const mostWork = 3e8

function linear(data: BaselineData, penalty: number, turns: number, { deadline, progress }: Bounds): Said {
  const { learning, asked } = data
  const whole = data.design(data.train)
  const share = Math.min(1, mostWork / (workOf(whole) * learning.outputs * 2))
  const rows = someRows(data.train, Math.max(1, Math.floor(data.train.length * share)))
  const design = rows === data.train ? whole : data.design(rows)
  const targets = targetsOfRows(data, rows)
  const errors = { numbers: squares, yesOrNo: crossEntropies, classes: softmax }[learning.of](targets)
  // Losses are sums over the rows.
  const options = { turns, tolerance: 1e-4 * Math.max(1, rows.length / 100), deadline, progress }
  const fitted = fitLinear(design, learning.outputs, errors, penalty, options)
  const late = !fitted.arrived && performance.now() > deadline
  return {
    scores: scoresOf(data.design(asked), fitted),
    rows: rows.length,
    notes: [...sampled(rows.length, data.trainRows), ...(late ? [outOfTime] : [])],
  }
}

// ---- nearest neighbors ----

/** Differences between numbers, of all rows with all: what takes some ten seconds at most, and a third of its time. */
const mostDifferences = 2e10
const differencesIn = (ms: number): number => Math.min(mostDifferences, 3e5 * ms)
/** Fewer training rows than these are no neighborhood of anything. */
export const leastPoints = 1000
/** Wider points than these are pictures or texts, of which distances say little. */
const widest = 2000

/** Numbers, and a column for each category; null where there is anything else, or far too much. */
function pointsOf(data: BaselineData, rows: Int32Array): Points | null {
  const width = data.inputs.reduce(
    (sum, input) =>
      sum +
      (input.kind === 'numbers'
        ? input.width
        : input.kind === 'codes'
          ? input.sizes.reduce((a, b) => a + b, 0)
          : Infinity),
    0,
  )
  if (width > widest) return null
  const { parts } = data.design(rows)
  const values = new Float32Array(rows.length * width)
  let first = 0
  for (const part of parts) {
    for (let row = 0; row < rows.length; row++) {
      const at = row * width + first
      if (part.kind === 'dense')
        values.set(part.values.subarray(row * part.width, (row + 1) * part.width), at)
      else for (let i = part.starts[row]!; i < part.starts[row + 1]!; i++) values[at + part.columns[i]!] = 1
    }
    first += part.width
  }
  return { rows: rows.length, width, values }
}

/** Shares of classes or of yes, in which all training rows together count as one neighbor; of numbers the mean. */
function meansOf(data: BaselineData, train: Int32Array, near: Int32Array, count: number): Float64Array {
  const { of, outputs } = data.learning
  const targets = targetsOfRows(data, train)
  const valueOf = (row: number, k: number): number =>
    of === 'classes' ? Number(targets[row] === k) : targets[row * outputs + k]!
  const usual = Array.from({ length: outputs }, (_, k) => {
    let sum = 0
    for (let row = 0; row < train.length; row++) sum += valueOf(row, k)
    return sum / train.length
  })
  const means = new Float64Array((near.length / count) * outputs)
  for (let query = 0; query < near.length / count; query++)
    for (let k = 0; k < outputs; k++) {
      let sum = 0
      for (let i = query * count; i < (query + 1) * count; i++) sum += valueOf(near[i]!, k)
      means[query * outputs + k] = of === 'numbers' ? sum / count : (sum + usual[k]!) / (count + 1)
    }
  return means
}

const least = 1e-9
const logOdds = (p: number): number => Math.log(Math.max(p, least)) - Math.log(Math.max(1 - p, least))

function nearest(
  data: BaselineData,
  neighbors: number,
  { deadline, budget, progress }: Bounds,
): ReturnType<Baseline> {
  const queries = pointsOf(data, data.asked)
  if (queries === null) return 'unsuited'
  const most = Math.floor(differencesIn(budget) / Math.max(1, queries.rows * queries.width))
  if (budget > 0 && most < Math.min(leastPoints, data.train.length)) return 'much'
  const rows = someRows(data.train, Math.max(leastPoints, most))
  const count = Math.min(neighbors, rows.length)
  const near = nearestRows(pointsOf(data, rows)!, queries, count, { deadline, progress })
  if (near === null) return 'late'
  const means = meansOf(data, rows, near, count)
  const { of } = data.learning
  return {
    scores:
      of === 'numbers'
        ? means
        : means.map((p) => (of === 'classes' ? Math.log(Math.max(p, least)) : logOdds(p))),
    rows: rows.length,
    notes: sampled(rows.length, data.trainRows),
  }
}

// ---- boosted trees ----

/** Bytes of the histograms of one tree, beyond which columns get fewer bins. */
const mostHistograms = 512e6

function boosted(
  data: BaselineData,
  options: Omit<BoostOptions, 'seed' | 'deadline'>,
  bounds: Bounds,
): ReturnType<Baseline> {
  const { learning, features, train, asked, targets } = data
  const perBin = 3 * 8 * options.leaves
  const bins = Math.min(
    mostBins,
    Math.max(15, Math.floor(mostHistograms / perBin / Math.max(1, features.length))),
  )
  const columns = binColumns(features, train, bins)
  if (columns.length === 0) return 'unsuited'
  const { of, outputs } = learning
  const losses: BoostingLoss[] =
    of === 'classes'
      ? [softmaxLoss(targets, outputs)]
      : Array.from({ length: outputs }, (_, k) => {
          const own = outputs === 1 ? targets : everyNth(targets, outputs, k)
          return of === 'numbers' ? squaredError(own) : logLoss(own)
        })
  const notes = sampled(train.length, data.trainRows)
  const before = notes.length
  let begun = true
  const lists = losses.flatMap((loss, k) => {
    const found = boost(columns, loss, train, asked, {
      ...options,
      seed: 0,
      deadline: bounds.deadline,
      progress: (share) => bounds.progress((k + share) / losses.length),
    })
    if (found.rounds === 0) begun = false
    if (found.ended === 'time' && notes.length === before)
      notes.push(
        `It was ended after ${plural(found.rounds, 'round')}, when its time was over, and may get better.`,
      )
    return found.raw
  })
  if (!begun) return 'late'
  const scores = new Float64Array(asked.length * lists.length)
  asked.forEach((row, i) => lists.forEach((list, k) => (scores[i * lists.length + k] = list[row]!)))
  const unseen = features.filter(({ name }) => !columns.some((column) => column.name === name))
  if (unseen.length > 0)
    notes.push(`It does not look at ${plural(unseen.length, 'column')} of texts or pictures.`)
  return { scores, rows: train.length, notes }
}

const everyNth = (values: ArrayLike<number>, width: number, k: number): Float64Array =>
  Float64Array.from({ length: values.length / width }, (_, row) => values[row * width + k]!)

/** The constant one is part of every evaluation. */
export const members: Implementations<typeof baselines, Baseline> = {
  constant: () => () => 'unsuited',
  linear:
    ({ penalty, turns }) =>
    (data, bounds) =>
      linear(data, penalty, turns, bounds),
  nearest:
    ({ neighbors }) =>
    (data, bounds) =>
      nearest(data, neighbors, bounds),
  boosted: (options) => (data, bounds) => boosted(data, options, bounds),
}
