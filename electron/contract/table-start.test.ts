import { expect, test } from 'vitest'
import {
  begin,
  defaultRecipe,
  detected,
  effortOf,
  effortText,
  efforts,
  namesIn,
  parameterRules,
  recipeSchema,
  startingPoints,
  tableStart,
  tasks,
  withEffort,
  withTask,
  withTemplate,
  type Column,
  type Task,
} from './index.ts'

const source = { path: '/d.csv', ...detected, missingValues: [] }
const columns: Column[] = [
  { name: 'x', kind: 'number', role: 'feature' },
  { name: 'y', kind: 'number', role: 'target' },
]

test('every effort gives a valid recipe, by which it is known again', () => {
  for (const rows of [20, 900, 5000, 60_000, 3_000_000])
    for (const effort of namesIn(efforts)) {
      const recipe = defaultRecipe(source, columns, 'regression', rows, effort)
      expect(recipeSchema.parse(recipe)).toEqual(recipe)
      expect(effortOf(recipe, rows)).toBe(effort)
      expect(withEffort(defaultRecipe(source, columns, 'regression', rows, 'quick'), effort, rows)).toEqual(
        recipe,
      )
    }
})

test('no table is seen longer than two cores take half a minute for, in standard effort', () => {
  for (const { name: task } of tasks.members)
    for (const rows of [10_000, 50_000, 499_999]) {
      const { training, model } = tableStart('standard', { rows, task })
      expect(training.epochs).toBeLessThanOrEqual(Math.max(20, 1_000_000 / rows))
      expect(model.template).toMatch(/^(tabm|realmlp)$/)
    }
})

test('of very many rows standard effort starts with one perceptron, which is the first to try, and thorough with several', () => {
  const inputs = [{ name: 'numbers', kind: 'numbers' as const, width: 5 }]
  for (const task of namesIn(tasks))
    for (const rows of [500_000, 1_000_000, 20_000_000]) {
      const { model, training } = tableStart('standard', { rows, task })
      expect(model.template).toBe('mlp')
      expect(training.epochs * rows).toBeLessThanOrEqual(Math.max(10 * rows, 10_000_000))
      expect(tableStart('thorough', { rows, task }).model.template).not.toBe('mlp')
      const points = startingPoints('table', { task, rows: 0.7 * rows, inputs, outputs: 3 })
      expect(points[0]!.template).toBe('mlp')
      const ranks = points.flatMap(({ rank }) => rank ?? [])
      expect(new Set(ranks).size).toBe(ranks.length)
    }
  expect(effortText('standard', { rows: 1_000_000, task: 'binary' })).toMatch(
    /^Effort Standard: one perceptron .* of 1,000,000 rows .* up to 10 times, 1,024 at a time/,
  )
})

test('another task gets what it starts with, unless something was chosen', () => {
  const numbers = defaultRecipe(source, columns, 'regression', 900, 'standard')
  const answers = withTask(numbers, 'binary', 900)
  expect(effortOf(answers, 900)).toBe('standard')
  expect(answers.model).not.toEqual(numbers.model)
  const chosen = { ...numbers, training: { ...numbers.training, epochs: 7 } }
  expect(effortOf(chosen, 900)).toBeNull()
  expect(withTask(chosen, 'binary', 900).training.epochs).toBe(7)
})

test('a network’s own training comes and goes with it, and what was changed by hand stays', () => {
  const begun = defaultRecipe(source, columns, 'regression', 900, 'quick')
  const own = withTemplate(begun, 'realmlp', 900)!
  expect(own.training).toMatchObject({ schedule: { name: 'waves' }, epochs: 256, earlyStopping: null })
  expect(own.training.parameters).toHaveLength(2)
  const changed = { ...own, training: { ...own.training, epochs: 30 } }
  const after = withTemplate(changed, 'mlp', 900)!
  expect(after.training).toMatchObject({ schedule: { name: 'cosine' }, epochs: 30, parameters: [] })
  expect(after.training.optimizer.name).toBe('adamw')
})

test('another network starts with what the rows start with, whatever was tried before', () => {
  const perceptron = tableStart('quick', { rows: 900, task: 'regression' })
  for (const effort of namesIn(efforts)) {
    const begun = defaultRecipe(source, columns, 'regression', 900, effort)
    const tried = withTemplate(withTemplate(begun, 'tabm', 900)!, 'realmlp', 900)!
    for (const recipe of [begun, tried]) {
      const chosen = withTemplate(recipe, 'mlp', 900)!
      expect(chosen.training).toMatchObject(perceptron.training)
      expect(chosen.model).toEqual(perceptron.model)
    }
  }
})

