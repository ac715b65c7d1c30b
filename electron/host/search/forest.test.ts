import { expect, test } from 'vitest'
import { randomSource } from '../prepare/random.ts'
import { varianceShares, type Example } from './forest.ts'
import { importanceOf } from './importance.ts'

const random = randomSource(3)
const examples = (count: number, value: (at: number[]) => number): Example[] =>
  Array.from({ length: count }, () => {
    const at = [random(), random(), random()]
    return { at, value: value(at) }
  })

test('shares are those of a sum of which the variances are known', () => {
  // Variances 4/12, 1/12 and 0: 80 %, 20 % and nothing.
  const shares = varianceShares(
    examples(400, ([a = 0, b = 0]) => 2 * a + b),
    3,
  )!
  expect(shares[0]!.share).toBeGreaterThan(0.72)
  expect(shares[0]!.share).toBeLessThan(0.86)
  expect(shares[1]!.share).toBeGreaterThan(0.12)
  expect(shares[1]!.share).toBeLessThan(0.26)
  expect(shares[2]!.share).toBeLessThan(0.02)
  for (const { share, low, high } of shares) expect(low <= share && share <= high).toBe(true)
})

test('what two do only together belongs to neither', () => {
  const shares = varianceShares(
    examples(400, ([a = 0, b = 0]) => Number(a > 0.5 === b > 0.5)),
    3,
  )!
  expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeLessThan(0.25)
})

test('of runs that came to the same nothing is told', () => {
  expect(
    varianceShares(
      examples(20, () => 1),
      3,
    ),
  ).toBeNull()
  expect(varianceShares([], 3)).toBeNull()
})

test('settings are told in the order of what they account for, names as well as numbers', () => {
  const space = [
    { path: 'dropout', from: 0, to: 0.5, scale: 'linear', whole: false },
    { path: 'rate', from: 1e-4, to: 1, scale: 'logarithmic', whole: false },
    { path: 'activation', values: ['relu', 'tanh', 'gelu'] },
  ] as const
  const names = ['relu', 'tanh', 'gelu']
  const judged = Array.from({ length: 60 }, () => {
    const [rate, name] = [10 ** (-4 * random()), names[Math.floor(3 * random())]!]
    const settings = { dropout: random() / 2, rate, activation: name }
    return { settings, value: Math.log10(rate) ** 2 + (name === 'tanh' ? 3 : 0) }
  })
  // A run that came to nothing at all does not drown the others.
  judged[0] = { ...judged[0]!, value: Infinity }
  const told = importanceOf(
    space.map((one) => ({ ...one, ...('values' in one && { values: [...one.values] }) })) as never,
    judged,
    'at their end',
  )!
  expect(told.settings.map(({ path }) => path)).toEqual(['rate', 'activation', 'dropout'])
  expect(told.settings[2]!.share).toBeLessThan(0.1)
  expect(told.said).toMatch(
    /^What each setting by itself accounts for in the differences between 60 runs at their end/,
  )
  expect(importanceOf(space as never, judged.slice(0, 7), '')).toBeNull()
  expect(importanceOf(space as never, judged.slice(0, 12), '')!.said).toContain('few runs')
})
