/** Numbers, sizes and times as people read them. Every function returns text with its unit where it has one. */

import { shallowRef } from 'vue'
import { marksOf, preferences } from './preferences.ts'

/** How numbers are written: as the person wishes. What is on the screen follows a change. */
export const numberMarks = shallowRef(marksOf(preferences.numbers.start))

/** Text of numbers with commas for thousands and a point for decimals, as the person wishes to read it. */
export function withMarks(text: string): string {
  const { thousands, decimal } = numberMarks.value
  return text.replace(/[.,]/g, (mark) => (mark === ',' ? thousands : decimal))
}

/** A number and its unit stay on one line. */
const nbsp = '\u00a0'

const integer = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

export function formatCount(value: number): string {
  return withMarks(integer.format(value))
}

export function formatCompact(value: number): string {
  return withMarks(Math.abs(value) < 10_000 ? integer.format(value) : compact.format(value))
}

/** `1 row`, `2 rows`. */
export function plural(count: number, singular: string, many = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : many}`
}

/** “weight decay” as the beginning of a line. */
export const startCase = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1)

/** Up to `digits` significant digits; very large and very small values in scientific notation. */
export function formatNumber(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined) return '–'
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size < 1e-4 || size >= 1e9) {
    const [mantissa = '', exponent = ''] = value.toExponential(Math.max(0, digits - 2)).split('e')
    const trimmed = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa
    return withMarks(minus(`${trimmed}e${exponent.replace('+', '')}`))
  }
  // Whole numbers are never rounded away: 12,345 stays 12,345.
  const fraction = Math.max(0, Math.min(8, digits - 1 - Math.floor(Math.log10(size))))
  return withMarks(minus(value.toLocaleString('en', { maximumFractionDigits: fraction })))
}

/** Fixed decimals, so that a column of numbers lines up. */
export function formatFixed(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return formatNumber(value)
  const text = value.toLocaleString('en', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
  return withMarks(minus(/^-[0.]+$/.test(text) ? text.slice(1) : text))
}

export function formatPercent(fraction: number | null | undefined, decimals = 1): string {
  if (fraction === null || fraction === undefined || !Number.isFinite(fraction)) return '–'
  return `${formatFixed(fraction * 100, decimals)}${nbsp}%`
}

/** In the units that the limits are given in: 1 MB is 1024 KB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes}${nbsp}B`
  const units = ['KB', 'MB', 'GB', 'TB']
  let value = bytes / 1024
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${withMarks(value < 10 ? value.toFixed(1) : String(Math.round(value)))}${nbsp}${units[unit]}`
}

export function formatSeconds(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return '–'
  if (seconds < 1) return `${Math.round(seconds * 1000)}${nbsp}ms`
  if (seconds < 10) return `${withMarks(seconds.toFixed(1))}${nbsp}s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole}${nbsp}s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`
}

export function formatAgo(time: number, now: number): string {
  const seconds = Math.max(0, (now - time) / 1000)
  if (seconds < 60) return 'just now'
  if (seconds < 3600) return `${plural(Math.floor(seconds / 60), 'minute')} ago`
  if (seconds < 86_400) return `${plural(Math.floor(seconds / 3600), 'hour')} ago`
  if (seconds < 86_400 * 30) return `${plural(Math.floor(seconds / 86_400), 'day')} ago`
  return new Date(time).toISOString().slice(0, 10)
}

/** `[N, 20]` as `N × 20`. */
export function formatShape(shape: readonly (number | 'N')[]): string {
  return shape.map((size) => (size === 'N' ? 'N' : formatCount(size))).join(' × ')
}

/** A typographic minus lines up with digits; the hyphen does not. */
function minus(text: string): string {
  return text.replace('-', '−').replace('e-', 'e−')
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
