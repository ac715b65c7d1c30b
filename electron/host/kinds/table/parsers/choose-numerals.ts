/** Which way of writing numbers fits most cells of a column. */
import { begin, numerals, parsers, plainNumerals, type Numerals } from '../../../../contract/index.ts'
import { hasPictureName } from '../../../pictures/formats.ts'
import type { Look } from './looks.ts'
import { digitsPattern } from './numerals.ts'
import { styles, type NumberStyle } from './upgrades.ts'

type Decimal = Numerals['decimal']

export interface Hints {
  readonly delimiter: string
  /** What other columns of the file show; null: nothing, or not the same. */
  readonly decimal: Decimal | null
}

export interface WrittenNumbers {
  readonly numerals: Numerals
  /** Cells that fit. */
  readonly fitting: number
  /** Whether only this decimal sign fits them. */
  readonly sure: boolean
  /** Whether that says something of other columns: 10.100.200 between commas may be a chapter, but 1,5 is no thousand. */
  readonly telling: boolean
}

/** Other words in front of a number name things: item 5, A12. */
const currency =
  /^(?:[A-Z]{0,3}\p{Sc}|USD|EUR|GBP|JPY|CHF|CNY|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BRL|MXN|ZAR|TRY|RUB|KRW|SGD|HKD|THB|IDR|ILS|AED|Fr\.?|kr\.?|Rs\.?)$/u
const suffix = /^[\p{L}\p{Sc}%‰°µ][\p{L}\p{Sc}%‰°µ²³/·. ]{0,11}$/u
export const isCurrency = (unit: string): boolean => currency.test(unit)

const parts =
  /^(\(?) ?[+-]? ?([^\d\s.,'()+-][^\d()+-]*?)? ?[+-]? ?((?:\d[\d.,' ]*|[.,]\d+)(?:[eE][+-]?\d+)?)([^\d\s.,'()+-][^\d()+-]*)?(\)?)$/u

interface Clue {
  readonly digits: string
  readonly unit: string
  readonly enclosed: boolean
  readonly count: number
}

/** A look as a number; null: it is none. */
function clueOf({ look, count }: Look): Clue | null {
  const [, open = '', before = '', digits = '', after = '', close = ''] = parts.exec(look) ?? []
  const unit = (before || after).trim()
  if (digits === '' || (open === '(') !== (close === ')') || (before !== '' && after !== '')) return null
  if (open !== '' && /^\(\D*[+-]/.test(look)) return null
  if (unit !== '' && !(before === '' ? suffix : currency).test(unit)) return null
  // The name of a file: 12.png.
  if (digits.endsWith('.') && hasPictureName(`.${after}`)) return null
  return { digits: digits.trim(), unit, enclosed: open !== '', count }
}

const total = (clues: readonly { readonly count: number }[]): number =>
  clues.reduce((sum, { count }) => sum + count, 0)

/** The unit of at least half of them; '': there is none. */
function unitOf(clues: readonly Clue[]): string {
  const counts = [...Map.groupBy(clues, ({ unit }) => unit)].map(([unit, some]) => ({
    unit,
    count: total(some),
  }))
  return counts.find(({ count }) => count >= total(clues) / 2)?.unit ?? ''
}

/** In the order in which they are preferred where they fit alike. */
const groupings: Record<Decimal, readonly Numerals['grouping'][]> = {
  '.': ['none', ',', 'space', 'apostrophe'],
  // Points between thousands go with a decimal comma, also where none of these values needs them.
  ',': ['.', 'none', 'space', 'apostrophe'],
}

export function chooseNumerals(looks: readonly Look[], hints: Hints): WrittenNumbers {
  const clues = looks.flatMap((look) => clueOf(look) ?? [])
  const unit = unitOf(clues)
  const enclosed = clues.filter((one) => one.enclosed)
  const parentheses = enclosed.length > 0 && total(enclosed) <= total(clues) / 2
  const read = clues.filter((one) => (one.unit === '' || one.unit === unit) && (parentheses || !one.enclosed))
  const bestOf = (decimal: Decimal) =>
    groupings[decimal]
      .map((grouping) => {
        const pattern = new RegExp(`^(?:${digitsPattern({ decimal, grouping })})$`)
        const cells = read.filter(({ digits }) => pattern.test(digits))
        return { decimal, grouping, cells, fitting: total(cells) }
      })
      .reduce((best, one) => (one.fitting > best.fitting ? one : best))
  const [point, comma] = [bestOf('.'), bestOf(',')]
  const sure = point.fitting !== comma.fitting
  // Commas alone may be either: between fields they are no decimal sign.
  const usual = point.grouping === ',' && hints.delimiter !== ',' ? ',' : '.'
  const decimal = sure ? (point.fitting > comma.fitting ? '.' : ',') : (hints.decimal ?? usual)
  const [best, other] = decimal === '.' ? [point, comma] : [comma, point]
  const either = new Set(other.cells)
  const only = best.cells.filter((one) => !either.has(one))
  return {
    numerals:
      best.fitting === 0
        ? plainNumerals
        : begin(parsers, numerals.name, { decimal, grouping: best.grouping, unit, parentheses }),
    fitting: best.fitting,
    sure,
    telling: sure && only.some(({ digits }) => digits.includes(decimal) || hints.delimiter !== decimal),
  }
}

/** How a column is read whose values may be read by either decimal sign. */
export interface Doubt {
  /** What stands in its values. */
  readonly sign: Decimal
  /** What settles it: other columns of the file, against how it is read alone; or nothing. */
  readonly by: 'others' | 'nothing'
}

const signs = [
  { sign: ',', within: /\d,\d/ },
  { sign: '.', within: /\d\.\d/ },
] as const

/** null: its values tell, or are taken as they stand, as always where nothing speaks against it. */
export function doubtOf(looks: readonly Look[], hints: Hints): Doubt | null {
  const [alone, read] = [chooseNumerals(looks, { ...hints, decimal: null }), chooseNumerals(looks, hints)]
  const sign = signs.find(({ within }) => looks.some(({ look }) => within.test(look)))?.sign
  if (read.sure || sign === undefined) return null
  if (alone.numerals.decimal !== read.numerals.decimal) return { sign, by: 'others' }
  // A point is the decimal sign, then; and a comma between fields is none.
  return hints.decimal === null && sign === ',' && hints.delimiter !== ',' ? { sign, by: 'nothing' } : null
}

/** What versions without parsers would have read the column by, whose recipes say nothing about it. */
export function chooseStyle(looks: readonly Look[], plain: number, delimiter: string): NumberStyle {
  const other = delimiter === ',' ? 'thousands' : 'decimalComma'
  const pattern = new RegExp(`^[+-]?(?:${digitsPattern(styles[other])})$`)
  return total(looks.filter(({ look }) => pattern.test(look))) > plain ? other : 'plain'
}
