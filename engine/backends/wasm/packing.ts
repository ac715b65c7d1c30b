/** Copies blocks of both operands of a contraction to where its micro-kernel wants them, through tables of offsets. */
import type { Axis, ContractKernel } from '../../compiler/kernel.ts'
import { type FunctionBuilder, op, simd } from './assembler.ts'
import { tileRows } from './contraction.ts'
import { limitTo, push, type Size } from './given-numbers.ts'
import { lanes } from './lanes.ts'
import { interleave, transpose } from './transpose.ts'

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

/** Where the last axis is at least so long, four indices in a row have neighbours in memory if the outer two are three apart. */
const hasRuns = (axes: readonly Axis[]): boolean => axes.at(-1)!.stride === 1 && axes.at(-1)!.extent >= lanes

/** Runs a body with the local `first` at the first row of every wanted tile. */
type EachTile = (first: number, body: () => void) => void

/** Inner elements of all rows that are copied before the next, while there are so many: their rows then stay in the first cache. */
const chunkDepths = [16, 4, 1]

/** Which tables there are depends on the rows alone; where each begins is given. */
export interface TableStarts {
  readonly innerA: Size
  readonly innerB: Size
  readonly columns: Size
}

/** In bytes. */
export const tableStarts = ({ m, k }: ContractKernel): [innerA: number, innerB: number, columns: number] => [
  m * 4,
  (m + k) * 4,
  (m + 2 * k) * 4,
]

/** Columns of b that are multiplied together: from a byte offset into the tables on that is in a local. */
export interface PanelPlace {
  readonly column: number
  /** How many there are, as far as the code knows. */
  readonly width: number
  /** Local with the offset at which they end where that is sooner: the last is repeated then, and never stored. null: it is not. */
  readonly end: number | null
}

/** What the code asks about how rows, columns and inner elements lie. */
export const hasRunsOf = ({ a, b }: ContractKernel): unknown[] => [
  a.rows.length === 1 && a.rows[0]!.stride === 1,
  ...[a.columns, b.rows, b.columns].map(hasRuns),
]

/**
 * Emits the copying. The function's parameter 3 is the address of the scratch memory, which takes a block of a and then a
 * panel of b; 4 is that of the tables.
 */
export class Packing {
  /** Local with the inner element at which the current block starts. */
  readonly start: number
  /** Where in the scratch memory the block of a starts and the panel of b, in bytes. */
  readonly block: number
  readonly panel: Size
  readonly #f: FunctionBuilder
  readonly #kernel: ContractKernel
  readonly #tileColumns: number
  readonly #from: number
  readonly #to: number
  readonly #counter: number
  /** Locals with the addresses of tables. */
  readonly #table: { readonly innerA: number; readonly innerB: number; readonly columns: number }
  /** Local with the inner elements of the current block. */
  readonly #depth: number

  constructor(
    f: FunctionBuilder,
    kernel: ContractKernel,
    {
      tileColumns,
      block,
      panel,
      depth,
      starts,
    }: {
      readonly tileColumns: number
      readonly block: number
      readonly panel: Size
      readonly depth: number
      readonly starts: TableStarts
    },
  ) {
    this.#f = f
    this.#kernel = kernel
    this.#tileColumns = tileColumns
    this.block = block
    this.panel = panel
    this.#depth = depth
    const local = (): number => f.local('i32')
    ;[this.start, this.#from, this.#to, this.#counter] = [local(), local(), local(), local()]
    const table = (start: Size): number => {
      const address = local()
      push(f.get(4), start).emit(op.i32Add).set(address)
      return address
    }
    this.#table = {
      innerA: table(starts.innerA),
      innerB: table(starts.innerB),
      columns: table(starts.columns),
    }
  }

