/** The types of reader.js, which is shipped as it is. */
import type { Signature } from '../../electron/host/deploy/exports/signature.ts'

export type ReaderRow = Readonly<Record<string, unknown>>
export interface Feed {
  readonly dtype: string
  readonly shape: number[]
  readonly data: string[] | Float32Array | Float64Array | Int32Array | Uint8Array
}
export function numberOf(text: string, reading?: object): number
export function daysOf(text: string, formats?: readonly string[]): number
export function shareOf(text: string): number
export { wordsOf } from './words.js'
export function feedsOf(
  signature: Signature,
  rows: readonly ReaderRow[],
): {
  readonly feeds: Readonly<Record<string, Feed>>
  readonly unread: readonly { readonly row: number; readonly name: string; readonly text: string }[]
}
export function answersOf(
  signature: Signature,
  outputs: Readonly<Record<string, ArrayLike<unknown>>>,
  count: number,
): Record<string, string | number>[]
