/**
 * Contractions over several axes (convolution and its gradients) → WebAssembly: an implicit matrix product. Tables of
 * offsets say where each row, column and inner element stands; blocks of both operands are gathered through them into
 * scratch memory, and a micro-kernel multiplies the blocks (Goto & van de Geijn 2008,
 * https://doi.org/10.1145/1356052.1356053). No matrix of windows is ever written out.
 */
import type { Axis, ContractKernel } from '../../compiler/kernel.ts'
import { FunctionBuilder, op, simd } from './assembler.ts'

const lanes = 4
const tileRows = 6
const tileColumns = 8
/** Inner elements per block: a panel of b then stays in the first cache, the block of a in the second. */
const blockDepth = 256

const tiles = (rows: number): number => Math.ceil(rows / tileRows)
const depthOf = ({ k }: ContractKernel): number => Math.min(k, blockDepth)

/** Floats of scratch memory: the packed block of a, then a panel of b. */
export const packedScratch = (kernel: ContractKernel): number =>
  (tiles(kernel.m) * tileRows + tileColumns) * depthOf(kernel)

/** Byte offsets of every index of a group of axes, last axis fastest. */
function offsets(axes: readonly Axis[]): number[] {
  return axes.reduce<number[]>(
    (all, { extent, stride }) =>
      all.flatMap((base) => Array.from({ length: extent }, (_, i) => base + i * stride * 4)),
    [0],
  )
}

/** The tables the kernel reads, one after the other: rows of a, inner of a, inner of b, columns of b. */
export function packedTables({ a, b }: ContractKernel): Int32Array<ArrayBuffer> {
  return Int32Array.from([a.rows, a.columns, b.rows, b.columns].flatMap(offsets))
}

/** The function takes the addresses of a, b, out, the scratch memory and the tables. */
export function compilePackedKernel(
  kernel: ContractKernel,
  options: { readonly relaxed: boolean },
): FunctionBuilder {
  return new PackedEmitter(kernel, options.relaxed).emit()
}

class PackedEmitter {
  readonly #f = new FunctionBuilder(5)
  readonly #kernel: ContractKernel
  readonly #relaxed: boolean
  readonly #a: number
  readonly #b: number
  readonly #out: number
  /** Inner element at which the current block starts, times four: a byte offset into the tables. */
  readonly #block: number
  readonly #from: number
  readonly #to: number
  readonly #counter: number
  readonly #table = { rows: 0, innerA: 0, innerB: 0, columns: 0 }
  readonly #panelB: number

