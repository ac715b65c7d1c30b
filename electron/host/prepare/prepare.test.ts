import { describe, expect, it } from 'vitest'
import {
  defaultRecipe,
  type Column,
  type Prepare,
  type TableRecipe,
  type Task,
} from '../../contract/index.ts'
import type { CategoryColumn, Frame, NumberColumn } from '../datasets/frame.ts'
import { randomSource } from './random.ts'
import { fitPreparation } from './fit.ts'
import { preparationSchema } from './preparation.ts'
import { prepareData } from './prepare-data.ts'
import { summarise } from './summary.ts'
import { transform } from './transform.ts'

const numbers = (name: string, values: (number | null)[]): NumberColumn => ({
  kind: 'number',
  name,
  values: Float64Array.from(values, (value) => value ?? NaN),
})
function categories(name: string, values: (string | null)[]): CategoryColumn {
  const known = [...new Set(values.filter((value) => value !== null))]
  return {
    kind: 'category',
    name,
    codes: Int32Array.from(values, (value) => (value === null ? -1 : known.indexOf(value))),
    categories: known,
  }
}
const frameOf = (...columns: (NumberColumn | CategoryColumn)[]): Frame => {
  const [first] = columns
  return { rows: first!.kind === 'number' ? first!.values.length : first!.codes.length, columns }
}
function recipeFor(frame: Frame, task: Task, prepare: Partial<Prepare> = {}): TableRecipe {
  const columns = frame.columns.map(({ name, kind }, i): Column => ({
    name,
    kind,
    role: i === frame.columns.length - 1 ? 'target' : 'feature',
  }))
  const recipe = defaultRecipe(
    { path: '/x.csv', delimiter: null, header: null, missingValues: [] },
    columns,
    task,
    frame.rows,
  )
  return { ...recipe, prepare: { ...recipe.prepare, ...prepare } }
}
const all = (frame: Frame) => Int32Array.from({ length: frame.rows }, (_, row) => row)
const matrix = ({ features, featureCount, rows }: ReturnType<typeof transform>) =>
  Array.from({ length: rows }, (_, row) => [
    ...features.subarray(row * featureCount, (row + 1) * featureCount),
  ])

const y4 = categories('y', ['a', 'b', 'a', 'b'])

describe('numbers', () => {
  const frame = frameOf(numbers('x', [2, 4, 6, 8]), y4)
  it.each([
    ['none', [2, 4, 6, 8]],
    ['standard', [-3, -1, 1, 3].map((v) => v / Math.sqrt(5))],
    ['minmax', [0, 1 / 3, 2 / 3, 1]],
    ['robust', [-1, -1 / 3, 1 / 3, 1]],
  ] as const)('are scaled: %s', (scale, expected) => {
    const fitted = fitPreparation(frame, recipeFor(frame, 'classification', { scale }), all(frame))
    transform(frame, fitted).features.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6))
  })

  it('are filled in, with an indicator', () => {
    const gaps = frameOf(numbers('x', [1, null, 3, 8]), y4)
    const impute = { number: 'mean', category: 'missing', indicators: true } as const
    const fitted = fitPreparation(
      gaps,
      recipeFor(gaps, 'classification', { scale: 'none', impute }),
      all(gaps),
    )
    expect(fitted.featureNames).toEqual(['x', 'x is missing'])
    const result = transform(gaps, fitted)
    expect(matrix(result)).toEqual([
      [1, 0],
      [4, 1],
      [3, 0],
      [8, 0],
    ])
    expect(result.notes).toEqual(['x: 1 row without a value were given 4.'])
  })

  it('are fitted on the training rows alone', () => {
    const shifted = frameOf(numbers('x', [2, 4, 6, 1e9]), y4)
    const rows = Int32Array.of(0, 1, 2)
    const { columns } = fitPreparation(shifted, recipeFor(shifted, 'classification'), rows)
    expect(columns[0]).toMatchObject({ impute: 4, center: 4 })
  })

  it('stay finite whatever the data', () => {
    const wild = frameOf(
      numbers('x', [1e300, -1e300, 1e308, null]),
      numbers('same', [5, 5, 5, 5]),
      numbers('none', [null, null, null, null]),
      y4,
    )
    for (const scale of ['none', 'standard', 'minmax', 'robust'] as const) {
      const fitted = fitPreparation(wild, recipeFor(wild, 'classification', { scale }), all(wild))
      expect(transform(wild, fitted).features.every(Number.isFinite)).toBe(true)
      expect(preparationSchema.parse(JSON.parse(JSON.stringify(fitted)))).toEqual(fitted)
    }
  })
})

describe('categories', () => {
  const frame = frameOf(categories('c', ['red', 'blue', null, 'red']), y4)

  it('become one feature each, absence too', () => {
    const fitted = fitPreparation(frame, recipeFor(frame, 'classification'), all(frame))
    expect(fitted.featureNames).toEqual(['c = red', 'c = blue', 'c is missing'])
    expect(matrix(transform(frame, fitted))).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ])
  })

  it('are read as the most frequent where missing', () => {
    const impute = { number: 'mean', category: 'mode', indicators: true } as const
    const fitted = fitPreparation(frame, recipeFor(frame, 'classification', { impute }), all(frame))
    expect(matrix(transform(frame, fitted))[2]).toEqual([1, 0])
  })

  it('are all zeros and counted when never seen', () => {
    const fitted = fitPreparation(frame, recipeFor(frame, 'classification'), all(frame))
    const result = transform(frameOf(categories('c', ['green', 'blue'])), fitted)
    expect(matrix(result)).toEqual([
      [0, 0, 0],
      [0, 1, 0],
    ])
    expect(result.target).toBeNull()
    expect(result.notes[0]).toMatch(/^c: 1 row with categories that were not in the training data/)
  })

  it('share one feature beyond the limit, also when unseen', () => {
    const many = frameOf(
      categories('c', ['a', 'a', 'b', 'b', 'c', 'd']),
      categories('y', ['p', 'q', 'p', 'q', 'p', 'q']),
    )
    const fitted = fitPreparation(
      many,
      recipeFor(many, 'classification', { encode: { maxCategories: 2 } }),
      all(many),
    )
    expect(fitted.featureNames).toEqual(['c = a', 'c = b', 'c = (other)'])
    expect(matrix(transform(frameOf(categories('c', ['d', 'new'])), fitted))).toEqual([
      [0, 0, 1],
      [0, 0, 1],
    ])
  })
})

