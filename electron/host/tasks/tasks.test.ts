import { describe, expect, test } from 'vitest'
import {
  detected,
  defaultImagesRecipe,
  defaultRecipe,
  defaultTarget,
  tasks,
  type Target,
  type Task,
} from '../../contract/index.ts'
import type { CategoryColumn, NumberColumn } from '../datasets/frame.ts'
import { metricsOf } from '../evaluate/metrics.ts'
import { classesOfTarget, functionsOfTask, namesOfTarget, type FittedTarget } from './index.ts'
import type { TargetColumns } from './task.ts'

const categories = (name: string, values: readonly (string | null)[]): CategoryColumn => {
  const known = [...new Set(values.filter((value) => value !== null))]
  const codes = Int32Array.from(values, (value) => (value === null ? -1 : known.indexOf(value)))
  return { kind: 'category', name, codes, categories: known }
}
const numbers = (name: string, values: readonly (number | null)[]): NumberColumn => ({
  kind: 'number',
  name,
  values: Float64Array.from(values, (value) => value ?? NaN),
})

const source = { path: '/data.csv', ...detected, missingValues: [] }
const recipeFor = (task: Task, target: Partial<Target> = {}) => ({
  ...defaultRecipe(source, [], task, 100, 'quick'),
  target: { ...defaultTarget(task), ...target },
})
const fitted = (task: Task, columns: TargetColumns, target: Partial<Target> = {}): FittedTarget => {
  const rows = columns[0].kind === 'category' ? columns[0].codes : columns[0].values
  return functionsOfTask(task).fit(columns, recipeFor(task, target), Int32Array.from(rows.keys()))
}

const said: TargetColumns = [categories('said', ['yes', 'no', 'no', null, 'no', 'no'])]
const grades: TargetColumns = [categories('grade', ['good', 'fair', 'poor', 'good', 'fair', 'fair'])]

describe('two classes', () => {
  const { units, encode, evidence, predictions, balance, lossWeights, fit } = functionsOfTask('binary')
  const target = fitted('binary', said)

  test('are learned as a number from one output, of the class that is looked for', () => {
    expect(target).toEqual({ kind: 'classes', name: 'said', classes: ['no', 'yes'] })
    expect(units(target)).toBe(1)
    expect(encode(said, target)).toEqual(Float32Array.of(1, 0, 0, NaN, 0, 0))
    expect(fitted('binary', said, { classes: ['yes', 'no'] })).toMatchObject({ classes: ['yes', 'no'] })
  })
  test('have probabilities that add up to 1, however certain', () => {
    const [prediction, no, yes] = predictions(target, [Math.log(3), -800, 0])
    expect(prediction).toEqual({ name: 'prediction', cells: ['yes', 'no', 'no'] })
    expect(yes?.name).toBe('probability_yes')
    yes?.cells.forEach((p, row) => expect(Number(p) + Number(no?.cells[row])).toBeCloseTo(1, 15))
    expect(yes?.cells[0]).toBeCloseTo(0.75, 15)
    const measured = metricsOf('binary', evidence(target, [1, 0, 1], [2, -1, 0.5]))
    expect(measured).toMatchObject({ accuracy: 1, rocAuc: 1, averagePrecision: 1 })
  })
  test('count the same where they are weighted', () => {
    const weights = balance(said, target, Int32Array.of(0, 1, 2, 4, 5))
    expect(weights).toEqual([0.625, 2.5])
    expect(lossWeights(weights!)).toEqual([4])
  })
  test('are two', () => {
    expect(() => fitted('binary', grades)).toThrow(
      'The task “Two classes” is for exactly 2 classes, but "grade" has 3 (fair, good, poor). Choose the task “Several classes” (classification).',
    )
    expect(() => fit([numbers('x', [0, 1])], recipeFor('binary'), Int32Array.of(0, 1))).toThrow(
      'needs categories, but "x" is read as numbers',
    )
  })
})

