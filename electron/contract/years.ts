/** Columns that hold years: by their name and their values, since nothing else about a column of numbers tells. */
import { formatNumber } from './format.ts'

const words = new Set(
  'year years yr yrs yyyy jahr annee année année anno año ano jaar år rok vuosi год 年'
    .split(' ')
    .map((word) => word.normalize()),
)
/** “sales per year” are no years. */
const rates = new Set(['per', 'a', 'each', 'every', 'pro', 'par', 'por', 'na'])

/** Years that anybody writes down; of a column that is not called so, those that data of today is about. */
const [first, last] = [1000, 2999]
const [firstRecent, lastRecent] = [1900, 2100]

/** The lowest and the highest value, as far as they are known. */
export type Extent = readonly [low: number, high: number]

/** The words of `YearBuilt`, `yr_sold` and `model-year 2`. */
const wordsOf = (name: string): string[] =>
  name
    .normalize()
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '')

const isCalledYear = (name: string): boolean => {
  const all = wordsOf(name)
  return all.some((word, i) => words.has(word) && !rates.has(all[i - 1] ?? ''))
}

const isWhole = (value: number): boolean => Number.isInteger(value)

/**
 * Whether the numbers of a column are years. One that is called so is one, unless its values go further than any year: a mark for
 * what is missing, such as 0 or −1, does not speak against it. Another is one if both of its ends are years of these two centuries.
 */
export function holdsYears(name: string, extent?: Extent | null): boolean {
  if (extent === undefined || extent === null) return isCalledYear(name)
  const [low, high] = extent
  if (isCalledYear(name)) return high >= first && high <= last
  return low < high && low >= firstRecent && high <= lastRecent && isWhole(low) && isWhole(high)
}

/** How numbers of a column are written: years without separators, all others as everywhere. */
export function numberTextOf(
  name: string,
  extent?: Extent | null,
): (value: number | null | undefined, digits?: number) => string {
  if (!holdsYears(name, extent)) return formatNumber
  return (value, digits) => {
    const text = formatNumber(value, digits)
    return value !== null && value !== undefined && value >= first && value < last + 1
      ? text.replace(',', '')
      : text
  }
}

/** Of a column whose values are at hand. */
export function extentOf(values: Iterable<number | string | null>): Extent | null {
  let [low, high] = [Infinity, -Infinity]
  for (const value of values)
    if (typeof value === 'number' && !Number.isNaN(value)) {
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
  return low <= high ? [low, high] : null
}

/** Of a column that was profiled. */
export const extentIn = (
  profile: { readonly numeric: { readonly min: number; readonly max: number } | null } | undefined | null,
): Extent | null => (profile?.numeric ? [profile.numeric.min, profile.numeric.max] : null)
