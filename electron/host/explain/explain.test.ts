/** Explanations sum to what they explain, and find what was planted: a column, a word, a pixel. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { manualSeed, openDevice, setDefaultDevice, type Device } from '../../../engine/index.ts'
import {
  begin,
  defaultGroups,
  defaultRecipe,
  detected,
  explainedSchema,
  encoders,
  explanations,
  formatNumber,
  templates,
  type Column,
  type Encoder,
  type Explanation,
  type Recipe,
  type TableRecipe,
  type Task,
} from '../../contract/index.ts'
import type { Frame, FrameColumn } from '../datasets/frame.ts'
import { buildNetwork } from '../model/build.ts'
import { prepareData, type Prepared } from '../prepare/prepare-data.ts'
import type { Preparation } from '../prepare/preparation.ts'
import { withPrefix, type Tensors } from '../training/checkpoint.ts'
import { networkOf } from '../training/data.ts'
import { toTensorData } from '../training/tensors.ts'
import { slopesOf, valuesAt } from './answers.ts'
import { dependenceOf, explainExample, rowIn, saidOf, type Explainable } from './index.ts'
import { mostAtOnce } from './members.ts'
import { explainable } from './model.ts'
import { gaussLegendre } from './quadrature.ts'
import { shapleyPlan } from './shapley.ts'

let device: Device
beforeAll(async () => {
  device = await openDevice('wasm')
  setDefaultDevice(device)
})
afterAll(() => {
  device.close()
})

const rows = 40
const wave = (row: number, step: number): number => Math.sin(row * step) * 3 + step
const numbers = (name: string, step: number): FrameColumn => ({
  kind: 'number',
  name,
  values: Float64Array.from({ length: rows }, (_, row) => (row % 9 === 4 ? NaN : wave(row, step))),
})
const categories = (name: string, valueOf: (row: number) => string): FrameColumn => {
  const values = Array.from({ length: rows }, (_, row) => valueOf(row))
  const known = [...new Set(values)]
  return {
    kind: 'category',
    name,
    codes: Int32Array.from(values, (value) => known.indexOf(value)),
    categories: known,
  }
}
const words = ['warm', 'wet', 'loud', 'odd', 'the']
const texts: FrameColumn = {
  kind: 'text',
  name: 'note',
  values: Array.from({ length: rows }, (_, row) => `the ${words[row % 5]} day ${words[(3 * row) % 5]}`),
}
const image: FrameColumn = {
  kind: 'image',
  name: 'photo',
  channels: 1,
  height: 6,
  width: 8,
  pixels: Uint8Array.from({ length: rows * 48 }, (_, i) => (i * 7919) % 251),
}

type Planted = (state: Tensors, preparation: Preparation) => void

/** Weights are kept as bytes. */
const floatsOf = ({ data, shape }: Tensors[string]) => ({
  shape,
  data: new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4),
})

/** Prepared, with a network of these weights that nobody has trained. */
async function modelOf(
  features: readonly FrameColumn[],
  task: Task,
  target: FrameColumn,
  model: Recipe['model'],
  plant: Planted = () => undefined,
  category: Encoder | null = null,
): Promise<{ model: Explainable; prepared: Prepared }> {
  const frame: Frame = { rows, columns: [...features, target] }
  const columns: Column[] = [
    ...features.map(({ name, kind }) => ({ name, kind, role: 'feature' as const })),
    { name: target.name, kind: target.kind, role: 'target' },
  ]
  const source = { path: '/data.csv', ...detected, missingValues: [''] }
  const recipe: TableRecipe = {
    ...defaultRecipe(source, columns, task, rows, 'quick'),
    model: model as TableRecipe['model'],
  }
  const groups = features.some(({ kind }) => kind === 'image') ? [defaultGroups.image()] : recipe.prepare
  const prepare = groups.map((group) =>
    category !== null && group.kind === 'category' ? { ...group, encoder: category } : group,
  )
  const prepared = prepareData(frame, { ...recipe, prepare })
  manualSeed(5)
  const state: Record<string, Awaited<ReturnType<typeof toTensorData>>> = {}
  for (const [name, value] of Object.entries(
    buildNetwork(networkOf(recipe, prepared.preparation)).stateDict(),
  ))
    state[name] = await toTensorData(value)
  plant(state, prepared.preparation)
  return { prepared, model: explainable(prepared.preparation, recipe, withPrefix(state, 'model')) }
}
const yesOrNo = categories('y', (row) => (row % 3 === 0 ? 'no' : 'yes'))
const grade = categories('y', (row) => ['poor', 'fair', 'good'][(row * 5) % 3]!)
const mlp = begin(templates, 'mlp', { hidden: [8], batchNorm: false, dropout: 0 })

