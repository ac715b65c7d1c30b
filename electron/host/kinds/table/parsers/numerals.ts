/** Numbers as they are written, as SQL over a cell's trimmed text. */
import type { OptionsOf, parsers } from '../../../../contract/index.ts'
import { quoted } from '../duckdb.ts'
import type { ParserFunctions } from './parser.ts'

type Written = OptionsOf<typeof parsers, 'numerals'>

/** Blanks of any width that do not break lines, and the signs that typesetters use: as the keyboard has them. */
const typeset = { '−': '-', '’': "'", '\u00a0': ' ', '\u202f': ' ', '\u2009': ' ', '\u2007': ' ' }
const [from, to] = [Object.keys(typeset).join(''), Object.values(typeset).join('')]
export const plainCharacters = (text: string): string =>
  [...text].map((character) => typeset[character as keyof typeof typeset] ?? character).join('')
const plainCharactersSql = (text: string): string =>
  `trim(translate(${text}, ${quoted(from)}, ${quoted(to)}))`

const literally = (text: string): string => text.replace(/[!-/:-@[-`{-~]/g, String.raw`\$&`)

const groupingSigns = { none: null, ',': ',', '.': '.', space: ' ', apostrophe: "'" } as const

/** Without sign and unit. RE2's and JavaScript's alike. */
export function digitsPattern({ decimal, grouping }: Pick<Written, 'decimal' | 'grouping'>): string {
  const point = literally(decimal)
  const sign = groupingSigns[grouping]
  const plain = String.raw`\d+(?:${point}\d*)?|${point}\d+`
  // A group in front that begins with zero is no thousand: 0.123.
  const grouped = sign === null ? '' : String.raw`[1-9]\d{0,2}(?:${literally(sign)}\d{3})+(?:${point}\d*)?|`
  return String.raw`(?:${grouped}${plain})(?:[eE][+-]?\d+)?`
}

const unitPattern = (unit: string): string => literally(plainCharacters(unit))

export function numeralPattern(written: Written): string {
  const { unit, parentheses } = written
  const taken = unitPattern(unit)
  const before = unit === '' ? '[+-]?' : `(?:[+-]? ?(?:${taken} ?)?|${taken} ?[+-]? ?)`
  const after = unit === '' ? '' : `(?: ?${taken})?`
  const digits = digitsPattern(written)
  const signed = `${before}${digits}${after}`
  // Parentheses are the sign: what has another one inside says two things.
  const enclosed = unit === '' ? '' : `(?:${taken} ?)?`
  return parentheses ? String.raw`${signed}|\(${enclosed}${digits}${after}\)` : signed
}

const without = (text: string, taken: readonly (string | null)[]): string =>
  taken.reduce<string>(
    (sql, one) => (one === null || one === '' ? sql : `replace(${sql}, ${quoted(one)}, '')`),
    text,
  )

/** At the ends only: a unit E is not the one of 1E5. Others stand in no digits, and replacing them is quicker. */
function withoutUnit(text: string, unit: string): string {
  if (!/^e[+-]?\d*$/i.test(unit)) return without(text, [plainCharacters(unit)])
  const ends = String.raw`^(\(?[+-]? ?)${unitPattern(unit)}|${unitPattern(unit)}(\)?)$`
  return String.raw`regexp_replace(${text}, ${quoted(ends)}, '\1\2', 'g')`
}

/** Of text in plain characters that fits the pattern. */
function digitsSql(text: string, { decimal, grouping, unit, parentheses }: Written): string {
  const bare = without(withoutUnit(text, unit), [
    ...(parentheses ? ['(', ')'] : []),
    ...(unit === '' && grouping !== 'space' ? [] : [' ']),
    groupingSigns[grouping],
  ])
  return decimal === '.' ? bare : `replace(${bare}, ${quoted(decimal)}, '.')`
}

const finite = (value: string, fits: string): string => `WHEN isfinite(${value}) AND ${fits} THEN ${value}`

const isPlain = ({ decimal, grouping, unit, parentheses }: Written): boolean =>
  decimal === '.' && groupingSigns[grouping] === null && unit === '' && !parentheses

export const numerals = (written: Written): ParserFunctions => ({
  cell(text) {
    const plain = plainCharactersSql(text)
    const value = `TRY_CAST(${digitsSql(plain, written)} AS DOUBLE)`
    const fits = `regexp_full_match(${plain}, ${quoted(numeralPattern(written))})`
    // What is beyond float64 is as little of use as what is spelled out as infinite.
    const negated = written.parentheses ? finite(`-${value}`, `starts_with(${plain}, '(') AND ${fits}`) : ''
    const read = `${negated} ${finite(value, fits)}`
    if (!isPlain(written)) return `CASE ${read} END`
    // DuckDB's cast takes our plain numbers, infinities, NaN, 1_000 and +-1; asking it is far quicker than a pattern.
    const quick = `TRY_CAST(${text} AS DOUBLE)`
    const typed = `strlen(${text}) > length(${text}) AND ${fits}`
    return `CASE ${finite(quick, `NOT contains(${text}, '_') AND NOT starts_with(${text}, '+-')`)} ${finite(value, typed)} END`
  },
})

const castTo = (what: 'isinf' | 'isnan', text: string): string =>
  `coalesce(${what}(TRY_CAST(${text} AS DOUBLE)) AND NOT contains(${text}, '_') AND NOT starts_with(${text}, '+-'), false)`

/** Infinities, spelled out or beyond float64's range, are not numbers we can work with. */
export const isInfiniteSql = (text: string): string => castTo('isinf', text)
export const isNanSql = (text: string): string => castTo('isnan', text)

/** Integers padded with zeros: postcodes, article numbers, codes; also with letters that look like a unit: 0007A. */
export function isPaddedSql(text: string, unit = ''): string {
  const bare = unit === '' ? text : `trim(${withoutUnit(plainCharactersSql(text), unit)})`
  return String.raw`(starts_with(${bare}, '0') AND regexp_full_match(${bare}, '0\d+'))`
}
