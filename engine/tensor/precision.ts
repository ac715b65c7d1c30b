/** How exactly float32 matrices are multiplied. */
import type { MatmulPrecision } from '../compiler/primitive.ts'

export type { MatmulPrecision }

const precisions: readonly MatmulPrecision[] = ['highest', 'high', 'medium']
let current: MatmulPrecision = 'highest'

/**
 * torch.set_float32_matmul_precision: how exactly matrix products and convolutions that are computed from now on multiply.
 * `highest`, the default, and `high`: in float32. `medium`: devices may round factors to float16 first, while sums stay
 * float32: on matrix units where there are any, and in float32 where a device has no float16. Numbers beyond 65,504 become
 * infinite then (PyTorch's medium is bfloat16, which reaches as far as float32 but has three bits less).
 * Errors: a RangeError for another word.
 */
export function setFloat32MatmulPrecision(precision: MatmulPrecision): void {
  if (!precisions.includes(precision))
    throw new RangeError(
      `The precision of products is one of ${precisions.join(', ')}, not ${String(precision)}.`,
    )
  current = precision
}

/** Products that `work` computes, or captures, multiply so exactly; what it does after its first wait is no part of it. */
export function withFloat32MatmulPrecision<T>(precision: MatmulPrecision, work: () => T): T {
  const before = current
  setFloat32MatmulPrecision(precision)
  try {
    return work()
  } finally {
    current = before
  }
}

/** How exactly matrices of float32 are multiplied. Source: torch.get_float32_matmul_precision. */
export const getFloat32MatmulPrecision = (): MatmulPrecision => current
