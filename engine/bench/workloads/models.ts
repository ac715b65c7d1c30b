/** The networks of the benchmarks, each described once: they are trained and they are asked. */
import type { Layer, Model } from '../cases.ts'

/** Linear layers of these widths with ReLU between them. */
function mlp(...widths: number[]): Model {
  const layers = widths
    .slice(1)
    .flatMap((outputs, i): Layer[] => [
      ...(i > 0 ? [{ layer: 'relu' } as const] : []),
      { layer: 'linear', inputs: widths[i]!, outputs },
    ])
  return { input: { kind: 'numbers', shape: [widths[0]!] }, layers, classes: widths.at(-1)! }
}

const conv = (inputs: number, outputs: number, kernel: number, stride = 1, bias = true): Layer => ({
  layer: 'conv',
  inputs,
  outputs,
  kernel,
  stride,
  padding: kernel >> 1,
  bias,
})

const convBlock = (inputs: number, outputs: number): Layer[] => [
  conv(inputs, outputs, 3),
  { layer: 'relu' },
  { layer: 'max-pool', size: 2 },
]

const cnn: Model = {
  input: { kind: 'numbers', shape: [1, 28, 28] },
  layers: [
    ...convBlock(1, 32),
    ...convBlock(32, 64),
    { layer: 'flatten' },
    { layer: 'linear', inputs: 64 * 7 * 7, outputs: 128 },
    { layer: 'relu' },
    { layer: 'linear', inputs: 128, outputs: 10 },
  ],
  classes: 10,
}

const normalised = (inputs: number, outputs: number, kernel: number, stride: number): Layer[] => [
  conv(inputs, outputs, kernel, stride, false),
  { layer: 'batch-norm', channels: outputs },
]

const residual = (inputs: number, outputs: number, stride: number): Layer => ({
  layer: 'residual',
  body: [...normalised(inputs, outputs, 3, stride), { layer: 'relu' }, ...normalised(outputs, outputs, 3, 1)],
  shortcut: stride === 1 ? [] : normalised(inputs, outputs, 1, stride),
})

/** Three stages of three blocks (He et al. 2015, section 4.2), with projections where the size changes (option B). */
const resnet20: Model = {
  input: { kind: 'numbers', shape: [3, 32, 32] },
  layers: [
    ...normalised(3, 16, 3, 1),
    { layer: 'relu' },
    ...[16, 32, 64].flatMap((width, stage) => [
      stage === 0 ? residual(16, 16, 1) : residual(width / 2, width, 2),
      residual(width, width, 1),
      residual(width, width, 1),
    ]),
    { layer: 'average-pool' },
    { layer: 'linear', inputs: 64, outputs: 10 },
  ],
  classes: 10,
}

const text = (width: number, layers: Layer[], outputs: number, classes: number): Model => ({
  input: { kind: 'tokens', length: 50, vocabulary: 10_000 },
  layers: [
    { layer: 'embedding', count: 10_000, width },
    ...layers,
    { layer: 'linear', inputs: outputs, outputs: classes },
  ],
  classes,
})

/** TabM-mini of Gorishniy et al. 2025: 32 perceptrons that share all but their ends, and answer by their mean. */
const tabm: Model = {
  input: { kind: 'numbers', shape: [20] },
  layers: [
    { layer: 'member-scale', members: 32, inputs: 20 },
    { layer: 'linear', inputs: 20, outputs: 128 },
    { layer: 'relu' },
    { layer: 'linear', inputs: 128, outputs: 128 },
    { layer: 'relu' },
    { layer: 'member-linear', members: 32, inputs: 128, outputs: 2 },
    { layer: 'mean' },
  ],
  classes: 2,
}

export const models = {
  'tabular-mlp': mlp(20, 64, 64, 2),
  tabm,
  'mnist-mlp': mlp(784, 256, 10),
  cnn,
  resnet20,
  'text-cnn': text(128, [{ layer: 'text-convs', width: 128, kernels: [3, 4, 5], outputs: 100 }], 300, 6),
  lstm: text(128, [{ layer: 'lstm', inputs: 128, hidden: 128 }], 128, 2),
  gru: text(128, [{ layer: 'gru', inputs: 128, hidden: 128 }], 128, 2),
  transformer: text(
    128,
    [
      { layer: 'encoder', width: 128, heads: 4, feedForward: 512 },
      { layer: 'encoder', width: 128, heads: 4, feedForward: 512 },
      { layer: 'mean' },
    ],
    128,
    2,
  ),
} satisfies Record<string, Model>
