/** What predictions are judged by, task by task; what takes a pass over them is done when it is first asked for. */

import { fromHighest } from './from-highest.ts'

/** Row-major: rows × classes, or rows × labels. */
export type Probabilities = Float64Array

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const ratio = (numerator: number, denominator: number): number =>
  denominator === 0 ? 0 : numerator / denominator

/** Softmax of each row of logits, computed in float64 from the largest logit down so that nothing overflows. */
export function softmaxRows(logits: ArrayLike<number>, classes: number): Probabilities {
  const probabilities = new Float64Array(logits.length)
  for (let start = 0; start < logits.length; start += classes) {
    let max = -Infinity
    for (let k = 0; k < classes; k++) max = Math.max(max, logits[start + k] ?? -Infinity)
    let total = 0
    for (let k = 0; k < classes; k++) {
      const e = Math.exp((logits[start + k] ?? -Infinity) - max)
      probabilities[start + k] = e
      total += e
    }
    for (let k = 0; k < classes; k++) probabilities[start + k] = (probabilities[start + k] ?? 0) / total
  }
  return probabilities
}

/** 1 / (1 + e^−x), without overflow on either side. */
export function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x))
  return x >= 0 ? 1 / (1 + e) : e / (1 + e)
}

/** The most probable class of each row; the first one where several are equal. */
export function argmaxRows(values: ArrayLike<number>, classes: number): Int32Array {
  const rows = values.length / classes
  const best = new Int32Array(rows)
  for (let row = 0; row < rows; row++) {
    let winner = 0
    for (let k = 1; k < classes; k++) {
      if ((values[row * classes + k] ?? 0) > (values[row * classes + winner] ?? 0)) winner = k
    }
    best[row] = winner
  }
  return best
}

/** How often each row counts, where rows are drawn anew; null: once. */
export type Times = Int32Array | null

export function totalOf(rows: number, times: Times): number {
  if (times === null) return rows
  let total = 0
  for (let row = 0; row < times.length; row++) total += times[row]!
  return total
}

/** Row: true class; column: predicted class. */
export function confusionMatrix(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
  times: Times = null,
): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (let row = 0; row < truth.length; row++) {
    const counts = matrix[truth[row] ?? 0]
    const k = predicted[row] ?? 0
    if (counts) counts[k] = (counts[k] ?? 0) + (times === null ? 1 : times[row]!)
  }
  return matrix
}

function columnSums(matrix: readonly (readonly number[])[]): number[] {
  const sums = new Array<number>(matrix.length).fill(0)
  for (const row of matrix) for (let c = 0; c < row.length; c++) sums[c]! += row[c]!
  return sums
}

export interface ClassCounts {
  /** Rows that are of the class. */
  readonly support: number
  /** Rows that are predicted to be. */
  readonly predictions: number
  readonly hits: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

/** Where a ratio has no denominator it counts as 0, as with scikit-learn's `zero_division=0`. */
const countsOf = (support: number, predictions: number, hits: number): ClassCounts => ({
  support,
  predictions,
  hits,
  precision: ratio(hits, predictions),
  recall: ratio(hits, support),
  f1: ratio(2 * hits, predictions + support),
})

/** A yes or no with the probability that it was given. */
export interface Ranking {
  readonly truth: (row: number) => boolean
  readonly score: (row: number) => number
  /** Rows that there are, however often each counts. */
  readonly rows: number
  readonly times?: Times
  /** Absent: nobody has sorted them yet. */
  readonly sorted?: () => Sorted
}

/** From the highest score down. */
export interface Sorted {
  readonly order: Int32Array
  readonly scores: Float64Array
  /** 1: it is a yes. */
  readonly yes: Uint8Array
}

export function sortedRows({ truth, score, rows }: Pick<Ranking, 'truth' | 'score' | 'rows'>): Sorted {
  const given = new Float64Array(rows)
  for (let row = 0; row < rows; row++) given[row] = score(row)
  const order = fromHighest(given)
  const scores = new Float64Array(rows)
  const yes = new Uint8Array(rows)
  for (let i = 0; i < rows; i++) {
    scores[i] = given[order[i]!]!
    yes[i] = Number(truth(order[i]!))
  }
  return { order, scores, yes }
}

/** What is made once and looked at for every draw. */
function kept<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => (made ??= { value: make() }).value
}

/** How a task reads the outputs of its network. */
export interface ClassReading {
  readonly probabilities: () => Probabilities
  readonly predicted: () => Int32Array
}

