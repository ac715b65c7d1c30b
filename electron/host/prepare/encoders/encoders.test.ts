import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { CategoryColumn, NumberColumn } from '../../datasets/frame.ts'
import { randomSource } from '../random.ts'
import { bagOfWords } from './bag-of-words.ts'
import { hashing, placeOfCategory } from './hashing.ts'
import { murmur3 } from './murmur3.ts'
import { ordinal } from './ordinal.ts'
import { periodic } from './periodic.ts'
import { piecewise } from './piecewise.ts'
import { targetMeans } from './target-means.ts'

const column = (values: readonly (string | null)[]): CategoryColumn => {
  const categories = [...new Set(values.filter((value) => value !== null))]
  return {
    kind: 'category',
    name: 'c',
    categories,
    codes: Int32Array.from(values, (value) => (value === null ? -1 : categories.indexOf(value))),
  }
}
const numbers = (values: readonly number[]): NumberColumn => ({
  kind: 'number',
  name: 'x',
  values: Float64Array.from(values),
})
const all = (length: number) => Int32Array.from({ length }, (_, row) => row)
const none = { targets: [] }
const placeOf = (rows: number, width: number) => ({
  data: new Float32Array(rows * width),
  stride: width,
  offset: 0,
})

describe('places in an order', () => {
  test('numbers in words stand by their size, and what is unknown in the middle', () => {
    const state = ordinal.fit(
      column(['10 rooms', '2 rooms', '1 room', null]),
      all(4),
      { order: 'sorted', missing: true },
      none,
    )
    expect(state).toEqual({ categories: ['1 room', '2 rooms', '10 rooms'], missing: true })
    const place = placeOf(4, 2)
    const notes = ordinal.write(column(['2 rooms', '10 rooms', 'palace', null]), state, place)
    expect([...place.data]).toEqual([0.5, 0, 1, 0, 0.5, 0, 0.5, 1])
    expect(notes).toEqual([
      'c: 1 row with categories that were not in the training data stand in the middle.',
    ])
  })
  test.each([
    [
      ['grade-1', 'grade-10', 'grade-2'],
      ['grade-1', 'grade-2', 'grade-10'],
    ],
    [
      ['-5', '3', '-10'],
      ['-10', '-5', '3'],
    ],
    [
      ['10-19', '0-9', '100-109'],
      ['0-9', '10-19', '100-109'],
    ],
    [
      ['10,000', '900', '1,000'],
      ['900', '1,000', '10,000'],
    ],
    [
      ['b2', 'a10', 'az'],
      ['a10', 'az', 'b2'],
    ],
  ])('%j are in the order %j', (values, wanted) => {
    const options = { order: 'sorted', missing: false } as const
    expect(ordinal.fit(column(values), all(3), options, none).categories).toEqual(wanted)
  })
  test('by frequency the rarest is first', () => {
    const values = column(['a', 'b', 'b', 'c', 'c', 'c'])
    expect(ordinal.fit(values, all(6), { order: 'frequency', missing: true }, none).categories).toEqual([
      'a',
      'b',
      'c',
    ])
  })
})

describe('piecewise linear', () => {
  test('bins hold equally many values, and the outer ones go on', () => {
    const state = piecewise.fit(numbers([0, 1, 2, 3, 4, 10]), all(6), { bins: 2 }, none)
    expect(state).toEqual({ edges: [0, 2.5, 10], indicator: false })
    const place = placeOf(5, 2)
    piecewise.write(numbers([0, 1.25, 2.5, 10, -2.5]), state, place)
    expect([...place.data]).toEqual([0, 0, 0.5, 0, 1, 0, 1, 1, -1, 0])
  })
  test('a constant column gives a feature that says nothing, and gaps are refused', () => {
    const state = piecewise.fit(numbers([3, 3, 3]), all(3), { bins: 8 }, none)
    const place = placeOf(3, 1)
    piecewise.write(numbers([3, 4, 2]), state, place)
    expect([...place.data]).toEqual([0, 0, 0])
    expect(() => piecewise.fit(numbers([1, NaN]), all(2), { bins: 8 }, none)).toThrow(/Add the step “impute”/)
  })
})

