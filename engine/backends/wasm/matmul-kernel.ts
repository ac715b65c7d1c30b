/**
 * Products of two plain matrices → WebAssembly. The product is cut into panels of a few columns; a micro-kernel keeps a tile of sums in
 * registers while it walks the inner dimension (Goto & van de Geijn 2008, https://doi.org/10.1145/1356052.1356053).
 * Strides are constants in the code, and columns where they are the output's; rows, inner elements and the batch are numbers it is given.
 */
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
import type { PlainKernel } from './plain-product.ts'
import { transpose } from './transpose.ts'

const unroll = 4
/** From this many bytes between rows, a panel is copied together first: walking it would miss a page a row. */
const longRow = 2048
const manyRows = 24

/** How a product is computed; its result does not depend on it. */
export interface MatmulPlan {
  readonly split: Split['by']
  /** Whether a panel's columns are copied together before it is read. */
  readonly packs: boolean
}

/** Products of fewer than four columns are computed row by row. */
export function matmulPlan(kernel: PlainKernel, options: ContractionOptions): MatmulPlan {
  if (isNarrow(kernel)) return { split: 'rows', packs: false }
  return { split: splitProduct(kernel, options).by, packs: mustPack(kernel) || paysPacking(kernel) }
}

/** All plans for a product like this one of any size, that for this one first. */
export function matmulPlans(kernel: PlainKernel, options: ContractionOptions): MatmulPlan[] {
  const best = matmulPlan(kernel, options)
  if (isNarrow(kernel)) return [best]
  const packings = mustPack(kernel) ? [true] : [true, false]
  const all = packings.flatMap((packs) => (['rows', 'columns'] as const).map((split) => ({ split, packs })))
  const isBest = ({ split, packs }: MatmulPlan): boolean => split === best.split && packs === best.packs
  return [best, ...all.filter((plan) => !isBest(plan))]
}

/** So few columns that one is computed after the other, where the code knows how many. */
export const isNarrow = (kernel: PlainKernel): boolean => kernel.n < lanes && !isTurned(kernel)

const mustPack = ({ b }: PlainKernel): boolean => b.columnStride !== 1
const paysPacking = ({ b, m, k }: PlainKernel): boolean =>
  b.rowStride * 4 >= longRow && m >= manyRows && k > 1

function piecesOf(kernel: PlainKernel, { split }: MatmulPlan, options: ContractionOptions): number {
  const { m, n } = kernel
  if (isNarrow(kernel)) return m
  return split === 'rows' ? Math.ceil(m / tileRows) : Math.ceil(n / tileColumns(options))
}

/** The function takes the addresses of a, b, out, the scratch memory and the numbers, then the range of pieces to compute. */
export function matmulForm(kernel: PlainKernel, plan: MatmulPlan, options: ContractionOptions): KernelForm {
  const { batch, m, n, k, a, b, out } = kernel
  const pieces = piecesOf(kernel, plan, options)
  const extent = batchSize(batch) * pieces
  const views = [a, b].map(({ parameter, rowStride, columnStride }) => [parameter, rowStride, columnStride])
  const columns = isTurned(kernel) ? [out.column] : [n]
  return {
    key: `product ${JSON.stringify([plan, k === 0, views, columns, batch.length])}`,
    numbers: [m, n, k, ...batchNumbers(kernel, pieces)].map(given),
    range: { extent, grain: 1, most: null },
    // A tile that is to be turned around, then a packed panel.
    scratch: turnedFloats(options) + (plan.packs ? k * tileColumns(options) : 0),
    tables: null,
    repeated: plan.packs && plan.split === 'rows' ? n * k : 0,
    emit: () => new MatmulEmitter(kernel, plan, options).emit(),
  }
}

/** The output is written the other way around, and its rows are what a batch has more or fewer of. */
const isTurned = ({ out }: PlainKernel): boolean => out.column !== 1
const turnedFloats = (options: ContractionOptions): number => 2 * tileRows * tileColumns(options)

