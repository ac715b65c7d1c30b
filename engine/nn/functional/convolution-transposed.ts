/** Transposed convolutions, and convolutions of volumes, made of those of images. Inputs without N are one sample. */
import { defineWithOptions } from '../../functions/define.ts'
import * as ops from '../../ops/index.ts'
import { uniform } from '../../ops/samples.ts'
import { formatShape } from '../../tensor/shape.ts'
import { apply, type Tensor } from '../../tensor/tensor.ts'
import { conv2d } from './convolution.ts'
import { each, ofBatch } from './windows.ts'
import { place } from './place.ts'

type Size = number | readonly number[]

interface ConvolutionOptions {
  /** [O], added to each channel of the result. */
  readonly bias?: Tensor
  readonly stride?: Size
  readonly padding?: Size
  readonly dilation?: Size
  /** Channels are divided into so many groups, each with filters of its own; 1 by default. */
  readonly groups?: number
}

const withBias = (x: Tensor, bias: Tensor | undefined): Tensor =>
  bias ? x.add(bias.reshape([bias.numel(), ...x.shape.slice(2).map(() => 1)])) : x

/** Depth as samples: [N, C, D, H, W] to [N·D, C, H, W]. */
const flattened = (x: Tensor): Tensor => x.permute(0, 2, 1, 3, 4).flatten(0, 1)

/** The way back, of n samples. */
const stacked = (x: Tensor, n: number): Tensor =>
  x.reshape([n, -1, ...x.shape.slice(1)]).permute(0, 2, 1, 3, 4)

/** Zeros before and after one dimension; negative numbers cut off. */
function framed(x: Tensor, d: number, before: number, after: number): Tensor {
  const cut = x.narrow(d, Math.max(0, -before), x.shape[d]! - Math.max(0, -before) - Math.max(0, -after))
  return cut.pad(x.shape.map((_, i) => (i === d ? [Math.max(0, before), Math.max(0, after)] : [0, 0])))
}

interface Conv3dOptions extends Omit<ConvolutionOptions, 'padding'> {
  /** Zeros on each side, 'valid' for none, or 'same' for as many as keep the size. */
  readonly padding?: Size | 'valid' | 'same'
}

/**
 * Cross-correlates [N, C, D, H, W] with weight [O, C / groups, KD, KH, KW] and adds bias [O]: a sum of convolutions of images,
 * one for each slice of the kernel. Source: torch.nn.functional.conv3d. Errors: a RangeError for sizes that do not fit.
 */
export const conv3d = defineWithOptions({
  name: 'conv3d',
  ...place,
  widens: 'alone',
  positional: ['bias', 'stride', 'padding', 'dilation', 'groups'],
  call(input: Tensor, weight: Tensor, options: Conv3dOptions): Tensor {
    const { bias, stride = 1, padding = 0, dilation = 1, groups = 1 } = options
    if (weight.ndim !== 5)
      throw new RangeError(`conv3d: the weight is [O, C, KD, KH, KW], not ${formatShape(weight.shape)}.`)
    const steps = each('conv3d: stride', stride, 3, 1)
    const apart = each('conv3d: dilation', dilation, 3, 1)
    const around = paddingOf(weight, steps, apart, padding)
    return ofBatch('conv3d', input, 3, (batch) => {
      const padded = around.reduce((x, [before, after], i) => framed(x, 2 + i, before, after), batch)
      const kernel = weight.shape[2]!
      const count = Math.floor((padded.shape[2]! - apart[0]! * (kernel - 1) - 1) / steps[0]!) + 1
      if (count < 1)
        throw new RangeError(
          `conv3d: a kernel of ${formatShape(weight.shape.slice(2))} does not fit into ${formatShape(input.shape)}.`,
        )
      const slices = Array.from({ length: kernel }, (_, k) => {
        const start = k * apart[0]!
        const seen = padded.slice(2, start, start + (count - 1) * steps[0]! + 1, steps[0]!)
        return conv2d(flattened(seen), weight.select(2, k), null, {
          stride: [steps[1]!, steps[2]!],
          dilation: [apart[1]!, apart[2]!],
          groups,
        })
      })
      return withBias(
        stacked(
          slices.reduce((a, b) => a.add(b)),
          batch.shape[0]!,
        ),
        bias,
      )
    })
  },
  samples: [
    [uniform([1, 2, 3, 4, 5]), uniform([3, 2, 2, 2, 2])],
    [uniform([2, 2, 4, 4, 4]), uniform([2, 1, 3, 2, 1]), uniform([2]), [2, 1, 1], [1, 0, 1], 1, 2],
    [uniform([2, 4, 5, 3]), uniform([1, 2, 2, 2, 2]), { dilation: [2, 1, 1], padding: 'same' }],
  ],
})

