/** Parsers: how the written values of a column are read, before anything else happens to them. */
import type { ColumnKind } from './column-kinds.ts'
import { begin, family, memberOf, type Chosen, type Definition } from './define.ts'
import { choice, flag, text, texts, type Options } from './options.ts'

interface ParserWords {
  /** The columns it reads; a column of another kind keeps it, unused, for when it is read as before. */
  readonly kind: Extract<ColumnKind, 'number' | 'date' | 'time'>
  /** What its numbers are, where they are not what is written. */
  readonly gives?: string
}
const defineParser = <const Name extends string, const O extends Options>(
  definition: Definition<Name, O> & ParserWords,
): Definition<Name, O> & ParserWords => definition

export const numerals = defineParser({
  name: 'numerals',
  label: 'Numbers',
  kind: 'number',
  help: 'Reads numbers as they are written in the column. A sign (+, - or −), an exponent such as 1e-3 and blanks of any sort around are always understood; what does not fit is missing.',
  options: {
    decimal: choice(
      [
        { value: '.', label: 'Point' },
        { value: ',', label: 'Comma' },
      ],
      {
        label: 'Decimal sign',
        help: 'What stands before the fraction: 1234.5 or 1234,5.',
        start: '.',
      },
    ),
    grouping: choice(
      [
        { value: 'none', label: 'None' },
        { value: ',', label: 'Comma' },
        { value: '.', label: 'Point' },
        { value: 'space', label: 'Space' },
        { value: 'apostrophe', label: 'Apostrophe' },
      ],
      {
        label: 'Between thousands',
        help: 'What may stand between groups of three digits: 1,234,567. A space may be of any width.',
        start: 'none',
      },
    ),
    unit: text({
      label: 'Unit',
      help: 'Stands before or after numbers and is taken off: $, EUR, %, kg. Numbers stay as written: 16.1% is 16.1. Values in another unit are missing.',
      longest: 12,
      // A digit, sign or separator in front would be part of the number.
      pattern: /^(?:[^\d\s.,'’()+−-].*)?$/u,
      bounds: 'at most 12 characters, beginning with none of a number',
      start: '',
    }),
    parentheses: flag({
      label: 'Negative in parentheses',
      help: 'Negative numbers may stand in parentheses: (12.50) is −12.50, as accountants write it.',
      start: false,
    }),
  },
  check: ({ decimal, grouping }) =>
    decimal === grouping
      ? {
          option: 'grouping',
          message: 'The decimal sign and what stands between thousands must be different.',
        }
      : null,
})

export const isoFormat = '%Y-%m-%d'

/** What formats may hold: DuckDB's names for parts of a date, and what stands between them. */
const directive = '%(?:[aAbBdmYyHIMSfpj%]|-[dmHIMSyj])'

export const dates = defineParser({
  name: 'dates',
  label: 'Dates',
  kind: 'date',
  help: 'Reads days, with or without a time. ISO 8601 (2024-12-31, 2024-12-31T23:59) is always understood; a time zone is left out, so that days stay as written. What fits none of the formats is missing.',
  source: 'https://duckdb.org/docs/stable/sql/functions/dateformat',
  options: {
    formats: texts(
      {
        label: 'Format',
        help: 'One way of writing dates.',
        longest: 60,
        pattern: new RegExp(`^(?:[^%]|${directive})*%-?[Yy](?:[^%]|${directive})*$`, 'u'),
        bounds: `a format with a year, such as ${isoFormat} or %d/%m/%Y`,
        start: isoFormat,
      },
      {
        label: 'Formats',
        help: 'Tried in this order: %Y year, %y its last two digits (00–68 are 2000–2068, 69–99 are 1969–1999), %m month, %d day, %b Mar, %B March, %H:%M:%S or %I:%M %p a time.',
        fewest: 1,
        most: 12,
        start: [isoFormat],
      },
    ),
  },
})

export const times = defineParser({
  name: 'times',
  label: 'Times of day',
  kind: 'time',
  gives: 'a share of a day from 0 to 1, such as 0.5 for noon',
  help: 'Reads times of day from 0:00 to 23:59:59: 14:30, 14:30:15.5, 14h30, 2:30 PM and 2 pm. What is none is missing.',
  options: {},
})

export const parsers = family({
  name: 'parsers',
  one: 'parser',
  help: 'How the written values of a column are read: found out when a table is imported, and the same for every file that is predicted.',
  path: 'parser',
  key: 'parser',
  usage:
    'Follows from the kind of a column; its settings are chosen with --set data.columns.price.parser.grouping=space or --set data.columns.day.parser.formats=\'["%d/%m/%Y"]\'. A number column that names none is written plainly, or in the style that the import found: recipes of earlier versions name none.',
  members: [numerals, dates, times],
})
export type Parser = Chosen<typeof parsers>
export type Numerals = Extract<Parser, { decimal: unknown }>
export type Dates = Extract<Parser, { formats: unknown }>

/** What columns of a kind start with; null: they are read as text. */
export function parserFor(kind: ColumnKind): Parser | null {
  const member = parsers.members.find((one) => one.kind === kind)
  return member ? begin(parsers, member.name) : null
}

/** What a column names and its kind is read by; null: it names none, or one that is for another kind. */
export const parserOf = ({
  kind,
  parser,
}: {
  readonly kind: ColumnKind
  readonly parser?: Parser | undefined
}): Parser | null => (parser !== undefined && memberOf(parsers, parser.parser).kind === kind ? parser : null)

export const plainNumerals: Numerals = begin(parsers, numerals.name)

/** The values of a parser's options decide, in whichever order they are written. */
export const sameParser = (one: Parser, other: Parser): boolean => parserKey(one) === parserKey(other)
export const parserKey = (parser: Parser): string =>
  JSON.stringify(Object.entries(parser).sort(([one], [other]) => (one < other ? -1 : 1)))
