/** More elements around a row or an image, as modules. */
import { uniform } from '../ops/samples.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { pad } from './functional.ts'
import { defineLayer } from './layer.ts'
import type { OnnxNodes, OnnxValue } from './onnx.ts'
import { real, sides } from './options.ts'
import { pythonText } from '../formats/python.ts'
import { optionList } from './settle.ts'

const family = 'Padding'
type Mode = 'constant' | 'reflect' | 'replicate'
const inOnnx = { constant: 'constant', reflect: 'reflect', replicate: 'edge' } as const

/** One number for each side, the last dimension's first. */
const listed = (padding: number | readonly number[], count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) =>
    typeof padding === 'number' ? padding : padding[i % padding.length]!,
  )

/** ONNX lists what comes before every dimension, then what comes after. */
function onnxPad(
  nodes: OnnxNodes,
  x: OnnxValue,
  padding: readonly number[],
  mode: Mode,
  value?: number,
): string {
  const ends = (after: 0 | 1): number[] =>
    x.shape.map((_, d) => padding[2 * (x.shape.length - 1 - d) + after] ?? 0)
  const constant = value === undefined ? [] : [nodes.number(value)]
  return nodes.add('Pad', [x, nodes.list([...ends(0), ...ends(1)]), ...constant], {
    mode: { string: inOnnx[mode] },
  })
}

type Count = 2 | 4 | 6
const inputs = {
  2: [uniform([2, 3, 5])],
  4: [uniform([2, 3, 5, 4])],
  6: [uniform([1, 2, 3, 4, 3])],
} as const
const single = { 2: [uniform([3, 5])], 4: [uniform([3, 5, 4])], 6: [uniform([2, 3, 4, 3])] } as const
const uneven = { 2: [0, 2], 4: [0, 2, 1, 0], 6: [0, 2, 1, 0, 1, 2] } as const
const cutting = { 2: [-1, 2], 4: [-1, 2, 1, -2], 6: [-1, 2, 1, -2, 0, 1] } as const
const help = 'How much is added on each side; negative numbers cut off.'

/** What stands around is what is inside. */
const around = (name: string, count: Count, mode: Exclude<Mode, 'constant'>, words: string) =>
  defineLayer(optionList(name, sides(count)('padding', { help })), {
    family,
    help: words,
    forward: ({ padding }, x: Tensor) => pad(x, listed(padding, count), mode),
    prints: ({ padding }) => pythonText(listed(padding, count)),
    onnx: ({ padding }, nodes, x) => onnxPad(nodes, x!, listed(padding, count), mode),
    samples: (Made) => [
      { make: () => new Made(1), inputs: inputs[count] },
      { make: () => new Made(uneven[count]), inputs: inputs[count] },
      { make: () => new Made(2), inputs: single[count] },
    ],
  })

const constant = (name: string, count: Count) =>
  defineLayer(
    optionList(name, sides(count)('padding', { help }), real('value', { help: 'What stands there.' })),
    {
      family,
      help: 'One number all around.',
      forward: ({ padding, value }, x: Tensor) => pad(x, listed(padding, count), 'constant', value),
      prints: ({ padding, value }) =>
        `padding=${pythonText(listed(padding, count))}, value=${pythonText(value)}`,
      onnx: ({ padding, value }, nodes, x) => onnxPad(nodes, x!, listed(padding, count), 'constant', value),
      samples: (Made) => [
        { make: () => new Made(1, 0.5), inputs: inputs[count] },
        { make: () => new Made(cutting[count], -3), inputs: inputs[count] },
        { make: () => new Made(2, 1), inputs: single[count] },
      ],
    },
  )

/** A number at both ends of [N, C, L] or [C, L]. Source: torch.nn.ConstantPad1d. */
export const ConstantPad1d = constant('ConstantPad1d', 2)
/** A number around [N, C, H, W] or [C, H, W]. Source: torch.nn.ConstantPad2d. */
export const ConstantPad2d = constant('ConstantPad2d', 4)

/** A number around [N, C, D, H, W] or [C, D, H, W]. Source: torch.nn.ConstantPad3d. */
export const ConstantPad3d = constant('ConstantPad3d', 6)

/** Zeros around [N, C, H, W] or [C, H, W]. Source: torch.nn.ZeroPad2d. */
export const ZeroPad2d = defineLayer(optionList('ZeroPad2d', sides(4)('padding', { help })), {
  family,
  help: 'Zeros all around.',
  forward: ({ padding }, x) => pad(x, listed(padding, 4)),
  prints: ({ padding }) => pythonText(listed(padding, 4)),
  onnx: ({ padding }, nodes, x) => onnxPad(nodes, x!, listed(padding, 4), 'constant'),
  samples: (Made) => [
    { make: () => new Made(1), inputs: inputs[4] },
    { make: () => new Made([-1, 0, 2, 1]), inputs: inputs[4] },
    { make: () => new Made(1), inputs: single[4] },
  ],
})

const mirror = 'The mirror image of what is inside, without its edge.'
/** The mirror image at both ends of [N, C, L] or [C, L]. Source: torch.nn.ReflectionPad1d. */
export const ReflectionPad1d = around('ReflectionPad1d', 2, 'reflect', mirror)
/** The mirror image around [N, C, H, W] or [C, H, W]. Source: torch.nn.ReflectionPad2d. */
export const ReflectionPad2d = around('ReflectionPad2d', 4, 'reflect', mirror)
/** The edges again at both ends of [N, C, L] or [C, L]. Source: torch.nn.ReplicationPad1d. */
export const ReplicationPad1d = around('ReplicationPad1d', 2, 'replicate', 'The edge, again and again.')
/** The edges again around [N, C, H, W] or [C, H, W]. Source: torch.nn.ReplicationPad2d. */
export const ReplicationPad2d = around('ReplicationPad2d', 4, 'replicate', 'The edge, again and again.')
/** The mirror image around [N, C, D, H, W] or [C, D, H, W]. Source: torch.nn.ReflectionPad3d. */
export const ReflectionPad3d = around('ReflectionPad3d', 6, 'reflect', mirror)
/** The edges again around [N, C, D, H, W] or [C, D, H, W]. Source: torch.nn.ReplicationPad3d. */
export const ReplicationPad3d = around('ReplicationPad3d', 6, 'replicate', 'The edge, again and again.')
