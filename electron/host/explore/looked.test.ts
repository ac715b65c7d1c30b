import { describe, expect, it } from 'vitest'
import type { Column, ColumnRole } from '../../contract/index.ts'
import { principalComponents } from './components.ts'
import fixture from './fixtures/statistics.json' with { type: 'json' }
import { lookAt } from './looked.ts'
import { predictivePower, shuffled, weightedF1 } from './predictive.ts'
import { sampleStride, type Sample, type SampledColumn } from './sample.ts'
import {
  chiSquareTail,
  contingency,
  correlationRatio,
  cramersV,
  mutualInformation,
  pearson,
  quantileCodes,
  ranks,
  spearman,
  uniformity,
} from './statistics.ts'
import { confidentOffDiagonal, suspectLabels } from './suspects.ts'

const columnOf = (name: string, kind: Column['kind'], role: ColumnRole = 'feature'): Column => ({
  name,
  kind,
  role,
})
function numbers(name: string, values: readonly (number | null)[], role: ColumnRole = 'feature') {
  const column = columnOf(name, 'number', role)
  return { column, type: 'numbers', values: Float64Array.from(values, (value) => value ?? NaN) } as const
}
function categories(name: string, values: readonly (string | null)[], role: ColumnRole = 'feature') {
  const labels = [...new Set(values.filter((value) => value !== null))]
  const codes = Int32Array.from(values, (value) => (value === null ? -1 : labels.indexOf(value)))
  return { column: columnOf(name, 'category', role), type: 'categories', codes, labels } as const
}
function sampleOf(...columns: SampledColumn[]): Sample {
  const [first] = columns
  const count = first!.type === 'numbers' ? first!.values.length : first!.codes.length
  return { rows: Int32Array.from({ length: count }, (_, i) => i), of: count, columns, left: 0 }
}

