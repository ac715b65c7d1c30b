/**
 * Labels that may be wrong, by confident learning (Northcutt, Jiang & Chuang 2021): a model that has not seen the row says how
 * likely each class is. A row is suspect where a class other than its own reaches the confidence that rows of that class have
 * on average. The model is a quick one: nearest neighbors and a logistic regression, averaged, which see straight borders and
 * crooked ones; what neither understands is not suspected.
 */
import { shuffled } from './predictive.ts'
import { isFeatureColumn, isNumbers, targetIn, type Sample } from './sample.ts'
import { standardized } from './standardize.ts'

export interface Suspect {
  /** Its place in the sample. */
  readonly row: number
  readonly label: string
  readonly likely: string
  /** Of its own class, 0…1: the smaller, the more suspect. */
  readonly confidence: number
}
export interface Suspects {
  /** The most suspect first. */
  readonly found: readonly Suspect[]
  readonly compared: number
  /** Share of the rows whose class the model says. */
  readonly accuracy: number
}

const mostRows = 3000
const mostInputs = 120
const mostClasses = 50
const mostLabels = 30
const folds = 5
const neighbors = 10
/** Where a class is usually surer than this, this is sure enough. */
const sure = 0.75
/** Multiplications that a logistic regression may take. */
const mostWork = 6e8

/** Rows of standardized numbers, and of categories one input for each. */
interface Inputs {
  readonly x: Float32Array
  readonly width: number
}

/** A single far value would make neighbors of all others. */
const farthest = 4
const held = (value: number): number => Math.max(-farthest, Math.min(farthest, value))

function inputsOf(sample: Sample, rows: Int32Array): Inputs {
  const columns: Float32Array[] = []
  for (const column of sample.columns.filter(isFeatureColumn)) {
    if (columns.length >= mostInputs) break
    if (isNumbers(column)) {
      const values = standardized(
        Float64Array.from(rows, (row) => column.values[row]!),
        'median',
      )
      if (values) columns.push(Float32Array.from(values, held))
      continue
    }
    const { codes, labels } = column
    if (labels.length > mostLabels) continue
    for (let label = 0; label < labels.length && columns.length < mostInputs; label++)
      columns.push(Float32Array.from(rows, (row) => (codes[row] === label ? 1 : 0)))
  }
  const width = columns.length
  const x = new Float32Array(rows.length * width)
  columns.forEach((values, k) => values.forEach((value, i) => (x[i * width + k] = value)))
  return { x, width }
}

/** The nearest rows of each row, itself aside, and how far they are, squared; the nearest first. */
interface Neighbors {
  readonly k: number
  readonly who: Int32Array
  readonly away: Float32Array
}

/** Those of before remain where all of them are still trusted. */
function nearest({ x, width }: Inputs, trusted: Uint8Array, before: Neighbors | null): Neighbors {
  const n = trusted.length
  const k = Math.min(neighbors, trusted.reduce((sum, one) => sum + one, 0) - 1)
  const who = new Int32Array(n * k)
  const away = new Float32Array(n * k)
  for (let i = 0; i < n; i++) {
    const best = away.subarray(i * k, (i + 1) * k)
    const whose = who.subarray(i * k, (i + 1) * k)
    const known = before?.k === k ? before.who.subarray(i * k, (i + 1) * k) : null
    if (known?.every((j) => trusted[j] === 1)) {
      whose.set(known)
      best.set(before!.away.subarray(i * k, (i + 1) * k))
      continue
    }
    best.fill(Infinity)
    for (let j = 0; j < n; j++) {
      if (j === i || trusted[j] === 0) continue
      const most = best[k - 1]!
      let sum = 0
      for (let c = 0; c < width && sum < most; c++) {
        const difference = x[i * width + c]! - x[j * width + c]!
        sum += difference * difference
      }
      if (sum >= most) continue
      let at = k - 1
      for (; at > 0 && best[at - 1]! > sum; at--) {
        best[at] = best[at - 1]!
        whose[at] = whose[at - 1]!
      }
      best[at] = sum
      whose[at] = j
    }
  }
  return { k, who, away }
}

/** Of each row the shares of the classes among its nearest neighbors; nearer ones count more. */
function byNeighbors({ k, who, away }: Neighbors, y: Int32Array, classes: number): Float32Array {
  const n = y.length
  const p = new Float32Array(n * classes)
  for (let i = 0; i < n; i++) {
    const scale = Math.sqrt(away[(i + 1) * k - 1]!) || 1
    let total = 0
    for (let at = i * k; at < (i + 1) * k; at++) {
      const weight = 1 / (0.2 + Math.sqrt(away[at]!) / scale)
      p[i * classes + y[who[at]!]!]! += weight
      total += weight
    }
    for (let c = 0; c < classes; c++) p[i * classes + c]! /= total
  }
  return p
}

