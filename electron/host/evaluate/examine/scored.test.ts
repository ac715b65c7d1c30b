import { expect, test } from 'vitest'
import type { FittedTarget } from '../../tasks/target.ts'
import { ClassEvidence } from '../evidence.ts'
import { scoredOf } from './scored.ts'

const target = (threshold?: number): FittedTarget => ({
  kind: 'classes',
  name: 'y',
  classes: ['no', 'yes'],
  ...(threshold !== undefined && { threshold }),
})
const evidence = ClassEvidence.ofProbabilities([0, 1], Float64Array.of(0.9, 0.1, 0.8, 0.2), 2)
const losses = Float64Array.of(0.1, 1.6)

test('rows are right or wrong, unless a threshold was moved: then they lose more or less', () => {
  for (const plain of [target(), target(0.5)])
    expect(scoredOf(plain, evidence, losses)).toEqual({
      values: Float64Array.of(1, 0),
      higherIsBetter: true,
      score: 'right',
    })
  expect(scoredOf(target(0.1), evidence, losses)).toEqual({
    values: losses,
    higherIsBetter: false,
    score: 'loss',
  })
})

test('of several targets errors are in times of the usual one, of one in its unit', () => {
  const numbers = { kind: 'numbers', columns: [] } as unknown as FittedTarget
  const [small, large] = [
    { actual: Float64Array.of(0, 0), predicted: Float64Array.of(1, 3) },
    { actual: Float64Array.of(0, 0), predicted: Float64Array.of(100, 100) },
  ]
  expect(scoredOf(numbers, { targets: [small!] }, [])).toMatchObject({
    score: 'off',
    values: Float64Array.of(1, 3),
  })
  expect(scoredOf(numbers, { targets: [small!, large!] }, [])).toMatchObject({
    score: 'times',
    values: Float64Array.of(0.75, 1.25),
  })
})