/** The same every time, and as uneven as chance. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
function normal(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

describe('statistics are those of pandas, SciPy and scikit-learn', () => {
  const { table } = fixture
  const of = (name: 'x' | 'y' | 'z') => numbers(name, table[name]).values
  const color = categories('color', table.color)
  const shape = categories('shape', table.shape)
  const counts = contingency(color.codes, color.labels.length, shape.codes, shape.labels.length)

  it.each(Object.entries(fixture.pearson))('Pearson %s', (pair, r) => {
    const [a, b] = pair.split(' ') as ['x', 'y']
    expect(pearson(of(a), of(b))).toBeCloseTo(r, 12)
  })
  it.each(Object.entries(fixture.spearman))('Spearman %s', (pair, rho) => {
    const [a, b] = pair.split(' ') as ['x', 'y']
    expect(spearman(of(a), of(b))).toBeCloseTo(rho, 12)
  })
  it('of categories', () => {
    expect(cramersV(counts)).toBeCloseTo(fixture.cramersV, 12)
    expect(mutualInformation(counts)).toBeCloseTo(fixture.mutualInformation, 12)
    expect(correlationRatio(color.codes, color.labels.length, of('y'))).toBeCloseTo(
      fixture.correlationRatio,
      12,
    )
    const said = Int32Array.from(table.shape, (label) => color.labels.indexOf(label))
    // scikit-learn counts what is no class of the truth as a class of its own, too.
    const codes = said.map((code) => (code < 0 ? color.labels.length : code))
    expect(weightedF1(color.codes, codes, color.labels.length + 1)).toBeCloseTo(fixture.weightedF1, 12)
  })
  it('tails of χ²', () => {
    for (const [value, freedom, p] of fixture.chiSquareTail)
      expect(chiSquareTail(value!, freedom!)).toBeCloseTo(p!, 10)
    for (const [given, p] of fixture.uniformity)
      expect(uniformity(given as number[])).toBeCloseTo(p as number, 10)
  })
  it('what does not vary has none', () => {
    expect(pearson(Float64Array.of(1, 1, 1), Float64Array.of(1, 2, 3))).toBeNull()
    expect(cramersV(contingency(Int32Array.of(0, 0), 1, Int32Array.of(0, 1), 2))).toBeNull()
  })
  it('ranks share their mean, and quantiles cut evenly', () => {
    expect([...ranks(Float64Array.of(5, 1, 5, 9))]).toEqual([2.5, 1, 2.5, 4])
    const { codes, count } = quantileCodes(
      Float64Array.from({ length: 100 }, (_, i) => i),
      4,
    )
    expect(count).toBe(4)
    expect([0, 24, 25, 99].map((i) => codes[i])).toEqual([0, 0, 1, 3])
    expect(quantileCodes(Float64Array.of(7, 7, NaN)).count).toBe(1)
  })
})

describe('predictive power', () => {
  const random = chance(4)
  const x = Array.from({ length: 400 }, () => random())
  const label = x.map((value) => (value > 0.5 ? 'high' : 'low'))
  const noise = x.map(() => random())
  const target = categories('y', label, 'target')

  it('is 1 for a column that tells the class, and 0 for one that knows nothing', () => {
    const scores = predictivePower(
      [numbers('x', x), numbers('noise', noise), categories('word', label)],
      target,
    )
    expect(scores[0]!.score).toBeGreaterThan(0.97)
    expect(scores[1]!.score).toBeLessThan(0.15)
    expect(scores[2]!.score).toBe(1)
  })
  it('sees what no correlation sees, of numbers', () => {
    const bent = numbers(
      'y',
      x.map((value) => (value - 0.5) ** 2),
      'target',
    )
    const [first] = predictivePower([numbers('x', x)], bent)
    expect(first!.score).toBeGreaterThan(0.95)
  })
})

describe('a look at a sample', () => {
  const random = chance(9)
  const draw = normal(random)
  const parts = Array.from({ length: 300 }, () => [draw() * 5 + 20, draw() * 3 + 9, random()] as const)
  const a = numbers(
    'a',
    parts.map(([first]) => first),
  )
  const b = numbers(
    'b',
    parts.map(([, second]) => second),
  )
  const total = numbers(
    'total',
    parts.map(([first, second, rest]) => first + second + rest / 10),
  )
  const other = numbers(
    'other',
    parts.map(() => draw()),
  )

  it('finds a total, and no part of it', () => {
    const { sums } = lookAt(sampleOf(a, b, total, other))
    expect(sums.map(({ column, terms }) => [column, terms.map((term) => term.column)])).toEqual([
      ['total', ['a', 'b']],
    ])
    expect(lookAt(sampleOf(a, b, other)).sums).toEqual([])
  })

  it('finds a value that stands for “missing”', () => {
    const values = parts.map(([first], i) => (i % 10 === 0 ? -999 : first))
    expect(lookAt(sampleOf(numbers('t', values), b)).sentinels).toMatchObject([
      { column: 't', value: -999, rows: 30 },
    ])
    // A 999 among numbers that go on to it is a number.
    const counted = numbers(
      'n',
      Array.from({ length: 300 }, (_, i) => 700 + i),
    )
    expect(lookAt(sampleOf(counted, b)).sentinels).toEqual([])
  })

  it('finds rows that are nearly the same, and does not count those that are', () => {
    const near = [...parts.map(([first]) => first), ...parts.slice(0, 10).map(([first]) => first + 1e-4)]
    const nearB = [...parts.map(([, second]) => second), ...parts.slice(0, 10).map(([, second]) => second)]
    const third = (a: number, b: number) => Math.sin(a) + b * b
    const nearC = near.map((first, i) => third(first, nearB[i]!))
    const found = lookAt(sampleOf(numbers('a', near), numbers('b', nearB), numbers('c', nearC))).near!
    const made = new Set(Array.from({ length: 10 }, (_, i) => 300 + i))
    expect(found.pairs.flat().filter((row) => made.has(row))).toHaveLength(10)
    expect(found.compared).toBe(310)
    const same = [...parts, ...parts]
    const copies = lookAt(
      sampleOf(
        numbers(
          'a',
          same.map(([first]) => first),
        ),
        numbers(
          'b',
          same.map(([, second]) => second),
        ),
        numbers(
          'c',
          same.map(([first, second]) => third(first, second)),
        ),
      ),
    ).near!
    expect(copies.compared).toBe(300)
    // Many numbers are near to each other by chance.
    expect(lookAt(sampleOf(numbers('a', near), numbers('b', nearB))).near).toBeNull()
  })

  it('finds dates that are read as categories', () => {
    const days = parts.map((_, i) => `${(i % 28) + 1}.${(i % 12) + 1}.2024`)
    const words = parts.map((_, i) => `word ${i % 9}`)
    const shares = lookAt(sampleOf(categories('day', days), categories('word', words))).dates
    expect(shares).toEqual([
      { column: 'day', share: 1 },
      { column: 'word', share: 0 },
    ])
  })

  it('finds what is too even to be chance, and categories that tell each other', () => {
    const even = Array.from({ length: 300 }, (_, i) => i % 12)
    const town = even.map((k) => `town ${k}`)
    const looked = lookAt(sampleOf(numbers('even', even), categories('town', town), other))
    expect(looked.uniform.filter(({ p }) => p > 0.999).map(({ column }) => column)).toEqual(['even', 'town'])
    const land = even.map((k) => `land ${k}`)
    const { associations } = lookAt(sampleOf(categories('town', town), categories('land', land)))
    expect(associations).toEqual([{ a: 'town', b: 'land', value: expect.closeTo(1, 12) as number }])
  })

  it('takes every row of small tables and a bounded part of large ones', () => {
    expect([sampleStride(0, 0), sampleStride(20_000, 20), sampleStride(1_000_000, 20)]).toEqual([1, 1, 50])
    expect(sampleStride(100_000, 300)).toBe(Math.ceil(100_000 / 6666))
  })

  it('shuffles the same way every time, and loses none', () => {
    expect(shuffled(50)).toEqual(shuffled(50))
    expect([...shuffled(50)].sort((i, j) => i - j)).toEqual([...Array(50).keys()])
    expect(shuffled(50)).not.toEqual(shuffled(50, 2))
  })
})

describe('suspect labels', () => {
  /** Three clouds, of which two touch. Every twentieth label is made another one. */
  function clouds(apart: number) {
    const random = chance(77)
    const draw = normal(random)
    const centers = [
      [0, 0, 0],
      [apart, 0, 1],
      [0, apart, -1],
    ] as const
    const truth = Array.from({ length: 600 }, (_, i) => i % 3)
    const points = truth.map((k) => centers[k]!.map((center) => center + draw()))
    const flipped = new Set(truth.flatMap((_, i) => (random() < 0.05 ? [i] : [])))
    const labels = truth.map((k, i) => `k${flipped.has(i) ? (k + 1 + Math.floor(random() * 2)) % 3 : k}`)
    const sample = sampleOf(
      ...[0, 1, 2].map((at) =>
        numbers(
          `x${at}`,
          points.map((point) => point[at]!),
        ),
      ),
      categories('y', labels, 'target'),
    )
    return { sample, flipped }
  }
  const measured = (apart: number) => {
    const { sample, flipped } = clouds(apart)
    const { found } = suspectLabels(sample)!
    const hits = found.filter(({ row }) => flipped.has(row)).length
    return { recall: hits / flipped.size, precision: hits / found.length }
  }

  it('of 5 % that were changed finds nearly all, and few others', () => {
    const { recall, precision } = measured(5)
    expect(recall).toBeGreaterThan(0.95)
    expect(precision).toBeGreaterThan(0.9)
  })
  it('where classes overlap finds most, and knows what it is surest of', () => {
    const { recall, precision } = measured(3)
    expect(recall).toBeGreaterThan(0.8)
    expect(precision).toBeGreaterThan(0.5)
    const { sample, flipped } = clouds(3)
    const first = suspectLabels(sample)!.found.slice(0, 15)
    expect(first.filter(({ row }) => flipped.has(row)).length).toBeGreaterThanOrEqual(13)
  })
  it('says what it takes the row for', () => {
    const { sample, flipped } = clouds(5)
    const { found, compared, accuracy } = suspectLabels(sample)!
    expect(compared).toBe(600)
    expect(accuracy).toBeGreaterThan(0.9)
    for (const { row, likely } of found) if (flipped.has(row)) expect(likely).toBe(`k${row % 3}`)
  })
  it('needs classes, and enough rows', () => {
    expect(suspectLabels(sampleOf(numbers('x', [1, 2]), numbers('y', [1, 2], 'target')))).toBeNull()
    expect(suspectLabels(sampleOf(numbers('x', [1, 2]), categories('y', ['a', 'b'], 'target')))).toBeNull()
  })
  it('is off the diagonal only beyond what a class is usually sure of', () => {
    // The second row of class 0 is surer of class 1 than the row of class 1 is; the third is less sure.
    const p = Float32Array.of(0.9, 0.1, 0.2, 0.8, 0.45, 0.55, 0.3, 0.7)
    const found = confidentOffDiagonal(p, Int32Array.of(0, 0, 0, 1), 2)
    expect(found.map(({ row, likely }) => [row, likely])).toEqual([[1, 1]])
  })
})

