/** The numbers that a model gives of each row, whatever its task, and which of them is explained. */
import { DescentError, formatNumber, type SaidAnswer } from '../../contract/index.ts'
import type { Preparation } from '../prepare/preparation.ts'
import { functionsOfTask } from '../tasks/index.ts'
import { namesOfTarget, type FittedTarget } from '../tasks/target.ts'

export interface AnswerOf {
  readonly name: string
  readonly format: SaidAnswer['format']
}

/** Each a class, a label or a target. */
export function answersOf(target: FittedTarget): AnswerOf[] {
  if (target.kind === 'classes') return target.classes.map((name) => ({ name, format: 'share' }))
  if (target.kind === 'labels') return target.labels.map(({ label }) => ({ name: label, format: 'share' }))
  return namesOfTarget(target).map((name) => ({ name, format: 'target' }))
}

/** Of the network's outputs, rows × units: a list for each answer, in their order. */
export function valuesOf({ task, target }: Preparation, outputs: ArrayLike<number>): Float64Array[] {
  const columns = functionsOfTask(task).predictions(target, outputs)
  // Whatever stands before them are labels in words.
  return columns
    .slice(columns.length - answersOf(target).length)
    .map(({ cells }) => Float64Array.from(cells, (cell) => (typeof cell === 'number' ? cell : NaN)))
}

/** Rows × units, of one answer. */
export const valuesAt = (
  preparation: Preparation,
  outputs: ArrayLike<number>,
  answer: number,
): Float64Array => valuesOf(preparation, outputs)[answer]!

/** What is said of the first row, in words: a class, the labels that are likelier than not, or numbers. */
export function wordsOf(preparation: Preparation, outputs: ArrayLike<number>): string {
  const { task, target } = preparation
  if (target.kind === 'classes')
    return String(functionsOfTask(task).predictions(target, outputs)[0]?.cells[0] ?? '')
  const values = valuesOf(preparation, outputs).map(([first]) => first ?? NaN)
  if (target.kind === 'labels')
    return target.labels.flatMap(({ label }, k) => (values[k]! >= 0.5 ? [label] : [])).join(', ') || 'none'
  return values.map((value) => formatNumber(value)).join(', ')
}

/** Errors: a DescentError for a name that there is not. */
export function placeOf(answers: readonly AnswerOf[], name: string): number {
  const at = answers.findIndex((one) => one.name === name)
  if (at >= 0) return at
  throw new DescentError(
    'badRequest',
    `The model has no answer “${name.slice(0, 100)}”: it says ${answers
      .slice(0, 10)
      .map((one) => one.name)
      .join(', ')}${answers.length > 10 ? ', …' : ''}.`,
    'answer',
  )
}

/**
 * The place of the answer of that name; null: the class that is predicted, the likeliest label, the first target. Errors: a
 * DescentError for a name that there is not.
 */
export function answerNamed(
  preparation: Preparation,
  outputs: ArrayLike<number>,
  name: string | null,
): number {
  const { task, target } = preparation
  const answers = answersOf(target)
  if (name !== null) return placeOf(answers, name)
  if (target.kind === 'numbers') return 0
  if (target.kind === 'classes') {
    const [said] = functionsOfTask(task).predictions(target, outputs)
    const predicted = answers.findIndex((one) => one.name === said?.cells[0])
    if (predicted >= 0) return predicted
  }
  const values = valuesOf(preparation, outputs).map(([first]) => first ?? NaN)
  return values.reduce((best, value, k) => (value > values[best]! ? k : best), 0)
}

/** How the answer changes with each of the outputs, rows × units: by the task's formula, or whatever it makes of them by central differences. */
export function slopesOf(
  preparation: Preparation,
  outputs: ArrayLike<number>,
  rows: number,
  answer: number,
): Float32Array<ArrayBuffer> {
  const known = functionsOfTask(preparation.task).slopes?.(preparation.target, outputs, answer)
  if (known !== undefined) return Float32Array.from(known)
  const units = outputs.length / rows
  const slopes = new Float32Array(outputs.length)
  const moved = Float64Array.from(outputs)
  for (let unit = 0; unit < units; unit++) {
    const steps = Float64Array.from(
      { length: rows },
      (_, row) => 1e-4 * Math.max(1, Math.abs(outputs[row * units + unit]!)),
    )
    const at = (sign: number): Float64Array => {
      for (let row = 0; row < rows; row++)
        moved[row * units + unit] = outputs[row * units + unit]! + sign * steps[row]!
      return valuesAt(preparation, moved, answer)
    }
    const [above, below] = [at(1), at(-1)]
    for (let row = 0; row < rows; row++) {
      slopes[row * units + unit] = (above[row]! - below[row]!) / (2 * steps[row]!)
      moved[row * units + unit] = outputs[row * units + unit]!
    }
  }
  return slopes
}
