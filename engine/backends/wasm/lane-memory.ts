/** Four lanes of memory at once, however they lie. */
import type { Expr } from '../../compiler/expr.ts'
import { atomUses, type Index } from '../../compiler/index-expr.ts'
import type { ComputeType } from '../../tensor/dtype.ts'
import { noSlot, type Address, type Addresses } from './addresses.ts'
import { op, simd, type FunctionBuilder } from './assembler.ts'
import { accessOf, everyLane, isRow, laneOffsets, lanes, type Offsets } from './lanes.ts'
import { lanesToBytes } from './transpose.ts'
import { hasQuotient } from './vectorize.ts'

export class LaneMemory {
  /** How many vectors further on than the loop's counter says: 0 but for steady kernels. */
  ahead = 0
  readonly #f: FunctionBuilder
  readonly #addresses: Addresses
  /** The vectorised loop. */
  readonly #loop: number
  readonly #counter: number
  readonly #varies: (expr: Expr) => boolean
  readonly #emit: (expr: Expr) => void

  constructor(
    f: FunctionBuilder,
    addresses: Addresses,
    vectorLoop: { readonly loop: number; readonly counter: number },
    values: {
      /** Whether a value differs from lane to lane. */
      readonly varies: (expr: Expr) => boolean
      /** Leaves it on the stack, four lanes of it. */
      readonly emit: (expr: Expr) => void
    },
  ) {
    this.#f = f
    this.#addresses = addresses
    this.#loop = vectorLoop.loop
    this.#counter = vectorLoop.counter
    this.#varies = values.varies
    this.#emit = values.emit
  }

  /** Where lanes lie relative to the first one of where the counter is; null where only running the program tells. */
  #offsets(index: Index): Offsets | null {
    const offsets = laneOffsets(index, this.#loop, true)
    if (offsets === null || this.ahead === 0) return offsets
    const shift = this.ahead * lanes * offsets[1]
    return everyLane.map((lane) => offsets[lane] + shift) as unknown as Offsets
  }

  /** Local with how many elements lanes are apart, where the code is given that: they are fetched one by one then. */
  #stride({ slot, index }: Address): number | null {
    const term = index.terms.findIndex(({ atom }) => atom.kind === 'loop' && atom.loop === this.#loop)
    return term < 0 ? null : this.#addresses.given.coefficient({ slot, index }, term)
  }