  constructor(kernel: ContractKernel, relaxed: boolean) {
    this.#kernel = kernel
    this.#relaxed = relaxed
    const local = (): number => this.#f.local('i32')
    ;[this.#a, this.#b, this.#out, this.#block] = [local(), local(), local(), local()]
    ;[this.#from, this.#to, this.#counter] = [local(), local(), local()]
    const { m, k } = kernel
    this.#table = { rows: 0, innerA: m * 4, innerB: (m + k) * 4, columns: (m + 2 * k) * 4 }
    this.#panelB = tiles(m) * tileRows * depthOf(kernel) * 4
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
    this.#batchLoop(0)
    return f
  }

  #batchLoop(d: number): void {
    const { batch, a, b, m, n } = this.#kernel
    const f = this.#f
    const extent = batch[d]
    if (extent === undefined) {
      this.#product()
      return
    }
    const step = (local: number, bytes: number): unknown => f.get(local).i32(bytes).emit(op.i32Add).set(local)
    f.loop(f.local('i32'), 0, extent, 1, () => {
      this.#batchLoop(d + 1)
      step(this.#a, a.batchStrides[d]! * 4)
      step(this.#b, b.batchStrides[d]! * 4)
      if (d === batch.length - 1) step(this.#out, m * n * 4)
    })
    step(this.#a, -a.batchStrides[d]! * extent * 4)
    step(this.#b, -b.batchStrides[d]! * extent * 4)
  }

  #product(): void {
    const { k } = this.#kernel
    const f = this.#f
    const whole = Math.floor(k / blockDepth)
    const block = (depth: number, first: boolean): void => {
      this.#packLeft(depth)
      this.#panels(depth, first)
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
  #packLeft(depth: number): void {
    const { m } = this.#kernel
    const f = this.#f
    const rows = Array.from({ length: tileRows }, () => f.local('i32'))
    const first = f.local('i32')
    f.get(3).set(this.#to)
    f.loop(first, 0, tiles(m) * tileRows, tileRows, () => {
      rows.forEach((row, r) => {
        f.get(4)
        this.#clampedRow(first, r)
        f.i32(2).emit(op.i32Shl, op.i32Add).memory(op.i32Load, this.#table.rows)
        f.get(this.#a).emit(op.i32Add).set(row)
      })
      f.get(this.#block).set(this.#from)
      f.loop(this.#counter, 0, depth, 1, () => {
        const inner = f.local('i32')
        this.#entry(this.#table.innerA, this.#from)
        f.set(inner)
        rows.forEach((row, r) => {
          f.get(this.#to)
            .get(row)
            .get(inner)
            .emit(op.i32Add)
            .memory(op.f32Load)
            .memory(op.f32Store, r * 4)
        })
        f.get(this.#from).i32(4).emit(op.i32Add).set(this.#from)
        f.get(this.#to)
          .i32(tileRows * 4)
          .emit(op.i32Add)
          .set(this.#to)
      })
    })
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

  /** Eight columns side by side. Four neighbours in memory move as one. */
  #packRight(column: number, constant: number, width: number, depth: number): void {
    const f = this.#f
    const at = Array.from({ length: tileColumns }, () => f.local('i32'))
    at.forEach((local, j) => {
      const source = Math.min(j, width - 1)
      f.get(4)
        .get(column)
        .emit(op.i32Add)
        .memory(op.i32Load, this.#table.columns + constant + source * 4)
      f.get(this.#b).emit(op.i32Add).set(local)
    })
    const halves = [at.slice(0, lanes), at.slice(lanes)]
    const inner = f.local('i32')
    const copyHalf = (half: readonly number[], h: number, together: boolean): void => {
      if (together) {
        f.get(this.#to)
          .get(half[0]!)
          .get(inner)
          .emit(op.i32Add)
          .simdMemory(simd.load)
          .simdMemory(simd.store, h * 16)
        return
      }
      half.forEach((local, j) => {
        f.get(this.#to)
          .get(local)
          .get(inner)
          .emit(op.i32Add)
          .memory(op.f32Load)
          .memory(op.f32Store, h * 16 + j * 4)
      })
    }
    const copy = (together: readonly [boolean, boolean]): void => {
      f.get(this.#block).set(this.#from)
      f.get(3).i32(this.#panelB).emit(op.i32Add).set(this.#to)
      f.loop(this.#counter, 0, depth, 1, () => {
        this.#entry(this.#table.innerB, this.#from)
        f.set(inner)
        halves.forEach((half, h) => copyHalf(half, h, together[h]!))
        f.get(this.#from).i32(4).emit(op.i32Add).set(this.#from)
        f.get(this.#to)
          .i32(tileColumns * 4)
          .emit(op.i32Add)
          .set(this.#to)
      })
    }
    const neighbours = (half: readonly number[]): unknown =>
      f.get(half[3]!).get(half[0]!).emit(op.i32Sub).i32(12).emit(op.i32Eq)
    const branch = (then: () => void, otherwise: () => void): void => {
      f.emit(op.if, 0x40)
      then()
      f.emit(op.else)
      otherwise()
      f.emit(op.end)
    }
    if (!this.#columnsCanNeighbour() || width < tileColumns) {
      copy([false, false])
      return
    }
    neighbours(halves[0]!)
    branch(
      () => {
        neighbours(halves[1]!)
        branch(
          () => copy([true, true]),
          () => copy([true, false]),
        )
      },
      () => {
        neighbours(halves[1]!)
        branch(
          () => copy([false, true]),
          () => copy([false, false]),
        )
      },
    )
  }

  #columnsCanNeighbour(): boolean {
    const last = this.#kernel.b.columns.at(-1)!
    return last.stride === 1 && last.extent >= lanes
  }

  // ---- multiplying ----

  #panels(depth: number, first: boolean): void {
    const { n } = this.#kernel
    const f = this.#f
    const column = f.local('i32')
    const whole = Math.floor(n / tileColumns)
    const panel = (constant: number, width: number): void => {
      this.#packRight(column, constant, width, depth)
      this.#tiles(column, constant, width, depth, first)
    }
    // The counter runs in bytes, which is what tables and output want.
    if (whole > 0) f.loop(column, 0, whole * tileColumns * 4, tileColumns * 4, () => panel(0, tileColumns))
    f.i32(0).set(column)
    if (n % tileColumns > 0) panel(whole * tileColumns * 4, n % tileColumns)
  }

  #tiles(column: number, constant: number, width: number, depth: number, first: boolean): void {
    const { m, n } = this.#kernel
    const f = this.#f
    const left = f.local('i32')
    const to = f.local('i32')
    f.get(3).set(left)
    f.get(this.#out).get(column).emit(op.i32Add).i32(constant).emit(op.i32Add).set(to)
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
    const whole = Math.floor(m / tileRows)
    if (whole > 0) f.loop(f.local('i32'), 0, whole, 1, () => tile(tileRows))
    if (m % tileRows > 0) tile(m % tileRows)
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
            .simdMemory(simd.load, (u * tileColumns + v * lanes) * 4)
            .set(register),
        )
        sums.forEach((row, r) => {
          f.get(this.#from)
            .simdMemory(simd.load32Splat, (u * tileRows + r) * 4)
            .set(left)
          row.forEach((sum, v) => this.#multiplyAdd(left, right[v]!, sum))
        })
      }
      f.get(this.#from)
        .i32(count * tileRows * 4)
        .emit(op.i32Add)
        .set(this.#from)
      f.get(this.#to)
        .i32(count * tileColumns * 4)
        .emit(op.i32Add)
        .set(this.#to)
    }
    const unroll = 4
    const whole = Math.floor(depth / unroll)
    if (whole > 0) f.loop(this.#counter, 0, whole, 1, () => steps(unroll))
    if (depth % unroll > 0) steps(depth % unroll)
    sums.forEach((row, r) =>
      row.forEach((sum, v) => this.#store(sum, to, r * n + v * lanes, width - v * lanes, first)),
    )
  }

  /** Writes or adds a vector of sums; of the last one perhaps only some. */
  #store(sum: number, to: number, element: number, valid: number, first: boolean): void {
    const f = this.#f
    const offset = element * 4
    if (valid >= lanes) {
      f.get(to).get(sum)
      if (!first) f.get(to).simdMemory(simd.load, offset).simd(simd.f32x4Add)
      f.simdMemory(simd.store, offset)
      return
    }
    for (let lane = 0; lane < valid; lane++) {
      f.get(to).get(sum).simd(simd.f32x4ExtractLane, lane)
      if (!first)
        f.get(to)
          .memory(op.f32Load, offset + lane * 4)
          .emit(op.f32Add)
      f.memory(op.f32Store, offset + lane * 4)
    }
  }

  #multiplyAdd(a: number, b: number, sum: number): void {
    const f = this.#f
    if (this.#relaxed) f.get(a).get(b).get(sum).simd(simd.f32x4RelaxedMadd).set(sum)
    else f.get(sum).get(a).get(b).simd(simd.f32x4Mul).simd(simd.f32x4Add).set(sum)
  }
}
