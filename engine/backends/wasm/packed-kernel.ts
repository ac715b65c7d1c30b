/**
 * Contractions over several axes (convolution and its gradients) → WebAssembly: an implicit matrix product. Tables of
 * offsets say where each row, column and inner element stands; blocks of both operands are gathered through them into
 * scratch memory, and a micro-kernel multiplies the blocks (Goto & van de Geijn 2008,
 * https://doi.org/10.1145/1356052.1356053). No matrix of windows is ever written out.
 */
import type { ContractKernel } from '../../compiler/kernel.ts'
import { FunctionBuilder, op, simd } from './assembler.ts'
import {
  batchSize,
  eachProduct,
  multiplyAdd,
  splitProduct,
  tileColumns,
  tileRows,
  type Contraction,
  type ContractionOptions,
  type Product,
  type Split,
} from './contraction.ts'
import { lanes } from './lanes.ts'
import { Packing } from './packing.ts'

/** Inner elements per block: a panel of b then stays in the first cache, the block of a in the second. */
const blockDepth = 256
/** Tiles of rows in one block of a, where threads share rows. */
const blockTiles = 32

const tiles = (rows: number): number => Math.ceil(rows / tileRows)
const depthOf = ({ k }: ContractKernel): number => Math.min(k, blockDepth)

/** The function takes the addresses of a, b, out, the scratch memory and the tables, then the range of pieces to compute. */
export function compilePackedKernel(kernel: ContractKernel, options: ContractionOptions): Contraction {
  const split = splitProduct(kernel, options)
  const pieces = batchSize(kernel.batch) * split.pieces
  return {
    code: new PackedEmitter(kernel, options).emit(),
    pieces,
    most: split.by === 'rows' ? blockTiles : pieces,
    // The packed block of a, then a panel of b.
    scratch: (tilesAtOnce(kernel, split) * tileRows + tileColumns(options)) * depthOf(kernel),
    repeated: kernel.k * (split.by === 'rows' ? kernel.n : kernel.m),
  }
}

/** Tiles of rows that are packed together. */
const tilesAtOnce = ({ m }: ContractKernel, { by }: Split): number =>
  by === 'rows' ? Math.min(tiles(m), blockTiles) : tiles(m)

class PackedEmitter {
  readonly #f = new FunctionBuilder(7)
  readonly #kernel: ContractKernel
  readonly #options: ContractionOptions
  readonly #split: Split
  readonly #tileColumns: number
  readonly #range = { from: 5, to: 6 }
  readonly #packing: Packing
  readonly #from: number
  readonly #to: number
  readonly #counter: number

