/**
 * Products of two plain matrices → WebAssembly. The product is cut into panels of a few columns; a micro-kernel keeps a tile of sums in
 * registers while it walks the inner dimension (Goto & van de Geijn 2008, https://doi.org/10.1145/1356052.1356053).
 * Every extent and stride is a constant in the code.
 */
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
import type { PlainKernel, PlainView } from './plain-product.ts'
import { transpose } from './transpose.ts'

const unroll = 4
/** From this many bytes between rows, a panel is copied together first: walking it would miss a page a row. */
const longRow = 2048
const manyRows = 24

/** Products of fewer than four columns are computed row by row. */
const splitOf = (kernel: PlainKernel, options: ContractionOptions): Split =>
  kernel.n < lanes ? { by: 'rows', pieces: kernel.m } : splitProduct(kernel, options)

function needsPacking({ b, m, n, k }: PlainKernel): boolean {
  if (n < lanes) return false
  if (b.columnStride !== 1) return true
  return b.rowStride * 4 >= longRow && m >= manyRows && k > 1
}

/** The function takes the addresses of a, b, out and the scratch memory, then the range of pieces to compute. */
export function compileMatmulKernel(kernel: PlainKernel, options: ContractionOptions): Contraction {
  const { by, pieces: ofOne } = splitOf(kernel, options)
  const pieces = batchSize(kernel.batch) * ofOne
  const packs = needsPacking(kernel)
  return {
    code: new MatmulEmitter(kernel, options).emit(),
    pieces,
    most: pieces,
    // A packed panel, then a tile that is to be turned around.
    scratch: packs ? (kernel.k + 2 * tileRows) * tileColumns(options) : 0,
    repeated: packs && by === 'rows' ? kernel.n * kernel.k : 0,
  }
}

/** A panel as the micro-kernel reads it: an address in a local and the bytes from one k to the next. */
interface Panel {
  readonly address: number
  readonly rowBytes: number
}

class MatmulEmitter {
  readonly #f = new FunctionBuilder(6)
  readonly #kernel: PlainKernel
  readonly #options: ContractionOptions
  readonly #split: Split
  readonly #tileColumns: number
  readonly #scratch = 3
  readonly #range = { from: 4, to: 5 }
  readonly #packed: boolean
  readonly #pa: number
  readonly #pb: number
  readonly #po: number
  readonly #rowA: number
  readonly #rowOut: number
  readonly #k: number

