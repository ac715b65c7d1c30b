/**
 * Contractions over several axes (convolution and its gradients) → WebAssembly: an implicit matrix product. Tables of
 * offsets say where each row, column and inner element stands; blocks of both operands are gathered through them into
 * scratch memory, and a micro-kernel multiplies the blocks (Goto & van de Geijn 2008,
 * https://doi.org/10.1145/1356052.1356053). No matrix of windows is ever written out.
 */
import type { Axis, ContractKernel } from '../../compiler/kernel.ts'
import { FunctionBuilder, op, simd } from './assembler.ts'
import {
  batchSize,
  eachProduct,
  lanes,
  multiplyAdd,
  splitProduct,
  tileColumns,
  tileRows,
  type Contraction,
  type ContractionOptions,
  type Product,
  type Split,
} from './contraction.ts'
import { interleave, transpose } from './transpose.ts'

/** Inner elements per block: a panel of b then stays in the first cache, the block of a in the second. */
const blockDepth = 256
/** Tiles of rows in one block of a, where threads share rows. */
const blockTiles = 32

const tiles = (rows: number): number => Math.ceil(rows / tileRows)
const depthOf = ({ k }: ContractKernel): number => Math.min(k, blockDepth)

/** The tables the kernel reads, one after the other: rows of a, inner of a, inner of b, columns of b, each byte offsets. */
export function packedTables({ a, b }: ContractKernel): Int32Array<ArrayBuffer> {
  const groups = [a.rows, a.columns, b.rows, b.columns]
  const sizes = groups.map((axes) => axes.reduce((n, { extent }) => n * extent, 1))
  const table = new Int32Array(sizes.reduce((total, size) => total + size))
  let at = 0
  groups.forEach((axes, i) => {
    writeOffsets(table.subarray(at, at + sizes[i]!), axes)
    at += sizes[i]!
  })
  return table
}

/** Byte offsets of every index of a group of axes, last axis fastest. */
function writeOffsets(table: Int32Array, axes: readonly Axis[]): void {
  let written = 1
  for (const { extent, stride } of axes.toReversed()) {
    for (let i = 1; i < extent; i++)
      for (let j = 0; j < written; j++) table[i * written + j] = table[j]! + i * stride * 4
    written *= extent
  }
}