  constructor(kernel: ContractKernel, options: ContractionOptions) {
    this.#kernel = kernel
    this.#options = options
    this.#split = splitProduct(kernel, options)
    this.#tileColumns = tileColumns(options)
    const local = (): number => this.#f.local('i32')
    ;[this.#from, this.#to, this.#counter] = [local(), local(), local()]
    const panel = tilesAtOnce(kernel, this.#split) * tileRows * depthOf(kernel) * 4
    this.#packing = new Packing(this.#f, kernel, this.#tileColumns, panel)
  }

  emit(): FunctionBuilder {
    eachProduct(this.#f, this.#kernel, this.#split.pieces, this.#range, (at) => this.#product(at))
    return this.#f
  }

  #product(at: Product): void {
    const { k } = this.#kernel
    const f = this.#f
    const whole = Math.floor(k / blockDepth)
    const block = (depth: number, first: boolean): void => {
      this.#packing.rows(at.a, depth, (row, body) => this.#tileRows(at, row, body))
      this.#panels(at, depth, first)
    }
    f.i32(0).set(this.#packing.block)
    if (whole > 0) {
      block(blockDepth, true)
      this.#nextBlock()
      if (whole > 1) {
        f.loop(f.local('i32'), 1, whole, 1, () => {
          block(blockDepth, false)
          this.#nextBlock()
        })
      }
    }
    if (k % blockDepth > 0) block(k % blockDepth, whole === 0)
  }

  /** Runs `body` with `row` at the first row of every wanted tile. */
  #tileRows(at: Product, row: number, body: () => void): void {
    const { m } = this.#kernel
    const f = this.#f
    if (this.#split.by === 'columns') {
      f.loop(row, 0, tiles(m) * tileRows, tileRows, body)
      return
    }
    const end = f.local('i32')
    f.get(at.from).i32(tileRows).emit(op.i32Mul).set(row)
    f.get(at.to).i32(tileRows).emit(op.i32Mul).set(end)
    f.range(row, end, tileRows, body)
  }

  #nextBlock(): void {
    this.#f
      .get(this.#packing.block)
      .i32(blockDepth * 4)
      .emit(op.i32Add)
      .set(this.#packing.block)
  }

  #panels(at: Product, depth: number, first: boolean): void {
    const { n } = this.#kernel
    const f = this.#f
    const tileColumns = this.#tileColumns
    const column = f.local('i32')
    const whole = Math.floor(n / tileColumns)
    const panel = (constant: number, width: number): void => {
      this.#packing.columns(at.b, column, constant, width, depth)
      this.#tiles(at, column, constant, width, depth, first)
    }
    // The counter runs in bytes, which is what tables and output want.
    const bytes = tileColumns * 4
    const byColumns = this.#split.by === 'columns'
    if (byColumns) {
      const end = f.local('i32')
      f.get(at.from).i32(bytes).emit(op.i32Mul).set(column)
      f.get(at.to).i32(whole).get(at.to).i32(whole).emit(op.i32LtS, op.select)
      f.i32(bytes).emit(op.i32Mul).set(end)
      f.range(column, end, bytes, () => panel(0, tileColumns))
    } else if (whole > 0) f.loop(column, 0, whole * bytes, bytes, () => panel(0, tileColumns))
    if (n % tileColumns === 0) return
    if (byColumns) f.get(at.to).i32(this.#split.pieces).emit(op.i32Eq, op.if, 0x40)
    f.i32(0).set(column)
    panel(whole * bytes, n % tileColumns)
    if (byColumns) f.emit(op.end)
  }

  #tiles(at: Product, column: number, constant: number, width: number, depth: number, first: boolean): void {
    const { m, n } = this.#kernel
    const f = this.#f
    const left = f.local('i32')
    const to = f.local('i32')
    f.get(3).set(left)
    f.get(at.out).get(column).emit(op.i32Add).i32(constant).emit(op.i32Add).set(to)
    const tile = (rows: number): void => {
      this.#tile(left, to, rows, width, depth, first)
      f.get(left)
        .i32(tileRows * depth * 4)
        .emit(op.i32Add)
        .set(left)
      f.get(to)
        .i32(rows * n * 4)
        .emit(op.i32Add)
        .set(to)
    }
    const rest = m % tileRows
    const row = f.local('i32')
    if (this.#split.by === 'columns') {
      if (m > rest) f.loop(row, 0, m - rest, tileRows, () => tile(tileRows))
      if (rest > 0) tile(rest)
      return
    }
    const end = f.local('i32')
    f.get(at.from).i32(tileRows).emit(op.i32Mul).set(row)
    f.get(to)
      .get(row)
      .i32(n * 4)
      .emit(op.i32Mul, op.i32Add)
      .set(to)
    f.get(at.to).i32(tileRows).emit(op.i32Mul).set(end)
    f.get(end)
      .i32(m - rest)
      .get(end)
      .i32(m - rest)
      .emit(op.i32LtS, op.select)
      .set(end)
    f.range(row, end, tileRows, () => tile(tileRows))
    if (rest === 0) return
    f.get(at.to).i32(this.#split.pieces).emit(op.i32Eq, op.if, 0x40)
    tile(rest)
    f.emit(op.end)
  }

  /** One tile of sums over one block, started with zero or with what the blocks before have left. */
  #tile(leftBase: number, to: number, rows: number, width: number, depth: number, first: boolean): void {
    const { n } = this.#kernel
    const f = this.#f
    const vectors = Math.ceil(width / lanes)
    const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => f.local('v128')))
    const right = Array.from({ length: vectors }, () => f.local('v128'))
    const left = f.local('v128')
    for (const row of sums) for (const sum of row) f.f32x4(0).set(sum)
    f.get(leftBase).set(this.#from)
    f.get(3).i32(this.#packing.panel).emit(op.i32Add).set(this.#to)
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
      f.get(this.#from)
        .i32(count * tileRows * 4)
        .emit(op.i32Add)
        .set(this.#from)
      f.get(this.#to)
        .i32(count * this.#tileColumns * 4)
        .emit(op.i32Add)
        .set(this.#to)
    }
    const unroll = 4
    const whole = Math.floor(depth / unroll)
    if (whole > 0) f.loop(this.#counter, 0, whole, 1, () => steps(unroll))
    if (depth % unroll > 0) steps(depth % unroll)
    const each = (body: (sum: number, offset: number, valid: number) => void): void =>
      sums.forEach((row, r) =>
        row.forEach((sum, v) => body(sum, (r * n + v * lanes) * 4, Math.min(lanes, width - v * lanes))),
      )
    // All loads come before the first store: with one between them, V8 would not join two vectors of four.
    if (!first) each((sum, offset, valid) => this.#addStored(sum, to, offset, valid))
    each((sum, offset, valid) => {
      f.get(to).get(sum)
      if (valid === lanes) f.simdMemory(simd.store, offset)
      else f.simd(simd.f32x4ExtractLane, 0).memory(op.f32Store, offset)
      for (let lane = 1; lane < valid && valid < lanes; lane++)
        f.get(to)
          .get(sum)
          .simd(simd.f32x4ExtractLane, lane)
          .memory(op.f32Store, offset + lane * 4)
    })
  }

  /** Adds what the blocks before have left to a vector of sums; to the last one perhaps only some of it. */
  #addStored(sum: number, to: number, offset: number, valid: number): void {
    const f = this.#f
    if (valid === lanes) {
      f.get(sum).get(to).simdMemory(simd.load, offset).simd(simd.f32x4Add).set(sum)
      return
    }
    const stored = f.local('v128')
    f.f32x4(0).set(stored)
    for (let lane = 0; lane < valid; lane++)
      f.get(to)
        .get(stored)
        .simdMemory(simd.load32Lane, offset + lane * 4, lane)
        .set(stored)
    f.get(sum).get(stored).simd(simd.f32x4Add).set(sum)
  }
}
