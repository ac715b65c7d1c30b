/**
 * Numbers, shares, counts and durations as people read them. The host's sentences, the window and the terminal all write
 * them with this, so that a fact reads the same wherever it stands. A number and its unit stay on one line.
 */

const nbsp = '\u00a0'

const formatters = new Map<string, Intl.NumberFormat>()

/** With commas for thousands. Intl rounds the decimal that is written, where `toFixed` rounds the binary beside it: 8.35 is 8.4. */
function decimal(value: number, fewest: number, most: number): string {
  const key = `${fewest} ${most}`
  const known = formatters.get(key)
  const formatter =
    known ?? new Intl.NumberFormat('en', { minimumFractionDigits: fewest, maximumFractionDigits: most })
  if (!known) formatters.set(key, formatter)
  return formatter.format(value)
}

/** A typographic minus lines up with digits; the hyphen does not. */
const minus = (text: string): string => text.replace('-', '−').replace('e-', 'e−')

export const formatCount = (value: number): string => minus(decimal(value, 0, 0))

/** `1 row`, `2 rows`, `1,400 rows have`: with the noun, or the noun and its verb, that fits the number. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`

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
    return minus(`${trimmed}e${exponent.replace('+', '')}`)
  }
  // Whole numbers are never rounded away: 12,345 stays 12,345.
  const fraction = Math.max(0, Math.min(8, digits - 1 - Math.floor(Math.log10(size))))
  return minus(decimal(value, 0, fraction))
}

/** Fixed decimals, so that a column of numbers lines up. */
export function formatFixed(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return formatNumber(value)
  const text = decimal(value, decimals, decimals)
  return minus(/^-[0.]+$/.test(text) ? text.slice(1) : text)
}

/** A few of many are never 0 %, and nearly all are never 100 %. */
export function formatPercent(share: number | null | undefined, decimals = 1): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return '–'
  // Without the last bits: 100 · 0.0035 is 0.35000000000000003.
  const text = formatFixed(Number((100 * share).toPrecision(12)), decimals)
  const least = 10 ** -decimals
  if (share > 0 && Number(text) === 0) return `< ${formatFixed(least, decimals)}${nbsp}%`
  if (share < 1 && text === formatFixed(100, decimals))
    return `> ${formatFixed(100 - least, decimals)}${nbsp}%`
  return `${text}${nbsp}%`
}

export function formatSeconds(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return '–'
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)}${nbsp}ms`
  if (seconds < 9.95) return `${formatFixed(seconds, 1)}${nbsp}s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole}${nbsp}s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

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
  return `${formatFixed(value, value < 9.95 ? 1 : 0)}${nbsp}${units[unit]}`
}

/** Of large numbers only how large: 1.2M. */
export const formatCompact = (value: number): string =>
  Math.abs(value) < 10_000 ? formatCount(value) : compact.format(value)

/** How what is measured is written: as a percentage, in decimals, in a target's own unit, in digits that count, or as a count. */
export type ValueFormat = 'share' | 'number' | 'target' | 'significant' | 'count'

/** Errors in a target's own unit say no more. */
const digitsOfTargets = 4

/** With as many decimals as give `like` its digits: what stands beside and beneath it lines up, zeros at the end included. */
function formatAlike(value: number, like: number, digits: number): string {
  const sizes = [value, like].map(Math.abs).filter((size) => size > 0)
  if (sizes.some((size) => size < 1e-4 || size >= 1e9 || Number.isNaN(size)))
    return formatNumber(value, digits)
  const size = Math.abs(like) || Math.abs(value) || 1
  return formatFixed(value, Math.max(0, digits - 1 - Math.floor(Math.log10(size))))
}

const decimalsOf = (text: string): number => /\.(\d+)/.exec(text)?.[1]?.length ?? 0

/** `value − base`, with as many decimals as the two beside it have: `+0.0120`, `−1.3 points`. */
export function formatDifference(
  written: { readonly format: ValueFormat; readonly decimals: number },
  value: number,
  base: number,
): string {
  const gap = value - base
  const sign = gap > 0 ? '+' : ''
  if (written.format === 'share') return `${sign}${formatFixed(gap * 100, written.decimals)} points`
  const beside = [value, base].map((one) => formatValue(written, one, value))
  // Powers of ten have no decimals to go by.
  if (beside.some((text) => text.includes('e'))) return `${sign}${formatNumber(gap, 3)}`
  return `${sign}${formatFixed(gap, Math.max(...beside.map(decimalsOf)))}`
}

/** As a metric or a series has it written; its unit stands where there is one. `like`: the figure it stands beside. */
export function formatValue(
  { format, decimals }: { readonly format: ValueFormat; readonly decimals: number },
  value: number | null | undefined,
  like: number | null | undefined = value,
): string {
  if (value === null || value === undefined) return '–'
  switch (format) {
    case 'share':
      return formatPercent(value, decimals)
    case 'number':
      return formatFixed(value, decimals)
    case 'count':
      return formatCompact(value)
    case 'significant':
      return formatNumber(value, decimals)
    case 'target':
      return formatAlike(value, like ?? value, digitsOfTargets)
  }
}

/** “Balanced accuracy” within a line; “RMSE” and “R²” stay as they are. */
export const midCase = (words: string): string =>
  /^\p{Lu}\p{Ll}/u.test(words) ? words.charAt(0).toLowerCase() + words.slice(1) : words

/** “weight decay” as the beginning of a line. */
export const startCase = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1)

/** “a”, “a and b”, “a, b and c”. */
export const inSentence = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
