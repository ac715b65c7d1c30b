import { describe, expect, it } from 'vitest'
import {
  detected,
  begin,
  defaultGroups,
  defaultRecipe,
  defaultTarget,
  encoders,
  imbalanceRemedies,
  preparationSteps,
  type Column,
  type Group,
  type PreparationStepName,
  type Recipe,
  type Task,
} from '../../contract/index.ts'
import type { CategoryColumn, Frame, FrameColumn, NumberColumn } from '../datasets/frame.ts'
import { functionsOfTask } from '../tasks/index.ts'
import { encode, encodeTarget } from './encode.ts'
import { fitPreparation } from './fit.ts'
import { featuresOfColumn, inputsOf, preparationSchema, type Preparation } from './preparation.ts'
import { prepareData } from './prepare-data.ts'
import { randomSource } from './random.ts'

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
const frameOf = (...columns: FrameColumn[]): Frame => {
  const [first] = columns
  const rows =
    first?.kind === 'category' ? first.codes : first?.kind === 'image' ? first.pixels : first!.values
  return { rows: rows.length, columns }
}
/** The last column is the target; `changes` are of the groups by their names. */
function recipeFor(frame: Frame, task: Task, changes: Record<string, Partial<Group>> = {}): Recipe {
  const columns = frame.columns.map(({ name, kind }, i): Column => ({
    name,
    kind,
    role: i === frame.columns.length - 1 ? 'target' : 'feature',
  }))
  const recipe = defaultRecipe({ path: '/x.csv', ...detected, missingValues: [] }, columns, task, frame.rows)
  return { ...recipe, prepare: recipe.prepare.map((group) => ({ ...group, ...changes[group.name] })) }
}
const step = (name: string, given: object = {}) =>
  begin(preparationSteps, name as PreparationStepName, given) as Group['steps'][number]
const all = (frame: Frame) => Int32Array.from({ length: frame.rows }, (_, row) => row)
const fitted = (frame: Frame, recipe: Recipe, rows = all(frame)) => fitPreparation(frame, recipe, rows)
const featureNames = ({ columns }: Preparation) => columns.flatMap(featuresOfColumn).map(({ name }) => name)
const numbersOf = (frame: Frame, preparation: Preparation) => encode(frame, preparation).inputs.numbers!
const matrix = (frame: Frame, preparation: Preparation) => {
  const values = numbersOf(frame, preparation)
  const width = values.length / frame.rows
  return Array.from({ length: frame.rows }, (_, row) => [...values.subarray(row * width, (row + 1) * width)])
}

const y4 = categories('y', ['a', 'b', 'a', 'b'])
const scalings = ['standardize', 'minMax', 'robust']

