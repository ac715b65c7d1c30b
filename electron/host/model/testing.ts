/** For tests of networks: inputs of every kind, and examples of them. */
import { tensor, type Tensor } from '../../../engine/index.ts'
import { begin, templates, type Mlp, type Model, type NetworkNode, type Task } from '../../contract/index.ts'
import type { NetworkSpec } from './build.ts'
import type { InputSpec } from './input.ts'

export const pixels = (channels: number, height: number, width: number): InputSpec => ({
  name: 'pixels.Photo',
  kind: 'pixels',
  channels,
  height,
  width,
  mean: new Array<number>(channels).fill(0.5),
  std: new Array<number>(channels).fill(0.25),
})
export const tokens: InputSpec = {
  name: 'tokens.Title',
  kind: 'tokens',
  length: 9,
  vocabulary: 20,
  padding: 1,
}

export const spec = (
  model: Model,
  inputs: readonly InputSpec[],
  outputs = 3,
  task: Task = 'classification',
): NetworkSpec => ({
  model,
  inputs,
  outputs,
  task,
})

export const small: Mlp = {
  template: 'mlp',
  hidden: [8, 6],
  activation: 'relu',
  dropout: 0.2,
  batchNorm: true,
}

export const numbers: InputSpec = { name: 'numbers', kind: 'numbers', width: 4 }
export const mixed: InputSpec[] = [
  numbers,
  { name: 'codes', kind: 'codes', sizes: [3, 7] },
  tokens,
  pixels(3, 4, 4),
]

const of = (model: Model, ...inputs: InputSpec[]) => ({
  title: `${model.template} of ${inputs.map(({ kind }) => kind).join(', ')}`,
  spec: spec(model, inputs),
})
/** Every template, of every kind of input that it takes. */
export const templateCases = [
  of(small, numbers),
  of(small, ...mixed),
  of(small, pixels(1, 3, 5)),
  of({ template: 'resnet', width: 8, blocks: 2, inner: 6, dropout: 0.1 }, numbers),
  of({ template: 'resnet', width: 8, blocks: 1, inner: 6, dropout: 0.5 }, ...mixed),
  of(begin(templates, 'realmlp', { hidden: [8, 6] }), numbers),
  of(begin(templates, 'realmlp', { hidden: [8], variant: 'full', dropout: 0.1 }), ...mixed),
  of(begin(templates, 'realmlp', { hidden: [8, 6], variant: 'full', members: 3 }), numbers),
  of(begin(templates, 'tabm', { hidden: [8, 6], members: 3 }), numbers),
  of(begin(templates, 'tabm', { hidden: [8], members: 2, mini: false }), ...mixed),
  of(begin(templates, 'tabm', { hidden: [8], members: 2, waves: 5, sigma: 0.3 }), numbers),
  of(begin(templates, 'wide-and-deep', { hidden: [8] }), ...mixed),
  of(begin(templates, 'ft-transformer', { width: 8, heads: 2, layers: 2, feedForward: 12 }), numbers),
  of(begin(templates, 'ft-transformer', { width: 4, heads: 1, layers: 1, feedForward: 8 }), ...mixed),
  of(begin(templates, 'cnn', { dropout: 0.25 }), pixels(3, 9, 6)),
  of(begin(templates, 'resnet20'), pixels(3, 8, 8)),
  of(begin(templates, 'resnet18', { width: 4 }), pixels(3, 32, 32)),
  of(begin(templates, 'vgg', { width: 2, hidden: 6 }), pixels(3, 32, 32)),
  of(begin(templates, 'resnet18', { depth: '50', width: 2 }), pixels(3, 32, 32)),
  of(begin(templates, 'mobilenet-v2', { width: 8 }), pixels(3, 32, 32)),
  of(begin(templates, 'mobilenet-v3', { width: 8 }), pixels(1, 33, 40)),
  of(begin(templates, 'efficientnet', { width: 4 }), pixels(3, 32, 32)),
  of(begin(templates, 'alexnet', { width: 2, hidden: 6 }), pixels(3, 64, 70)),
  of(begin(templates, 'vit', { patch: 4, width: 8, heads: 2, layers: 2, feedForward: 12 }), pixels(3, 12, 8)),
  of({ template: 'text-cnn', embedding: 8, filters: 6, widths: [2, 3], dropout: 0.1 }, tokens),
  of({ template: 'lstm', embedding: 8, hidden: 6, dropout: 0.3 }, tokens),
  of({ template: 'gru', embedding: 8, hidden: 6, layers: 1, dropout: 0.3 }, tokens),
  of({ template: 'embedding-bag', embedding: 8, mode: 'mean', dropout: 0.2 }, tokens),
  of({ template: 'transformer', width: 8, heads: 2, layers: 2, feedForward: 16, dropout: 0.1 }, tokens),
]

/** Those that are edited at random: the vision transformer adds one row of places to each example, which edits take for a fault. */
export const editedCases = templateCases.filter(({ spec: { model } }) => model.template !== 'vit')

/** Rows of texts that end differently, one of them without words. */
const rows = 4
const lengths = [9, 4, 0, 1]
export function exampleOf(input: InputSpec): Tensor {
  const wave = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7))
  switch (input.kind) {
    case 'numbers':
      return tensor(wave(rows * input.width), { shape: [rows, input.width] })
    case 'codes': {
      const codes = lengths.flatMap((_, row) => input.sizes.map((size) => (row * 2 + 1) % size))
      return tensor(Int32Array.from(codes), { shape: [rows, input.sizes.length] })
    }
    case 'pixels': {
      const shape = [rows, input.channels, input.height, input.width]
      return tensor(wave(shape.reduce((a, b) => a * b)), { shape })
    }
    case 'tokens': {
      const { length, padding } = input
      const all = lengths.flatMap((count, row) =>
        Array.from({ length }, (_, i) => (i < count ? 2 + ((row * 5 + i * 3) % 17) : padding)),
      )
      return tensor(Int32Array.from(all), { shape: [rows, length] })
    }
  }
}

export const layer = (
  id: string,
  name: string,
  options: NetworkNode['options'],
  ...inputs: string[]
): NetworkNode => ({
  id,
  layer: name,
  options,
  inputs,
})