function paddingOf(
  weight: Tensor,
  stride: readonly number[],
  dilation: readonly number[],
  padding: Size | 'valid' | 'same',
): readonly (readonly [number, number])[] {
  if (typeof padding !== 'string') return each('conv3d: padding', padding, 3, 0).map((n) => [n, n] as const)
  if (padding === 'valid') return stride.map(() => [0, 0] as const)
  if (padding !== 'same')
    throw new RangeError(`conv3d: padding must be numbers, 'valid' or 'same', not '${String(padding)}'.`)
  if (stride.some((n) => n !== 1))
    throw new RangeError(`conv3d: padding 'same' is for a stride of 1, not ${stride.join(' × ')}.`)
  return dilation.map((n, i) => {
    const total = n * (weight.shape[2 + i]! - 1)
    return [total >> 1, total - (total >> 1)] as const
  })
}

interface TransposedOptions extends ConvolutionOptions {
  /** How much longer the result is at its ends; less than the stride or the dilation. */
  readonly outputPadding?: Size
}

interface Settled {
  readonly stride: readonly number[]
  readonly padding: readonly number[]
  readonly outputPadding: readonly number[]
  readonly dilation: readonly number[]
  readonly groups: number
}

function settled(name: string, weight: Tensor, options: TransposedOptions, count: number): Settled {
  const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options
  if (weight.ndim !== count + 2)
    throw new RangeError(
      `${name}: the weight has ${count + 2} dimensions, [C, O / groups, …kernel], not ${formatShape(weight.shape)}.`,
    )
  const found: Settled = {
    stride: each(`${name}: stride`, stride, count, 1),
    padding: each(`${name}: padding`, padding, count, 0),
    outputPadding: each(`${name}: outputPadding`, outputPadding, count, 0),
    dilation: each(`${name}: dilation`, dilation, count, 1),
    groups,
  }
  found.outputPadding.forEach((n, i) => {
    if (n >= Math.max(found.stride[i]!, found.dilation[i]!))
      throw new RangeError(
        `${name}: outputPadding ${n} must be less than the stride ${found.stride[i]} or the dilation ${found.dilation[i]}.`,
      )
  })
  return found
}

/** Of images [N, C, H, W], with weight [C, O / groups, KH, KW], without padding: everything that comes out. */
function spreadImages(
  name: string,
  x: Tensor,
  weight: Tensor,
  { stride, dilation, groups }: Settled,
): Tensor {
  const [n, channels, height, width] = x.shape as readonly [number, number, number, number]
  const [taken, made, down, across] = weight.shape as readonly [number, number, number, number]
  if (channels !== taken || !Number.isInteger(groups) || groups < 1 || channels % groups !== 0)
    throw new RangeError(
      `${name}: a weight of ${formatShape(weight.shape)} in ${groups} groups does not fit ${channels} channels of ${formatShape(x.shape)}.`,
    )
  const [s, d] = [stride as readonly [number, number], dilation as readonly [number, number]]
  const shape = [
    n,
    made * groups,
    (height - 1) * s[0] + d[0] * (down - 1) + 1,
    (width - 1) * s[1] + d[1] * (across - 1) + 1,
  ]
  return apply(ops.convTranspose2dTo, [x, weight], { stride: s, dilation: d, padding: [0, 0], groups, shape })
}

/** Without the padding, and longer by the output padding. */
const trimmed = (x: Tensor, { padding, outputPadding }: Settled): Tensor =>
  padding.reduce((y, n, i) => framed(y, 2 + i, -n, outputPadding[i]! - n), x)

const order = ['bias', 'stride', 'padding', 'outputPadding', 'groups', 'dilation'] as const