describe('principal components', () => {
  it('are those of scikit-learn, up to their sign', async () => {
    const { x, y, z } = fixture.table
    const whole = [...y.keys()].filter((i) => y[i] !== null)
    const of = (values: readonly (number | null)[]) => Float64Array.from(whole, (i) => values[i]!)
    const { explained, ...found } = (await principalComponents([of(x), of(y), of(z)]))!
    // In float32.
    explained.forEach((share, i) => expect(share).toBeCloseTo(fixture.explained[i]!, 6))
    for (const [i, own] of [found.x, found.y].entries()) {
      const theirs = fixture.components[i]!
      const sign = Math.sign(own[0]! * theirs[0]!)
      theirs.forEach((value, row) => expect(sign * own[row]!).toBeCloseTo(value, 4))
    }
  })
  it('of gaps take the mean, and of many columns the two that tell most', async () => {
    const random = (i: number) =>
      Math.sin(i * 12.9898) * 43758.5453 - Math.floor(Math.sin(i * 12.9898) * 43758.5453)
    const base = Float64Array.from({ length: 500 }, (_, i) => random(i) - 0.5)
    const columns = Array.from({ length: 40 }, (_, k) =>
      base.map((value, i) =>
        i % 97 === k ? NaN : (k < 30 ? value : 0) + 0.2 * (random(i + 1000 * k) - 0.5),
      ),
    )
    const { x, explained } = (await principalComponents(columns))!
    expect(Math.abs(pearson(x, base)!)).toBeGreaterThan(0.98)
    expect(explained[0]).toBeGreaterThan(0.6)
    expect(explained[1]).toBeLessThan(0.1)
  })
  it('need two columns that vary', async () => {
    expect(await principalComponents([Float64Array.of(1, 2), Float64Array.of(3, 3)])).toBeNull()
  })
})