describe('ordered classes', () => {
  const order = { classes: ['poor', 'fair', 'good'] }
  const target = fitted('ordinal', grades, order)
  const { units, encode, predictions, describe: inWords } = functionsOfTask('ordinal')

  test('have an output for each step between them', () => {
    expect(units(target)).toBe(2)
    expect(encode(grades, target)).toEqual(Int32Array.of(2, 1, 0, 2, 1, 1))
    expect(inWords(target)).toBe('one of 3 classes (poor, fair, good)')
  })
  test('have probabilities that never contradict the order', () => {
    // P(beyond poor) = 1/2, P(beyond fair | beyond poor) = 3/4
    const columns = predictions(target, [0, Math.log(3), 5, 5, -5, 5])
    expect(columns.map(({ name }) => name)).toEqual([
      'prediction',
      'probability_poor',
      'probability_fair',
      'probability_good',
    ])
    columns.slice(1).forEach(({ cells }, k) => expect(cells[0]).toBeCloseTo([0.5, 0.125, 0.375][k]!, 15))
    expect(columns[0]?.cells).toEqual(['poor', 'good', 'poor'])
    for (const row of [0, 1, 2])
      expect(columns.slice(1).reduce((sum, { cells }) => sum + Number(cells[row]), 0)).toBeCloseTo(1, 15)
  })
  test('name every value', () => {
    expect(() => fitted('ordinal', grades, { classes: ['poor', 'good'] })).toThrow(
      '"grade" has 1 value that the order of classes does not name: fair. Add it.',
    )
    expect(() => fitted('ordinal', said)).toThrow('is for at least 3 classes')
  })
})

describe('labels', () => {
  const columns: TargetColumns = [
    categories('rain', ['0', '1', '1', '0']),
    categories('wind', ['calm', 'storm', null, 'calm']),
  ]
  const target = fitted('multilabel', columns)
  const { units, encode, predictions, strata, balance, evaluate } = functionsOfTask('multilabel')

  test('are columns that say yes or no', () => {
    expect(namesOfTarget(target)).toEqual(['rain', 'wind'])
    expect(classesOfTarget(target)).toEqual(['rain', 'wind'])
    expect(units(target)).toBe(2)
    expect(encode(columns, target)).toEqual(Float32Array.of(0, 0, 1, 1, 1, NaN, 0, 0))
    const written = predictions(target, [Math.log(3), -1])
    expect(written.map(({ name }) => name)).toEqual([
      'prediction_rain',
      'prediction_wind',
      'probability_rain',
      'probability_wind',
    ])
    expect(written.map(({ cells }) => cells[0]).slice(0, 2)).toEqual(['1', 'calm'])
    expect(written[2]?.cells[0]).toBeCloseTo(0.75, 15)
  })
  test('are listed in one column', () => {
    const listed: TargetColumns = [categories('tags', ['red; big', 'big', ' ', 'red;round;red', null])]
    const tags = fitted('multilabel', listed, { separator: ';' })
    expect(classesOfTarget(tags)).toEqual(['big', 'red', 'round'])
    expect(encode(listed, tags)).toEqual(Float32Array.of(1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, NaN, NaN, NaN))
    expect(predictions(tags, [1, -1, 1, -1, -1, -1])[0]?.cells).toEqual(['big;round', ''])
    expect(balance(listed, tags, Int32Array.of(0, 1, 3))).toEqual([0.5, 0.5, 2])
  })
  test('say what is wrong with them', () => {
    expect(() => fitted('multilabel', grades)).toThrow('needs two target columns or more, or a separator')
    expect(() => fitted('multilabel', [...columns, ...grades] as unknown as TargetColumns)).toThrow(
      'says yes or no, but "grade" has 3 values (fair, good, poor)',
    )
    expect(() => fitted('multilabel', columns, { separator: ',' })).toThrow('there are 2 target columns')
    expect(() => fitted('multilabel', grades, { separator: ',' })).not.toThrow()
    expect(() => fitted('multilabel', [categories('t', ['a', 'a'])], { separator: ',' })).toThrow(
      'lists one label only (a)',
    )
  })
  test('are shared out by their combinations', () => {
    const many: TargetColumns = [
      categories('a', ['0', '0', '0', '1', '1', '1', '1']),
      categories('b', ['0', '0', '0', '1', '1', '1', '0']),
    ]
    const groups = strata(
      many,
      Int32Array.from({ length: 7 }, (_, i) => i),
    )!
    expect(new Set(groups).size).toBe(3)
    expect(groups[0]).toBe(groups[2])
    expect(groups[3]).toBe(groups[5])
    expect(groups[6]).toBe(0)
  })
  test('are judged one by one, beside always saying how frequent they are', () => {
    const result = evaluate(target, {
      targets: Float32Array.of(1, 0, 1, 1),
      trainTargets: Float32Array.of(1, 0, 1, 0, 1, 0, 0, 1),
      originals: [],
      outputs: [2, -2, 2, -2],
    })
    expect(result.labels).toEqual([
      { label: 'rain', support: 2, predicted: 2, precision: 1, recall: 1, f1: 1 },
      { label: 'wind', support: 1, predicted: 0, precision: 0, recall: 0, f1: 0 },
    ])
    expect(metricsOf('multilabel', result.baseline)['f1Micro']).toBeCloseTo(4 / 5, 15)
  })
})