  constructor(kernel: PlainKernel, options: ContractionOptions) {
    this.#kernel = kernel
    this.#options = options
    this.#split = splitOf(kernel, options)
    this.#tileColumns = tileColumns(options)
    this.#packed = needsPacking(kernel)
    const address = (): number => this.#f.local('i32')
    ;[this.#pa, this.#pb, this.#po] = [address(), address(), address()]
    ;[this.#rowA, this.#rowOut, this.#k] = [address(), address(), address()]
  }

  emit(): FunctionBuilder {
    eachProduct(this.#f, this.#kernel, this.#split.pieces, this.#range, (at) => this.#product(at))
    return this.#f
  }

  #product(at: Product): void {
    const { n, k } = this.#kernel
    const f = this.#f
    if (k === 0 || n === 0) return
    if (n < lanes) {
      for (let column = 0; column < n; column++) this.#narrowColumn(at, column)
      return
    }
    const byColumns = this.#split.by === 'columns'
    const tileColumns = this.#tileColumns
    const panels = Math.floor(n / tileColumns)
    const column = f.local('i32')
    const wide = (): void => this.#panel(at, column, 0, tileColumns / lanes)
    if (byColumns) {
      const end = f.local('i32')
      const whole = panels * tileColumns
      const columns = (piece: number): unknown => f.get(piece).i32(tileColumns).emit(op.i32Mul)
      columns(at.from)
      f.set(column)
      columns(at.to)
      f.i32(whole)
      columns(at.to)
      f.i32(whole).emit(op.i32LtS, op.select).set(end)
      f.range(column, end, tileColumns, wide)
    } else if (panels > 0) f.loop(column, 0, panels * tileColumns, tileColumns, wide)
    let done = panels * tileColumns
    if (done === n) return
    // What whole panels leave is one more piece.
    if (byColumns) f.get(at.to).i32(this.#split.pieces).emit(op.i32Eq, op.if, 0x40)
    f.i32(0).set(column)
    for (let vectors = tileColumns / lanes / 2; vectors >= 1; vectors /= 2) {
      if (n - done < vectors * lanes) continue
      this.#panel(at, column, done, vectors)
      done += vectors * lanes
    }
    // The last few columns are reached by a panel that overlaps its neighbour: the same sums are written twice.
    if (done < n) this.#panel(at, column, n - lanes, 1)
    if (byColumns) f.emit(op.end)
  }

  /** The wanted rows of `vectors` × 4 columns that start at column `local` + `constant`. */
  #panel(at: Product, local: number, constant: number, vectors: number): void {
    const { b, out } = this.#kernel
    const f = this.#f
    f.get(at.b)
      .get(local)
      .i32(b.columnStride * 4)
      .emit(op.i32Mul, op.i32Add)
    f.i32(constant * b.columnStride * 4)
      .emit(op.i32Add)
      .set(this.#pb)
    const panel = this.#packed ? this.#pack(vectors) : { address: this.#pb, rowBytes: b.rowStride * 4 }
    f.get(at.out)
      .get(local)
      .i32(out.column * 4)
      .emit(op.i32Mul, op.i32Add)
      .i32(constant * out.column * 4)
      .emit(op.i32Add)
      .set(this.#rowOut)
    f.get(at.a).set(this.#rowA)
    this.#rows(at, panel, vectors)
  }

  #rows(at: Product, panel: Panel, vectors: number): void {
    const { a, m, out } = this.#kernel
    const f = this.#f
    const advance = (rows: () => unknown): void => {
      f.get(this.#rowA)
      rows()
      f.i32(a.rowStride * 4)
        .emit(op.i32Mul, op.i32Add)
        .set(this.#rowA)
      f.get(this.#rowOut)
      rows()
      f.i32(out.row * 4)
        .emit(op.i32Mul, op.i32Add)
        .set(this.#rowOut)
    }
    const tile = (rows: number): void => {
      this.#tile(panel, rows, vectors)
      advance(() => f.i32(rows))
    }
    // With narrow panels there is room for more rows.
    const tall = tileRows * 2
    const narrow = vectors * lanes < this.#tileColumns
    if (this.#split.by === 'columns') {
      const height = narrow ? tall : tileRows
      const whole = Math.floor(m / height)
      if (whole > 0) f.loop(f.local('i32'), 0, whole, 1, () => tile(height))
      if (m % height > 0) tile(m % height)
      return
    }
    const [row, end] = [f.local('i32'), f.local('i32')]
    f.get(at.from).i32(tileRows).emit(op.i32Mul).set(row)
    f.get(at.to).i32(tileRows).emit(op.i32Mul).set(end)
    advance(() => f.get(row))
    const whole = m - (m % tileRows)
    if (whole < m) f.get(end).i32(whole).get(end).i32(whole).emit(op.i32LtS, op.select).set(end)
    if (narrow) f.range(row, end, tall, () => tile(tall))
    f.range(row, end, tileRows, () => tile(tileRows))
    if (whole === m) return
    f.get(at.to).i32(this.#split.pieces).emit(op.i32Eq, op.if, 0x40)
    tile(m - whole)
    f.emit(op.end)
  }

  /** `rows` × `vectors` sums in registers over the whole inner dimension. */
  #tile(panel: Panel, rows: number, vectors: number): void {
    const { a, k } = this.#kernel
    const f = this.#f
    const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => f.local('v128')))
    const right = Array.from({ length: vectors }, () => f.local('v128'))
    const left = f.local('v128')
    for (const row of sums) for (const sum of row) f.f32x4(0).set(sum)
    f.get(this.#rowA).set(this.#pa)
    f.get(panel.address).set(this.#po)
    const steps = (count: number): void => {
      for (let u = 0; u < count; u++) {
        right.forEach((register, v) =>
          f
            .get(this.#po)
            .simdMemory(simd.load, u * panel.rowBytes + v * 16)
            .set(register),
        )
        sums.forEach((row, r) => {
          const offset = (r * a.rowStride + u * a.columnStride) * 4
          f.get(this.#pa).simdMemory(simd.load32Splat, offset).set(left)
          row.forEach((sum, v) => multiplyAdd(f, this.#options, left, right[v]!, sum))
        })
      }
      f.get(this.#pa)
        .i32(count * a.columnStride * 4)
        .emit(op.i32Add)
        .set(this.#pa)
      f.get(this.#po)
        .i32(count * panel.rowBytes)
        .emit(op.i32Add)
        .set(this.#po)
    }
    const whole = Math.floor(k / unroll)
    if (whole > 0) f.loop(this.#k, 0, whole, 1, () => steps(unroll))
    if (k % unroll > 0) steps(k % unroll)
    this.#store(sums)
  }

  #store(sums: readonly (readonly number[])[]): void {
    const { out, k } = this.#kernel
    const f = this.#f
    const isTurned = out.column !== 1
    const width = sums[0]!.length * lanes
    const [to, row, start] = isTurned
      ? [this.#scratch, width, k * this.#tileColumns]
      : [this.#rowOut, out.row, 0]
    sums.forEach((vectors, r) =>
      vectors.forEach((sum, v) =>
        f
          .get(to)
          .get(sum)
          .simdMemory(simd.store, (start + r * row + v * lanes) * 4),
      ),
    )
    if (!isTurned) return
    for (let column = 0; column < width; column++) {
      sums.forEach((_, r) =>
        f
          .get(this.#rowOut)
          .get(this.#scratch)
          .memory(op.f32Load, (start + r * width + column) * 4)
          .memory(op.f32Store, (column * out.column + r * out.row) * 4),
      )
    }
  }

  /** Copies a panel so that its columns stand side by side, k after k. */
  #pack(vectors: number): Panel {
    const { b, k } = this.#kernel
    const f = this.#f
    const width = vectors * lanes
    const rowBytes = width * 4
    const from = f.local('i32')
    const to = f.local('i32')
    f.get(this.#pb).set(from)
    f.get(this.#scratch).set(to)
    const advance = (rows: number): void => {
      f.get(from)
        .i32(rows * b.rowStride * 4)
        .emit(op.i32Add)
        .set(from)
      f.get(to)
        .i32(rows * rowBytes)
        .emit(op.i32Add)
        .set(to)
    }
    const blocks = b.rowStride === 1 ? Math.floor(k / lanes) : 0
    if (blocks > 0) {
      f.loop(this.#k, 0, blocks, 1, () => {
        for (let v = 0; v < vectors; v++) this.#transposeBlock(from, to, b, v, rowBytes)
        advance(lanes)
      })
    }
    const rest = k - blocks * lanes
    const row = (): void => {
      for (let v = 0; v < vectors; v++) {
        if (b.columnStride === 1)
          f.get(to)
            .get(from)
            .simdMemory(simd.load, v * 16)
            .simdMemory(simd.store, v * 16)
        else {
          for (let j = v * lanes; j < (v + 1) * lanes; j++) {
            f.get(to)
              .get(from)
              .memory(op.f32Load, j * b.columnStride * 4)
              .memory(op.f32Store, j * 4)
          }
        }
      }
      advance(1)
    }
    if (rest > 0) f.loop(this.#k, 0, rest, 1, row)
    return { address: this.#scratch, rowBytes }
  }

  /** Four k's of four columns, each column contiguous in memory, turned by shuffles. */
  #transposeBlock(from: number, to: number, b: PlainView, v: number, rowBytes: number): void {
    const f = this.#f
    const column = (j: number): number => {
      const register = f.local('v128')
      f.get(from)
        .simdMemory(simd.load, (v * lanes + j) * b.columnStride * 4)
        .set(register)
      return register
    }
    transpose(f, [column(0), column(1), column(2), column(3)], (row, push) => {
      f.get(to)
      push()
      f.simdMemory(simd.store, row * rowBytes + v * 16)
    })
  }

  /** One column of a product with fewer than four: along k where both sides are contiguous, else one by one. */
  #narrowColumn(at: Product, column: number): void {
    const { a, b, n, k } = this.#kernel
    const f = this.#f
    const alongK = a.columnStride === 1 && b.rowStride === 1 && k >= lanes
    const whole = alongK ? k - (k % lanes) : 0
    const sum = f.local('f32')
    const vector = f.local('v128')
    const row = f.local('i32')
    f.get(at.from).set(row)
    f.get(at.a)
      .get(row)
      .i32(a.rowStride * 4)
      .emit(op.i32Mul, op.i32Add)
      .set(this.#rowA)
    f.get(at.out)
      .get(row)
      .i32(n * 4)
      .emit(op.i32Mul, op.i32Add)
      .i32(column * 4)
      .emit(op.i32Add)
      .set(this.#rowOut)
    f.range(row, at.to, 1, () => {
      f.get(this.#rowA).set(this.#pa)
      f.get(at.b)
        .i32(column * b.columnStride * 4)
        .emit(op.i32Add)
        .set(this.#pb)
      f.f32(0).set(sum)
      if (whole > 0) {
        f.f32x4(0).set(vector)
        f.loop(this.#k, 0, whole, lanes, () => {
          const pair = (): unknown =>
            f.get(this.#pa).simdMemory(simd.load).get(this.#pb).simdMemory(simd.load)
          if (this.#options.relaxed) {
            pair()
            f.get(vector).simd(simd.f32x4RelaxedMadd).set(vector)
          } else {
            f.get(vector)
            pair()
            f.simd(simd.f32x4Mul).simd(simd.f32x4Add).set(vector)
          }
          this.#advance(lanes * 4, lanes * 4)
        })
        for (let lane = 0; lane < lanes; lane++) {
          f.get(sum).get(vector).simd(simd.f32x4ExtractLane, lane).emit(op.f32Add).set(sum)
        }
      }
      if (whole < k) {
        f.loop(this.#k, whole, k, 1, () => {
          f.get(sum)
            .get(this.#pa)
            .memory(op.f32Load)
            .get(this.#pb)
            .memory(op.f32Load)
            .emit(op.f32Mul, op.f32Add)
            .set(sum)
          this.#advance(a.columnStride * 4, b.rowStride * 4)
        })
      }
      f.get(this.#rowOut).get(sum).memory(op.f32Store)
      f.get(this.#rowA)
        .i32(a.rowStride * 4)
        .emit(op.i32Add)
        .set(this.#rowA)
      f.get(this.#rowOut)
        .i32(n * 4)
        .emit(op.i32Add)
        .set(this.#rowOut)
    })
  }

  #advance(bytesA: number, bytesB: number): void {
    const f = this.#f
    f.get(this.#pa).i32(bytesA).emit(op.i32Add).set(this.#pa)
    f.get(this.#pb).i32(bytesB).emit(op.i32Add).set(this.#pb)
  }
}
