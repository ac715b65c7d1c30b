import type { PoolAttrs } from '../../ops/pooling.ts'
import { readArguments, refuseSurplus, type Arguments, type Signature } from '../../tensor/arguments.ts'
import { formatShape } from '../../tensor/shape.ts'
import * as ops from '../../ops/index.ts'
import { apply, type Tensor } from '../../tensor/tensor.ts'
import { onlyDefaults, pair, type Size2d } from '../checks.ts'

interface PoolOptions {
  /** The kernel's size by default. */
  readonly stride?: Size2d
  /** On each side, at most half of the kernel; 0 by default. */
  readonly padding?: Size2d
  /** Only false: windows that reach beyond the end are left out. */
  readonly ceilMode?: boolean
}

export interface MaxPoolOptions extends PoolOptions {
  /** Only 1. */
  readonly dilation?: Size2d
  /** Only false. */
  readonly returnIndices?: boolean
}

export interface AvgPoolOptions extends PoolOptions {
  /** Whether the padding's zeros count; true by default. */
  readonly countIncludePad?: boolean
  /** Divides each window's sum, instead of its size. */
  readonly divisorOverride?: number
}

// The module has the last two the other way round, as in PyTorch.
const maxPoolOrder = ['stride', 'padding', 'dilation', 'ceilMode', 'returnIndices'] as const
export const avgPoolOrder = ['stride', 'padding', 'ceilMode', 'countIncludePad', 'divisorOverride'] as const
const maxPoolSignature: Signature<MaxPoolOptions> = { name: 'maxPool2d', positional: maxPoolOrder }
const avgPoolSignature: Signature<AvgPoolOptions> = { name: 'avgPool2d', positional: avgPoolOrder }

/** Errors: a RangeError for sizes that are none, and for what the engine cannot do. */
export function poolAttributes(
  name: string,
  kernel: Size2d,
  options: MaxPoolOptions & AvgPoolOptions,
): PoolAttrs {
  onlyDefaults<MaxPoolOptions>(name, options, { dilation: 1, returnIndices: false, ceilMode: false })
  const { stride = kernel, padding = 0 } = options
  return {
    kernel: pair('kernelSize', kernel, 1),
    stride: pair('stride', stride, 1),
    padding: pair('padding', padding, 0),
  }
}

/** Largest element of each window of [N, C, H, W]; of equal ones the first gets the gradient. Source: torch.nn.functional.max_pool2d. */
export function maxPool2d(
  input: Tensor,
  kernelSize: Size2d,
  ...rest: Arguments<MaxPoolOptions, typeof maxPoolOrder>
): Tensor {
  const options = readArguments<MaxPoolOptions>(maxPoolSignature, rest)
  return apply(ops.maxPool2d, [input], poolAttributes('maxPool2d', kernelSize, options))
}

/** Mean of each window of [N, C, H, W]. Source: torch.nn.functional.avg_pool2d. */
export function avgPool2d(
  input: Tensor,
  kernelSize: Size2d,
  ...rest: Arguments<AvgPoolOptions, typeof avgPoolOrder>
): Tensor {
  const options = readArguments<AvgPoolOptions>(avgPoolSignature, rest)
  const attrs = poolAttributes('avgPool2d', kernelSize, options)
  const means = apply(ops.avgPool2d, [input], attrs)
  const { countIncludePad = true, divisorOverride } = options
  if (divisorOverride !== undefined) {
    if (divisorOverride === 0) throw new RangeError('divisorOverride must not be zero.')
    return means.mul((attrs.kernel[0] * attrs.kernel[1]) / divisorOverride)
  }
  if (countIncludePad || attrs.padding.every((n) => n === 0)) return means
  // Which part of each window lies on the image.
  const shares = apply(ops.avgPool2d, [input.newFull([1, 1, ...input.shape.slice(2)], 1)], attrs)
  return means.div(shares)
}

/**
 * [N, C, H, W] to [N, C, …outputSize] by means of equal parts; null keeps an extent.
 * Source: torch.nn.functional.adaptive_avg_pool2d.
 * Errors: a RangeError where H and W are not multiples of outputSize (PyTorch's parts then overlap).
 */
export function adaptiveAvgPool2d(
  input: Tensor,
  outputSize: number | null | readonly [number | null, number | null],
  ...rest: []
): Tensor {
  refuseSurplus('adaptiveAvgPool2d', 2, [input, outputSize, ...rest])
  const [height = 0, width = 0] = input.shape.slice(2)
  const [rows, columns] = Array.isArray(outputSize)
    ? (outputSize as readonly [number | null, number | null])
    : ([outputSize, outputSize] as const)
  const size = pair('outputSize', [rows ?? height, columns ?? width] as never, 1)
  if (input.ndim === 4 && size[0] === 1 && size[1] === 1) return input.mean([2, 3], true)
  if (input.ndim !== 4 || height % size[0] !== 0 || width % size[1] !== 0) {
    throw new RangeError(
      `adaptiveAvgPool2d divides [N, C, H, W] evenly: ${formatShape(input.shape)} has no ${size.join(' × ')} equal parts.`,
    )
  }
  return avgPool2d(input, [height / size[0], width / size[1]])
}