describe('means of the target', () => {
  const values = column(['a', 'a', 'a', 'b', 'b', null])
  const target = Float32Array.of(1, 1, 0, 0, 1, 1)
  test('rare categories are drawn to the mean of all, by so many rows', () => {
    const { categories, means } = targetMeans.fit(
      values,
      all(6),
      { folds: 5, smooth: 2 },
      { targets: [target] },
    )
    expect(categories).toEqual(['', 'a', 'b'])
    const mean = 4 / 6
    const wanted = [(1 + 2 * mean) / 3, (2 + 2 * mean) / 5, (1 + 2 * mean) / 4, mean]
    means[0]!.forEach((one, i) => expect(one).toBe(Math.fround(wanted[i]!)))
  })
  test('by the spread of its targets, as scikit-learn does it', () => {
    const { means } = targetMeans.fit(values, all(6), { folds: 5, smooth: 0 }, { targets: [target] })
    const variance = 2 / 9
    // “a”: three rows, two of them 1: squares around their mean 2/3.
    const trust = (variance * 3) / (variance * 3 + 2 / 3 / 3)
    expect(means[0]![1]).toBe(Math.fround((trust * 2) / 3 + (1 - trust) * (4 / 6)))
    // One row alone agrees with itself.
    expect(means[0]![0]).toBe(1)
  })
  test('no training row knows its own target', () => {
    const random = randomSource(4)
    const rows = 400
    const codes = Array.from({ length: rows }, () => `k${Math.floor(150 * random())}`)
    const noise = Float32Array.from({ length: rows }, () => random() - 0.5)
    const c = column(codes)
    const options = { folds: 5, smooth: 0 }
    const state = targetMeans.fit(c, all(rows), options, { targets: [noise] })
    const [naive, fair] = [placeOf(rows, 1), placeOf(rows, 1)]
    targetMeans.write(c, state, naive)
    targetMeans.crossFit!(c, all(rows), options, { targets: [noise] }, fair)
    const correlation = (of: ArrayLike<number>): number => {
      const mean = (list: ArrayLike<number>) => Array.from(list).reduce((sum, one) => sum + one, 0) / rows
      const [mx, my] = [mean(of), mean(noise)]
      let [xy, xx, yy] = [0, 0, 0]
      for (let i = 0; i < rows; i++) {
        xy += (of[i]! - mx) * (noise[i]! - my)
        xx += (of[i]! - mx) ** 2
        yy += (noise[i]! - my) ** 2
      }
      return xy / Math.sqrt(xx * yy)
    }
    expect(correlation(naive.data as Float32Array)).toBeGreaterThan(0.3)
    expect(Math.abs(correlation(fair.data as Float32Array))).toBeLessThan(0.15)
    const changed = noise.slice()
    changed[7] = 1e6
    const again = placeOf(rows, 1)
    targetMeans.crossFit!(c, all(rows), options, { targets: [changed] }, again)
    expect((again.data as Float32Array)[7]).toBe((fair.data as Float32Array)[7])
  })
})

describe('weighted words', () => {
  const lines = ['the cat sat', 'the dog', 'the cat the cat', 'a bird', '']
  const texts = { kind: 'text' as const, name: 't', values: lines }
  const options = { tokenizer: 'basicEnglish', maxWords: 3, minTexts: 1, maxTokens: 50 } as const
  const made = (weighting: 'tfidf' | 'counts' | 'presence') => {
    const state = bagOfWords.fit(texts, all(5), { ...options, weighting }, none)
    const place = placeOf(5, 3)
    bagOfWords.write(texts, state, place)
    return { state, rows: lines.map((_, row) => [...place.data.subarray(3 * row, 3 * row + 3)]) }
  }
  test('are counted, most frequent first', () => {
    expect(made('counts').state.words).toEqual(['the', 'cat', 'a'])
    expect(made('counts').rows).toEqual([
      [1, 1, 0],
      [1, 0, 0],
      [2, 2, 0],
      [0, 0, 1],
      [0, 0, 0],
    ])
    expect(made('presence').rows[2]).toEqual([1, 1, 0])
  })
  test('weigh what scikit-learn’s TfidfVectorizer has', () => {
    // TfidfVectorizer(vocabulary=["the", "cat", "a"], token_pattern=r"\\w+").fit_transform(lines)
    const { state, rows } = made('tfidf')
    expect(state.idf.map((value) => Number(value.toFixed(6)))).toEqual([1.405465, 1.693147, 2.098612])
    const wanted = [
      [0.638711, 0.769447, 0],
      [1, 0, 0],
      [0.638711, 0.769447, 0],
      [0, 0, 1],
      [0, 0, 0],
    ]
    rows.forEach((row, i) => row.forEach((value, k) => expect(value).toBeCloseTo(wanted[i]![k]!, 5)))
  })
})