const explained = async (
  { model, prepared }: Awaited<ReturnType<typeof modelOf>>,
  row: number,
  explanation: Explanation,
  answer: string | null = null,
) => {
  const found = await explainExample(model, rowIn(prepared, { row, sealed: false }), explanation, answer)
  expect(explainedSchema.parse(JSON.parse(JSON.stringify(found)))).toEqual(found)
  return found
}
const total = (parts: readonly number[]): number => parts.reduce((sum, part) => sum + part, 0)
const by = <N extends Explanation['by']>(name: N, given: object = {}) =>
  begin(explanations, name, given as never)

test('a quadrature is exact for polynomials, and its weights sum to one', () => {
  for (const n of [1, 2, 8, 64]) {
    const { at, weights } = gaussLegendre(n)
    const power = Math.min(2 * n - 1, 9)
    expect(weights.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 12)
    expect(at.reduce((sum, x, i) => sum + weights[i]! * x ** power, 0)).toBeCloseTo(1 / (power + 1), 12)
  }
})

test('Shapley values are those of the definition, and of many columns sum to the difference however few orders are drawn', () => {
  // The glove game: one has a left glove, two have a right one.
  const glove = shapleyPlan(3, 1)
  const worth = glove.known.map(([left, ...rights]) => (left === 1 && rights.includes(1) ? 1 : 0))
  const parts = glove.parts(worth)
  for (const [i, part] of [2 / 3, 1 / 6, 1 / 6].entries()) expect(parts[i]).toBeCloseTo(part, 12)
  const many = shapleyPlan(14, 2, 3)
  const answers = many.known.map((set) => set.reduce((sum, one, i) => sum + one * (i + 1), 0) ** 2)
  expect(total([...many.parts(answers)])).toBeCloseTo(105 ** 2, 6)
  // Of few columns no orders are drawn, of which some could be left out.
  expect([glove.orders, many.orders]).toEqual([null, 2])
})

test('slopes of an answer are those of its formula, and take no longer for each class that there is', async () => {
  const { model } = await modelOf([numbers('a', 0.7), numbers('b', 1.3)], 'classification', grade, mlp)
  const outputs = Float32Array.of(0.3, -1, 0.8)
  const p = [0, 1, 2].map((k) => valuesAt(model.preparation, outputs, k)[0]!)
  const slopes = slopesOf(model.preparation, outputs, 1, 1)
  for (const k of [0, 1, 2]) expect(slopes[k]).toBeCloseTo(p[1]! * (Number(k === 1) - p[k]!), 5)
  // As differences have it, of an answer by itself, a row after another, and where a temperature makes it less sure.
  const target = { ...model.preparation.target, temperature: { value: 2 } } as Preparation['target']
  const mild = { ...model.preparation, target }
  const two = Float32Array.of(0.3, -1, 0.8, 2, 1, -0.5)
  const [own, by] = [slopesOf(mild, two, 2, 2), 1e-2]
  two.forEach((_, i) => {
    const at = (sign: number) =>
      valuesAt(
        mild,
        two.map((value, k) => (k === i ? value + sign * by : value)),
        2,
      )[Math.floor(i / 3)]!
    expect(own[i]).toBeCloseTo((at(1) - at(-1)) / (2 * by), 4)
  })
  const classes = Array.from({ length: 2000 }, (_, i) => `c${i}`)
  const wide = { ...model.preparation, target: { kind: 'classes', name: 'y', classes } as const }
  const began = performance.now()
  slopesOf(wide, new Float32Array(4 * 2000), 4, 7)
  expect(performance.now() - began).toBeLessThan(1000)
})

const planted = [
  numbers('a', 0.7),
  numbers('b', 1.3),
  numbers('c', 2.1),
  categories('kind', (row) => ['x', 'y'][row % 2]!),
]
/** Nothing but the numbers of this column reaches the first layer. */
const onlyColumn: Planted = (state, { columns }) => {
  const { data, shape } = floatsOf(Object.values(state)[0]!)
  const width = shape[1]!
  expect(columns[1]!.name).toBe('b')
  // a has its number and a mark for gaps before it, or the number alone.
  const before =
    Number(columns[0]!.steps.some((step) => 'indicator' in step && step['indicator'] === true)) + 1
  for (let i = 0; i < data.length; i++) if (i % width !== before) data[i] = 0
}

