/**
 * Labels of texts that may be wrong, by confident learning, as those of tables (`explore/suspects.ts`): the model that has not seen
 * a text is naive Bayes over its words (McCallum & Nigam 1998), made as sure of itself as it is right.
 */
import { confidentOffDiagonal, type Suspects } from '../suspects.ts'

const folds = 5
const mostLabels = 30
/** Beyond so many numbers nothing is estimated. */
const mostNumbers = 60_000_000
/** It multiplies words as if each said something of its own: its certainty is divided by one of these. */
const temperatures = [1, 1.5, 2, 3, 4, 6, 8]

function probabilities(
  texts: readonly (readonly string[])[],
  y: Int32Array,
  classes: number,
): { readonly logits: Float32Array; readonly numbers: Int32Array[] } {
  const vocabulary = new Map<string, number>()
  const numbers = texts.map((words) =>
    Int32Array.from(new Set(words), (word) => {
      const number = vocabulary.get(word) ?? vocabulary.size
      vocabulary.set(word, number)
      return number
    }),
  )
  const size = vocabulary.size
  const logits = new Float32Array(texts.length * classes)
  for (let fold = 0; fold < folds; fold++) {
    const counts = new Float32Array(size * classes)
    const [words, rows] = [new Float64Array(classes), new Float64Array(classes)]
    numbers.forEach((own, i) => {
      if (i % folds === fold) return
      const k = y[i]!
      rows[k]!++
      for (const word of own) {
        counts[word * classes + k]!++
        words[k]!++
      }
    })
    const smoothing = 0.1
    numbers.forEach((own, i) => {
      if (i % folds !== fold) return
      for (let k = 0; k < classes; k++) {
        let sum = Math.log((rows[k]! + 1) / (texts.length + classes))
        for (const word of own)
          sum += Math.log((counts[word * classes + k]! + smoothing) / (words[k]! + smoothing * size))
        logits[i * classes + k] = sum
      }
    })
  }
  return { logits, numbers }
}

function softened(logits: Float32Array, classes: number, temperature: number): Float32Array {
  const p = new Float32Array(logits.length)
  for (let from = 0; from < logits.length; from += classes) {
    let most = -Infinity
    for (let k = 0; k < classes; k++) most = Math.max(most, logits[from + k]!)
    let sum = 0
    for (let k = 0; k < classes; k++) sum += p[from + k] = Math.exp((logits[from + k]! - most) / temperature)
    for (let k = 0; k < classes; k++) p[from + k]! /= sum
  }
  return p
}

const lossOf = (p: Float32Array, y: Int32Array, classes: number): number =>
  y.reduce((sum, label, i) => sum - Math.log(Math.max(1e-12, p[i * classes + label]!)), 0)

/** null: there is too little, or too much, to tell. `row` is the place among these texts. */
export function suspectTexts(
  texts: readonly (readonly string[])[],
  codes: ArrayLike<number>,
  labels: readonly string[],
): Suspects | null {
  const classes = labels.length
  const y = Int32Array.from(codes)
  const different = new Set(texts.flatMap((words) => words)).size
  if (classes < 2 || texts.length < 10 * folds) return null
  if (Math.max(different, texts.length) * classes > mostNumbers) return null
  const { logits } = probabilities(texts, y, classes)
  let p = softened(logits, classes, temperatures[0]!)
  for (const temperature of temperatures.slice(1)) {
    const other = softened(logits, classes, temperature)
    if (lossOf(other, y, classes) < lossOf(p, y, classes)) p = other
  }
  const right = y.filter((label, i) => {
    const row = p.subarray(i * classes, (i + 1) * classes)
    return row.every((value) => value <= row[label]!)
  }).length
  return {
    found: confidentOffDiagonal(p, y, classes)
      .slice(0, mostLabels)
      .map(({ row, likely, confidence }) => ({
        row,
        label: labels[y[row]!]!,
        likely: labels[likely]!,
        confidence,
      })),
    compared: texts.length,
    accuracy: right / texts.length,
  }
}
