/**
 * Contractions over several axes (convolution and its gradients) → WebAssembly: an implicit matrix product. Tables of
 * offsets say where each row, column and inner element stands; blocks of both operands are gathered through them into
 * scratch memory, and a micro-kernel multiplies the blocks (Goto & van de Geijn 2008,
 * https://doi.org/10.1145/1356052.1356053). No matrix of windows is ever written out.
 */
import type { ContractKernel } from '../../compiler/kernel.ts'
import { FunctionBuilder, op, simd } from './assembler.ts'
import {
  batchNumbers,
  batchSize,
  eachProduct,
  multiplyAdd,
  readBatch,
  splitProduct,
  tileColumns,
  tileRows,
  type Batch,
  type ContractionOptions,
  type Product,
  type Split,
} from './contraction.ts'
import { given, limitTo, push, receive, step } from './given-numbers.ts'
import type { KernelForm } from './kernel-form.ts'
import { lanes } from './lanes.ts'
import { hasRunsOf, packedTables, Packing, tableStarts, type PanelPlace } from './packing.ts'

/** Inner elements per block: a panel of b then stays in the first cache, the block of a in the second. */
export const blockDepth = 256
/** Tiles of rows in one block of a, where threads share rows. */
const blockTiles = 32

const tiles = (rows: number): number => Math.ceil(rows / tileRows)
const depthOf = ({ k }: ContractKernel): number => Math.min(k, blockDepth)

/** Tiles of rows that are packed together. */
const tilesAtOnce = ({ m }: ContractKernel, by: Split['by']): number =>
  by === 'rows' ? Math.min(tiles(m), blockTiles) : tiles(m)

/** Floats of scratch memory before the panel of b: a tile at an edge, then the packed block of a. */
const edgeFloats = (options: ContractionOptions): number => tileRows * tileColumns(options)
const blockFloats = (kernel: ContractKernel, by: Split['by'], depth: number): number =>
  tilesAtOnce(kernel, by) * tileRows * depth

/** Few columns stand in the code: what whole panels leave of them is much. null: the code is for any number. */
const knownColumns = ({ n }: ContractKernel, options: ContractionOptions): number | null =>
  n < 4 * tileColumns(options) ? n : null

/** Both ways to share the pieces, of which the result does not depend; the better one first. */
export function packedSplits(
  kernel: ContractKernel,
  options: ContractionOptions,
): [Split['by'], Split['by']] {
  const { by } = splitProduct(kernel, options)
  return [by, by === 'rows' ? 'columns' : 'rows']
}

/** The function takes the addresses of a, b, out, the scratch memory, the tables and the numbers, then the range of pieces to compute. */
export function packedForm(
  kernel: ContractKernel,
  by: Split['by'],
  options: ContractionOptions,
  /** As `knownColumns` has it. */
  known = knownColumns(kernel, options),
): KernelForm {
  const { batch, m, n, k } = kernel
  const pieces = by === 'rows' ? tiles(m) : Math.ceil(n / tileColumns(options))
  const extent = batchSize(batch) * pieces
  const depth = depthOf(kernel)
  const panel = (edgeFloats(options) + blockFloats(kernel, by, depth)) * 4
  return {
    key: `packed product ${JSON.stringify([by, m, known, k === 0, hasRunsOf(kernel), batch.length])}`,
    numbers: [n, k, panel, ...tableStarts(kernel), ...batchNumbers(kernel, pieces)].map(given),
    range: { extent, grain: 1, most: by === 'rows' ? blockTiles : null },
    scratch: panel / 4 + tileColumns(options) * depth,
    tables: {
      key: JSON.stringify([kernel.a.rows, kernel.a.columns, kernel.b.rows, kernel.b.columns]),
      make: () => packedTables(kernel),
    },
    repeated: k * (by === 'rows' ? n : m),
    emit: () => new PackedEmitter(kernel, by, options, known).emit(),
  }
}

class PackedEmitter {
  readonly #f = new FunctionBuilder(8)
  readonly #kernel: ContractKernel
  readonly #options: ContractionOptions
  readonly #by: Split['by']
  readonly #known: number | null
  readonly #tileColumns: number
  readonly #range = { from: 6, to: 7 }
  readonly #packing: Packing
  readonly #batch: Batch
  /** Locals: inner elements, inner elements of the current block, bytes of a packed tile of rows in it. */
  readonly #k: number
  /** Of so many rows of the output. */
  readonly #rowsBytes: readonly number[]
  readonly #depth: number
  readonly #tileBytes: number
  readonly #from: number
  readonly #to: number
  readonly #counter: number

