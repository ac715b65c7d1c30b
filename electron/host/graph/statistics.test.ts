import { expect, it } from 'vitest'
import { numbersOf, statisticsOf } from './statistics.ts'

it('counts what is not finite, and leaves it out of everything else', () => {
  expect(statisticsOf([0, 2, NaN, Infinity, -2])).toEqual({
    elements: 5,
    notFinite: 2,
    mean: 0,
    std: Math.sqrt(8 / 3),
    least: -2,
    most: 2,
    size: Math.sqrt(8 / 3),
    zeros: 1 / 3,
  })
  expect(statisticsOf([NaN])).toMatchObject({ elements: 1, notFinite: 1, mean: null, zeros: null })
  expect(statisticsOf([])).toMatchObject({ elements: 0, mean: null })
  // Far from zero: the difference of the mean square and the squared mean would be nothing but rounding.
  expect(statisticsOf([1e9, 1e9 + 2]).std).toBe(1)
  // The squares would be infinite, or zero.
  for (const x of [1e200, 1e-200, 5e-324, Number.MAX_VALUE])
    expect(statisticsOf([x, -x])).toMatchObject({ mean: 0, std: x, size: x, least: -x, most: x })
  expect(statisticsOf([Number.MAX_VALUE, Number.MAX_VALUE]).mean).toBe(Number.MAX_VALUE)
})

it('shows the first numbers, and how all are spread', () => {
  const { numbers, histogram } = numbersOf(Float32Array.from({ length: 5000 }, (_, i) => i))
  expect(numbers).toHaveLength(1024)
  expect(histogram!.counts.reduce((sum, count) => sum + count, 0)).toBe(5000)
  expect([histogram!.edges[0], histogram!.edges.at(-1)]).toEqual([0, 4999])
  expect(numbersOf([-Number.MAX_VALUE, 0, Number.MAX_VALUE]).histogram!.counts.filter(Boolean)).toEqual([
    1, 1, 1,
  ])
  expect(numbersOf([0, 5e-324]).histogram).toBeNull()
  expect(numbersOf([3, 3])).toEqual({ numbers: [3, 3], histogram: null })
  expect(numbersOf([NaN, 1])).toEqual({ numbers: [null, 1], histogram: null })
})