describe('numbers', () => {
  const columns: TargetColumns = [numbers('x', [1, 2, 3, 4]), numbers('y', [10, null, 30, 40])]
  const train = Int32Array.of(0, 2, 3)
  const { fit, encode, units, predictions, evaluate, strata } = functionsOfTask('regression')
  const target = fit(columns, recipeFor('regression'), train)

  test('are scaled each by itself, and come back in their own units', () => {
    expect(units(target)).toBe(2)
    const encoded = encode(columns, target)
    expect(encoded.length).toBe(8)
    expect(encoded[3]).toBeNaN()
    const back = predictions(target, encoded)
    expect(back.map(({ name }) => name)).toEqual(['prediction_x', 'prediction_y'])
    expect(Number(back[1]?.cells[3])).toBeCloseTo(40, 5)
    expect(strata(columns, train)).toBeNull()
  })
  test('are judged each by itself, and in the mean', () => {
    const result = evaluate(target, {
      targets: new Float32Array(4),
      trainTargets: new Float32Array(0),
      originals: [
        [1, 4],
        [10, 40],
      ],
      outputs: encode(columns, target).filter((_, i) => [0, 1, 6, 7].includes(i)),
    })
    expect(result.regression?.map(({ name }) => name)).toEqual(['x', 'y'])
    expect(result.regression?.[0]?.points).toHaveLength(2)
    expect(metricsOf('regression', result.evidence)['r2']).toBeCloseTo(1, 6)
  })
})

test('every task says what it predicts, and starts with settings that fit it', () => {
  for (const { name, answer } of tasks.members) {
    expect(answer).toMatch(/^\p{Lu}/u)
    expect(defaultTarget(name).steps.length > 0).toBe(name === 'regression')
  }
  expect(defaultImagesRecipe('/pictures', [], false).task).toBe('classification')
})

describe('numbers that are held within what training saw', () => {
  const learn = (values: number[], steps: Target['steps'] = [{ step: 'standardize' }]) => {
    const recipe = recipeFor('regression', { steps })
    const held = { ...recipe, training: { ...recipe.training, range: 'seen' as const } }
    const columns: TargetColumns = [numbers('y', values)]
    return functionsOfTask('regression').fit(columns, held, Int32Array.from(values.keys()))
  }
  const rangeOf = (target: FittedTarget) => (target.kind === 'numbers' ? target.columns[0]!.range : undefined)
  const { predictions, evidence, offBy, within } = functionsOfTask('regression')

  test('have a little room on either side, but not across zero', () => {
    expect(rangeOf(learn([10, 20, 30]))).toEqual({ least: 9, most: 31 })
    expect(rangeOf(learn([0, 100]))).toEqual({ least: 0, most: 105 })
    expect(rangeOf(learn([-100, -1]))).toEqual({ least: expect.closeTo(-104.95), most: 0 })
    expect(rangeOf(learn([-5, 5]))).toEqual({ least: -5.5, most: 5.5 })
    expect(rangeOf(fitted('regression', [numbers('y', [1, 2])]))).toBeUndefined()
  })

  test.each([[[]], [['standardize']], [['signedLog', 'standardize']]])('through the steps %j', (names) => {
    const target = learn([10, 20, 30], names.map((step) => ({ step })) as Target['steps'])
    const [{ cells } = { cells: [] }] = predictions(target, [-1000, 1000, NaN])
    expect(cells.slice(0, 2)).toEqual([expect.closeTo(9), expect.closeTo(31)])
    expect(cells[2]).toBeNaN()
  })

  test('are judged, and promised, as they are held; what is true stays as it is', () => {
    const target = learn([10, 20, 30], [])
    const judged = evidence(target, [50], [1000])
    expect(judged).toEqual({ targets: [{ actual: Float64Array.of(50), predicted: Float64Array.of(31) }] })
    expect(offBy(target, [50], [1000])).toEqual([Float64Array.of(19)])
    expect(within(target, [1000], [2]).map(({ cells }) => cells)).toEqual([[29], [33]])
  })
})