  /** Runs `body` with a local that has each lane's address in turn. */
  #eachStride(address: Address, stride: number, body: (at: number, lane: number) => void, vectors = 1): void {
    const f = this.#f
    const [at, bytes] = [f.local('i32'), f.local('i32')]
    f.get(stride).i32(2).emit(op.i32Shl).set(bytes)
    this.#addresses.emit(address)
    if (this.ahead > 0)
      f.get(bytes)
        .i32(this.ahead * lanes)
        .emit(op.i32Mul, op.i32Add)
    f.set(at)
    for (let lane = 0; lane < vectors * lanes; lane++) {
      body(at, lane)
      if (lane + 1 < vectors * lanes) f.get(at).get(bytes).emit(op.i32Add).set(at)
    }
  }

  /** Writes one vector after the other: what each `push` leaves on the stack. */
  store(address: Address, dtype: ComputeType, vectors: readonly (() => void)[]): void {
    const f = this.#f
    const push = (vector: () => void): void => {
      vector()
      if (dtype === 'bool') f.i32x4(1, 1, 1, 1).simd(simd.and)
    }
    const offsets = laneOffsets(address.index, this.#loop, true)
    const value = f.local('v128')
    const stride = this.#stride(address)
    if (stride !== null) {
      const store = (at: number, lane: number): void => {
        if (lane % lanes === 0) {
          push(vectors[lane / lanes]!)
          f.set(value)
        }
        f.get(at)
          .get(value)
          .simdMemory(simd.store32Lane, 0, lane % lanes)
      }
      this.#eachStride(address, stride, store, vectors.length)
      return
    }
    if (offsets === null) {
      // Never more than one: further on, such lanes could lie otherwise.
      push(vectors[0]!)
      f.set(value)
      this.#eachLane((lane) => {
        this.#addresses.emit(address)
        f.get(value).simdMemory(simd.store32Lane, 0, lane)
      })
      return
    }
    // One address for all: only then V8 sees that they are neighbours.
    const at = f.local('i32')
    this.#addresses.emit(address)
    f.set(at)
    vectors.forEach((vector, i) => {
      const first = i * lanes * offsets[1]
      if (isRow(offsets)) {
        f.get(at)
        push(vector)
        f.simdMemory(simd.store, first * 4)
        return
      }
      push(vector)
      f.set(value)
      for (const lane of everyLane) {
        const offset = first + offsets[lane]
        this.#past(at, offset)
        f.get(value).simdMemory(simd.store32Lane, Math.max(0, offset) * 4, lane)
      }
    })
  }

  /** The address in a local; memory accesses only take offsets that are not negative. */
  #past(local: number, offset: number): void {
    this.#f.get(local)
    if (offset < 0) this.#f.i32(offset * 4).emit(op.i32Add)
  }

  /** Runs `body` with the vector loop's counter at each lane. */
  #eachLane(body: (lane: number) => void): void {
    const counter = this.#counter
    // Nothing that depends on the counter is kept as a scalar while lanes are wide: only addresses are.
    for (const lane of everyLane) {
      this.#addresses.fresh(() => body(lane))
      const step = lane === lanes - 1 ? 1 - lanes : 1
      this.#f.get(counter).i32(step).emit(op.i32Add).set(counter)
    }
  }

  /** Leaves four elements on the stack. */
  load(address: Address): void {
    const f = this.#f
    const stride = this.#stride(address)
    if (stride !== null) {
      const out = f.local('v128')
      f.i32x4(0, 0, 0, 0).set(out)
      this.#eachStride(address, stride, (at, lane) =>
        f.get(at).get(out).simdMemory(simd.load32Lane, 0, lane).set(out),
      )
      f.get(out)
      return
    }
    const offsets = this.#offsets(address.index)
    if (offsets === null) {
      this.#gatherLanes(address)
      return
    }
    const access = accessOf(offsets)
    if (access.kind === 'vectors' && access.loads === 1 && access.first >= 0) {
      this.#addresses.emit(address)
      if (access.pick.every((lane) => lane === 0)) {
        f.simdMemory(simd.load32Splat, access.first * 4)
        return
      }
      f.simdMemory(simd.load, access.first * 4)
      if (!isRow(access.pick)) {
        const row = f.local('v128')
        f.tee(row)
          .get(row)
          .simd(simd.shuffle, ...lanesToBytes(access.pick))
      }
      return
    }
    const at = f.local('i32')
    this.#addresses.emit(address)
    f.set(at)
    if (access.kind === 'vectors') {
      const row = (i: number): void => {
        const first = access.first + i * lanes
        this.#past(at, first)
        f.simdMemory(simd.load, Math.max(0, first) * 4)
      }
      row(0)
      row(access.loads - 1)
      f.simd(simd.shuffle, ...lanesToBytes(access.pick))
      return
    }
    const out = f.local('v128')
    f.i32x4(0, 0, 0, 0).set(out)
    for (const lane of everyLane) {
      this.#past(at, offsets[lane])
      f.get(out)
        .simdMemory(simd.load32Lane, Math.max(0, offsets[lane]) * 4, lane)
        .set(out)
    }
    f.get(out)
  }

  /** Four loads from addresses that only running the program tells. */
  #gatherLanes(address: Address): void {
    const f = this.#f
    const out = f.local('v128')
    f.i32x4(0, 0, 0, 0).set(out)
    const fetch = (lane: number): unknown => f.get(out).simdMemory(simd.load32Lane, 0, lane).set(out)
    if (hasQuotient(address.index, this.#loop)) {
      this.#eachLane((lane) => {
        this.#addresses.emit(address)
        fetch(lane)
      })
    } else {
      const positions = f.local('v128')
      this.index(address.index, address.slot)
      f.i32(2).simd(simd.i32x4Shl).set(positions)
      const base = f.local('i32')
      this.#addresses.emit({ slot: address.slot, index: { terms: [], offset: 0, key: '+0' } })
      f.set(base)
      for (const lane of everyLane) {
        f.get(positions).simd(simd.i32x4ExtractLane, lane).get(base).emit(op.i32Add)
        fetch(lane)
      }
    }
    f.get(out)
  }

  /** An index's number in four lanes; that of a slot's address, where it is one. */
  index(index: Index, slot = noSlot): void {
    const f = this.#f
    const loop = this.#loop
    const stride = this.#stride({ slot, index })
    if (stride !== null) {
      this.#addresses.emitIndex(index, slot)
      if (this.ahead > 0)
        f.get(stride)
          .i32(this.ahead * lanes)
          .emit(op.i32Mul, op.i32Add)
      f.simd(simd.i32x4Splat)
      f.get(stride).simd(simd.i32x4Splat).i32x4(0, 1, 2, 3).simd(simd.i32x4Mul).simd(simd.i32x4Add)
      return
    }
    const offsets = this.#offsets(index)
    if (offsets !== null) {
      this.#addresses.emitIndex(index, slot)
      f.simd(simd.i32x4Splat)
      if (offsets.some((offset) => offset !== 0)) f.i32x4(...offsets).simd(simd.i32x4Add)
      return
    }
    if (hasQuotient(index, loop)) {
      const out = f.local('v128')
      f.i32x4(0, 0, 0, 0).set(out)
      this.#eachLane((lane) => {
        f.get(out)
        this.#addresses.emitIndex(index, slot)
        f.simd(simd.i32x4ReplaceLane, lane).set(out)
      })
      f.get(out)
      return
    }
    f.i32x4(index.offset, index.offset, index.offset, index.offset)
    index.terms.forEach(({ atom, coefficient }, i) => {
      if (atom.kind === 'value' && this.#varies(atom.expr)) {
        this.#emit(atom.expr)
        const last = atom.extent - 1
        f.i32x4(last, last, last, last).simd(simd.i32x4MinU)
      } else {
        this.#addresses.emitAtom({ slot, index }, i)
        f.simd(simd.i32x4Splat)
        // Only the loop itself: quotients of it are not computed here.
        if (atomUses(atom, loop)) f.i32x4(0, 1, 2, 3).simd(simd.i32x4Add)
      }
      const given = this.#addresses.given.coefficient({ slot, index }, i)
      if (given !== null) f.get(given).simd(simd.i32x4Splat).simd(simd.i32x4Mul)
      else if (coefficient !== 1)
        f.i32x4(coefficient, coefficient, coefficient, coefficient).simd(simd.i32x4Mul)
      f.simd(simd.i32x4Add)
    })
  }
}