test('of a table the parts sum to the difference, and the column that the network sees is found', async () => {
  for (const [task, target] of [
    ['binary', yesOrNo],
    ['classification', grade],
    ['regression', numbers('y', 0.9)],
  ] as const) {
    const whole = await modelOf(planted, task, target, mlp)
    for (const explanation of [by('shapley'), by('integratedGradients', { steps: 256 })]) {
      const { answer, reference, rest, columns, answers } = await explained(whole, 3, explanation)
      const difference = answer.value - reference!
      expect(answers.map(({ name }) => name)).toContain(answer.name)
      expect(Math.abs(difference)).toBeGreaterThan(1e-4)
      expect(total(columns.map(({ part }) => part))).toBeCloseTo(
        difference,
        explanation.by === 'shapley' ? 6 : 3,
      )
      expect(Math.abs(rest!)).toBeLessThan(
        explanation.by === 'shapley' ? 1e-6 : 0.01 * Math.abs(difference) + 1e-5,
      )
    }
    const one = await modelOf(planted, task, target, mlp, onlyColumn)
    for (const explanation of [by('shapley'), by('integratedGradients'), by('occlusion')]) {
      const { columns } = await explained(one, 3, explanation)
      const [found] = columns.filter(({ part }) => Math.abs(part) > 1e-9)
      expect(columns.filter(({ part }) => Math.abs(part) > 1e-9)).toHaveLength(1)
      expect(found!.name).toBe('b')
      expect(found!.told).toBe(formatNumber(wave(3, 1.3)))
    }
  }
})

test('an answer that is named is the one that is explained; what there is not is said', async () => {
  const whole = await modelOf(planted, 'binary', yesOrNo, mlp)
  const [no, yes] = await Promise.all(['no', 'yes'].map((name) => explained(whole, 3, by('shapley'), name)))
  expect(no!.answer.value + yes!.answer.value).toBeCloseTo(1, 6)
  no!.columns.forEach(({ part }, i) => expect(part).toBeCloseTo(-yes!.columns[i]!.part, 6))
  await expect(explained(whole, 3, by('shapley'), 'maybe')).rejects.toThrow(
    'no answer “maybe”: it says no, yes',
  )
  expect(() => rowIn(whole.prepared, { row: 40, sealed: false })).toThrow(
    'There is no row 41: the data have 40 rows.',
  )
  const tested = whole.prepared.split.test[0]!
  expect(() => rowIn(whole.prepared, { row: tested, sealed: true })).toThrow(
    'is of the test split, which is sealed',
  )
  // Numbers of categories are looked up, which no gradient goes through.
  const looked = await modelOf(planted, 'binary', yesOrNo, mlp, undefined, begin(encoders, 'embedding'))
  await expect(explained(looked, 3, by('integratedGradients'))).rejects.toThrow('looks categories up')
})

/** All words but one have the vector of padding, which is nothing. */
const onlyWord =
  (word: string): Planted =>
  (state, { columns }) => {
    const vocabulary = (columns[0]!.encoder as unknown as { vocabulary: string[] }).vocabulary
    const [name] = Object.keys(state).filter((one) => one.startsWith('embedding'))
    const { data, shape } = floatsOf(state[name!]!)
    const width = shape[1]!
    const at = vocabulary.indexOf(word)
    expect(at).toBeGreaterThan(1)
    for (let i = 0; i < data.length; i++) data[i] = Math.floor(i / width) === at ? 2 : 0
  }

test('of a text the words sum to the difference, and the word that the network reads is found', async () => {
  const whole = await modelOf(
    [texts],
    'classification',
    grade,
    begin(templates, 'text-cnn', { embedding: 8, filters: 6, widths: [2, 3] }),
  )
  const {
    answer,
    reference,
    rest,
    texts: [text],
  } = await explained(whole, 2, by('integratedGradients', { steps: 512 }))
  expect(text!.words.map(({ shown }) => shown)).toEqual(['the', 'loud', 'day', 'wet'])
  const difference = answer.value - reference!
  // What padding behind the words has is no part of it: its vector is the reference's.
  expect(total(text!.words.map(({ part }) => part))).toBeCloseTo(difference - rest!, 6)
  expect(Math.abs(rest!)).toBeLessThan(0.02 * Math.abs(difference) + 1e-4)
  const one = await modelOf(
    [texts],
    'classification',
    grade,
    begin(templates, 'text-cnn', { embedding: 8, filters: 6, widths: [2, 3] }),
    onlyWord('loud'),
  )
  for (const explanation of [by('integratedGradients'), by('occlusion')]) {
    const found = await explained(one, 2, explanation)
    const strong = found.texts[0]!.words.filter(({ part }) => Math.abs(part) > 1e-7)
    expect(strong.map(({ shown }) => shown)).toEqual(['loud'])
  }
  const bag = await modelOf([texts], 'classification', grade, begin(templates, 'embedding-bag'))
  await expect(explained(bag, 2, by('integratedGradients'))).rejects.toThrow(
    'makes no vector of each word of “note”',
  )
  expect((await explained(bag, 2, by('occlusion'))).texts[0]!.words).toHaveLength(4)
})