  /** To where the current block starts in tables. */
  #setFrom(): void {
    this.#f.get(this.start).i32(2).emit(op.i32Shl).set(this.#from)
  }

  /** Loads a table's entry; `local` is a byte offset into it. */
  #entry(table: number, local: number, constant = 0): void {
    this.#f.get(table).get(local).emit(op.i32Add).memory(op.i32Load, constant)
  }

  /** Six rows side by side, inner element after inner element; rows beyond the last repeat it, and are never stored. */
  rows(a: number, eachTile: EachTile): void {
    if (this.#hasRowsTogether()) {
      this.#copyRows(a, eachTile)
      return
    }
    const f = this.#f
    const rows = Array.from({ length: tileRows }, () => f.local('i32'))
    const first = f.local('i32')
    f.get(3).i32(this.block).emit(op.i32Add).set(this.#to)
    eachTile(first, () => {
      rows.forEach((row, r) => {
        f.get(4)
        this.#clampedRow(first, r)
        f.i32(2).emit(op.i32Shl, op.i32Add).memory(op.i32Load)
        f.get(a).emit(op.i32Add).set(row)
      })
      this.#setFrom()
      const inner = f.local('i32')
      const column = (k: number): void => {
        this.#entry(this.#table.innerA, this.#from, k * 4)
        f.set(inner)
        rows.forEach((row, r) => {
          f.get(this.#to).get(row).get(inner).emit(op.i32Add)
          f.memory(op.f32Load).memory(op.f32Store, (k * tileRows + r) * 4)
        })
      }
      this.#inFours(tileRows, column, (scalars) => {
        if (!hasRuns(this.#kernel.a.columns)) {
          scalars()
          return
        }
        this.#whenRun(this.#table.innerA, inner, () => this.#turnRows(rows, inner), scalars)
      })
    })
  }

  /** Neighbouring rows are neighbours in memory, as in a transposed matrix. */
  #hasRowsTogether(): boolean {
    const { rows } = this.#kernel.a
    return rows.length === 1 && rows[0]!.stride === 1
  }

  /**
   * Rows that lie together, a few inner elements of all tiles at a time: neighbouring tiles share cache lines. Past the
   * last row is memory all the same, and what it gives is never stored.
   */
  #copyRows(a: number, eachTile: EachTile): void {
    const f = this.#f
    const local = (): number => f.local('i32')
    const [first, row, start, inner, tileBytes] = [local(), local(), local(), local(), local()]
    f.get(this.#depth)
      .i32(tileRows * 4)
      .emit(op.i32Mul)
      .set(tileBytes)
    const chunk = (count: number): void => {
      f.get(3)
        .get(start)
        .i32(tileRows * 4)
        .emit(op.i32Mul, op.i32Add)
        .i32(this.block)
        .emit(op.i32Add)
        .set(this.#to)
      f.get(this.start).get(start).emit(op.i32Add).i32(2).emit(op.i32Shl).set(this.#from)
      eachTile(first, () => {
        f.get(4).get(first).i32(2).emit(op.i32Shl, op.i32Add).memory(op.i32Load)
        f.get(a).emit(op.i32Add).set(row)
        for (let k = 0; k < count; k++) {
          this.#entry(this.#table.innerA, this.#from, k * 4)
          f.get(row).emit(op.i32Add).set(inner)
          const offset = k * tileRows * 4
          f.get(this.#to).get(inner).simdMemory(simd.load).simdMemory(simd.store, offset)
          f.get(this.#to)
            .get(inner)
            .simdMemory(simd.load64Zero, lanes * 4)
          f.simdMemory(simd.store64Lane, offset + lanes * 4, 0)
        }
        f.get(this.#to).get(tileBytes).emit(op.i32Add).set(this.#to)
      })
    }
    f.i32(0).set(start)
    for (const count of chunkDepths) f.range(start, this.#depth, count, () => chunk(count))
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

  /** The panel's columns side by side: all at once where they are neighbours in memory, else four after four. */
  columns(b: number, { column, width, end }: PanelPlace): void {
    const f = this.#f
    const columns = Array.from({ length: lanes }, () => f.local('i32'))
    const inner = f.local('i32')
    const address = (local: number, source: number): void => {
      if (end === null) this.#entry(this.#table.columns, column, source * 4)
      else {
        f.get(column)
          .i32(source * 4)
          .emit(op.i32Add)
          .set(local)
        f.get(end).i32(4).emit(op.i32Sub).set(inner)
        limitTo(f, local, { local: inner })
        this.#entry(this.#table.columns, local)
      }
      f.get(b).emit(op.i32Add).set(local)
    }
    // Past the end, those that seem to be neighbours may be repeated.
    const runs = end === null && hasRuns(this.#kernel.b.columns)
    const inFours = (): void => {
      for (let first = 0; first < width; first += lanes) {
        // Beyond the last column it is repeated, and never stored.
        columns.forEach((local, j) => address(local, Math.min(first + j, width - 1)))
        const copy = (together: boolean): void => this.#copyColumns(columns, inner, first, together)
        if (!runs || first + lanes > width) {
          copy(false)
          continue
        }
        // Four neighbours in memory move as one.
        this.#areNeighbours(columns[0]!, columns[3]!, lanes)
        f.emit(op.if, 0x40)
        copy(true)
        f.emit(op.else)
        copy(false)
        f.emit(op.end)
      }
    }
    if (!runs || width <= lanes) {
      inFours()
      return
    }
    address(columns[0]!, 0)
    address(columns[3]!, width - 1)
    this.#areNeighbours(columns[0]!, columns[3]!, width)
    f.emit(op.if, 0x40)
    this.#copyWidth(columns[0]!, inner, width)
    f.emit(op.else)
    inFours()
    f.emit(op.end)
  }

  /** Leaves whether the last of `count` columns stands where it would if all of them were neighbours. */
  #areNeighbours(first: number, last: number, count: number): void {
    this.#f
      .get(last)
      .get(first)
      .emit(op.i32Sub)
      .i32((count - 1) * 4)
      .emit(op.i32Eq)
  }

  /** Whole rows of a panel: every cache line is read once. Past the last column is memory all the same, and what it gives is never stored. */
  #copyWidth(column: number, inner: number, width: number): void {
    const f = this.#f
    this.#setFrom()
    push(f.get(3), this.panel).emit(op.i32Add).set(this.#to)
    const row = (k: number): void => {
      this.#entry(this.#table.innerB, this.#from, k * 4)
      f.get(column).emit(op.i32Add).set(inner)
      for (let at = 0; at < width; at += lanes) {
        f.get(this.#to)
          .get(inner)
          .simdMemory(simd.load, at * 4)
        f.simdMemory(simd.store, (k * this.#tileColumns + at) * 4)
      }
    }
    this.#inFours(this.#tileColumns, row, (rows) => rows())
  }

  /** One block of four columns, `first` of them before it in the panel. */
  #copyColumns(columns: readonly number[], inner: number, first: number, together: boolean): void {
    const f = this.#f
    this.#setFrom()
    push(f.get(3), this.panel).emit(op.i32Add).set(this.#to)
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
    this.#inFours(this.#tileColumns, row, (scalars) => {
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
  #inFours(width: number, row: (k: number) => void, four: (rows: () => void) => void): void {
    const f = this.#f
    const rows = (count: number): void => {
      for (let k = 0; k < count; k++) row(k)
    }
    const advance = (count: number): void => {
      f.get(this.#from)
        .i32(count * 4)
        .emit(op.i32Add)
        .set(this.#from)
      f.get(this.#to)
        .i32(count * width * 4)
        .emit(op.i32Add)
        .set(this.#to)
    }
    f.i32(0).set(this.#counter)
    f.range(this.#counter, this.#depth, lanes, () => {
      four(() => rows(lanes))
      advance(lanes)
    })
    f.range(this.#counter, this.#depth, 1, () => {
      rows(1)
      advance(1)
    })
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
}
