/**
 * Filtering with 3 × 3 filters by Winograd's minimal filtering → WebAssembly: 16 multiplications where the direct sum
 * takes 36, and as exact, for its sums are shorter. Where a window holds an infinity, its result may be NaN instead.
 */
import type { Contraction, ContractionOptions } from './contraction.ts'
import type { Winograd } from './winograd.ts'
import { compileCorrelation } from './winograd-correlation.ts'
import { compileFilterGradient } from './winograd-gradient.ts'

/** The function takes what a matrix product's does: the addresses of a, b, out and the scratch memory, then the range of pieces. */
export const compileWinograd = (winograd: Winograd, options: ContractionOptions): Contraction =>
  winograd.kind === 'correlation'
    ? compileCorrelation(winograd, options)
    : compileFilterGradient(winograd, options)
