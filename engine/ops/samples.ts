/** Sample inputs: described, not stored, and the same on every machine. */
import { numel, type Shape } from '../tensor/shape.ts'
import type { DType } from '../tensor/dtype.ts'

export interface SampleInput {
  readonly shape: Shape
  readonly dtype: DType
  readonly values: readonly number[]
  /**
   * Stands where the op has no slope, or none that is a number: no difference quotient can judge the gradient there, so
   * only PyTorch does, and with infinite, missing and no gradients arriving as well.
   */
  readonly edge?: true
}

/** mulberry32 (public domain, Tommy Ettinger): plenty for test inputs. */
export function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const seedOf = (shape: Shape, lo: number, hi: number): number =>
  shape.reduce((h, n) => Math.imul(h, 31) + n, Math.round(lo * 1000) * 7 + Math.round(hi * 1000) * 13 + 17)

/** Values are made when a test or a fixture asks for them: a program that loads the records does not. */
function filled(
  shape: Shape,
  dtype: DType,
  [lo, hi]: readonly [number, number],
  salt: number,
  round: (x: number) => number,
): SampleInput {
  let made: readonly number[] | null = null
  const make = (): number[] => {
    const next = generator(seedOf(shape, lo, hi) + salt)
    return Array.from({ length: numel(shape) }, () => round(lo + (hi - lo) * next()))
  }
  return {
    shape,
    dtype,
    get values() {
      return (made ??= make())
    },
  }
}

/** float32 values, uniform in [lo, hi). Another salt gives other values of the same shape. */
export const uniform = (shape: Shape, lo = -2, hi = 2, salt = 0): SampleInput =>
  filled(shape, 'float32', [lo, hi], salt, Math.fround)

/** int32 values, uniform in lo … hi−1. */
export const integers = (shape: Shape, lo: number, hi: number, salt = 0): SampleInput =>
  filled(shape, 'int32', [lo, hi], salt, Math.floor)

/** uint8 values of the whole range. */
export const bytes = (shape: Shape, salt = 0): SampleInput =>
  filled(shape, 'uint8', [0, 256], salt, Math.floor)

export const booleans = (shape: Shape, salt = 0): SampleInput =>
  filled(shape, 'bool', [0, 2], salt, Math.floor)

export const values = (shape: Shape, list: readonly number[], dtype: DType = 'float32'): SampleInput => ({
  shape,
  dtype,
  values: list,
})

/** What arithmetic trips over. */
export const special = [NaN, Infinity, -Infinity, 0, -0, 1, -2.5] as const

/** Values at an edge: special ones, equal ones, … */
export const edge = (list: readonly number[], shape: Shape = [list.length]): SampleInput => ({
  ...values(shape, list),
  edge: true,
})

const repeated = (list: readonly number[], times: number): number[] =>
  Array.from({ length: times }, () => list).flat()

/** Every special value, in vectors as well as beside them. */
export const specials: readonly SampleInput[] = [edge(repeated(special, 3)), edge([NaN, Infinity, -Infinity])]

/** Every special value beside every other, as two inputs and as rows of two. */
export const specialPairs: readonly [SampleInput, SampleInput] = [
  edge(special.flatMap((x) => repeated([x], special.length))),
  edge(repeated(special, special.length)),
]
export const specialRows: SampleInput = edge(
  specialPairs[0].values.flatMap((x, i) => [x, specialPairs[1].values[i]!]),
  [special.length ** 2, 2],
)

/** As few elements as there can be. */
export const sizes: readonly SampleInput[] = [uniform([0, 3]), uniform([1], 0.5, 2)]

export type Samples = { inputs: SampleInput[]; attrs: null }[]

/** These as the one input, and every edge. */
export const everywhere = (...inputs: SampleInput[]): Samples =>
  [...inputs, ...specials, ...sizes].map((input) => ({ inputs: [input], attrs: null }))
