/** What data sets and samplers are given, and what to say where it is something else. */
import { Tensor } from '../tensor/tensor.ts'
import { Generator } from './generator.ts'

/** Anything with a number of samples. */
export interface Sized {
  readonly length: number
}

const what = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? `an object (${value.constructor?.name ?? 'plain'})`
    : String(value)

/** Errors: a TypeError for what cannot be walked through, and for a tensor, whose numbers have to be read first. */
export function requireIterable<T extends Iterable<unknown>>(who: string, values: T): T {
  if (values instanceof Tensor)
    throw new TypeError(`${who} takes a list, not a tensor: read its numbers first, await values.tolist().`)
  const given: unknown = values
  const walks = typeof given === 'object' && given !== null && Symbol.iterator in given
  if (!walks)
    throw new TypeError(`${who} takes something to walk through, such as a list, not ${what(given)}.`)
  return values
}

/** The values as a list. Errors: as requireIterable. */
export const listOf = <T>(who: string, values: Iterable<T>): readonly T[] => [...requireIterable(who, values)]

/** The one given, or one of seed 0. Errors: a TypeError for something else, such as a seed alone. */
export function requireGenerator(who: string, given: Generator | undefined): Generator {
  if (given === undefined) return new Generator()
  if (given instanceof Generator) return given
  throw new TypeError(
    `${who}: generator must be a data.Generator, such as new data.Generator(42), not ${what(given)}.`,
  )
}

/** Errors: a TypeError for what has no number of samples. */
export function requireSized<T extends Sized>(who: string, source: T): T {
  const length: unknown = (source as Sized | null | undefined)?.length
  if (typeof length === 'number') return source
  throw new TypeError(`${who} takes what has a length, such as a data set, not ${what(source)}.`)
}