  constructor(kernel: ContractKernel, by: Split['by'], options: ContractionOptions, known: number | null) {
    this.#kernel = kernel
    this.#options = options
    this.#by = by
    this.#known = known
    this.#tileColumns = tileColumns(options)
    const f = this.#f
    const [n, k, panel, innerA, innerB, columns, ...batch] = receive(f, 5, packedForm(kernel, by, options).numbers) as [number, number, number, number, number, number, ...number[]] // prettier-ignore
    this.#k = k
    this.#batch = readBatch(batch, kernel.batch.length)
    const local = (): number => f.local('i32')
    ;[this.#from, this.#to, this.#counter] = [local(), local(), local()]
    ;[this.#depth, this.#tileBytes] = [local(), local()]
    this.#rowsBytes = Array.from({ length: tileRows + 1 }, (_, rows) => {
      const bytes = local()
      f.get(n)
        .i32(rows * 4)
        .emit(op.i32Mul)
        .set(bytes)
      return bytes
    })
    this.#packing = new Packing(f, kernel, {
      tileColumns: this.#tileColumns,
      block: edgeFloats(options) * 4,
      panel: { local: panel },
      depth: this.#depth,
      starts: { innerA: { local: innerA }, innerB: { local: innerB }, columns: { local: columns } },
    })
  }

  emit(): FunctionBuilder {
    eachProduct(this.#f, { a: {}, b: {} }, this.#batch, this.#range, (at) => this.#product(at))
    return this.#f
  }

  /** Block by block of inner elements; the first one starts the sums. */
  #product(at: Product): void {
    if (this.#kernel.k === 0) return
    const f = this.#f
    const { start } = this.#packing
    f.i32(0).set(start)
    f.emit(op.loop, 0x40)
    f.get(this.#k).get(start).emit(op.i32Sub).set(this.#depth)
    limitTo(f, this.#depth, blockDepth)
    f.get(this.#depth)
      .i32(tileRows * 4)
      .emit(op.i32Mul)
      .set(this.#tileBytes)
    this.#packing.rows(at.a, (row, body) => this.#tileRows(at, row, body))
    this.#panels(at)
    f.get(start).i32(blockDepth).emit(op.i32Add).tee(start)
    f.get(this.#k).emit(op.i32LtS, op.brIf, 0, op.end)
  }

  /** Runs `body` with `row` at the first row of every wanted tile. */
  #tileRows(at: Product, row: number, body: () => void): void {
    const { m } = this.#kernel
    const f = this.#f
    if (this.#by === 'columns') {
      f.loop(row, 0, tiles(m) * tileRows, tileRows, body)
      return
    }
    const end = f.local('i32')
    f.get(at.from).i32(tileRows).emit(op.i32Mul).set(row)
    f.get(at.to).i32(tileRows).emit(op.i32Mul).set(end)
    f.range(row, end, tileRows, body)
  }

  #panels(at: Product): void {
    const f = this.#f
    const tileColumns = this.#tileColumns
    const [column, end] = [f.local('i32'), f.local('i32')]
    // Counted in bytes, which is what tables and output want.
    const bytes = tileColumns * 4
    const panel = (place: PanelPlace): void => {
      this.#packing.columns(at.b, place)
      this.#tiles(at, place)
    }
    if (this.#by === 'columns') {
      f.get(at.from).i32(bytes).emit(op.i32Mul).set(column)
      f.get(at.to).i32(bytes).emit(op.i32Mul).set(end)
      limitTo(f, end, { local: this.#rowsBytes[1]! })
    } else f.i32(0).set(column).get(this.#rowsBytes[1]!).set(end)
    f.range(column, end, bytes, () => panel({ column, width: tileColumns, end: null }))
    // What whole panels leave.
    const known = this.#known
    if (known !== null && known % tileColumns === 0) return
    f.get(column).get(end).emit(op.i32LtS, op.if, 0x40)
    if (known === null) panel({ column, width: tileColumns, end })
    else panel({ column, width: known % tileColumns, end: null })
    f.emit(op.end)
  }

  #tiles(at: Product, place: PanelPlace): void {
    const { m } = this.#kernel
    const f = this.#f
    const [left, to] = [f.local('i32'), f.local('i32')]
    f.get(3).i32(this.#packing.block).emit(op.i32Add).set(left)
    f.get(at.out).get(place.column).emit(op.i32Add).set(to)
    const tile = (rows: number): void => {
      this.#tile(left, to, rows, place)
      step(f, left, { local: this.#tileBytes })
      step(f, to, { local: this.#rowsBytes[rows]! })
    }
    const rest = m % tileRows
    const row = f.local('i32')
    if (this.#by === 'columns') {
      if (m > rest) f.loop(row, 0, m - rest, tileRows, () => tile(tileRows))
      if (rest > 0) tile(rest)
      return
    }
    const end = f.local('i32')
    f.get(at.from).i32(tileRows).emit(op.i32Mul).set(row)
    f.get(to).get(row).get(this.#rowsBytes[1]!).emit(op.i32Mul, op.i32Add).set(to)
    f.get(at.to).i32(tileRows).emit(op.i32Mul).set(end)
    limitTo(f, end, m - rest)
    f.range(row, end, tileRows, () => tile(tileRows))
    if (rest === 0) return
    push(f.get(at.to), this.#batch.pieces).emit(op.i32Eq, op.if, 0x40)
    tile(rest)
    f.emit(op.end)
  }

  /** One tile of sums over one block, started with zero or with what the blocks before have left. */
  #tile(leftBase: number, to: number, rows: number, { column, width, end }: PanelPlace): void {
    const f = this.#f
    const vectors = Math.ceil(width / lanes)
    const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => f.local('v128')))
    const right = Array.from({ length: vectors }, () => f.local('v128'))
    const left = f.local('v128')
    for (const row of sums) for (const sum of row) f.f32x4(0).set(sum)
    f.get(leftBase).set(this.#from)
    push(f.get(3), this.#packing.panel).emit(op.i32Add).set(this.#to)
    const steps = (count: number): void => {
      for (let u = 0; u < count; u++) {
        right.forEach((register, v) =>
          f
            .get(this.#to)
            .simdMemory(simd.load, (u * this.#tileColumns + v * lanes) * 4)
            .set(register),
        )
        sums.forEach((row, r) => {
          f.get(this.#from)
            .simdMemory(simd.load32Splat, (u * tileRows + r) * 4)
            .set(left)
          row.forEach((sum, v) => multiplyAdd(f, this.#options, left, right[v]!, sum))
        })
      }
      step(f, this.#from, count * tileRows * 4)
      step(f, this.#to, count * this.#tileColumns * 4)
    }
    f.i32(0).set(this.#counter)
    f.range(this.#counter, this.#depth, 4, () => steps(4))
    f.range(this.#counter, this.#depth, 1, () => steps(1))
    const places = sums.map((_, r) => {
      if (r === 0) return to
      const place = f.local('i32')
      f.get(to).get(this.#rowsBytes[r]!).emit(op.i32Add).set(place)
      return place
    })
    if (end === null) this.#store(sums, places, width)
    else this.#storeSome(sums, places, column, end)
  }

  /** Leaves whether blocks before this one have left sums. */
  #hasStored(): FunctionBuilder {
    return this.#f.get(this.#packing.start)
  }

  #store(sums: readonly (readonly number[])[], places: readonly number[], width: number): void {
    const f = this.#f
    const each = (body: (sum: number, place: number, offset: number, valid: number) => void): void =>
      sums.forEach((row, r) =>
        row.forEach((sum, v) => body(sum, places[r]!, v * lanes * 4, Math.min(lanes, width - v * lanes))),
      )
    // All loads come before the first store: with one between them, V8 would not join two vectors of four.
    this.#hasStored().emit(op.if, 0x40)
    each((sum, place, offset, valid) => this.#addStored(sum, place, offset, valid))
    f.emit(op.end)
    each((sum, place, offset, valid) => {
      f.get(place).get(sum)
      if (valid === lanes) f.simdMemory(simd.store, offset)
      else f.simd(simd.f32x4ExtractLane, 0).memory(op.f32Store, offset)
      for (let lane = 1; lane < valid && valid < lanes; lane++)
        f.get(place)
          .get(sum)
          .simd(simd.f32x4ExtractLane, lane)
          .memory(op.f32Store, offset + lane * 4)
    })
  }

  /** Adds what the blocks before have left to a vector of sums; to the last one perhaps only some of it. */
  #addStored(sum: number, place: number, offset: number, valid: number): void {
    const f = this.#f
    if (valid === lanes) {
      f.get(sum).get(place).simdMemory(simd.load, offset).simd(simd.f32x4Add).set(sum)
      return
    }
    const stored = f.local('v128')
    f.f32x4(0).set(stored)
    for (let lane = 0; lane < valid; lane++)
      f.get(place)
        .get(stored)
        .simdMemory(simd.load32Lane, offset + lane * 4, lane)
        .set(stored)
    f.get(sum).get(stored).simd(simd.f32x4Add).set(sum)
  }

  /** The columns before the end, by way of the scratch memory. */
  #storeSome(
    sums: readonly (readonly number[])[],
    places: readonly number[],
    column: number,
    end: number,
  ): void {
    const f = this.#f
    const width = this.#tileColumns * 4
    sums.forEach((row, r) =>
      row.forEach((sum, v) =>
        f
          .get(3)
          .get(sum)
          .simdMemory(simd.store, r * width + v * lanes * 4),
      ),
    )
    const [at, count] = [f.local('i32'), f.local('i32')]
    f.get(end).get(column).emit(op.i32Sub).set(count).i32(0).set(at)
    f.range(at, count, 4, () => {
      places.forEach((place, r) => {
        const sum = (): FunctionBuilder =>
          f
            .get(3)
            .get(at)
            .emit(op.i32Add)
            .memory(op.f32Load, r * width)
        f.get(place).get(at).emit(op.i32Add)
        this.#hasStored()
        f.ifElse(
          'f32',
          () => {
            sum()
            f.get(place).get(at).emit(op.i32Add).memory(op.f32Load).emit(op.f32Add)
          },
          sum,
        )
        f.memory(op.f32Store)
      })
    })
  }
}
