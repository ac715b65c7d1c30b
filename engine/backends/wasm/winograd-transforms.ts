/**
 * The transforms of Winograd's minimal filtering F(2×2, 3×3) (Lavin & Gray 2015, https://arxiv.org/abs/1509.09308, §4.1),
 * for four tiles at once. With A, B and G as there, a correlation is Y = Aᵀ[(G g Gᵀ) ∘ (Bᵀ d B)]A; the same three
 * matrices give the filter's gradient, Gᵀ[(A y Aᵀ) ∘ (Bᵀ d B)]G, for the trilinear form behind both is one.
 */
import { simd, type FunctionBuilder } from './assembler.ts'
import { lanes } from './lanes.ts'
import { lanesToBytes } from './transpose.ts'

/** Elements of a transformed tile. */
export const tileElements = 16
/** Columns that four tiles side by side compute. */
export const columnsPerVector = 2 * lanes

/** Where something is in memory: an address in a local and bytes beyond it. */
export interface Place {
  readonly address: number
  readonly offset: number
}

/** Vector instructions that leave their result in a new local. */
export class Vectors {
  readonly #f: FunctionBuilder

  constructor(f: FunctionBuilder) {
    this.#f = f
  }

  load({ address, offset }: Place): number {
    return this.#result(() => this.#f.get(address).simdMemory(simd.load, offset))
  }
  /** Four columns of a row from one on, zero beyond the valid ones. */
  loadFirst(row: Place, column: number, valid: number): number {
    const loaded = this.load({ ...row, offset: row.offset + column * 4 })
    if (column + lanes <= valid) return loaded
    const bits = (lane: number): number => (column + lane < valid ? -1 : 0)
    return this.#result(() => this.#f.get(loaded).i32x4(bits(0), bits(1), bits(2), bits(3)).simd(simd.and))
  }
  store({ address, offset }: Place, vector: number): void {
    this.#f.get(address).get(vector).simdMemory(simd.store, offset)
  }
  add = (a: number, b: number): number => this.#binary(simd.f32x4Add, a, b)
  sub = (a: number, b: number): number => this.#binary(simd.f32x4Sub, a, b)
  neg = (a: number): number => this.#result(() => this.#f.get(a).simd(simd.f32x4Neg))
  half = (a: number): number => this.#result(() => this.#f.get(a).f32x4(0.5).simd(simd.f32x4Mul))
  /** Every second element of eight. */
  even = (a: number, b: number): number => this.#shuffle(a, b, [0, 2, 4, 6])
  odd = (a: number, b: number): number => this.#shuffle(a, b, [1, 3, 5, 7])
  /** The other way: a0 b0 a1 b1 and a2 b2 a3 b3. */
  interleave = (a: number, b: number): readonly [number, number] => [
    this.#shuffle(a, b, [0, 4, 1, 5]),
    this.#shuffle(a, b, [2, 6, 3, 7]),
  ]
  /** The sums of four vectors' elements, side by side. */
  sums([a, b, c, d]: readonly [number, number, number, number]): number {
    const pair = (x: number, y: number): number => this.add(...this.interleave(x, y))
    const [low, high] = [pair(a, b), pair(c, d)]
    return this.add(this.#shuffle(low, high, [0, 1, 4, 5]), this.#shuffle(low, high, [2, 3, 6, 7]))
  }
  /** Four elements, `bytes` apart. */
  gather({ address, offset }: Place, bytes: number): number {
    const vector = this.#result(() => this.#f.get(address).simdMemory(simd.load32Splat, offset))
    for (let lane = 1; lane < lanes; lane++) {
      this.#f.get(address).get(vector).simdMemory(simd.load32Lane, offset + lane * bytes, lane).set(vector) // prettier-ignore
    }
    return vector
  }
  /** Transformed tiles, element by element; vectors abreast are side by side. */
  storeTiles({ address, offset }: Place, pitch: number, vectors: readonly (readonly number[])[]): void {
    for (let element = 0; element < tileElements; element++)
      vectors.forEach((vector, i) =>
        this.store({ address, offset: offset + element * pitch + i * 16 }, vector[element]!),
      )
  }
  /** The first `count` elements, at most four. */
  storeFirst(place: Place, vector: number, count: number): void {
    if (count >= lanes) {
      this.store(place, vector)
      return
    }
    for (let lane = 0; lane < count; lane++)
      this.storeLane(place.address, place.offset + lane * 4, vector, lane)
  }
  storeLane(address: number, offset: number, vector: number, lane: number): void {
    this.#f.get(address).get(vector).simdMemory(simd.store32Lane, offset, lane)
  }

  #result(emit: () => unknown): number {
    const local = this.#f.local('v128')
    emit()
    this.#f.set(local)
    return local
  }
  #binary(code: number, a: number, b: number): number {
    return this.#result(() => this.#f.get(a).get(b).simd(code))
  }
  #shuffle(a: number, b: number, choice: readonly number[]): number {
    return this.#result(() =>
      this.#f
        .get(a)
        .get(b)
        .simd(simd.shuffle, ...lanesToBytes(choice)),
    )
  }
}