/** The function takes the addresses of a, b, out, the scratch memory and the tables, then the range of pieces to compute. */
export function compilePackedKernel(kernel: ContractKernel, options: ContractionOptions): Contraction {
  const split = splitProduct(kernel.m, kernel.n, options)
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

/** Where the last axis is at least so long, four indices in a row have neighbours in memory if the outer two are three apart. */
const hasRuns = (axes: readonly Axis[]): boolean => axes.at(-1)!.stride === 1 && axes.at(-1)!.extent >= lanes

class PackedEmitter {
  readonly #f = new FunctionBuilder(7)
  readonly #kernel: ContractKernel
  readonly #options: ContractionOptions
  readonly #split: Split
  readonly #tileColumns: number
  readonly #range = { from: 5, to: 6 }
  /** Inner element at which the current block starts, times four: a byte offset into the tables. */
  readonly #block: number
  readonly #from: number
  readonly #to: number
  readonly #counter: number
  readonly #table = { rows: 0, innerA: 0, innerB: 0, columns: 0 }
  readonly #panelB: number

  constructor(kernel: ContractKernel, options: ContractionOptions) {
    this.#kernel = kernel
    this.#options = options
    const { m, n, k } = kernel
    this.#split = splitProduct(m, n, options)
    this.#tileColumns = tileColumns(options)
    const local = (): number => this.#f.local('i32')
    ;[this.#block, this.#from, this.#to, this.#counter] = [local(), local(), local(), local()]
    this.#table = { rows: 0, innerA: m * 4, innerB: (m + k) * 4, columns: (m + 2 * k) * 4 }
    this.#panelB = tilesAtOnce(kernel, this.#split) * tileRows * depthOf(kernel) * 4
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
      this.#packLeft(at, depth)
      this.#panels(at, depth, first)
    }
    f.i32(0).set(this.#block)
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
      .get(this.#block)
      .i32(blockDepth * 4)
      .emit(op.i32Add)
      .set(this.#block)
  }

  /** Loads a table's entry; `local` is a byte offset into it. */
  #entry(table: number, local: number, constant = 0): void {
    this.#f
      .get(4)
      .get(local)
      .emit(op.i32Add)
      .memory(op.i32Load, table + constant)
  }

  // ---- packing ----

  /** Six rows side by side, inner element after inner element; rows beyond the last repeat it, and are never stored. */
  #packLeft(at: Product, depth: number): void {
    const f = this.#f
    const rows = Array.from({ length: tileRows }, () => f.local('i32'))
    const first = f.local('i32')
    f.get(3).set(this.#to)
    this.#tileRows(at, first, () => {
      rows.forEach((row, r) => {
        f.get(4)
        this.#clampedRow(first, r)
        f.i32(2).emit(op.i32Shl, op.i32Add).memory(op.i32Load, this.#table.rows)
        f.get(at.a).emit(op.i32Add).set(row)
      })
      f.get(this.#block).set(this.#from)
      const inner = f.local('i32')
      const column = (k: number): void => {
        this.#entry(this.#table.innerA, this.#from, k * 4)
        f.set(inner)
        rows.forEach((row, r) => {
          f.get(this.#to).get(row).get(inner).emit(op.i32Add)
          f.memory(op.f32Load).memory(op.f32Store, (k * tileRows + r) * 4)
        })
      }
      this.#inFours(depth, tileRows, column, (scalars) => {
        if (!hasRuns(this.#kernel.a.columns)) {
          scalars()
          return
        }
        this.#whenRun(this.#table.innerA, inner, () => this.#turnRows(rows, inner), scalars)
      })
    })
  }

  /** Four inner elements of six rows. */
  #turnRows(rows: readonly number[], inner: number): void {
    const f = this.#f
    transpose(f, this.#loadRuns(rows, inner), (k, push) => {
      f.get(this.#to)
      push()
      f.simdMemory(simd.store, k * tileRows * 4)
    })
    const [x, y] = [this.#loadRun(rows[4]!, inner), this.#loadRun(rows[5]!, inner)]
    const halves = [interleave(f, x, y, false), interleave(f, x, y, true)]
    for (let k = 0; k < lanes; k++) {
      f.get(this.#to).get(halves[k >> 1]!)
      f.simdMemory(simd.store64Lane, (k * tileRows + lanes) * 4, k & 1)
    }
  }

  #clampedRow(first: number, r: number): void {
    const { m } = this.#kernel
    const f = this.#f
    if (m % tileRows === 0) {
      f.get(first).i32(r).emit(op.i32Add)
      return
    }
    f.get(first)
      .i32(r)
      .emit(op.i32Add)
      .i32(m - 1)
    f.get(first)
      .i32(r)
      .emit(op.i32Add)
      .i32(m - 1)
      .emit(op.i32LtS, op.select)
  }

  /** The panel's columns side by side, four after four. */
  #packRight(at: Product, column: number, constant: number, width: number, depth: number): void {
    const f = this.#f
    const columns = Array.from({ length: lanes }, () => f.local('i32'))
    const inner = f.local('i32')
    for (let first = 0; first < width; first += lanes) {
      columns.forEach((local, j) => {
        // Beyond the last column it is repeated, and never stored.
        const source = Math.min(first + j, width - 1)
        f.get(4)
          .get(column)
          .emit(op.i32Add)
          .memory(op.i32Load, this.#table.columns + constant + source * 4)
        f.get(at.b).emit(op.i32Add).set(local)
      })
      const copy = (together: boolean): void => this.#copyColumns(columns, inner, first, depth, together)
      if (!this.#columnsCanNeighbour() || first + lanes > width) {
        copy(false)
        continue
      }
      // Four neighbours in memory move as one.
      f.get(columns[3]!).get(columns[0]!).emit(op.i32Sub).i32(12).emit(op.i32Eq, op.if, 0x40)
      copy(true)
      f.emit(op.else)
      copy(false)
      f.emit(op.end)
    }
  }

  /** One block of four columns, `first` of them before it in the panel. */
  #copyColumns(
    columns: readonly number[],
    inner: number,
    first: number,
    depth: number,
    together: boolean,
  ): void {
    const f = this.#f
    f.get(this.#block).set(this.#from)
    f.get(3).i32(this.#panelB).emit(op.i32Add).set(this.#to)
    const row = (k: number): void => {
      this.#entry(this.#table.innerB, this.#from, k * 4)
      f.set(inner)
      const offset = (k * this.#tileColumns + first) * 4
      if (together) {
        f.get(this.#to).get(columns[0]!).get(inner).emit(op.i32Add)
        f.simdMemory(simd.load).simdMemory(simd.store, offset)
      } else {
        columns.forEach((local, j) => {
          f.get(this.#to).get(local).get(inner).emit(op.i32Add)
          f.memory(op.f32Load).memory(op.f32Store, offset + j * 4)
        })
      }
    }
    const runs = !together && hasRuns(this.#kernel.b.rows)
    this.#inFours(depth, this.#tileColumns, row, (scalars) => {
      if (!runs) {
        scalars()
        return
      }
      this.#whenRun(
        this.#table.innerB,
        inner,
        () => {
          transpose(f, this.#loadRuns(columns, inner), (k, push) => {
            f.get(this.#to)
            push()
            f.simdMemory(simd.store, (k * this.#tileColumns + first) * 4)
          })
        },
        scalars,
      )
    })
  }

  /**
   * Runs `row(k)` for every inner element of the block, through `four` where it would for the next four; moves the
   * pointers, into the table and to the packed rows of `width` elements.
   */
  #inFours(depth: number, width: number, row: (k: number) => void, four: (rows: () => void) => void): void {
    const f = this.#f
    const whole = Math.floor(depth / lanes)
    const rows = (count: number): void => {
      for (let k = 0; k < count; k++) row(k)
    }
    if (whole > 0) {
      f.loop(this.#counter, 0, whole, 1, () => {
        four(() => rows(lanes))
        f.get(this.#from)
          .i32(lanes * 4)
          .emit(op.i32Add)
          .set(this.#from)
        f.get(this.#to)
          .i32(lanes * width * 4)
          .emit(op.i32Add)
          .set(this.#to)
      })
    }
    rows(depth % lanes)
    f.get(this.#to)
      .i32((depth % lanes) * width * 4)
      .emit(op.i32Add)
      .set(this.#to)
  }

  /** Whether the next four inner elements are neighbours in memory, of which `inner` then has the first one's offset. */
  #whenRun(table: number, inner: number, then: () => void, otherwise: () => void): void {
    const f = this.#f
    this.#entry(table, this.#from, (lanes - 1) * 4)
    this.#entry(table, this.#from)
    f.tee(inner)
      .emit(op.i32Sub)
      .i32((lanes - 1) * 4)
      .emit(op.i32Eq, op.if, 0x40)
    then()
    f.emit(op.else)
    otherwise()
    f.emit(op.end)
  }

  /** Four neighbours of the element `inner` bytes from a base. */
  #loadRun(base: number, inner: number): number {
    const register = this.#f.local('v128')
    this.#f.get(base).get(inner).emit(op.i32Add).simdMemory(simd.load).set(register)
    return register
  }

  #loadRuns(bases: readonly number[], inner: number): [number, number, number, number] {
    const load = (i: number): number => this.#loadRun(bases[i]!, inner)
    return [load(0), load(1), load(2), load(3)]
  }

  #columnsCanNeighbour(): boolean {
    return hasRuns(this.#kernel.b.columns)
  }

  // ---- multiplying ----

  #panels(at: Product, depth: number, first: boolean): void {
    const { n } = this.#kernel
    const f = this.#f
    const tileColumns = this.#tileColumns
    const column = f.local('i32')
    const whole = Math.floor(n / tileColumns)
    const panel = (constant: number, width: number): void => {
      this.#packRight(at, column, constant, width, depth)
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
    f.get(3).i32(this.#panelB).emit(op.i32Add).set(this.#to)
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
