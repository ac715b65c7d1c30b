/** What predictions are judged by, task by task; what takes a pass over them is done when it is first asked for. */

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

/** Row: true class; column: predicted class. */
export function confusionMatrix(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (let row = 0; row < truth.length; row++) {
    const counts = matrix[truth[row] ?? 0]
    const k = predicted[row] ?? 0
    if (counts) counts[k] = (counts[k] ?? 0) + 1
  }
  return matrix
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
  readonly rows: number
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
  #probabilities: Probabilities | null = null
  #predicted: Int32Array | null = null
  #confusion: number[][] | null = null
  #perClass: readonly ClassCounts[] | null = null

  constructor(truth: ArrayLike<number>, classes: number, reading: ClassReading) {
    this.truth = truth
    this.classes = classes
    this.#reading = reading
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

  get rows(): number {
    return this.truth.length
  }
  get probabilities(): Probabilities {
    return (this.#probabilities ??= this.#reading.probabilities())
  }
  get predicted(): Int32Array {
    return (this.#predicted ??= this.#reading.predicted())
  }
  /** Row: true class; column: predicted class. */
  get confusion(): number[][] {
    return (this.#confusion ??= confusionMatrix(this.truth, this.predicted, this.classes))
  }
  get perClass(): readonly ClassCounts[] {
    return (this.#perClass ??= this.confusion.map((row, c) =>
      countsOf(sum(row), sum(this.confusion.map((other) => other[c] ?? 0)), row[c] ?? 0),
    ))
  }
  /** Of the classes that occur in truth or predictions: one that a small split happens to lack says nothing about the model. */
  get averaged(): readonly ClassCounts[] {
    return this.perClass.filter(({ support, predictions }) => support + predictions > 0)
  }
  get hits(): number {
    // Counted apart: after every epoch nothing but this is asked for.
    return this.predicted.reduce((count, k, row) => count + (k === this.truth[row] ? 1 : 0), 0)
  }
  /** Of each class against all others. */
  get rankingOfEach(): Ranking[] {
    const { classes, probabilities, truth, rows } = this
    return Array.from({ length: classes }, (_, k) => ({
      truth: (row) => truth[row] === k,
      score: (row) => probabilities[row * classes + k] ?? NaN,
      rows,
    }))
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
  readonly #read: () => Probabilities
  #probabilities: Probabilities | null = null
  #perClass: readonly ClassCounts[] | null = null

  /** `probabilities`: rows × labels; a label is predicted from one half on. */
  constructor(truth: ArrayLike<number>, labels: number, probabilities: () => Probabilities) {
    this.truth = truth
    this.labels = labels
    this.#read = probabilities
  }

  get rows(): number {
    return this.truth.length / this.labels
  }
  get probabilities(): Probabilities {
    return (this.#probabilities ??= this.#read())
  }
  has(row: number, label: number): boolean {
    return this.truth[row * this.labels + label] === 1
  }
  predicts(row: number, label: number): boolean {
    return (this.probabilities[row * this.labels + label] ?? 0) >= 0.5
  }
  get perClass(): readonly ClassCounts[] {
    return (this.#perClass ??= Array.from({ length: this.labels }, (_, label) => {
      let support = 0
      let predictions = 0
      let hits = 0
      for (let row = 0; row < this.rows; row++) {
        const has = this.has(row, label)
        const predicts = this.predicts(row, label)
        support += has ? 1 : 0
        predictions += predicts ? 1 : 0
        hits += has && predicts ? 1 : 0
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
    for (let row = 0; row < this.rows; row++) {
      let right = true
      for (let k = 0; k < this.labels && right; k++) right = this.has(row, k) === this.predicts(row, k)
      hits += right ? 1 : 0
    }
    return hits
  }
  get rankingOfEach(): Ranking[] {
    return this.rankings
  }
  get rankings(): Ranking[] {
    const { rows, labels, probabilities } = this
    return Array.from({ length: labels }, (_, label) => ({
      truth: (row: number) => this.has(row, label),
      score: (row: number) => probabilities[row * labels + label] ?? NaN,
      rows,
    }))
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
}

export type Evidence = ClassEvidence | LabelEvidence | NumberEvidence
