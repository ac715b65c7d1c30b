/** The trainings that templates for tables bring along compute what their papers' formulas do in PyTorch, step by step. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDevice, setDefaultDevice, type Device } from '../../../engine/index.ts'
import {
  begin,
  lossFor,
  losses,
  ownTraining,
  templates,
  type Loss,
  type Task,
  type TemplateModel,
} from '../../contract/index.ts'
import { planAfter } from './plan.ts'
import { openSession } from './session.ts'
import type { Tensors } from './checkpoint.ts'
import { bytesOf } from './tensors.ts'
import { wholeRecipe } from './testing.ts'

const fixture = JSON.parse(readFileSync(new URL('fixtures/table-recipes.json', import.meta.url), 'utf8')) as {
  readonly results: Readonly<Record<string, { readonly losses: number[]; readonly outputs: number[] }>>
}

let device: Device
beforeAll(async () => {
  device = await openDevice('wasm')
  setDefaultDevice(device)
})
afterAll(() => {
  device.close()
})

// As in fixtures/table_recipes.py.
const [rows, columns, classes, batch, epochs, steps] = [160, 5, 3, 32, 20, 100]
const wave = (count: number, phase: number, scale = 1): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: count }, (_, j) => scale * Math.sin(1.7 * j * (1 + 0.01 * phase) + phase))
const x = wave(rows * columns, 1, 1.3)
const at = (row: number, column: number): number => x[row * columns + column]!
const score = Array.from({ length: rows }, (_, row) => at(row, 0) * at(row, 1) + Math.sin(at(row, 2)))
const targetsOf = (task: Task) =>
  task === 'classification'
    ? Int32Array.from(score, (s) => Number(s > -0.3) + Number(s > 0.4))
    : Float32Array.from(score, (s, row) => s + 0.5 * at(row, 3))

const stored = (values: Float32Array<ArrayBuffer>, ...shape: number[]) => bytesOf('float32', shape, values)

function realMlpWeights(outputs: number): Tensors {
  const widths = [columns, 16, 12, 8]
  const layers = widths.slice(1).flatMap((to, i) => {
    const from = widths[i]!
    return [
      [`model.${2 * i}.weight`, stored(wave(to * from, i, 1.4), to, from)],
      [`model.${2 * i}.bias`, stored(wave(to, 10 + i, 1.4), to)],
    ] as const
  })
  return {
    'model.scale.weight': stored(new Float32Array(columns).fill(1), columns),
    ...Object.fromEntries(layers),
    'model.6.weight': stored(new Float32Array(outputs * 8), outputs, 8),
    'model.6.bias': stored(new Float32Array(outputs), outputs),
  }
}

function tabMWeights(outputs: number): Tensors {
  const members = 4
  return {
    'model.0.weight': stored(
      wave(members * columns, 3).map((value) => (value > 0 ? 1 : -1)),
      members,
      columns,
    ),
    'model.1.weight': stored(wave(12 * columns, 0, 1 / Math.sqrt(columns)), 12, columns),
    'model.1.bias': stored(wave(12, 10, 0.3), 12),
    'model.3.weight': stored(wave(8 * 12, 1, 1 / Math.sqrt(12)), 8, 12),
    'model.3.bias': stored(wave(8, 11, 0.3), 8),
    'model.5.weight': stored(wave(members * 8 * outputs, 5, 0.4), members, 8, outputs),
    'model.5.bias': stored(wave(members * outputs, 6, 0.2), members, outputs),
  }
}

const models: Readonly<Record<string, TemplateModel>> = {
  realmlp: begin(templates, 'realmlp', { hidden: [16, 12, 8] }),
  tabm: begin(templates, 'tabm', { hidden: [12, 8], members: 4, dropout: 0 }),
}
const lossOf = (model: TemplateModel, task: Task): Loss =>
  model.template === 'realmlp' && task === 'classification'
    ? begin(losses, 'crossEntropy', { labelSmoothing: 0.1 })
    : lossFor(task)

const most = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a, (value, i) => Math.abs(value - b[i]!)).reduce((x, y) => Math.max(x, y), 0)

test.each(Object.keys(fixture.results))(`%s, over ${steps} steps`, async (name) => {
  const [which, task] = name.split(' ') as [keyof typeof models & string, Task]
  const model = models[which]!
  const outputs = task === 'classification' ? classes : 1
  const training = {
    ...wholeRecipe.training,
    ...ownTraining(model.template, task),
    loss: lossOf(model, task),
    batchSize: batch,
    epochs,
  }
  const split = { rows, inputs: { numbers: x }, targets: targetsOf(task), weights: null }
  const session = openSession({
    model,
    task,
    inputs: [{ name: 'numbers', kind: 'numbers', width: columns }],
    outputs,
    training,
    seed: 1,
    train: split,
    validation: split,
    lossWeights: null,
    augment: [],
    restore: which === 'realmlp' ? realMlpWeights(outputs) : tabMWeights(outputs),
    start: null,
  })
  const { rateAt } = planAfter(training)
  const perEpoch = rows / batch
  for (let step = 0; step < steps; step++) {
    session.setLearningRate(rateAt(step / perEpoch))
    const first = (step % perEpoch) * batch
    session.trainBatch(Int32Array.from({ length: batch }, (_, i) => first + i))
  }
  const wanted = fixture.results[name]!
  expect(most(await session.takeLosses(), wanted.losses)).toBeLessThan(1e-4)
  expect(most(await session.validationOutputs(), wanted.outputs)).toBeLessThan(1e-4)
})
