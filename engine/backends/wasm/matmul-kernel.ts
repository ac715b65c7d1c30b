/**
 * Products of two plain matrices → WebAssembly. The product is cut into panels of a few columns; a micro-kernel keeps a tile of sums in
 * registers while it walks the inner dimension (Goto & van de Geijn 2008, https://doi.org/10.1145/1356052.1356053).
 * Every extent and stride is a constant in the code.
 */
import type { ContractKernel, MatrixView } from '../../compiler/kernel.ts'
import { FunctionBuilder, op, simd } from './assembler.ts'

export interface MatmulOptions {
  /** The machine has fused multiply-add behind relaxed SIMD. */
  readonly relaxed: boolean
}

/** Sums per tile: 6 × 2 vectors, one operand pair and one broadcast fit the sixteen vector registers of x86-64. */
const tileRows = 6
const tileVectors = 2
const lanes = 4
const panelColumns = tileVectors * lanes
const unroll = 4
/** From this many bytes between rows, a panel is copied together first: walking it would miss a page a row. */
const longRow = 2048
const manyRows = 24

/** A matrix of two strides. */
interface PlainView {
  readonly offset: number
  readonly batchStrides: readonly number[]
  readonly rowStride: number
  readonly columnStride: number
}

interface PlainKernel {
  readonly batch: readonly number[]
  readonly m: number
  readonly n: number
  readonly k: number
  readonly a: PlainView
  readonly b: PlainView
}

/** The contraction as a product of plain matrices, or null where rows or columns run over several axes. */
export function asMatmul({ batch, m, n, k, a, b }: ContractKernel): PlainKernel | null {
  const plain = ({ offset, batchStrides, rows, columns }: MatrixView): PlainView | null =>
    rows.length === 1 && columns.length === 1
      ? { offset, batchStrides, rowStride: rows[0]!.stride, columnStride: columns[0]!.stride }
      : null
  const [left, right] = [plain(a), plain(b)]
  return left && right ? { batch, m, n, k, a: left, b: right } : null
}

/** Floats of scratch memory the kernel wants for one packed panel. */
export const matmulScratch = (kernel: PlainKernel): number =>
  needsPacking(kernel) ? kernel.k * panelColumns : 0

function needsPacking({ b, m, n, k }: PlainKernel): boolean {
  if (n < lanes) return false
  if (b.columnStride !== 1) return true
  return b.rowStride * 4 >= longRow && m >= manyRows && k > 1
}

/** The function takes the addresses of a, b, out and the scratch memory. */
export function compileMatmulKernel(kernel: PlainKernel, options: MatmulOptions): FunctionBuilder {
  return new MatmulEmitter(kernel, options).emit()
}

/** A panel as the micro-kernel reads it: an address in a local and the bytes from one k to the next. */
interface Panel {
  readonly address: number
  readonly rowBytes: number
}

class MatmulEmitter {
  readonly #f = new FunctionBuilder(4)
  readonly #kernel: PlainKernel
  readonly #relaxed: boolean
  readonly #a: number
  readonly #b: number
  readonly #out: number
  readonly #scratch = 3
  readonly #packed: boolean
  readonly #pa: number
  readonly #pb: number
  readonly #po: number
  readonly #rowA: number
  readonly #rowOut: number
  readonly #k: number