/** A panel as the micro-kernel reads it: an address in a local and the bytes from one k to the next. */
interface Panel {
  readonly address: number
  readonly rowBytes: number
}

class MatmulEmitter {
  readonly #f = new FunctionBuilder(7)
  readonly #kernel: PlainKernel
  readonly #options: ContractionOptions
  readonly #plan: MatmulPlan
  readonly #tileColumns: number
  readonly #scratch = 3
  readonly #range = { from: 5, to: 6 }
  /** Locals of rows, columns and inner elements. */
  readonly #m: number
  readonly #n: number
  readonly #k: number
  readonly #batch: Batch
  readonly #pa: number
  readonly #pb: number
  readonly #po: number
  readonly #rowA: number
  readonly #rowOut: number
  readonly #counter: number

  constructor(kernel: PlainKernel, plan: MatmulPlan, options: ContractionOptions) {
    this.#kernel = kernel
    this.#options = options
    this.#plan = plan
    this.#tileColumns = tileColumns(options)
    const [m, n, k, ...batch] = receive(this.#f, 4, matmulForm(kernel, plan, options).numbers)
    ;[this.#m, this.#n, this.#k] = [m!, n!, k!]
    this.#batch = readBatch(batch, kernel.batch.length)
    const address = (): number => this.#f.local('i32')
    ;[this.#pa, this.#pb, this.#po] = [address(), address(), address()]
    ;[this.#rowA, this.#rowOut, this.#counter] = [address(), address(), address()]
  }

  emit(): FunctionBuilder {
    eachProduct(this.#f, this.#kernel, this.#batch, this.#range, (at) => this.#product(at))
    return this.#f
  }

  #product(at: Product): void {
    const { n, k } = this.#kernel
    if (k === 0 || n === 0) return
    if (isNarrow(this.#kernel)) {
      for (let column = 0; column < n; column++) this.#narrowColumn(at, column)
      return
    }
    if (isTurned(this.#kernel)) this.#anyColumns(at)
    else this.#allColumns(at, n)
  }

  /** Panels of as many columns as there are, where the code knows how many. */
  #allColumns(at: Product, n: number): void {
    const f = this.#f
    const byColumns = this.#plan.split === 'columns'
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
    if (byColumns) push(f.get(at.to), this.#batch.pieces).emit(op.i32Eq, op.if, 0x40)
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

  /** The same for any number. */
  #anyColumns(at: Product): void {
    const f = this.#f
    f.get(this.#n).i32(lanes).emit(op.i32LtS, op.if, 0x40)
    const first = f.local('i32')
    f.i32(0).set(first)
    this.#panel(at, first, 0, 1, true)
    f.emit(op.else)
    this.#fourColumnsOrMore(at)
    f.emit(op.end)
  }

  #fourColumnsOrMore(at: Product): void {
    const f = this.#f
    const byColumns = this.#plan.split === 'columns'
    const tileColumns = this.#tileColumns
    const [column, end] = [f.local('i32'), f.local('i32')]
    const panel = (vectors: number): void => this.#panel(at, column, 0, vectors)
    const columns = (piece: number): FunctionBuilder => f.get(piece).i32(tileColumns).emit(op.i32Mul)
    if (byColumns) {
      columns(at.from).set(column)
      columns(at.to).set(end)
      limitTo(f, end, { local: this.#n })
    } else f.i32(0).set(column).get(this.#n).set(end)
    for (let vectors = tileColumns / lanes; vectors > 1; vectors /= 2)
      f.range(column, end, vectors * lanes, () => panel(vectors))
    f.emit(op.block, 0x40, op.loop, 0x40)
    f.get(column).get(end).emit(op.i32GeS, op.brIf, 1)
    f.get(end).i32(lanes).emit(op.i32Sub)
    f.get(column)
    f.get(column).i32(lanes).emit(op.i32Add).get(end).emit(op.i32GtS, op.select).set(column)
    panel(1)
    f.get(column).i32(lanes).emit(op.i32Add).set(column)
    f.emit(op.br, 0, op.end, op.end)
  }

  /** The wanted rows of `vectors` × 4 columns that start at column `local` + `constant`; `few`: of those that there are. */
  #panel(at: Product, local: number, constant: number, vectors: number, few = false): void {
    const { b, out } = this.#kernel
    const f = this.#f
    f.get(at.b)
      .get(local)
      .i32(b.columnStride * 4)
      .emit(op.i32Mul, op.i32Add)
    f.i32(constant * b.columnStride * 4)
      .emit(op.i32Add)
      .set(this.#pb)
    const panel = this.#plan.packs
      ? this.#pack(vectors, few)
      : { address: this.#pb, rowBytes: b.rowStride * 4 }
    f.get(at.out)
      .get(local)
      .i32(out.column * 4)
      .emit(op.i32Mul, op.i32Add)
      .i32(constant * out.column * 4)
      .emit(op.i32Add)
      .set(this.#rowOut)
    f.get(at.a).set(this.#rowA)
    this.#rows(at, panel, vectors, few)
  }

  #rows(at: Product, panel: Panel, vectors: number, few: boolean): void {
    const { a, out } = this.#kernel
    const f = this.#f
    /** Moves the pointers by as many rows as are on the stack. */
    const count = f.local('i32')
    const advance = (): void => {
      f.set(count)
      f.get(this.#rowA).get(count).i32(a.rowStride * 4).emit(op.i32Mul, op.i32Add).set(this.#rowA) // prettier-ignore
      f.get(this.#rowOut).get(count).i32(out.row * 4).emit(op.i32Mul, op.i32Add).set(this.#rowOut) // prettier-ignore
    }
    const tile = (rows: number): void => {
      this.#tile(panel, rows, vectors, few)
      f.i32(rows)
      advance()
    }
    const [row, end] = [f.local('i32'), f.local('i32')]
    if (this.#plan.split === 'columns') f.i32(0).set(row).get(this.#m).set(end)
    else {
      f.get(at.from).i32(tileRows).emit(op.i32Mul).tee(row)
      advance()
      f.get(at.to).i32(tileRows).emit(op.i32Mul).set(end)
      limitTo(f, end, { local: this.#m })
    }
    // With narrow panels there is room for more rows.
    const tall = tileRows * 2
    if (vectors * lanes < this.#tileColumns) f.range(row, end, tall, () => tile(tall))
    // One by one where there are fewer than a tile has; else the last tile overlaps the one before: the same sums are written twice.
    f.get(this.#m).i32(tileRows).emit(op.i32LtS, op.if, 0x40)
    f.range(row, end, 1, () => tile(1))
    f.emit(op.else, op.block, 0x40, op.loop, 0x40)
    f.get(row).get(end).emit(op.i32GeS, op.brIf, 1)
    f.get(row).i32(tileRows).emit(op.i32Add).get(end).emit(op.i32GtS, op.if, 0x40)
    f.get(end).i32(tileRows).emit(op.i32Sub).get(row).emit(op.i32Sub)
    advance()
    f.emit(op.end)
    tile(tileRows)
    f.get(row).i32(tileRows).emit(op.i32Add).set(row)
    f.emit(op.br, 0, op.end, op.end, op.end)
  }

  /** `rows` × `vectors` sums in registers over the whole inner dimension. */
  #tile(panel: Panel, rows: number, vectors: number, few: boolean): void {
    const { a } = this.#kernel
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
    f.i32(0).set(this.#counter)
    f.range(this.#counter, this.#k, unroll, () => steps(unroll))
    f.range(this.#counter, this.#k, 1, () => steps(1))
    this.#store(sums, few)
  }

  #store(sums: readonly (readonly number[])[], few: boolean): void {
    const { out } = this.#kernel
    const f = this.#f
    const turned = isTurned(this.#kernel)
    const width = sums[0]!.length * lanes
    const [to, row] = turned ? [this.#scratch, width] : [this.#rowOut, out.row]
    sums.forEach((vectors, r) =>
      vectors.forEach((sum, v) =>
        f
          .get(to)
          .get(sum)
          .simdMemory(simd.store, (r * row + v * lanes) * 4),
      ),
    )
    if (!turned) return
    for (let column = 0; column < width; column++) {
      if (few) f.i32(column).get(this.#n).emit(op.i32LtS, op.if, 0x40)
      sums.forEach((_, r) =>
        f
          .get(this.#rowOut)
          .get(this.#scratch)
          .memory(op.f32Load, (r * width + column) * 4)
          .memory(op.f32Store, (column * out.column + r * out.row) * 4),
      )
      if (few) f.emit(op.end)
    }
  }

  /** Copies a panel so that its columns stand side by side, k after k; `few`: where there are too few, the last once more. */
  #pack(vectors: number, few: boolean): Panel {
    const { b } = this.#kernel
    const f = this.#f
    const width = vectors * lanes
    const rowBytes = width * 4
    const address = f.local('i32')
    const to = f.local('i32')
    /** Where each column is: from the first on, or by itself. */
    const from = Array.from({ length: few ? width : 1 }, () => f.local('i32'))
    from.forEach((local, column) => {
      f.get(this.#pb)
      if (column > 0) {
        f.get(this.#n).i32(1).emit(op.i32Sub).i32(column)
        f.get(this.#n).i32(column).emit(op.i32LeS, op.select)
        f.i32(b.columnStride * 4).emit(op.i32Mul, op.i32Add)
      }
      f.set(local)
    })
    const columnAt = (column: number): [local: number, offset: number] =>
      few ? [from[column]!, 0] : [from[0]!, column * b.columnStride * 4]
    f.get(this.#scratch)
      .i32(turnedFloats(this.#options) * 4)
      .emit(op.i32Add)
      .tee(address)
      .set(to)
    const advance = (rows: number): void => {
      for (const local of from) step(f, local, rows * b.rowStride * 4)
      step(f, to, rows * rowBytes)
    }
    f.i32(0).set(this.#counter)
    if (b.rowStride === 1) {
      f.range(this.#counter, this.#k, lanes, () => {
        for (let v = 0; v < vectors; v++) this.#transposeBlock(columnAt, to, v, rowBytes)
        advance(lanes)
      })
    }
    const row = (): void => {
      for (let v = 0; v < vectors; v++) {
        if (b.columnStride === 1)
          f.get(to)
            .get(from[0]!)
            .simdMemory(simd.load, v * 16)
            .simdMemory(simd.store, v * 16)
        else {
          for (let j = v * lanes; j < (v + 1) * lanes; j++) {
            const [local, offset] = columnAt(j)
            f.get(to)
              .get(local)
              .memory(op.f32Load, offset)
              .memory(op.f32Store, j * 4)
          }
        }
      }
      advance(1)
    }
    f.range(this.#counter, this.#k, 1, row)
    return { address, rowBytes }
  }

  /** Four k's of four columns, each column contiguous in memory, turned by shuffles. */
  #transposeBlock(
    columnAt: (column: number) => [local: number, offset: number],
    to: number,
    v: number,
    rowBytes: number,
  ): void {
    const f = this.#f
    const column = (j: number): number => {
      const register = f.local('v128')
      const [local, offset] = columnAt(v * lanes + j)
      f.get(local).simdMemory(simd.load, offset).set(register)
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
    const { a, b, n } = this.#kernel
    const f = this.#f
    const alongK = a.columnStride === 1 && b.rowStride === 1
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
      f.f32(0).set(sum).i32(0).set(this.#counter)
      if (alongK) {
        f.f32x4(0).set(vector)
        f.range(this.#counter, this.#k, lanes, () => {
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
      f.range(this.#counter, this.#k, 1, () => {
        f.get(sum)
          .get(this.#pa)
          .memory(op.f32Load)
          .get(this.#pb)
          .memory(op.f32Load)
          .emit(op.f32Mul, op.f32Add)
          .set(sum)
        this.#advance(a.columnStride * 4, b.rowStride * 4)
      })
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