/** Of one class out of several. */
export class ClassEvidence {
  /** The number of the class of each row. */
  readonly truth: ArrayLike<number>
  readonly classes: number
  readonly #reading: ClassReading
  /** How often each row counts. */
  readonly times: Times
  /** What this is a draw of: all draws share what is known of its rows. */
  readonly origin: ClassEvidence
  #total: number | null = null
  readonly #each: () => Ranking[]
  #confusion: number[][] | null = null
  #perClass: readonly ClassCounts[] | null = null

  constructor(
    truth: ArrayLike<number>,
    classes: number,
    { probabilities, predicted }: ClassReading,
    drawn?: { readonly times: Int32Array; readonly origin: ClassEvidence },
  ) {
    this.truth = truth
    this.classes = classes
    this.#reading = { probabilities: kept(probabilities), predicted: kept(predicted) }
    this.times = drawn?.times ?? null
    this.origin = drawn?.origin ?? this
    this.#each = drawn ? drawn.origin.#each : kept(() => this.#rankEach())
  }
  static ofLogits(truth: ArrayLike<number>, logits: ArrayLike<number>, classes: number): ClassEvidence {
    return new ClassEvidence(truth, classes, {
      probabilities: () => softmaxRows(logits, classes),
      predicted: () => argmaxRows(logits, classes),
    })
  }
  static ofProbabilities(truth: ArrayLike<number>, values: Probabilities, classes: number): ClassEvidence {
    return new ClassEvidence(truth, classes, {
      probabilities: () => values,
      predicted: () => argmaxRows(values, classes),
    })
  }

