/** What the kernels for contractions have in common. */
import type { FunctionBuilder } from './assembler.ts'
import { op, simd } from './assembler.ts'
import { lanes } from './lanes.ts'

export interface ContractionOptions {
  /** The machine has fused multiply-add behind relaxed SIMD. */
  readonly relaxed: boolean
  /** The engine makes one vector of eight out of two of four, or the machine has twice the registers: tiles may be wider. */
  readonly wide: boolean
}

/** Sums per tile: 6 × 2 registers, one operand pair and one broadcast fit the sixteen vector registers of x86-64. */
export const tileRows = 6
export const tileColumns = ({ wide }: ContractionOptions): number => (wide ? 4 : 2) * lanes

/**
 * How a product is cut into pieces that threads share: tiles of rows or panels of columns. Pieces of all products of a
 * batch are counted through.
 */
export interface Split {
  readonly by: 'rows' | 'columns'
  /** Pieces of one product. */
  readonly pieces: number
}

/** A kernel with the choice of its pieces as last parameters, `from` and `to`. */
export interface Contraction {
  readonly code: FunctionBuilder
  /** Pieces of the whole batch. */
  readonly pieces: number
  /** As many as one call may be given. */
  readonly most: number
  /** Floats of scratch memory of each thread. */
  readonly scratch: number
  /** Elements every share of a product packs that other shares pack as well. */
  readonly repeated: number
}

/** Sums of so few terms are quicker than writing them: threads then write whole rows, each its own part of memory. */
const shortSum = 128
const enoughTiles = 16

/** Along the side with more pieces: every thread packs its own part of that operand, and all of the other. */
export function splitProduct(
  { m, n, k }: { readonly m: number; readonly n: number; readonly k: number },
  options: ContractionOptions,
): Split {
  const rows = Math.ceil(m / tileRows)
  const columns = Math.ceil(n / tileColumns(options))
  const byRows = rows > columns || (k <= shortSum && rows >= enoughTiles)
  return byRows ? { by: 'rows', pieces: rows } : { by: 'columns', pieces: columns }
}

export const batchSize = (batch: readonly number[]): number =>
  batch.reduce((size, extent) => size * extent, 1)

/** `sum` += `a` · `b`, all locals of vectors. */
export function multiplyAdd(
  f: FunctionBuilder,
  { relaxed }: ContractionOptions,
  a: number,
  b: number,
  sum: number,
): void {
  if (relaxed) f.get(a).get(b).get(sum).simd(simd.f32x4RelaxedMadd).set(sum)
  else f.get(sum).get(a).get(b).simd(simd.f32x4Mul).simd(simd.f32x4Add).set(sum)
}

interface Operand {
  /** The function's parameter that has its address: 0 for a and 1 for b where nothing else is said. */
  readonly parameter?: number
  readonly offset: number
  readonly batchStrides: readonly number[]
}

interface Batched {
  readonly batch: readonly number[]
  readonly m: number
  readonly n: number
  readonly a: Operand
  readonly b: Operand
}

/** Locals that hold where the current product's matrices start, and the range of its pieces that is wanted. */
export interface Product {
  readonly a: number
  readonly b: number
  readonly out: number
  readonly from: number
  readonly to: number
}

/**
 * Runs `body` for every product of the batch that has pieces in the range. The function's first parameters are the
 * addresses of a, b and out; `from` and `to` are those that hold the range.
 */
export function eachProduct(
  f: FunctionBuilder,
  { batch, m, n, a, b }: Batched,
  pieces: number,
  range: { readonly from: number; readonly to: number },
  body: (product: Product) => void,
): void {
  const address = (parameter: number, offset: number): number => {
    const local = f.local('i32')
    f.get(parameter)
      .i32(offset * 4)
      .emit(op.i32Add)
      .set(local)
    return local
  }
  const at = {
    a: address(a.parameter ?? 0, a.offset),
    b: address(b.parameter ?? 1, b.offset),
    out: address(2, 0),
  }
  if (batch.length === 0) {
    body({ ...at, ...range })
    return
  }
  // The range, counted from the first piece of the current product.
  const [from, to] = [f.local('i32'), f.local('i32')]
  const [start, end] = [f.local('i32'), f.local('i32')]
  f.get(range.from).set(from).get(range.to).set(to)
  const step = (local: number, by: number): unknown => f.get(local).i32(by).emit(op.i32Add).set(local)
  const nest = (d: number): void => {
    const extent = batch[d]
    if (extent === undefined) {
      f.get(from).i32(0).get(from).i32(0).emit(op.i32GtS, op.select).set(start)
      f.get(to).i32(pieces).get(to).i32(pieces).emit(op.i32LtS, op.select).set(end)
      f.get(start).get(end).emit(op.i32LtS, op.if, 0x40)
      body({ ...at, from: start, to: end })
      f.emit(op.end)
      step(from, -pieces)
      step(to, -pieces)
      return
    }
    f.loop(f.local('i32'), 0, extent, 1, () => {
      nest(d + 1)
      step(at.a, a.batchStrides[d]! * 4)
      step(at.b, b.batchStrides[d]! * 4)
      if (d === batch.length - 1) step(at.out, m * n * 4)
    })
    step(at.a, -a.batchStrides[d]! * extent * 4)
    step(at.b, -b.batchStrides[d]! * extent * 4)
  }
  nest(0)
}
