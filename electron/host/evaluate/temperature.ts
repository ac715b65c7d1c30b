/**
 * One number that a classifier's outputs are divided by, found by log loss on the validation split (Guo et al. 2017,
 * https://arxiv.org/abs/1706.04599). It stays 1 where chance alone would let another one look as good: a validation split that chose
 * the best epoch says little of a temperature when it is small.
 */
import { predictsOneClass, type Recipe, type Temperature } from '../../contract/index.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { targetsOf } from '../prepare/pick-rows.ts'
import { functionsOfTask } from '../tasks/index.ts'
import { ClassEvidence } from './evidence.ts'
import { surprisesOf } from './metrics.ts'

/** Twice the log-likelihood by which one temperature is better than none exceeds this by chance once in a hundred times. */
const beyondChance = 6.635
/**
 * Further apart nobody should believe them. Where all validation rows are right, log loss falls and falls as probabilities go to 0 and
 * 1, although new rows will be wrong among them: what ends at the lower bound was not found, and is not used.
 */
const [lowest, highest] = [1 / 3, 10]
const atBound = 1.02
const golden = (Math.sqrt(5) - 1) / 2
/** Halvings enough for four digits. */
const trials = 32

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Where a function with one valley is lowest. */
function lowestOf(loss: (at: number) => number, from: number, to: number): number {
  let [left, right] = [from, to]
  let [a, b] = [right - golden * (right - left), left + golden * (right - left)]
  let [atA, atB] = [loss(a), loss(b)]
  for (let i = 0; i < trials; i++) {
    if (atA <= atB) {
      ;[right, b, atB] = [b, a, atA]
      a = right - golden * (right - left)
      atA = loss(a)
    } else {
      ;[left, a, atA] = [a, b, atB]
      b = left + golden * (right - left)
      atB = loss(b)
    }
  }
  return (left + right) / 2
}

/** `lossAt`: the mean log loss of so many rows with a temperature. */
export function chooseTemperature(lossAt: (temperature: number) => number, rows: number): Temperature {
  const before = lossAt(1)
  const value = Number(
    Math.exp(lowestOf((x) => lossAt(Math.exp(x)), Math.log(lowest), Math.log(highest))).toPrecision(4),
  )
  const after = lossAt(value)
  return value > atBound * lowest && 2 * rows * (before - after) > beyondChance
    ? { value, rows, before, after }
    : { value: 1, rows, before, after: before }
}

/** Whether the recipe asks for it. */
export const choosesTemperature = ({ task, training }: Recipe): boolean =>
  training.calibration === 'temperature' && predictsOneClass(task)

/** With the temperature for these outputs of the network on the validation split. */
export function withTemperature(prepared: Prepared, recipe: Recipe, outputs: ArrayLike<number>): Prepared {
  const { preparation, split, data } = prepared
  const { target, task } = preparation
  const rows = split.validation.length
  if (target.kind !== 'classes' || rows === 0 || !choosesTemperature(recipe)) return prepared
  const truth = targetsOf(data, split.validation)
  const lossAt = (value: number): number => {
    const tried = { ...target, temperature: { value, rows, before: 0, after: 0 } }
    const evidence = functionsOfTask(task).evidence(tried, truth, outputs)
    return evidence instanceof ClassEvidence ? meanOf(surprisesOf(evidence)) : Number.NaN
  }
  const temperature = chooseTemperature(lossAt, rows)
  return { ...prepared, preparation: { ...preparation, target: { ...target, temperature } } }
}