  /** The same rows, each as often as was drawn. */
  drawn(times: Int32Array): ClassEvidence {
    return new ClassEvidence(this.truth, this.classes, this.#reading, { times, origin: this.origin })
  }

  get rows(): number {
    return (this.#total ??= totalOf(this.truth.length, this.times))
  }
  get probabilities(): Probabilities {
    return this.#reading.probabilities()
  }
  get predicted(): Int32Array {
    return this.#reading.predicted()
  }
  /** Row: true class; column: predicted class. */
  get confusion(): number[][] {
    return (this.#confusion ??= confusionMatrix(this.truth, this.predicted, this.classes, this.times))
  }
  get perClass(): readonly ClassCounts[] {
    if (this.#perClass !== null) return this.#perClass
    const predictions = columnSums(this.confusion)
    return (this.#perClass = this.confusion.map((row, c) => countsOf(sum(row), predictions[c]!, row[c] ?? 0)))
  }
  /** Of the classes that occur in truth or predictions: one that a small split happens to lack says nothing about the model. */
  get averaged(): readonly ClassCounts[] {
    return this.perClass.filter(({ support, predictions }) => support + predictions > 0)
  }
  get hits(): number {
    // Of a draw, by what its other metrics are counted from. Of all rows apart: after every epoch nothing but this is asked for.
    if (this.times !== null || this.#confusion !== null)
      return this.confusion.reduce((sum, row, k) => sum + row[k]!, 0)
    const { predicted, truth } = this
    let hits = 0
    for (let row = 0; row < predicted.length; row++) if (predicted[row] === truth[row]) hits++
    return hits
  }
  #rankEach(): Ranking[] {
    const { classes, probabilities, truth } = this
    return Array.from({ length: classes }, (_, k) => {
      const ranking = {
        truth: (row: number) => truth[row] === k,
        score: (row: number) => probabilities[row * classes + k] ?? NaN,
        rows: truth.length,
      }
      return { ...ranking, sorted: kept(() => sortedRows(ranking)) }
    })
  }
  /** Of each class against all others. */
  get rankingOfEach(): Ranking[] {
    return this.#each().map((ranking) => ({ ...ranking, times: this.times }))
  }
  /** Of the last of the classes, which of two is the one that is looked for. */
  get rankings(): Ranking[] {
    return this.rankingOfEach.slice(-1)
  }
}

/** Of any number of labels. */
export class LabelEvidence {
  /** 0 or 1, rows × labels. */
  readonly truth: ArrayLike<number>
  readonly labels: number
  readonly times: Times
  readonly origin: LabelEvidence
  readonly #read: () => Probabilities
  readonly #each: () => Ranking[]
  #perClass: readonly ClassCounts[] | null = null

  /** `probabilities`: rows × labels; a label is predicted from one half on. */
  constructor(
    truth: ArrayLike<number>,
    labels: number,
    probabilities: () => Probabilities,
    drawn?: { readonly times: Int32Array; readonly origin: LabelEvidence },
  ) {
    this.truth = truth
    this.labels = labels
    this.#read = kept(probabilities)
    this.times = drawn?.times ?? null
    this.origin = drawn?.origin ?? this
    this.#each = drawn ? drawn.origin.#each : kept(() => this.#rankEach())
  }
  /** The same rows, each as often as was drawn. */
  drawn(times: Int32Array): LabelEvidence {
    return new LabelEvidence(this.truth, this.labels, this.#read, { times, origin: this.origin })
  }

  /** Rows that there are, however often each counts. */
  get #places(): number {
    return this.truth.length / this.labels
  }
  get rows(): number {
    return totalOf(this.#places, this.times)
  }
  get probabilities(): Probabilities {
    return this.#read()
  }
  has(row: number, label: number): boolean {
    return this.truth[row * this.labels + label] === 1
  }
  predicts(row: number, label: number): boolean {
    return (this.probabilities[row * this.labels + label] ?? 0) >= 0.5
  }
  get perClass(): readonly ClassCounts[] {
    const { truth, probabilities, labels, times } = this
    return (this.#perClass ??= Array.from({ length: this.labels }, (_, label) => {
      let support = 0
      let predictions = 0
      let hits = 0
      for (let row = 0; row < this.#places; row++) {
        const count = times === null ? 1 : times[row]!
        const has = truth[row * labels + label] === 1
        const predicts = probabilities[row * labels + label]! >= 0.5
        if (has) support += count
        if (predicts) predictions += count
        if (has && predicts) hits += count
      }
      return countsOf(support, predictions, hits)
    }))
  }
  /** All labels: one that nothing has and nothing is predicted to have counts as 0, as scikit-learn counts it. */
  get averaged(): readonly ClassCounts[] {
    return this.perClass
  }
  /** Rows all of whose labels are right. */
  get hits(): number {
    let hits = 0
    const { times } = this
    for (let row = 0; row < this.#places; row++) {
      let right = true
      for (let k = 0; k < this.labels && right; k++) right = this.has(row, k) === this.predicts(row, k)
      if (right) hits += times === null ? 1 : times[row]!
    }
    return hits
  }
  #rankEach(): Ranking[] {
    const { labels, probabilities } = this
    return Array.from({ length: labels }, (_, label) => {
      const ranking = {
        truth: (row: number) => this.has(row, label),
        score: (row: number) => probabilities[row * labels + label] ?? NaN,
        rows: this.#places,
      }
      return { ...ranking, sorted: kept(() => sortedRows(ranking)) }
    })
  }
  get rankingOfEach(): Ranking[] {
    return this.rankings
  }
  get rankings(): Ranking[] {
    return this.#each().map((ranking) => ({ ...ranking, times: this.times }))
  }
}

/** In the unit of the values given. */
export interface Predicted {
  readonly actual: ArrayLike<number>
  readonly predicted: ArrayLike<number>
}
/** Of numbers: one for each target. */
export interface NumberEvidence {
  readonly targets: readonly Predicted[]
  readonly times?: Times
}

export type Evidence = ClassEvidence | LabelEvidence | NumberEvidence

/** The same rows, each as often as was drawn. */
export const drawnEvidence = (evidence: Evidence, times: Int32Array): Evidence =>
  'drawn' in evidence ? evidence.drawn(times) : { ...evidence, times }

/** How many rows there are, however often each counts. */
export const placesIn = (evidence: Evidence): number =>
  'targets' in evidence
    ? (evidence.targets[0]?.actual.length ?? 0)
    : 'labels' in evidence
      ? evidence.truth.length / evidence.labels
      : evidence.truth.length

/** Of so many numbers a place, those at these places. */
function picked(values: ArrayLike<number>, width: number, places: Int32Array): Float64Array {
  const some = new Float64Array(places.length * width)
  for (let i = 0; i < places.length; i++)
    for (let k = 0; k < width; k++) some[i * width + k] = values[places[i]! * width + k]!
  return some
}

/** These rows alone. */
export function partOf(evidence: Evidence, places: Int32Array): Evidence {
  if ('targets' in evidence)
    return {
      targets: evidence.targets.map(({ actual, predicted }) => ({
        actual: picked(actual, 1, places),
        predicted: picked(predicted, 1, places),
      })),
    }
  const { truth } = evidence
  if ('labels' in evidence) {
    const { labels } = evidence
    return new LabelEvidence(picked(truth, labels, places), labels, () =>
      picked(evidence.probabilities, labels, places),
    )
  }
  const { classes } = evidence
  return new ClassEvidence(picked(truth, 1, places), classes, {
    probabilities: () => picked(evidence.probabilities, classes, places),
    predicted: () => Int32Array.from(picked(evidence.predicted, 1, places)),
  })
}
