/** Small data and recipes that the tests of training share. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  begin,
  defaultRecipe,
  detected,
  lossFor,
  optimizers,
  schedules,
  startsOf,
  outputStarts,
  stepOptions,
  type Mlp,
  type Model,
  type NetworkNode,
  type TableRecipe,
  type Task,
  type Training,
} from '../../contract/index.ts'
import { ClassEvidence } from '../evaluate/evidence.ts'
import type { DatasetSource } from '../jobs/source.ts'
import { kindOf } from '../kinds/index.ts'
import { plainContext } from '../kinds/kind.ts'
import { randomSource } from '../prepare/random.ts'
import type { SplitArrays } from './session.ts'
import type { TrainingData, TrainOptions } from './train.ts'

/** Two interleaved half circles with noise: easy for a network, impossible for a line. */
function moonRows(rows: number, seed: number): SplitArrays {
  const random = randomSource(seed)
  const features = new Float32Array(rows * 2)
  const targets = new Int32Array(rows)
  for (let row = 0; row < rows; row++) {
    const label = row % 2
    const angle = Math.PI * random()
    const [x, y] =
      label === 0 ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)]
    features[2 * row] = x + 0.1 * (random() - 0.5)
    features[2 * row + 1] = y + 0.1 * (random() - 0.5)
    targets[row] = label
  }
  return { rows, inputs: { numbers: features }, targets, weights: null }
}

function waveRows(rows: number, seed: number): SplitArrays {
  const random = randomSource(seed)
  const features = Float32Array.from({ length: rows * 2 }, () => 2 * random() - 1)
  const targets = Float32Array.from({ length: rows }, (_, row) => {
    const [x = 0, y = 0] = features.subarray(2 * row, 2 * row + 2)
    return Math.sin(2 * x) + y * y
  })
  return { rows, inputs: { numbers: features }, targets, weights: null }
}

export const moons = (rows: number): TrainingData => ({
  inputs: [{ name: 'numbers', kind: 'numbers', width: 2 }],
  outputs: 2,
  task: 'classification',
  choices: 2,
  train: moonRows(rows, 1),
  validation: moonRows(60, 2),
  lossWeights: null,
  evidenceOf: (targets, outputs) => ClassEvidence.ofLogits(targets, outputs, 2),
  augment: [],
})

/** The same as an imported file in `folder`. */
export async function moonsIn(
  folder: string,
  rows: number,
): Promise<DatasetSource & { recipe: TableRecipe }> {
  const { inputs, targets } = moonRows(rows, 1)
  const numbers = inputs.numbers!
  const lines = Array.from(
    targets,
    (label, row) => `${numbers[2 * row]},${numbers[2 * row + 1]},${label ? 'up' : 'down'}`,
  )
  const path = join(folder, `moons-${rows}.csv`)
  writeFileSync(path, `x,y,side\n${lines.join('\n')}\n`)
  const id = `moons-${rows}`
  const { receipt, columns, recipe } = await kindOf('table').import({ path }, { folder, id }, plainContext)
  return { folder, files: [], dataset: { id, receipt, rows, columns }, recipe }
}

export const waves = (rows: number): TrainingData => ({
  inputs: [{ name: 'numbers', kind: 'numbers', width: 2 }],
  outputs: 1,
  task: 'regression',
  choices: 1,
  train: waveRows(rows, 1),
  validation: waveRows(60, 2),
  lossWeights: null,
  evidenceOf: (actual, predicted) => ({ targets: [{ actual, predicted }] }),
  augment: [],
})

export function recipeOf(
  task: Task,
  model: Partial<Mlp> = {},
  training: Partial<Training> = {},
): TrainOptions['recipe'] & Pick<TableRecipe, 'model' | 'backend'> {
  return {
    task,
    model: {
      template: 'mlp',
      hidden: [16, 16],
      activation: 'relu',
      dropout: 0.1,
      batchNorm: false,
      ...model,
    },
    training: {
      loss: lossFor(task),
      optimizer: begin(optimizers, 'adamw', { learningRate: 0.01 }),
      schedule: begin(schedules, 'cosine'),
      epochs: 25,
      batchSize: 16,
      precision: 'highest',
      ...startsOf(stepOptions),
      ...outputStarts,
      parameters: [],
      earlyStopping: null,
      ...training,
    },
    seed: 1,
    backend: 'wasm',
  }
}

/** A layer or function of a network that a test draws; `by`: what its first weights are multiplied by. */
export const nodeOf = (
  id: string,
  name: string,
  from: string,
  options: Record<string, number | boolean> = {},
  by?: number,
): NetworkNode =>
  ({
    id,
    ...(/^[A-Z]/.test(name) ? { layer: name } : { op: name }),
    options,
    inputs: from.split(' '),
    ...(by !== undefined && { init: { weight: { name: 'scaled', by } } }),
  }) as NetworkNode
export const linearOf = (
  id: string,
  from: string,
  inFeatures: number,
  outFeatures: number,
  by?: number,
): NetworkNode => nodeOf(id, 'Linear', from, { inFeatures, outFeatures }, by)

/** A network of two numbers that ends with the last of these nodes. */
export const customOf = (...nodes: NetworkNode[]): Model =>
  ({
    template: 'custom',
    from: 'mlp',
    document: {
      inputs: [{ name: 'numbers', kind: 'numbers', width: 2 }],
      nodes,
      output: nodes.at(-1)!.id,
    },
  }) as unknown as Model

/** What fixes change beside the training. */
export const wholeRecipe = defaultRecipe(
  { path: '/a.csv', ...detected, missingValues: [] },
  [
    { name: 'x', kind: 'number', role: 'feature' },
    { name: 'y', kind: 'category', role: 'target' },
  ],
  'classification',
  320,
  'quick',
)