const [top, left] = [2, 5]
/** One pixel alone reaches the first layer. */
const onlyPixel: Planted = (state) => {
  const { data, shape } = floatsOf(Object.values(state)[0]!)
  const width = shape[1]!
  for (let i = 0; i < data.length; i++) if (i % width !== 8 * top + left) data[i] = 0
}

test('of a picture the pixels sum to the difference, and the pixel that the network sees is found', async () => {
  const whole = await modelOf([image], 'binary', yesOrNo, mlp)
  const { answer, reference, rest, pictures } = await explained(
    whole,
    3,
    by('integratedGradients', { steps: 256 }),
  )
  expect(total(pictures[0]!.parts)).toBeCloseTo(answer.value - reference! - rest!, 6)
  expect(Math.abs(rest!)).toBeLessThan(0.01 * Math.abs(answer.value - reference!) + 1e-4)
  expect(pictures[0]!.shown).toMatch(/^data:image\/png;base64,/)
  const one = await modelOf([image], 'binary', yesOrNo, mlp, onlyPixel)
  for (const explanation of [
    by('integratedGradients'),
    by('smoothGrad'),
    by('smoothGrad', { draws: 1, noise: 0 }),
  ]) {
    const found = (await explained(one, 3, explanation)).pictures[0]!.parts
    expect(found.flatMap((part, pixel) => (Math.abs(part) > 1e-9 ? [pixel] : []))).toEqual([8 * top + left])
  }
  // Patches of two by two that overlap by half: what is covered with it is named as well, and nothing else.
  const { parts } = (await explained(one, 3, by('occlusion', { patch: 0.33 }))).pictures[0]!
  const strongest = parts.indexOf(parts.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a)))
  expect(strongest).toBe(8 * top + left)
  expect(parts[0]).toBe(0)
})

/** As the generator of the fixture has it. */
const sines = ({ data }: Tensors[string], step: number): Uint8Array<ArrayBuffer> => {
  const values = Float32Array.from({ length: data.byteLength / 4 }, (_, i) => 0.5 * Math.sin(step * (i + 1)))
  return new Uint8Array(values.buffer)
}

test('what speaks for a picture’s answers is what PyTorch says, and Grad-CAM of a network without a convolution is refused', async () => {
  const reference = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/pictures.json'), 'utf8')) as {
    mean: number
    std: number
    pixels: number[]
    answers: { probability: number; parts: Record<Explanation['by'], number[]> }[]
  }
  const steps = [1.7, 0.9, 2.3, 1.1, 0.7, 1.3]
  const cnn = begin(templates, 'cnn', { filters: [4, 5], hidden: [], dropout: 0 })
  const own: FrameColumn = {
    ...image,
    pixels: Uint8Array.from({ length: rows * 48 }, (_, i) => reference.pixels[i % 48]!),
  }
  const one = await modelOf([own], 'classification', grade, cnn as never, (state) => {
    Object.keys(state).forEach((name, i) => {
      state[name] = { ...state[name]!, data: sines(state[name]!, steps[i]!) }
    })
  })
  const [input] = one.model.spec.inputs
  if (input?.kind !== 'pixels') throw new Error('It is given pixels.')
  expect(input.mean[0]).toBeCloseTo(reference.mean, 6)
  expect(input.std[0]).toBeCloseTo(reference.std, 6)
  const names = one.model.preparation.target.kind === 'classes' ? one.model.preparation.target.classes : []
  for (const [k, { probability, parts }] of reference.answers.entries()) {
    for (const explanation of [
      by('gradCam'),
      by('integratedGradients'),
      by('smoothGrad', { draws: 1, noise: 0 }),
      by('occlusion', { patch: 0.33 }),
    ]) {
      const { answer, pictures } = await explained(one, 3, explanation, names[k]!)
      expect(answer.name).toBe(names[k])
      expect(answer.value).toBeCloseTo(probability, 5)
      pictures[0]!.parts.forEach((part, i) =>
        expect(part, `${explanation.by}, pixel ${i}`).toBeCloseTo(parts[explanation.by][i]!, 5),
      )
    }
  }
  // Of one of them something is told, or all of it would be equal by chance.
  expect(reference.answers.some(({ parts }) => Math.max(...parts.gradCam) > 0.01)).toBe(true)
  const flat = await modelOf([image], 'binary', yesOrNo, mlp)
  await expect(explained(flat, 3, by('gradCam'))).rejects.toThrow(
    'This network has no convolution of pictures, whose maps Grad-CAM is made of. Choose integrated gradients',
  )
})