test('one training row alone has the mean of the target', () => {
  const place = placeOf(1, 1)
  targetMeans.crossFit!(
    column(['a']),
    all(1),
    { folds: 5, smooth: 0 },
    { targets: [Float32Array.of(3)] },
    place,
  )
  expect([...place.data]).toEqual([3])
})

describe('hashed', () => {
  const { words, places } = JSON.parse(
    readFileSync(new URL('../fixtures/hashing.json', import.meta.url), 'utf8'),
  ) as { words: string[]; places: Record<string, [at: number, sign: number][]> }
  test.each(Object.entries(places))('into %s features, as scikit-learn does it', (width, wanted) => {
    expect(words.map((word) => placeOfCategory(word, Number(width)))).toEqual(
      wanted.map(([at, sign]) => ({ at, sign })),
    )
  })
  test('the hash is that of its reference', () => {
    const of = (text: string, seed: number) => murmur3(new TextEncoder().encode(text), seed)
    // https://github.com/aappleby/smhasher, verified by others' tables of test vectors
    expect(of('', 0)).toBe(0)
    expect(of('', 1)).toBe(0x514e28b7)
    expect(of('Hello, world!', 0x9747b28c)).toBe(0x24884cba)
    expect(of('The quick brown fox jumps over the lazy dog', 0x9747b28c)).toBe(0x2fa826cd)
  })
  test('categories that no training row has are told apart, and what is missing is nothing', () => {
    const state = hashing.fit(column(['a']), all(1), { features: 32 }, none)
    const place = placeOf(4, 32)
    expect(hashing.write(column(['Bern', null, 'Zürich', 'Bern']), state, place)).toEqual([])
    const rows = [0, 1, 2, 3].map((row) => [...place.data.subarray(row * 32, (row + 1) * 32)])
    expect(rows.map((row) => row.filter((one) => one !== 0).length)).toEqual([1, 0, 1, 1])
    expect(rows[0]).toEqual(rows[3])
    expect(rows[0]).not.toEqual(rows[2])
  })
})

describe('waves', () => {
  test('each frequency gives a cosine and a sine, beside the number itself', () => {
    const options = { frequencies: 3, sigma: 0.5, seed: 4 }
    const state = periodic.fit(numbers([0, 1]), all(2), options, none)
    expect(periodic.fit(numbers([5, 9]), all(2), options, none)).toEqual(state)
    expect(periodic.fit(numbers([0, 1]), all(2), { ...options, seed: 5 }, none)).not.toEqual(state)
    const place = placeOf(2, 7)
    periodic.write(numbers([0, 0.75]), state, place)
    const [zero, later] = [place.data.subarray(0, 7), place.data.subarray(7)]
    expect([...zero]).toEqual([0, 1, 1, 1, 0, 0, 0])
    expect(later[0]).toBe(0.75)
    state.frequencies.forEach((frequency, i) => {
      expect(later[1 + i]).toBeCloseTo(Math.cos(0.75 * frequency), 6)
      expect(later[4 + i]).toBeCloseTo(Math.sin(0.75 * frequency), 6)
    })
    expect(periodic.features('x', { formula: 'x', notes: [] }, state)).toHaveLength(7)
  })
  test('frequencies spread as they are asked to', () => {
    const state = periodic.fit(numbers([0]), all(1), { frequencies: 128, sigma: 2, seed: 0 }, none)
    const mean = state.frequencies.reduce((sum, one) => sum + (one / (2 * Math.PI)) ** 2, 0) / 128
    expect(Math.sqrt(mean)).toBeGreaterThan(1.6)
    expect(Math.sqrt(mean)).toBeLessThan(2.4)
  })
  test('gaps are refused', () => {
    expect(() =>
      periodic.fit(numbers([1, NaN]), all(2), { frequencies: 1, sigma: 1, seed: 0 }, none),
    ).toThrow(/Add the step “impute”/)
  })
})