test('rules for parameters go with the network that brought them, and others stay', () => {
  const begun = defaultRecipe(source, columns, 'regression', 900, 'standard')
  expect(begun.model.template).toBe('realmlp')
  const mine = begin(parameterRules, 'freeze', { parameters: ['0'] })
  const rules = begun.training.parameters.map((rule, i) => (i === 0 ? { ...rule, factor: 3 } : rule))
  const changed = { ...begun, training: { ...begun.training, parameters: [...rules, mine] } }
  expect(withTemplate(changed, 'mlp', 900)!.training.parameters).toEqual([mine])
})

test('a few rows more or less change nothing', () => {
  for (const task of ['regression', 'binary'] as const)
    expect(tableStart('standard', { rows: 15_003, task })).toMatchObject({
      training: tableStart('standard', { rows: 15_100, task }).training,
    })
})

test('why says the data’s own figures', () => {
  expect(effortText('standard', { rows: 1338, task: 'binary' })).toMatch(
    /^Effort Standard: 16 perceptrons .* 1,338 rows are seen up to 150 times, 32 at a time/,
  )
  expect(effortText('thorough', { rows: 60_000, task: 'regression' })).toMatch(
    /^Effort Thorough: 4 networks /,
  )
})

test('an epoch has several steps, of however few rows', () => {
  for (const effort of ['standard', 'thorough'] as const)
    for (const task of ['binary', 'classification', 'regression'] as const)
      for (const rows of [40, 100, 178, 263, 900])
        expect(tableStart(effort, { rows, task }).training.batchSize).toBeLessThan(0.7 * rows)
})

test('what is said by a network that is to be good is calibrated, or held within what training saw', () => {
  const outputsOf = (effort: 'quick' | 'standard' | 'thorough', task: Task) => {
    const { calibration, range } = tableStart(effort, { rows: 900, task }).training
    return [calibration, range]
  }
  expect(outputsOf('quick', 'binary')).toEqual(['none', 'free'])
  expect(outputsOf('standard', 'binary')).toEqual(['temperature', 'free'])
  expect(outputsOf('thorough', 'ordinal')).toEqual(['temperature', 'free'])
  expect(outputsOf('standard', 'multilabel')).toEqual(['none', 'free'])
  expect(outputsOf('standard', 'regression')).toEqual(['none', 'seen'])
})

test('what was chosen of outputs stays where another task has such outputs, and is refused where not', () => {
  const numbers = withEffort(defaultRecipe(source, columns, 'regression', 900), 'standard', 900)
  const own = { ...numbers, training: { ...numbers.training, epochs: 7 } }
  expect(withTask(own, 'binary', 900).training).toMatchObject({
    calibration: 'none',
    range: 'free',
    epochs: 7,
  })
  for (const training of [{ calibration: 'temperature' as const }, { range: 'seen' as const }]) {
    const task = 'range' in training ? 'binary' : 'regression'
    const written = defaultRecipe(source, columns, task, 900, 'quick')
    const refused = recipeSchema.safeParse({ ...written, training: { ...written.training, ...training } })
    expect(refused.error?.issues[0]?.message).toMatch(/^The task “(Numbers|Two classes)” /)
  }
  // As versions wrote it that knew neither.
  const { calibration: _, range: __, ...before } = numbers.training
  expect(recipeSchema.parse({ ...numbers, training: before }).training).toMatchObject({
    calibration: 'none',
    range: 'free',
  })
})

test('classes and few numbers get many members, more numbers smooth layers, and the first to try is the same', () => {
  const of = (task: Task, rows: number) => tableStart('standard', { rows, task }).model.template
  for (const rows of [100, 900, 20_000])
    for (const task of ['binary', 'classification', 'ordinal', 'multilabel'] as const)
      expect(of(task, rows)).toBe('tabm')
  expect([300, 500, 20_000].map((rows) => of('regression', rows))).toEqual(['tabm', 'realmlp', 'realmlp'])
  for (const task of namesIn(tasks))
    for (const rows of [300, 600, 20_000]) {
      const inputs = [{ name: 'numbers', kind: 'numbers' as const, width: 5 }]
      const [first] = startingPoints('table', { task, rows: Math.floor(0.7 * rows), inputs, outputs: 3 })
      expect(first!.template, `${task} ${rows}`).toBe(of(task, rows))
    }
})