/** A convolution of [N, C, L] turned round, with weight [C, O / groups, K]: to [N, O, L'], L' = (L − 1)·stride − 2·padding + dilation·(K − 1) + outputPadding + 1. Source: torch.nn.functional.conv_transpose1d. Errors: a RangeError for sizes that do not fit. */
export const convTranspose1d = defineWithOptions({
  name: 'convTranspose1d',
  ...place,
  widens: 'alone',
  positional: order,
  call(input: Tensor, weight: Tensor, options: TransposedOptions): Tensor {
    const found = settled('convTranspose1d', weight, options, 1)
    const flat = {
      ...found,
      stride: [1, found.stride[0]!],
      dilation: [1, found.dilation[0]!],
    }
    return ofBatch('convTranspose1d', input, 1, (batch) => {
      const whole = spreadImages('convTranspose1d', batch.unsqueeze(2), weight.unsqueeze(2), flat)
      return withBias(trimmed(whole.squeeze(2), found), options.bias)
    })
  },
  samples: [
    [uniform([2, 3, 4]), uniform([3, 2, 3])],
    [uniform([2, 4]), uniform([2, 2, 4]), uniform([4]), 3, 1, 2, 2, 4],
    [uniform([1, 2, 4]), uniform([2, 2, 3]), { stride: 2, padding: 1, outputPadding: 1 }],
  ],
})

/** As convTranspose1d, of [N, C, H, W] with weight [C, O / groups, KH, KW]. Source: torch.nn.functional.conv_transpose2d. Errors: as convTranspose1d. */
export const convTranspose2d = defineWithOptions({
  name: 'convTranspose2d',
  ...place,
  widens: 'alone',
  positional: order,
  call(input: Tensor, weight: Tensor, options: TransposedOptions): Tensor {
    const found = settled('convTranspose2d', weight, options, 2)
    return ofBatch('convTranspose2d', input, 2, (batch) =>
      withBias(trimmed(spreadImages('convTranspose2d', batch, weight, found), found), options.bias),
    )
  },
  samples: [
    [uniform([2, 3, 3, 4]), uniform([3, 2, 2, 3])],
    [uniform([1, 2, 3, 4]), uniform([2, 2, 3, 3]), uniform([4]), [2, 1], [1, 0], [1, 0], 2],
    [uniform([2, 3, 3]), uniform([2, 1, 2, 2]), { dilation: [2, 3], outputPadding: [1, 2] }],
    [uniform([0, 2, 3, 4]), uniform([2, 2, 2, 2])],
  ],
})

/** With zeros between the elements of a dimension, so that they stand `step` apart. */
function spacedOut(x: Tensor, d: number, step: number): Tensor {
  const extent = x.shape[d]!
  if (step === 1) return x
  const apart = x.unsqueeze(d + 1).pad([...x.shape, 1].map((_, i) => (i === d + 1 ? [0, step - 1] : [0, 0])))
  return apart.flatten(d, d + 1).narrow(d, 0, (extent - 1) * step + 1)
}

/** As convTranspose1d, of [N, C, D, H, W] with weight [C, O / groups, KD, KH, KW]. Source: torch.nn.functional.conv_transpose3d. Errors: as convTranspose1d. */
export const convTranspose3d = defineWithOptions({
  name: 'convTranspose3d',
  ...place,
  widens: 'alone',
  positional: order,
  call(input: Tensor, weight: Tensor, options: TransposedOptions): Tensor {
    const found = settled('convTranspose3d', weight, options, 3)
    const flat = { ...found, stride: found.stride.slice(1), dilation: found.dilation.slice(1) }
    return ofBatch('convTranspose3d', input, 3, (batch) => {
      const kernel = weight.shape[2]!
      const images = flattened(batch)
      const whole = Array.from({ length: kernel }, (_, k) => {
        const made = spreadImages('convTranspose3d', images, weight.select(2, k), flat)
        const apart = spacedOut(stacked(made, batch.shape[0]!), 2, found.stride[0]!)
        return framed(apart, 2, k * found.dilation[0]!, (kernel - 1 - k) * found.dilation[0]!)
      }).reduce((a, b) => a.add(b))
      return withBias(trimmed(whole, found), options.bias)
    })
  },
  samples: [
    [uniform([1, 2, 2, 3, 2]), uniform([2, 1, 2, 2, 3])],
    [uniform([1, 2, 2, 2, 3]), uniform([2, 1, 2, 1, 2]), uniform([2]), [2, 1, 1], [1, 0, 1], [1, 0, 0], 2],
    [uniform([2, 2, 2, 2]), uniform([2, 2, 2, 2, 2]), { dilation: [2, 1, 1], stride: [1, 2, 1] }],
  ],
})
