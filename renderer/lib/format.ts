/** Numbers, sizes and times as the person reading them wishes: the contract's words, with the chosen marks. */

import { shallowRef } from 'vue'
import * as plain from '../../electron/contract/format.ts'
import { numberTextOf as columnText, type Extent } from '../../electron/contract/years.ts'
import type { NumberMarks } from './preferences.ts'

export { startCase } from '../../electron/contract/format.ts'

/** How numbers are written: as the person wishes. What is on the screen follows a change. */
export const numberMarks = shallowRef<NumberMarks>({ thousands: ',', decimal: '.' })

/** Text of numbers with commas for thousands and a point for decimals, as the person wishes to read it. */
export function withMarks(text: string): string {
  const { thousands, decimal } = numberMarks.value
  return text.replace(/[.,]/g, (mark) => (mark === ',' ? thousands : decimal))
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

export const formatCount = (value: number): string => withMarks(plain.formatCount(value))

export const formatCompact = (value: number): string =>
  Math.abs(value) < 10_000 ? formatCount(value) : withMarks(compact.format(value))

/** `1 row`, `2 rows`. */
export const plural = (count: number, singular: string, many = `${singular}s`): string =>
  `${formatCount(count)} ${count === 1 ? singular : many}`

/** Up to `digits` significant digits; very large and very small values in scientific notation. */
export const formatNumber = (value: number | null | undefined, digits?: number): string =>
  withMarks(plain.formatNumber(value, digits))

/** How numbers of a column are written: years without separators, see contract/years.ts. */
export function numberTextOf(
  name: string,
  extent?: Extent | null,
): (value: number | null | undefined, digits?: number) => string {
  const text = columnText(name, extent)
  return (value, digits) => withMarks(text(value, digits))
}

/** Fixed decimals, so that a column of numbers lines up. */
export const formatFixed = (value: number | null | undefined, decimals: number): string =>
  withMarks(plain.formatFixed(value, decimals))

export const formatPercent = (share: number | null | undefined, decimals?: number): string =>
  withMarks(plain.formatPercent(share, decimals))

export const formatSeconds = (seconds: number | null | undefined): string =>
  withMarks(plain.formatSeconds(seconds))

export const formatBytes = (bytes: number): string => withMarks(plain.formatBytes(bytes))

/** `[N, 20]` as `N × 20`. */
export function formatShape(shape: readonly (number | 'N')[]): string {
  return shape.map((size) => (size === 'N' ? 'N' : formatCount(size))).join(' × ')
}

const characters = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** At most `most` characters; what is left out is in the middle, for a name's end often tells it apart. */
export function cutMiddle(text: string, most: number): string {
  if (text.length <= most) return text
  const parts = Array.from(characters.segment(text), ({ segment }) => segment)
  if (parts.length <= most) return text
  const end = Math.floor((most - 1) / 2)
  return [...parts.slice(0, most - 1 - end), '…', ...parts.slice(parts.length - end)].join('')
}