describe('numbers', () => {
  const frame = frameOf(numbers('x', [2, 4, 6, 8]), y4)
  it.each([
    [[], [2, 4, 6, 8]],
    [['standardize'], [-3, -1, 1, 3].map((v) => v / Math.sqrt(5))],
    [['minMax'], [0, 1 / 3, 2 / 3, 1]],
    [['robust'], [-1, -1 / 3, 1 / 3, 1]],
    [['signedLog'], [2, 4, 6, 8].map(Math.log1p)],
    // Order matters: the range of the logarithms, or the logarithms of the range.
    [['signedLog', 'minMax'], [2, 4, 6, 8].map((v) => Math.log((v + 1) / 3) / Math.log(3))],
    [['minMax', 'signedLog'], [0, 1 / 3, 2 / 3, 1].map(Math.log1p)],
  ])('go through their steps in order: %j', (names, expected) => {
    const recipe = recipeFor(frame, 'classification', { number: { steps: names.map((name) => step(name)) } })
    numbersOf(frame, fitted(frame, recipe)).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6))
  })

  it('are held within two quantiles of the training split', () => {
    const steps = [step('clip', { tail: 0.25 })]
    const wide = frameOf(numbers('x', [0, 1, 2, 3, 100]), categories('y', ['a', 'b', 'a', 'b', 'a']))
    const preparation = fitted(wide, recipeFor(wide, 'classification', { number: { steps } }))
    expect([...numbersOf(wide, preparation)]).toEqual([1, 1, 2, 3, 3])
  })

  it('are filled in, with an indicator', () => {
    const gaps = frameOf(numbers('x', [1, null, 3, 8]), y4)
    const steps = [step('impute', { with: 'mean' })]
    const preparation = fitted(gaps, recipeFor(gaps, 'classification', { number: { steps } }))
    expect(featureNames(preparation)).toEqual(['x', 'x is missing'])
    expect(matrix(gaps, preparation)).toEqual([
      [1, 0],
      [4, 1],
      [3, 0],
      [8, 0],
    ])
    expect(encode(gaps, preparation).notes).toEqual(['x: 1 row without a value had one filled in.'])
  })

  it('teach steps only what was there, not what was filled in', () => {
    const gaps = frameOf(numbers('x', [1, null, 3, 8]), y4)
    const steps = [step('impute', { with: 'zero' }), step('standardize')]
    const [column] = fitted(gaps, recipeFor(gaps, 'classification', { number: { steps } })).columns
    expect(column?.steps[1]).toMatchObject({ center: 4 })
  })

  it('with gaps that no step fills in are refused', () => {
    const gaps = frameOf(numbers('x', [1, null, 3, 8]), y4)
    expect(() => fitted(gaps, recipeFor(gaps, 'classification', { number: { steps: [] } }))).toThrow(
      '“x” has no value in 1 row of the training split, and no step fills them in.',
    )
  })

  it('are fitted on the training rows alone', () => {
    const shifted = frameOf(numbers('x', [2, 4, 6, 1e9]), y4)
    const { columns } = fitted(shifted, recipeFor(shifted, 'classification'), Int32Array.of(0, 1, 2))
    expect(columns[0]?.steps).toMatchObject([{ low: 2, high: 6 }, { value: 4 }, { center: 4 }])
    // What no training row shows is as far out as the training rows go.
    const { inputs } = encode(
      shifted,
      fitted(shifted, recipeFor(shifted, 'classification'), Int32Array.of(0, 1, 2)),
    )
    expect(inputs.numbers?.[3]).toBe(inputs.numbers?.[2])
  })

  it('stay finite whatever the data', () => {
    const wild = frameOf(
      numbers('x', [1e300, -1e300, 1e308, null]),
      numbers('same', [5, 5, 5, 5]),
      numbers('none', [null, null, null, null]),
      y4,
    )
    for (const steps of [[], ...scalings.map((name) => [step(name)]), [step('signedLog')], [step('clip')]]) {
      const recipe = recipeFor(wild, 'classification', { number: { steps: [step('impute'), ...steps] } })
      const preparation = fitted(wild, recipe)
      expect(numbersOf(wild, preparation).every(Number.isFinite)).toBe(true)
      expect(preparationSchema.parse(JSON.parse(JSON.stringify(preparation)))).toEqual(preparation)
    }
  })
})

