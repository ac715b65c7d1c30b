/** Kernels → functions: how each can be computed, and the code for it, made once for all that can share it. */
import type { CodeKernel, ContractKernel, Plan } from '../../compiler/kernel.ts'
import { kernelSlots } from '../../compiler/kernel.ts'
import { loopBases } from '../../compiler/kernel-bases.ts'
import type { CodeCache } from './code-cache.ts'
import { batchSize, type ContractionOptions } from './contraction.ts'
import { wordsOf } from './given-numbers.ts'
import type { KernelForm, KernelForms } from './kernel-form.ts'
import { loopForms } from './loop-form.ts'
import { isNarrow, matmulForm, matmulPlans } from './matmul-kernel.ts'
import { blockDepth, packedForm, packedSplits } from './packed-kernel.ts'
import { asMatmuls, type PlainKernel } from './plain-product.ts'
import type { Argument, CalledKernel } from './run-function.ts'
import { scatterForm } from './scatter-kernel.ts'
import { asWinograd, paysWinograd, type Winograd } from './winograd.ts'
import { winogradForm } from './winograd-kernel.ts'

/** What code of the form that was chosen for a kernel is called with. */
export function calledKernel(
  kernel: CodeKernel,
  { range, scratch, repeated, numbers, tables }: KernelForm,
  cache: CodeCache,
): CalledKernel {
  return {
    range,
    scratch,
    repeated,
    arguments: argumentsOf(kernel),
    numbers: wordsOf(numbers),
    tables: tables && cache.tables(tables),
  }
}

/** How a kernel can be computed. */
export function formsOf(kernel: CodeKernel, slots: Plan['slots'], options: ContractionOptions): KernelForms {
  if (kernel.kind === 'loop') return loopForms(kernel, slots, options)
  if (kernel.kind === 'contract') return contractionForms(kernel, options)
  return {
    best: scatterForm(kernel),
    others: () => [],
    family: 'scatter',
    size: kernel.outer * (kernel.rows + kernel.extent) * kernel.inner,
  }
}

/** The filtering that computes a contraction soonest; null where a product does. */
export function winogradOf(kernel: ContractKernel, options: ContractionOptions): Winograd | null {
  const winograd = asWinograd(kernel, options)
  return winograd && paysWinograd(winograd, options) ? winograd : null
}

function contractionForms(kernel: ContractKernel, options: ContractionOptions): KernelForms {
  const size = batchSize(kernel.batch) * kernel.m * kernel.n * kernel.k
  const family = 'contraction'
  const [matmul, other] = asMatmuls(kernel)
  const made = (best: KernelForm, others: () => KernelForm[]): KernelForms => ({ best, others, family, size })
  const splits = packedSplits(kernel, options)
  const packed = splits.map((by) => packedForm(kernel, by, options))
  const forAnyColumns = (): KernelForm[] => splits.map((by) => packedForm(kernel, by, options, null))
  if (!matmul) {
    const winograd = winogradOf(kernel, options)
    return winograd
      ? made(winogradForm(winograd, options), () => [])
      : made(packed[0]!, () => [...packed.slice(1), ...forAnyColumns()])
  }
  const plain = (product: PlainKernel): KernelForm[] =>
    matmulPlans(product, options).map((plan) => matmulForm(product, plan, options))
  const best = matmulForm(matmul, matmulPlans(matmul, options)[0]!, options)
  // The sums of single columns are added up in an order of their own, and longer ones in blocks when packed.
  if (isNarrow(matmul)) return made(best, () => [])
  return made(best, () => [
    ...plain(matmul).slice(1),
    ...(other && !isNarrow(other) ? plain(other) : []),
    ...(kernel.k <= blockDepth ? [...packed, ...forAnyColumns()] : []),
  ])
}

/** Whose addresses a kernel's function takes. */
function argumentsOf(kernel: CodeKernel): Argument[] {
  const whole = (slot: number): Argument => ({ slot, offset: 0 })
  if (kernel.kind === 'scatter') return [kernel.source, kernel.index.slot, kernel.out].map(whole)
  if (kernel.kind === 'contract') return [kernel.a, kernel.b, whole(kernel.out)]
  const bases = loopBases(kernel)
  return kernelSlots(kernel).map((slot) => ({ slot, offset: bases.get(slot)! }))
}