/** Multinomial, by gradient descent with momentum; of each row by a model that was trained without its fold. */
function byLogistic(
  { x, width }: Inputs,
  y: Int32Array,
  classes: number,
  trusted: Uint8Array,
): Float32Array | null {
  const n = y.length
  const steps = 100
  if (4 * folds * steps * n * (width + 1) * classes > mostWork) return null
  const p = new Float32Array(n * classes)
  const w = new Float64Array((width + 1) * classes)
  const gradient = new Float64Array(w.length)
  const velocity = new Float64Array(w.length)
  const scores = new Float64Array(classes)
  const score = (i: number) => {
    for (let c = 0; c < classes; c++) {
      let sum = w[width * classes + c]!
      for (let k = 0; k < width; k++) sum += x[i * width + k]! * w[k * classes + c]!
      scores[c] = sum
    }
    let most = -Infinity
    for (let c = 0; c < classes; c++) most = Math.max(most, scores[c]!)
    let total = 0
    for (let c = 0; c < classes; c++) total += scores[c] = Math.exp(scores[c]! - most)
    for (let c = 0; c < classes; c++) scores[c]! /= total
  }
  const rate = 2 / Math.sqrt(width + 1)
  for (let fold = 0; fold < folds; fold++) {
    w.fill(0)
    velocity.fill(0)
    for (let step = 0; step < steps; step++) {
      gradient.fill(0)
      let count = 0
      for (let i = 0; i < n; i++) {
        if (i % folds === fold || trusted[i] === 0) continue
        count++
        score(i)
        scores[y[i]!]! -= 1
        for (let k = 0; k < width; k++) {
          const value = x[i * width + k]!
          if (value !== 0) for (let c = 0; c < classes; c++) gradient[k * classes + c]! += value * scores[c]!
        }
        for (let c = 0; c < classes; c++) gradient[width * classes + c]! += scores[c]!
      }
      for (let at = 0; at < w.length; at++) {
        const decay = at < width * classes ? 1e-3 * w[at]! : 0
        velocity[at] = 0.9 * velocity[at]! - 0.1 * rate * (gradient[at]! / count + decay) * 2
        w[at]! += velocity[at]!
      }
    }
    for (let i = fold; i < n; i += folds) {
      score(i)
      p.set(scores, i * classes)
    }
  }
  return p
}

function probabilities(
  inputs: Inputs,
  near: Neighbors,
  y: Int32Array,
  classes: number,
  trusted: Uint8Array,
): Float32Array {
  const crooked = byNeighbors(near, y, classes)
  const straight = byLogistic(inputs, y, classes, trusted)
  return straight === null ? crooked : crooked.map((value, at) => (value + straight[at]!) / 2)
}

export interface Suspected {
  readonly row: number
  readonly likely: number
  readonly confidence: number
}

/** Off the diagonal of the confident joint. `p`: row by row, of a model that has not seen the row. */
export function confidentOffDiagonal(p: Float32Array, y: Int32Array, classes: number): Suspected[] {
  const sums = new Float64Array(classes)
  const counts = new Float64Array(classes)
  for (let i = 0; i < y.length; i++) {
    sums[y[i]!]! += p[i * classes + y[i]!]!
    counts[y[i]!]!++
  }
  const usual = sums.map((sum, c) => (counts[c]! > 0 ? Math.min(sure, sum / counts[c]!) : Infinity))
  return Array.from(y, (label, row): Suspected => {
    let likely = -1
    for (let c = 0; c < classes; c++) {
      const value = p[row * classes + c]!
      if (value >= usual[c]! && (likely === -1 || value > p[row * classes + likely]!)) likely = c
    }
    return { row, likely: likely === -1 ? label : likely, confidence: p[row * classes + label]! }
  })
    .filter(({ row, likely, confidence }) => likely !== y[row] && p[row * classes + likely]! > confidence)
    .sort((a, b) => a.confidence - b.confidence || a.row - b.row)
}

export function suspectLabels(sample: Sample): Suspects | null {
  const target = targetIn(sample)
  if (target === null || isNumbers(target)) return null
  const { codes, labels } = target
  const rows = shuffled(codes.length)
    .filter((row) => codes[row]! >= 0)
    .slice(0, mostRows)
    .sort()
  // In an order without a pattern, so that a fold is a sample of them.
  const mixed = shuffled(rows.length, 3).map((at) => rows[at]!)
  const classes = labels.length
  if (classes < 2 || classes > mostClasses || mixed.length < 50) return null
  const inputs = inputsOf(sample, mixed)
  if (inputs.width === 0) return null
  const y = mixed.map((row) => codes[row]!)
  const trusted = new Uint8Array(y.length).fill(1)
  // What is suspected at first teaches nothing the second time: wrong labels would make their neighbors unsure.
  const near = nearest(inputs, trusted, null)
  for (const { row } of confidentOffDiagonal(probabilities(inputs, near, y, classes, trusted), y, classes))
    trusted[row] = 0
  // Where hardly a row is trusted the columns say nothing of the target, as in pairs of a case and its control.
  if (2 * trusted.reduce((sum, one) => sum + one, 0) < y.length) return null
  const p = probabilities(inputs, nearest(inputs, trusted, near), y, classes, trusted)
  let right = 0
  for (let i = 0; i < y.length; i++) {
    let most = 0
    for (let c = 1; c < classes; c++) if (p[i * classes + c]! > p[i * classes + most]!) most = c
    if (most === y[i]) right++
  }
  return {
    found: confidentOffDiagonal(p, y, classes).map(({ row, likely, confidence }) => ({
      row: mixed[row]!,
      label: labels[y[row]!]!,
      likely: labels[likely]!,
      confidence,
    })),
    compared: y.length,
    accuracy: right / y.length,
  }
}
