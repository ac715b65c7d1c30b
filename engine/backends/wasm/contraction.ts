/** What the kernels for contractions have in common. */
import type { FunctionBuilder } from './assembler.ts'
import { op, simd } from './assembler.ts'
import { limitTo, push, step, type Size } from './given-numbers.ts'
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
}

/** Which products a kernel computes one after the other. */
export interface Batch {
  readonly extents: readonly Size[]
  /** Bytes from one product's operands to the next one's, for each axis. */
  readonly a: readonly Size[]
  readonly b: readonly Size[]
  /** Bytes of one product's result. */
  readonly out: Size
  /** Of one product. */
  readonly pieces: Size
}

interface Batched {
  readonly batch: readonly number[]
  readonly m: number
  readonly n: number
  readonly a: { readonly batchStrides: readonly number[] }
  readonly b: { readonly batchStrides: readonly number[] }
}

const bytes = (strides: readonly number[]): number[] => strides.map((stride) => stride * 4)

/** As numbers, in an order of their own; see `readBatch`. Without a batch, only the pieces. */
export const batchNumbers = ({ batch, m, n, a, b }: Batched, pieces: number): number[] =>
  batch.length === 0
    ? [pieces]
    : [pieces, m * n * 4, ...batch, ...bytes(a.batchStrides), ...bytes(b.batchStrides)]

/** A batch of so many axes from the locals that hold its numbers. */
export function readBatch(locals: readonly number[], axes: number): Batch {
  const size = (local: number | undefined): Size => ({ local: local! })
  const several = (from: number): Size[] => locals.slice(from, from + axes).map(size)
  return {
    pieces: size(locals[0]),
    out: axes === 0 ? 0 : size(locals[1]),
    extents: several(2),
    a: several(2 + axes),
    b: several(2 + 2 * axes),
  }
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
  { a, b }: { readonly a: Operand; readonly b: Operand },
  batch: Batch,
  range: { readonly from: number; readonly to: number },
  body: (product: Product) => void,
): void {
  const address = (parameter: number): number => {
    const local = f.local('i32')
    f.get(parameter).set(local)
    return local
  }
  const at = { a: address(a.parameter ?? 0), b: address(b.parameter ?? 1), out: address(2) }
  const axes = batch.extents.length
  if (axes === 0) {
    body({ ...at, ...range })
    return
  }
  // The range, counted from the first piece of the current product.
  const [from, to] = [f.local('i32'), f.local('i32')]
  const [start, end] = [f.local('i32'), f.local('i32')]
  f.get(range.from).set(from).get(range.to).set(to)
  const back = (local: number): void => {
    f.get(local)
    push(f, batch.pieces).emit(op.i32Sub).set(local)
  }
  const nest = (d: number): void => {
    const extent = batch.extents[d]
    if (extent === undefined) {
      f.get(from).i32(0).get(from).i32(0).emit(op.i32GtS, op.select).set(start)
      f.get(to).set(end)
      limitTo(f, end, batch.pieces)
      f.get(start).get(end).emit(op.i32LtS, op.if, 0x40)
      body({ ...at, from: start, to: end })
      f.emit(op.end)
      back(from)
      back(to)
      return
    }
    const [firstA, firstB] = [f.local('i32'), f.local('i32')]
    const [counter, last] = [f.local('i32'), f.local('i32')]
    f.get(at.a).set(firstA).get(at.b).set(firstB).i32(0).set(counter)
    push(f, extent).set(last)
    f.range(counter, last, 1, () => {
      nest(d + 1)
      step(f, at.a, batch.a[d]!)
      step(f, at.b, batch.b[d]!)
      if (d === axes - 1) step(f, at.out, batch.out)
    })
    f.get(firstA).set(at.a).get(firstB).set(at.b)
  }
  nest(0)
}
