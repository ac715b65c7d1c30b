import { expect, test } from 'vitest'
import { temperatureText, type Temperature } from '../../contract/index.ts'
import { randomSource } from '../prepare/random.ts'
import { functionsOfTask } from '../tasks/index.ts'
import { ClassEvidence, sigmoid, softmaxRows } from './evidence.ts'
import { surprisesOf } from './metrics.ts'
import { chooseTemperature } from './temperature.ts'

const classes = ['a', 'b', 'c']
/** What a network says that is right about how likely classes are, but `times` as sure of it. */
function drawn(rows: number, times: number): { truth: Int32Array; outputs: Float64Array } {
  const random = randomSource(5)
  const own = Float64Array.from({ length: 3 * rows }, () => 4 * random() - 2)
  const likely = softmaxRows(own, 3)
  const truth = Int32Array.from({ length: rows }, (_, row) => {
    const at = random()
    return at < likely[3 * row]! ? 0 : at < likely[3 * row]! + likely[3 * row + 1]! ? 1 : 2
  })
  return { truth, outputs: own.map((output) => times * output) }
}
function foundFor(rows: number, times: number): Temperature {
  const { truth, outputs } = drawn(rows, times)
  return chooseTemperature((value) => {
    const evidence = ClassEvidence.ofLogits(
      truth,
      outputs.map((one) => one / value),
      3,
    )
    return surprisesOf(evidence).reduce((sum, one) => sum + one, 0) / rows
  }, rows)
}

test.each([3, 0.4])('a network that is %d times as sure as it is right is found out', (times) => {
  const { value, before, after } = foundFor(2000, times)
  expect(value / times).toBeGreaterThan(0.9)
  expect(value / times).toBeLessThan(1.1)
  expect(after).toBeLessThan(before)
})

test('where every validation row is right, none is found: more extreme is not surer', () => {
  // The fewer rows are wrong, the lower the temperature that log loss asks for, without an end.
  const margins = Array.from({ length: 60 }, (_, i) => 1 + (i % 7) / 2)
  const lossAt = (t: number): number =>
    margins.reduce((sum, margin) => sum + Math.log1p(Math.exp(-margin / t)), 0) / margins.length
  expect(chooseTemperature(lossAt, margins.length).value).toBe(1)
  // Some that are wrong among many say where it ends.
  const unsure = Array.from({ length: 1800 }, (_, i) => (i % 20 === 0 ? -1 : 1 + (i % 7) / 2))
  const all = (t: number): number =>
    unsure.reduce((sum, margin) => sum + Math.log1p(Math.exp(-margin / t)), 0) / unsure.length
  const found = chooseTemperature(all, unsure.length)
  expect(found.value).toBeLessThan(1)
  expect(found.value).toBeGreaterThan(0.34)
})

test('one that is right keeps what it says, and so does one of few rows', () => {
  expect(foundFor(2000, 1)).toMatchObject({ value: 1 })
  const few = foundFor(12, 1.3)
  expect(few).toMatchObject({ value: 1, rows: 12, after: few.before })
  expect(temperatureText(few)).toContain('are left as the network says them: on 12 validation rows')
})

test('the sentence says which way, and what it was good for', () => {
  expect(temperatureText({ value: 1.5, rows: 200, before: 0.5, after: 0.4 })).toBe(
    'Probabilities are made less extreme by a temperature of 1.5, for the network was too sure: log loss on 200 validation rows 0.5 before, 0.4 after (20.0\u00a0% less).',
  )
  expect(temperatureText({ value: 0.8, rows: 1, before: 0.5, after: 0.4 })).toContain('more extreme')
})

test('everything that is said of a row goes by it, but which class is predicted', () => {
  const temperature = { value: 2, rows: 9, before: 1, after: 0.9 }
  const two = { kind: 'classes' as const, name: 'y', classes: ['no', 'yes'] }
  const { predictions, offBy, answers } = functionsOfTask('binary')
  const [label, , yes] = predictions({ ...two, temperature }, [3])
  expect([label!.cells, yes!.cells]).toEqual([['yes'], [sigmoid(1.5)]])
  expect(offBy({ ...two, temperature }, [0], [3])![0]![0]).toBeCloseTo(sigmoid(1.5), 12)
  expect(answers({ ...two, temperature }, [1], [3])[0]).toMatchObject({ ofTruth: sigmoid(1.5) })
  const several = { kind: 'classes' as const, name: 'y', classes, temperature }
  const cells = functionsOfTask('classification').predictions(several, [2, 0, -2])
  expect(cells.slice(1).map(({ cells: [cell] }) => cell)).toEqual([...softmaxRows([1, 0, -1], 3)])
})