test('a curve of a column says what the network says, and one that it does not see is flat', async () => {
  const one = await modelOf(planted, 'binary', yesOrNo, mlp, onlyColumn)
  const { prepared, model } = one
  const ask = (column: string) =>
    dependenceOf(model, { columns: prepared.features }, prepared.data, prepared.split.train, column)
  const b = await ask('b')
  expect(b.grid).toEqual([...b.grid].sort((x, y) => Number(x) - Number(y)))
  const [no, yes] = b.curves
  expect(yes!.answer).toEqual({ name: 'yes', format: 'share' })
  // The network sees nothing else: every row has the same curve, and the mean is sure.
  expect(Math.max(...yes!.mean) - Math.min(...yes!.mean)).toBeGreaterThan(0.01)
  for (const single of yes!.single) single.forEach((value, i) => expect(value).toBeCloseTo(yes!.mean[i]!, 6))
  yes!.mean.forEach((value, i) => {
    expect(value + no!.mean[i]!).toBeCloseTo(1, 6)
    expect(yes!.high[i]! - yes!.low[i]!).toBeLessThan(1e-6)
  })
  const a = await ask('a')
  expect(Math.max(...a.curves[1]!.mean) - Math.min(...a.curves[1]!.mean)).toBeLessThan(1e-9)
  const kinds = await ask('kind')
  expect([kinds.holds, kinds.grid.toSorted()]).toEqual(['category', ['x', 'y']])
  await expect(ask('nothing')).rejects.toThrow('is given no column “nothing”: it has a, b, c, kind')
})

test('of a large picture no more is predicted at once than memory is meant for, and all of it is looked at', async () => {
  const side = 72
  const large: FrameColumn = {
    ...image,
    height: side,
    width: side,
    pixels: Uint8Array.from({ length: rows * side * side }, (_, i) => (i * 7919) % 251),
  }
  const { model, prepared } = await modelOf([large], 'binary', yesOrNo, mlp)
  const asked: number[] = []
  const watched: Explainable = {
    ...model,
    predict: (given) => {
      asked.push(given.rows)
      expect(given.rows * side * side).toBeLessThanOrEqual(mostAtOnce)
      return model.predict(given)
    },
  }
  const found = await explained({ model: watched, prepared }, 3, by('occlusion', { patch: 0.02 }))
  // Each pixel once, and the picture itself twice.
  expect(total(asked)).toBe(side * side + 2)
  expect(found.pictures[0]!.parts.filter((part) => part !== 0).length).toBeGreaterThan(side)
  // One column has two sets, however many orders are asked for.
  const shares = await explainExample(
    model,
    rowIn(prepared, { row: 3, sealed: false }),
    by('shapley', { orders: 1000 }),
    null,
  )
  expect(shares.notes).toEqual([])
})

test('the curve of an answer is found where there are more answers than are shown, and of no number nothing is said', async () => {
  const many = categories('y', (row) => `c${row % 20}`)
  const { model, prepared } = await modelOf(planted, 'classification', many, mlp)
  const ask = (answer: string | null) =>
    dependenceOf(model, { columns: prepared.features }, prepared.data, prepared.split.train, 'a', answer)
  const first = await ask(null)
  const names = model.preparation.target.kind === 'classes' ? model.preparation.target.classes : []
  expect([first.curves.length, first.left.answers]).toEqual([12, 8])
  const last = await ask(names[19]!)
  expect([last.curves.map(({ answer }) => answer.name), last.left.answers]).toEqual([[names[19]], 0])
  await expect(ask('c20')).rejects.toThrow('no answer “c20”')
  expect(() => saidOf(model, new Float32Array(20).fill(NaN))).toThrow(
    'The model says nothing of this example',
  )
})
