/** What a kernel is before it is code: kernels of one key share their code, whatever numbers each of them gives it. */
import type { FunctionBuilder } from './assembler.ts'
import type { Given } from './given-numbers.ts'

/**
 * Of each slot how many elements an iteration has for itself: of n it touches those from n·i on and below n·(i + 1), and no
 * others. null: iterations touch the same ones, or it is not known.
 */
export type OwnElements = ReadonlyMap<number, number | null>

export interface KernelForm {
  readonly key: string
  /** What its code is given when it runs. */
  readonly numbers: readonly Given[]
  /**
   * Iterations that can run in any order; the function takes a range of them last: from a multiple of `grain`, at most
   * `most` of them (null: as many as one likes). null: it takes none.
   */
  readonly range: {
    readonly extent: number
    readonly grain: number
    readonly most: number | null
    /** Absent: of no slot. */
    readonly own?: OwnElements
  } | null
  /** Floats of scratch memory of each thread; null: the function takes no such address. */
  readonly scratch: number | null
  /** Offsets that the code reads, and a name for equal ones; null: it takes no such address. */
  readonly tables: { readonly key: string; make(): Int32Array<ArrayBuffer> } | null
  /** Elements that are packed again for each range. */
  readonly repeated: number
  /**
   * The function takes the addresses of the kernel's tensors, of scratch memory, of tables and of its numbers, then the
   * range.
   */
  emit(): FunctionBuilder
}

/** How a kernel can be computed. */
export interface KernelForms {
  readonly best: KernelForm
  /** Ways that come to the same bits: good enough where there is code for them that was made for a kernel at least as large. */
  others(): Iterable<KernelForm>
  /** Kernels that can share code are of one. */
  readonly family: string
  /** Operations, roughly. */
  readonly size: number
}
