/** Arguments that functions of a kind share as samples: signs, ties, sizes 1 and 0, shapes that broadcast. */
import { edge, integers, uniform, type SampleInput } from '../ops/samples.ts'
import type { SampleArgument } from './define.ts'

export const signed = uniform([3, 4])
export const positive = uniform([3, 4], 0.1, 3)
export const unit = uniform([3, 4], -0.9, 0.9)
/** What functions trip over; nothing to differentiate by differences. */
export const special = edge([0, -0, 1, -1, 2.5, -2.5, NaN, Infinity, -Infinity])
/** Infinities and numbers beside each other, as two arguments. */
export const ends = edge([0, 1, Infinity, -Infinity, -1, Infinity, Infinity, 2])
export const otherEnds = edge([Infinity, -Infinity, -2, 1, Infinity, Infinity, -Infinity, 2])

export const one = (...inputs: readonly SampleInput[]): SampleArgument[][] => inputs.map((input) => [input])

/** A row against a matrix, a column against a row, an empty dimension, two numbers. */
export const pairs = (lo = -2, hi = 2): SampleArgument[][] => [
  [uniform([3, 4], lo, hi), uniform([3, 4], lo, hi, 1)],
  [uniform([3, 4], lo, hi), uniform([4], lo, hi, 1)],
  [uniform([3, 1], lo, hi), uniform([1, 4], lo, hi, 1)],
  [uniform([0, 4], lo, hi), uniform([4], lo, hi, 1)],
  [uniform([], lo, hi), uniform([], lo, hi, 1)],
]

export const whole = integers([3, 4], -5, 6)