describe('categories', () => {
  const frame = frameOf(categories('c', ['red', 'blue', null, 'red']), y4)

  it('become one feature each, absence too', () => {
    const preparation = fitted(frame, recipeFor(frame, 'classification'))
    expect(featureNames(preparation)).toEqual(['c = red', 'c = blue', 'c is missing'])
    expect(matrix(frame, preparation)).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ])
  })

  it('are read as the most frequent where missing', () => {
    const steps = [step('fillMode')]
    const preparation = fitted(frame, recipeFor(frame, 'classification', { category: { steps } }))
    expect(matrix(frame, preparation)[2]).toEqual([1, 0])
  })

  it('are all zeros and counted when never seen', () => {
    const preparation = fitted(frame, recipeFor(frame, 'classification'))
    const unseen = frameOf(categories('c', ['green', 'blue']))
    expect(matrix(unseen, preparation)).toEqual([
      [0, 0, 0],
      [0, 1, 0],
    ])
    expect(encode(unseen, preparation).notes[0]).toMatch(
      /^c: 1 row with categories that were not in the training data/,
    )
  })

  const many = frameOf(
    categories('c', ['a', 'a', 'b', 'b', 'c', 'd', null]),
    categories('y', ['p', 'q', 'p', 'q', 'p', 'q', 'p']),
  )
  const later = frameOf(categories('c', ['a', 'd', 'new', null]))

  it('share one feature beyond the limit, also when unseen', () => {
    const encoder = begin(encoders, 'oneHot', { maxCategories: 2, missing: false })
    const preparation = fitted(many, recipeFor(many, 'classification', { category: { encoder } }))
    expect(featureNames(preparation)).toEqual(['c = a', 'c = b', 'c = (other)'])
    expect(matrix(later, preparation)).toEqual([
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 1],
      [0, 0, 0],
    ])
  })

  it('are merged where they are rare', () => {
    const steps = [step('mergeRare', { least: 0.2 })]
    const preparation = fitted(many, recipeFor(many, 'classification', { category: { steps } }))
    expect(featureNames(preparation)).toEqual(['c = a', 'c = b', 'c = (rare)', 'c is missing'])
    expect(matrix(later, preparation)).toEqual([
      [1, 0, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ])
  })

  it('are numbers of vectors, one for all that are rare or unknown, and one for missing', () => {
    const encoder = begin(encoders, 'embedding', { minCount: 2 })
    const preparation = fitted(many, recipeFor(many, 'classification', { category: { encoder } }))
    expect(inputsOf(preparation)).toEqual([{ name: 'codes', kind: 'codes', sizes: [4] }])
    expect([...encode(later, preparation).inputs.codes!]).toEqual([2, 0, 0, 1])
  })
})

describe('an example is a record of tensors', () => {
  const frame = frameOf(
    numbers('n', [1, 2, 3, 4]),
    categories('few', ['a', 'b', 'a', 'b']),
    categories('many', ['p', 'q', 'p', 'q']),
    { kind: 'text', name: 'words', values: ['one two', 'two', '', 'one'] },
    numbers('m', [5, 6, 7, 8]),
    y4,
  )
  const recipe = recipeFor(frame, 'classification')
  const apart: Group = {
    ...defaultGroups.category(),
    name: 'embedded',
    columns: ['many'],
    encoder: begin(encoders, 'embedding', { minCount: 1 }),
  }
  const preparation = fitted(frame, { ...recipe, prepare: [apart, ...recipe.prepare] })

  it('numbers and codes side by side, every text by itself', () => {
    expect(inputsOf(preparation).map((input) => ({ ...input }))).toEqual([
      { name: 'numbers', kind: 'numbers', width: 4 },
      { name: 'codes', kind: 'codes', sizes: [4] },
      { name: 'tokens.words', kind: 'tokens', length: 50, vocabulary: 4, padding: 1 },
    ])
    const { inputs } = encode(frame, preparation)
    const { numbers: values, codes, 'tokens.words': words } = inputs
    expect([...values!.subarray(0, 4)].map((v) => Number(v.toFixed(3)))).toEqual([-1.342, 1, 0, -1.342])
    expect([...codes!]).toEqual([2, 3, 2, 3])
    expect([...words!.subarray(0, 4), ...words!.subarray(100, 102)]).toEqual([2, 3, 1, 1, 1, 1])
  })
})

