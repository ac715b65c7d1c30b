/** float16 is computed with in float32 and rounded at the end, as PyTorch's kernels do it. */
import type { Tensor } from './core.ts'

export const isHalf = ({ dtype }: Tensor): boolean => dtype === 'float16'

/** float16 as float32; everything else as it is. */
export const widened = (t: Tensor): Tensor => (isHalf(t) ? t.to('float32') : t)

/** Of a product, for whose factors PyTorch promotes nothing either. */
export function refuseMixed(name: string): never {
  throw new TypeError(
    `${name}: its inputs are float16 and float32; convert one with to('float32') or to('float16').`,
  )
}

/** A gradient in the type of what it belongs to. */
export const narrowed = (grad: Tensor, of: Tensor): Tensor => (isHalf(of) ? grad.to('float16') : grad)
