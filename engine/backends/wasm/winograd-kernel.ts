/**
 * Filtering with 3 × 3 filters by Winograd's minimal filtering → WebAssembly: 16 multiplications where the direct sum
 * takes 36, and as exact, for its sums are shorter. Where a window holds an infinity, its result may be NaN instead.
 */
import type { ContractionOptions } from './contraction.ts'
import type { KernelForm } from './kernel-form.ts'
import type { Winograd } from './winograd.ts'
import { correlationForm } from './winograd-correlation.ts'
import { filterGradientForm } from './winograd-gradient.ts'

/** The function takes what a matrix product's does: the addresses of a, b, out, the scratch memory and the numbers, then the range of pieces. */
export const winogradForm = (winograd: Winograd, options: ContractionOptions): KernelForm =>
  winograd.kind === 'correlation' ? correlationForm(winograd, options) : filterGradientForm(winograd, options)