describe('targets', () => {
  it('are class indices, numbers in numeric order', () => {
    const frame = frameOf(numbers('x', [1, 2, 3]), categories('y', ['10', '2', null]))
    const preparation = fitted(frame, recipeFor(frame, 'classification'), Int32Array.of(0, 1))
    expect(preparation.target).toEqual({ kind: 'classes', name: 'y', classes: ['2', '10'] })
    expect(encodeTarget(frame, preparation)).toEqual(Int32Array.of(1, 0, -1))
  })

  it('are scaled numbers', () => {
    const frame = frameOf(numbers('x', [1, 2, 3, 4]), numbers('y', [10, 20, 30, null]))
    const preparation = fitted(frame, recipeFor(frame, 'regression'), Int32Array.of(0, 1, 2))
    const target = encodeTarget(frame, preparation)
    expect(target[0]).toBeCloseTo(-Math.sqrt(1.5), 6)
    expect(target[3]).toBeNaN()
  })

  it('go through steps, and predictions come back in their own unit', () => {
    const frame = frameOf(numbers('x', [1, 2, 3, 4]), numbers('y', [1, 10, -100, 1000]))
    for (const names of [[], ...scalings.map((name) => [name]), ['signedLog', 'standardize']]) {
      const steps = names.map((name) => step(name))
      const preparation = fitted(frame, {
        ...recipeFor(frame, 'regression'),
        target: { ...defaultTarget('regression'), steps },
      })
      const [back] = functionsOfTask('regression').predictions(
        preparation.target,
        encodeTarget(frame, preparation),
      )
      back?.cells.forEach((value, row) => expect(Number(value) / [1, 10, -100, 1000][row]!).toBeCloseTo(1, 5))
      expect(back?.cells.length).toBe(4)
      if (preparation.target.kind === 'numbers')
        expect(preparation.target.columns[0]?.mean).toBeCloseTo(911 / 4, 9)
    }
  })

  it('weigh classes by inverse frequency', () => {
    const frame = frameOf(numbers('x', [1, 2, 3, 4]), categories('y', ['n', 'n', 'n', 'p']))
    const imbalance = begin(imbalanceRemedies, 'classWeights')
    const { classWeights } = fitted(frame, { ...recipeFor(frame, 'classification'), imbalance })
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
    expect(() => fitted(frame, recipeFor(frame, task))).toThrow(message)
  })
})

describe('encode', () => {
  it('finds columns by name, in any order, and lists those that are missing', () => {
    const frame = frameOf(numbers('a', [1, 2, 3, 4]), numbers('b', [5, 6, 7, 9]), y4)
    const preparation = fitted(frame, recipeFor(frame, 'classification'))
    const [a, b] = frame.columns
    const other = { rows: 4, columns: [b!, numbers('more', [0, 0, 0, 0]), a!] }
    expect(numbersOf(other, preparation)).toEqual(numbersOf(frame, preparation))
    expect(() => encode(frameOf(numbers('z', [1])), preparation)).toThrow(
      'lacks 2 columns that the model needs: a, b.',
    )
  })

  it('reads what earlier versions learned, to the same features', () => {
    const written = {
      version: 1,
      kind: 'table',
      task: 'regression',
      columns: [
        { kind: 'number', name: 'x', impute: 3, indicator: true, center: 2, scale: 4 },
        { kind: 'category', name: 'own', categories: ['a', 'b'], missing: 'feature', other: true },
        { kind: 'category', name: 'mode', categories: ['a', 'b'], missing: 1, other: false },
        { kind: 'category', name: 'zeros', categories: ['a'], missing: 'zeros', other: false },
      ],
      target: { kind: 'number', name: 'y', mean: 10, std: 4 },
      featureNames: [],
      classWeights: null,
      trainRows: 9,
    }
    const preparation = preparationSchema.parse(written)
    const gaps = (name: string) => categories(name, ['a', 'new', null])
    const frame = frameOf(numbers('x', [1, 2, null]), gaps('own'), gaps('mode'), gaps('zeros'))
    expect(matrix(frame, preparation)).toEqual([
      [-0.25, 0, 1, 0, 0, 0, 1, 0, 1],
      [0, 0, 0, 0, 1, 0, 0, 0, 0],
      [0.25, 1, 0, 0, 0, 1, 0, 1, 0],
    ])
    expect(featureNames(preparation)).toEqual([
      'x',
      'x is missing',
      'own = a',
      'own = b',
      'own = (other)',
      'own is missing',
      'mode = a',
      'mode = b',
      'zeros = a',
    ])
    expect(functionsOfTask('regression').predictions(preparation.target, [0, -0.5])).toEqual([
      { name: 'prediction', cells: [10, 8] },
    ])
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
    const { summary, checks, ...prepared } = prepareData(frame, recipe)
    const { summary: again, checks: checkAgain, ...repeated } = prepareData(frame, recipe)
    expect(repeated).toEqual(prepared)
    expect(again(recipe)).toEqual(summary(recipe))
    expect(checkAgain(recipe)).toEqual(checks(recipe))
    expect(checks(recipe)).toEqual(summary(recipe).warnings)
  })

  it('is summed up for people', () => {
    const recipe = recipeFor(frame, 'classification')
    const prepared = prepareData(frame, recipe)
    const summary = prepared.summary(recipe)
    expect(summary.dropped).toBe(5)
    expect(Object.values(summary.splits).reduce((a, b) => a + b)).toBe(195)
    expect(summary.classCounts!.train.reduce((a, b) => a + b)).toBe(summary.splits.train)
    expect(summary.features.map(({ name }) => name)).toEqual(featureNames(prepared.preparation))
    expect(summary.features[0]!.transform).toMatch(
      /^\(x − 0\.\d+\) \/ 0\.\d+, held within 0\.\d+ and 0\.\d+, missing read as 0\.\d+$/,
    )
    const counted = ({ counts }: { counts: number[] }) => counts.reduce((a, b) => a + b)
    expect(counted(summary.after[0]!.histogram)).toBe(summary.splits.train)
    expect(counted(summary.before[0]!.histogram)).toBeLessThan(summary.splits.train)
    expect(summary.warnings.map(({ message }) => message)).toEqual([
      '5 rows have no target and are left out.',
    ])
  })
})

