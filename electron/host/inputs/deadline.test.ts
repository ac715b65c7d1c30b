import { expect, it } from 'vitest'
import { OutOfTime, within } from './deadline.ts'

const endless = () => /^(\w+\s?)+$/u.test(`${'a'.repeat(50)}!`)

it('gives what was computed, or ends what would take for ever', () => {
  expect(within(5000, () => [1, 2])).toEqual([1, 2])
  expect(() =>
    within(5000, () => {
      throw new RangeError('no')
    }),
  ).toThrow(RangeError)
  const begun = performance.now()
  expect(() => within(100, endless)).toThrow(OutOfTime)
  // Within another deadline that one counts.
  expect(() => within(100, () => within(600_000, endless))).toThrow(OutOfTime)
  expect(performance.now() - begun).toBeLessThan(60_000)
  expect(within(5000, () => 'again')).toBe('again')
})