/** Vectors in rows and columns, each vector the same element of four tiles. */
type Tile = readonly (readonly number[])[]

const transposed = (tile: Tile): Tile => tile[0]!.map((_, j) => tile.map((row) => row[j]!))

/** M X Mᵀ, row by row, where `along` computes M times a column. */
const twice = (x: Tile, along: (column: readonly number[]) => number[]): number[] =>
  transposed(transposed(x).map(along)).flatMap(along)

/** Sixteen vectors in rows of four. */
const inRows = (elements: readonly number[]): Tile => [0, 4, 8, 12].map((i) => elements.slice(i, i + 4))

/**
 * First columns of the eight a vector of tiles covers. Of two vectors abreast, each has every other four columns: the
 * engine can make one of both, for they load and store side by side, and nothing goes from one half to the other.
 */
export const columnsOf = (abreast: number, vector: number): readonly [number, number] =>
  abreast === 1 ? [0, lanes] : [vector * lanes, (2 + vector) * lanes]

/**
 * Bᵀ d B of four tiles, two columns apart and overlapping by two, that start in these columns of the four rows.
 * `valid`: columns that count; those beyond become zero.
 */
export function transformImage(
  v: Vectors,
  rows: readonly Place[],
  [first, second]: readonly [number, number],
  valid = Infinity,
): number[] {
  const along = ([d0, d1, d2, d3]: readonly number[]): number[] => [
    v.sub(d0!, d2!),
    v.add(d1!, d2!),
    v.sub(d2!, d1!),
    v.sub(d1!, d3!),
  ]
  // Down while columns are still side by side as in memory, then across.
  const down = [first, second, first + 2, second + 2].map((column) =>
    along(rows.map((row) => v.loadFirst(row, column, valid))),
  )
  return transposed(down).flatMap(([a, b, c, d]) =>
    along([v.even(a!, b!), v.odd(a!, b!), v.even(c!, d!), v.odd(c!, d!)]),
  )
}

/** G g Gᵀ of four filters whose elements are `bytes` apart. */
export function transformFilters(v: Vectors, { address, offset }: Place, bytes: number): number[] {
  const element = (i: number): number => v.gather({ address, offset: offset + i * 4 }, bytes)
  const filters = [0, 3, 6].map((row) => [0, 1, 2].map((column) => element(row + column)))
  return twice(filters, ([g0, g1, g2]) => {
    const [outer, inner] = [v.half(v.add(g0!, g2!)), v.half(g1!)]
    return [g0!, v.add(outer, inner), v.sub(outer, inner), g2!]
  })
}

/** Aᵀ m A: two rows of the eight columns, each as two vectors. */
export function untransformImage(v: Vectors, elements: readonly number[]): (readonly [number, number])[] {
  const along = ([m0, m1, m2, m3]: readonly number[]): number[] => [
    v.add(v.add(m0!, m1!), m2!),
    v.sub(v.sub(m1!, m2!), m3!),
  ]
  const [a, b, c, d] = twice(inRows(elements), along) as [number, number, number, number]
  return [v.interleave(a, b), v.interleave(c, d)]
}

/** A y Aᵀ of four tiles of two rows that start in these columns, of which `valid` count. */
export function transformGradient(
  v: Vectors,
  rows: readonly Place[],
  columns: readonly [number, number],
  valid = Infinity,
): number[] {
  const tile = rows.map((row) => {
    const [a, b] = columns.map((column) => v.loadFirst(row, column, valid)) as [number, number]
    return [v.even(a, b), v.odd(a, b)]
  })
  return twice(tile, ([y0, y1]) => [y0!, v.add(y0!, y1!), v.sub(y0!, y1!), v.neg(y1!)])
}

/** Gᵀ m G: nine vectors. */
export function untransformFilters(v: Vectors, elements: readonly number[]): number[] {
  return twice(inRows(elements), ([m0, m1, m2, m3]) => {
    const outer = v.half(v.add(m1!, m2!))
    return [v.add(m0!, outer), v.half(v.sub(m1!, m2!)), v.add(outer, m3!)]
  })
}