describe('targets', () => {
  it('are class indices, numbers in numeric order', () => {
    const frame = frameOf(numbers('x', [1, 2, 3]), categories('y', ['10', '2', null]))
    const fitted = fitPreparation(frame, recipeFor(frame, 'classification'), Int32Array.of(0, 1))
    expect(fitted.target).toEqual({ kind: 'classes', name: 'y', classes: ['2', '10'] })
    expect(transform(frame, fitted).target).toEqual(Int32Array.of(1, 0, -1))
  })

  it('are scaled numbers', () => {
    const frame = frameOf(numbers('x', [1, 2, 3, 4]), numbers('y', [10, 20, 30, null]))
    const fitted = fitPreparation(frame, recipeFor(frame, 'regression'), Int32Array.of(0, 1, 2))
    const target = [...transform(frame, fitted).target!]
    expect(target[0]).toBeCloseTo(-Math.sqrt(1.5), 6)
    expect(target[3]).toBeNaN()
  })

  it('weigh classes by inverse frequency', () => {
    const frame = frameOf(numbers('x', [1, 2, 3, 4]), categories('y', ['n', 'n', 'n', 'p']))
    const { classWeights } = fitPreparation(
      frame,
      recipeFor(frame, 'classification', { imbalance: 'classWeights' }),
      all(frame),
    )
    expect(classWeights).toEqual([4 / 6, 2])
  })

  it.each([
    [
      'one class',
      frameOf(numbers('x', [1, 2, 3]), categories('y', ['a', 'a', 'a'])),
      'classification',
      'one class only (a)',
    ],
    [
      'a constant',
      frameOf(numbers('x', [1, 2, 3]), numbers('y', [7, 7, 7])),
      'regression',
      'the same value (7)',
    ],
    [
      'numbers as classes',
      frameOf(numbers('x', [1, 2, 3]), numbers('y', [1, 2, 3])),
      'classification',
      'read as numbers',
    ],
    [
      'classes as numbers',
      frameOf(numbers('x', [1, 2, 3]), categories('y', ['1', '2', '3'])),
      'regression',
      'read as categories',
    ],
  ] as const)('are refused: %s', (_, frame, task, message) => {
    expect(() => fitPreparation(frame, recipeFor(frame, task), all(frame))).toThrow(message)
  })
})

describe('transform', () => {
  it('finds columns by name, in any order, and lists those that are missing', () => {
    const frame = frameOf(numbers('a', [1, 2, 3, 4]), numbers('b', [5, 6, 7, 9]), y4)
    const fitted = fitPreparation(frame, recipeFor(frame, 'classification'), all(frame))
    const [a, b] = frame.columns
    expect(transform({ rows: 4, columns: [b!, numbers('more', [0, 0, 0, 0]), a!] }, fitted).features).toEqual(
      transform(frame, fitted).features,
    )
    expect(() => transform(frameOf(numbers('z', [1])), fitted)).toThrow(
      'lacks 2 columns that the model needs: a, b.',
    )
  })
})

describe('prepareData', () => {
  const random = randomSource(1)
  const rows = 200
  const x = Array.from({ length: rows }, () => random())
  const frame = frameOf(
    numbers(
      'x',
      x.map((value, i) => (i % 9 === 0 ? null : value)),
    ),
    categories(
      'c',
      x.map((value) => (value > 0.5 ? 'high' : 'low')),
    ),
    categories(
      'y',
      x.map((value, i) => (i < 5 ? null : value > 0.7 ? 'yes' : 'no')),
    ),
  )

  it('is the same every time, to the bit', () => {
    const recipe = recipeFor(frame, 'classification')
    expect(prepareData(frame, recipe)).toEqual(prepareData(frame, recipe))
  })

  it('is summed up for people', () => {
    const recipe = recipeFor(frame, 'classification')
    const prepared = prepareData(frame, recipe)
    const summary = summarise(frame, prepared, recipe)
    expect(summary.dropped).toBe(5)
    expect(Object.values(summary.splits).reduce((a, b) => a + b)).toBe(195)
    expect(summary.classCounts!.train.reduce((a, b) => a + b)).toBe(summary.splits.train)
    expect(summary.features.map(({ name }) => name)).toEqual(prepared.preparation.featureNames)
    expect(summary.features[0]!.transform).toMatch(/^\(x − 0\.\d+\) \/ 0\.\d+, missing read as 0\.\d+$/)
    const counted = ({ counts }: { counts: number[] }) => counts.reduce((a, b) => a + b)
    expect(counted(summary.after[0]!.histogram)).toBe(summary.splits.train)
    expect(counted(summary.before[0]!.histogram)).toBeLessThan(summary.splits.train)
    expect(summary.warnings.map(({ message }) => message)).toEqual([
      '5 rows have no target and are left out.',
    ])
  })
})
