import type { PoolAttrs } from '../../ops/pooling.ts'
import { formatShape } from '../../tensor/shape.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { pair, type Size2d } from '../size.ts'

export interface PoolOptions {
  /** The kernel's size by default. */
  readonly stride?: Size2d
  /** On each side, at most half of the kernel; 0 by default. */
  readonly padding?: Size2d
}

function attributes(kernel: Size2d, { stride = kernel, padding = 0 }: PoolOptions): PoolAttrs {
  return {
    kernel: pair('kernelSize', kernel, 1),
    stride: pair('stride', stride, 1),
    padding: pair('padding', padding, 0),
  }
}

/** Largest element of each window of [N, C, H, W]; of equal ones the first gets the gradient. Source: torch.nn.functional.max_pool2d. */
export function maxPool2d(input: Tensor, kernelSize: Size2d, options: PoolOptions = {}): Tensor {
  return input.maxPool2d(attributes(kernelSize, options))
}

/** Mean of each window of [N, C, H, W], the padding's zeros counted in. Source: torch.nn.functional.avg_pool2d. */
export function avgPool2d(input: Tensor, kernelSize: Size2d, options: PoolOptions = {}): Tensor {
  return input.avgPool2d(attributes(kernelSize, options))
}

/**
 * [N, C, H, W] to [N, C, …outputSize] by means of equal parts. Source: torch.nn.functional.adaptive_avg_pool2d.
 * Errors: a RangeError where H and W are not multiples of outputSize (PyTorch's parts then overlap).
 */
export function adaptiveAvgPool2d(input: Tensor, outputSize: Size2d): Tensor {
  const size = pair('outputSize', outputSize, 1)
  if (input.ndim === 4 && size[0] === 1 && size[1] === 1) return input.mean([2, 3], true)
  const [height = 0, width = 0] = input.shape.slice(2)
  if (input.ndim !== 4 || height % size[0] !== 0 || width % size[1] !== 0) {
    throw new RangeError(
      `adaptiveAvgPool2d divides [N, C, H, W] evenly: ${formatShape(input.shape)} has no ${size.join(' × ')} equal parts.`,
    )
  }
  return avgPool2d(input, [height / size[0], width / size[1]])
}
