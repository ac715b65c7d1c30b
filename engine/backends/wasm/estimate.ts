/** How long kernels take on one thread, roughly: enough to decide which are worth sharing. */
import { kernelExprs, type CodeKernel, type LoopKernel } from '../../compiler/kernel.ts'
import { formulaCost } from '../../compiler/scalars/index.ts'

/** Nanoseconds, measured on a server core of 2023 with AVX2. */
const perMultiplyAdd = 1 / 45
const perOperation = 0.1
const perFormula = 2
const perScattered = 0.2
/** An element of an operand that is copied to where a product wants it. */
export const perPacked = 0.3

const product = (extents: readonly number[]): number => extents.reduce((size, extent) => size * extent, 1)

/** In nanoseconds. */
export function estimateTime(kernel: CodeKernel): number {
  switch (kernel.kind) {
    case 'contract':
      return product(kernel.batch) * kernel.m * kernel.n * kernel.k * perMultiplyAdd
    case 'scatter':
      return kernel.outer * (kernel.rows + kernel.extent) * kernel.inner * perScattered
    case 'loop':
      return loopTime(kernel)
  }
}

function loopTime(kernel: LoopKernel): number {
  const inner = product(kernel.reduce?.extents ?? [])
  const operations = kernelExprs(kernel).reduce(
    (sum, { spec }) =>
      sum + (spec.op === 'unary' ? perFormula * formulaCost(spec.fn) || perOperation : perOperation),
    kernel.stores.length * perOperation,
  )
  return product(kernel.extents) * inner * operations
}