it('keeps an order and a yes or no as numbers, whatever the training rows lack', () => {
  const size: CategoryColumn = {
    ...categories('size', ['small', 'large', null, 'huge', 'small', 'large']),
    levels: ['small', 'medium', 'large'],
  }
  const sold: CategoryColumn = {
    ...categories('sold', ['no', 'yes', 'no', 'no', 'yes', 'no']),
    levels: ['no', 'yes'],
  }
  const y = categories('y', ['a', 'b', 'a', 'b', 'a', 'b'])
  const described: Column[] = [
    { name: 'size', kind: 'ordered', role: 'feature', levels: ['small', 'medium', 'large'] },
    { name: 'sold', kind: 'boolean', role: 'feature', levels: ['no', 'yes'] },
    { name: 'y', kind: 'category', role: 'target' },
  ]
  const recipe = defaultRecipe(
    { path: '/x.csv', ...detected, missingValues: [] },
    described,
    'classification',
    6,
  )
  const frame = frameOf(size, sold, y)
  const preparation = fitPreparation(frame, recipe, Int32Array.of(0, 1, 2, 3, 4))
  const { inputs, notes } = encode(frame, preparation)
  const half = 1 / 3
  // Size from medium and from large on, whether it is missing, and sold.
  const expected = [
    [0, 0, 0, 0],
    [1, 1, 0, 1],
    [half, half, 1, 0],
    [half, half, 0, 0],
    [0, 0, 0, 1],
    [1, 1, 0, 0],
  ]
  expected.flat().forEach((value, i) => expect(inputs.numbers![i]).toBeCloseTo(value, 6))
  expect(notes.join()).toContain('size: 1 row with values that are none of its levels')
  expect(preparation.columns.flatMap(featuresOfColumn).map(({ name }) => name)).toEqual([
    'size ≥ medium',
    'size ≥ large',
    'size is missing',
    'sold = yes',
  ])
  expect(
    prepareData(frame, { ...recipe, split: { ...recipe.split, stratify: false } as never }).checks(recipe),
  ).toContainEqual(
    expect.objectContaining({
      message: expect.stringContaining('1 row has a value that is none of its levels (huge)'),
    }),
  )
  expect(() =>
    fitPreparation(
      frameOf(size, categories('sold', ['1', '2', '3', '1', '2', '3']), y),
      recipe,
      Int32Array.of(0, 1),
    ),
  ).toThrow(/"sold" is read as yes\/no, which has 2 values, but it has 3 \(1, 2, 3\)/)
})
