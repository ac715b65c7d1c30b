/** Tokens → numbers of one length, as batches need them. */
import { paddingToken, type Vocabulary } from './vocabulary.ts'

/** Numbers as a list of `length`: what is longer is cut at the end, what is shorter filled up with `padding`. */
export function pad(numbers: readonly number[], length: number, padding: number): number[] {
  const kept = numbers.slice(0, length)
  return [...kept, ...new Array<number>(length - kept.length).fill(padding)]
}

/**
 * Lines of tokens as [lines, length]: what is longer is cut at the end, what is shorter filled with `<pad>`.
 * They are int32, row by row, for `tensor(…, { shape: [lines, length] })`.
 * Errors: RangeError where `<pad>` is not in the vocabulary or the length is no whole number from 1 on.
 */
export function numericalize(
  lines: readonly (readonly string[])[],
  vocabulary: Vocabulary,
  length: number,
): Int32Array<ArrayBuffer> {
  if (!Number.isInteger(length) || length < 1)
    throw new RangeError(`A length must be a whole number from 1 on, not ${length}.`)
  if (!vocabulary.has(paddingToken))
    throw new RangeError(`The vocabulary has no ${paddingToken} to fill short lines with.`)
  const padding = vocabulary.lookup(paddingToken)
  const numbers = new Int32Array(lines.length * length)
  lines.forEach((line, i) => {
    numbers.set(pad(vocabulary.lookupAll(line.slice(0, length)), length, padding), i * length)
  })
  return numbers
}