  constructor(kernel: PlainKernel, { relaxed }: MatmulOptions) {
    this.#kernel = kernel
    this.#relaxed = relaxed
    this.#packed = needsPacking(kernel)
    const address = (): number => this.#f.local('i32')
    ;[this.#a, this.#b, this.#out] = [address(), address(), address()]
    ;[this.#pa, this.#pb, this.#po] = [address(), address(), address()]
    ;[this.#rowA, this.#rowOut, this.#k] = [address(), address(), address()]
  }

  emit(): FunctionBuilder {
    const { a, b } = this.#kernel
    const f = this.#f
    f.get(0)
      .i32(a.offset * 4)
      .emit(op.i32Add)
      .set(this.#a)
    f.get(1)
      .i32(b.offset * 4)
      .emit(op.i32Add)
      .set(this.#b)
    f.get(2).set(this.#out)
    this.#batchLoop(0, () => this.#product())
    return f
  }

  #batchLoop(d: number, body: () => void): void {
    const { batch, a, b, m, n } = this.#kernel
    const f = this.#f
    const extent = batch[d]
    if (extent === undefined) {
      body()
      return
    }
    const step = (local: number, bytes: number): unknown => f.get(local).i32(bytes).emit(op.i32Add).set(local)
    const isLast = d === batch.length - 1
    f.loop(f.local('i32'), 0, extent, 1, () => {
      this.#batchLoop(d + 1, body)
      step(this.#a, a.batchStrides[d]! * 4)
      step(this.#b, b.batchStrides[d]! * 4)
      if (isLast) step(this.#out, m * n * 4)
    })
    step(this.#a, -a.batchStrides[d]! * extent * 4)
    step(this.#b, -b.batchStrides[d]! * extent * 4)
  }

  #product(): void {
    const { n, k } = this.#kernel
    const f = this.#f
    if (k === 0 || n === 0) return
    if (n < lanes) {
      for (let column = 0; column < n; column++) this.#narrowColumn(column)
      return
    }
    const panels = Math.floor(n / panelColumns)
    const column = f.local('i32')
    if (panels > 0) {
      f.loop(column, 0, panels * panelColumns, panelColumns, () => this.#panel(column, 0, tileVectors))
    }
    let done = panels * panelColumns
    const fixed = (at: number): void => {
      f.i32(0).set(column)
      this.#panel(column, at, 1)
    }
    if (n - done >= lanes) {
      fixed(done)
      done += lanes
    }
    // The last few columns are reached by a panel that overlaps its neighbour: the same sums are written twice.
    if (done < n) fixed(n - lanes)
  }

  /** All rows of `vectors` × 4 columns that start at column `local` + `constant`. */
  #panel(local: number, constant: number, vectors: number): void {
    const { b, n } = this.#kernel
    const f = this.#f
    f.get(this.#b)
      .get(local)
      .i32(b.columnStride * 4)
      .emit(op.i32Mul, op.i32Add)
    f.i32(constant * b.columnStride * 4)
      .emit(op.i32Add)
      .set(this.#pb)
    const panel = this.#packed ? this.#pack(vectors) : { address: this.#pb, rowBytes: b.rowStride * 4 }
    f.get(this.#out)
      .get(local)
      .i32(2)
      .emit(op.i32Shl, op.i32Add)
      .i32(constant * 4)
      .emit(op.i32Add)
      .set(this.#rowOut)
    this.#rows(panel, vectors, n)
  }

  #rows(panel: Panel, vectors: number, n: number): void {
    const { a, m } = this.#kernel
    const f = this.#f
    f.get(this.#a).set(this.#rowA)
    const tile = (rows: number): void => {
      this.#tile(panel, rows, vectors)
      f.get(this.#rowA)
        .i32(rows * a.rowStride * 4)
        .emit(op.i32Add)
        .set(this.#rowA)
      f.get(this.#rowOut)
        .i32(rows * n * 4)
        .emit(op.i32Add)
        .set(this.#rowOut)
    }
    // With narrow panels there is room for more rows.
    const height = vectors === 1 ? tileRows * 2 : tileRows
    const whole = Math.floor(m / height)
    if (whole > 0) f.loop(f.local('i32'), 0, whole, 1, () => tile(height))
    if (m % height > 0) tile(m % height)
  }

  /** `rows` × `vectors` sums in registers over the whole inner dimension. */
  #tile(panel: Panel, rows: number, vectors: number): void {
    const { a, n, k } = this.#kernel
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
          row.forEach((sum, v) => this.#multiplyAdd(left, right[v]!, sum))
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
    sums.forEach((row, r) =>
      row.forEach((sum, v) =>
        f
          .get(this.#rowOut)
          .get(sum)
          .simdMemory(simd.store, (r * n + v * lanes) * 4),
      ),
    )
  }

  #multiplyAdd(a: number, b: number, sum: number): void {
    const f = this.#f
    if (this.#relaxed) f.get(a).get(b).get(sum).simd(simd.f32x4RelaxedMadd).set(sum)
    else f.get(sum).get(a).get(b).simd(simd.f32x4Mul).simd(simd.f32x4Add).set(sum)
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
    const columns = [0, 1, 2, 3].map((j) => {
      const register = f.local('v128')
      f.get(from)
        .simdMemory(simd.load, (v * lanes + j) * b.columnStride * 4)
        .set(register)
      return register
    })
    const interleave = (x: number, y: number, high: boolean): number => {
      const register = f.local('v128')
      f.get(x)
        .get(y)
        .simd(simd.shuffle, ...lanesToBytes(high ? [2, 6, 3, 7] : [0, 4, 1, 5]))
        .set(register)
      return register
    }
    const [c0, c1, c2, c3] = columns as [number, number, number, number]
    const low = [interleave(c0, c1, false), interleave(c2, c3, false)] as const
    const high = [interleave(c0, c1, true), interleave(c2, c3, true)] as const
    const pairs = [
      [low, [0, 1, 4, 5]],
      [low, [2, 3, 6, 7]],
      [high, [0, 1, 4, 5]],
      [high, [2, 3, 6, 7]],
    ] as const
    pairs.forEach(([[x, y], choice], row) => {
      f.get(to)
        .get(x)
        .get(y)
        .simd(simd.shuffle, ...lanesToBytes(choice))
        .simdMemory(simd.store, row * rowBytes + v * 16)
    })
  }

  /** One column of a product with fewer than four: along k where both sides are contiguous, else one by one. */
  #narrowColumn(column: number): void {
    const { a, b, m, n, k } = this.#kernel
    const f = this.#f
    const alongK = a.columnStride === 1 && b.rowStride === 1 && k >= lanes
    const whole = alongK ? k - (k % lanes) : 0
    const sum = f.local('f32')
    const vector = f.local('v128')
    f.get(this.#a).set(this.#rowA)
    f.get(this.#out)
      .i32(column * 4)
      .emit(op.i32Add)
      .set(this.#rowOut)
    f.loop(f.local('i32'), 0, m, 1, () => {
      f.get(this.#rowA).set(this.#pa)
      f.get(this.#b)
        .i32(column * b.columnStride * 4)
        .emit(op.i32Add)
        .set(this.#pb)
      f.f32(0).set(sum)
      if (whole > 0) {
        f.f32x4(0).set(vector)
        f.loop(this.#k, 0, whole, lanes, () => {
          const pair = (): unknown =>
            f.get(this.#pa).simdMemory(simd.load).get(this.#pb).simdMemory(simd.load)
          if (this.#relaxed) {
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

const lanesToBytes = (choice: readonly number[]): number[] =>
  choice.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte))
