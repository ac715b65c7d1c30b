/** How the text of a table's file is read. What is `auto` is found out, told with its evidence, and decided here otherwise. */
import { isObject } from './define.ts'
import { choice, startsOf, text, type ValuesOf } from './options.ts'

const auto = 'auto'
const found = 'Found out from the file’s beginning.'

/** Words for delimiters that are hard to type. */
export const delimiterWords = {
  comma: ',',
  semicolon: ';',
  tab: '\t',
  bar: '|',
  colon: ':',
  space: ' ',
} as const

export const encodings = [
  'UTF-8',
  'UTF-16LE',
  'UTF-16BE',
  'Windows-1252',
  'Windows-1250',
  'Windows-1251',
  'Windows-1253',
  'Windows-1254',
  'Windows-1255',
  'Windows-1256',
  'Windows-1257',
  'ISO-8859-2',
  'ISO-8859-5',
  'ISO-8859-7',
  'ISO-8859-15',
  'KOI8-R',
  'KOI8-U',
  'IBM866',
  'Macintosh',
  'Shift-JIS',
  'EUC-JP',
  'GB18030',
  'Big5',
  'EUC-KR',
] as const
export type EncodingName = (typeof encodings)[number]

const detect = { value: auto, label: 'Find out', help: found }

const named = { longest: 200, pattern: /^[^\n\r\0]+$/u } as const

export const readingOptions = {
  delimiter: text({
    label: 'Delimiter',
    help: `What separates the cells of a line: one character or a few, a word for one (${Object.keys(delimiterWords).join(', ')}), or “aligned” where spaces align the columns.`,
    start: auto,
    longest: 10,
    pattern: /^[^"\n\r\0\p{Cs}]+$/u,
    bounds: 'one character or a few, without quotes and line ends; auto finds out',
  }),
  quote: choice(
    [
      detect,
      { value: '"', label: 'Quotes' },
      { value: "'", label: 'Apostrophes' },
      { value: 'none', label: 'Nothing', help: 'Quotes are text like any other.' },
    ],
    { label: 'Quoted by', help: 'What stands around cells that hold delimiters or line ends.', start: auto },
  ),
  escape: choice(
    [
      detect,
      { value: 'doubled', label: 'The quote twice' },
      { value: 'backslash', label: 'A backslash before it' },
      { value: 'none', label: 'Nothing', help: 'A quote closes a cell only before a delimiter.' },
    ],
    { label: 'A quote in a cell', help: 'How a quote is written within a quoted cell.', start: auto },
  ),
  comment: text({
    label: 'Comments',
    help: 'Lines that begin with this are left out.',
    start: auto,
    longest: 4,
    pattern: /^\S+$/,
    bounds: 'a mark such as # or //, none, or auto',
  }),
  header: text({
    label: 'Header',
    help: 'The lines that hold the columns’ names, counted from 1: “3”, or “1,2” where names have two lines; “first” for the first line of the table, “none” where there are no names and columns are called c1…cN.',
    start: auto,
    longest: 60,
    pattern: /^(auto|none|first|[1-9]\d*(,[1-9]\d*)*)$/,
    bounds: 'auto, none, first, or line numbers such as 3 or 1,2',
  }),
  skip: text({
    label: 'Lines before',
    help: 'So many lines at the beginning of the file are left out before anything is looked for.',
    start: auto,
    longest: 12,
    pattern: /^(auto|\d+)$/,
    bounds: 'auto, or a number of lines',
  }),
  encoding: choice([detect, ...encodings.map((value) => ({ value, label: value }))], {
    label: 'Encoding',
    help: 'How the file’s bytes are characters.',
    start: auto,
  }),
  decimal: choice([detect, { value: '.', label: 'Point' }, { value: ',', label: 'Comma' }], {
    label: 'Decimal sign',
    help: 'What columns follow whose numbers could be read by either sign. A column that leaves no doubt keeps its own.',
    start: auto,
  }),
  sheet: text({
    label: 'Sheet',
    help: 'Of a workbook with several sheets: its name, or its place counted from 1. Found out: the one with most rows; hidden sheets are read only where they are named.',
    start: auto,
    ...named,
    bounds: 'a name, a place such as 2, or auto',
  }),
  table: text({
    label: 'Table',
    help: 'Of a database: the table’s name, or a view’s, on a server with its schema where that is not the usual one (sales.orders); of a JSON file with several lists, the list’s name. Found out: the one with most rows; a view is read only where it is named.',
    start: auto,
    ...named,
    bounds: 'a name, or auto',
  }),
  member: text({
    label: 'File in the archive',
    help: 'Of a ZIP archive with several files: which of them is read. Found out: the largest.',
    start: auto,
    ...named,
    bounds: 'a name, or auto',
  }),
  query: text({
    label: 'Query',
    help: 'Of a database server, instead of a table: one SELECT, whose rows are the table. It is run in a transaction that may only read.',
    start: auto,
    longest: 20_000,
    pattern: /^[^\0]+$/u,
    bounds: 'one SELECT, or auto',
  }),
} as const

export type Reading = ValuesOf<typeof readingOptions>
/** Everything is found out. */
export const detected: Readonly<Reading> = startsOf(readingOptions)
export type ReadingName = keyof Reading
export const readingNames = Object.keys(readingOptions) as ReadingName[]

/** Only one of them says which rows. */
const exclusive: readonly (readonly [ReadingName, ReadingName])[] = [['table', 'query']]

/** What is said now takes the place of what it contradicts. */
export function withReading<R extends Partial<Reading>>(reading: R, name: ReadingName, value: string): R {
  const others = value === auto ? [] : exclusive.flatMap((pair) => (pair.includes(name) ? pair : []))
  const freed = others.filter((other) => other !== name && reading[other] !== undefined)
  return { ...reading, ...Object.fromEntries(freed.map((other) => [other, auto])), [name]: value }
}

/** What recipes wrote before there were more of these options. */
export function upgradeReading(source: unknown): unknown {
  if (!isObject(source)) return source
  const { delimiter, header, skip } = source
  // What was typed as a number may be a name.
  const names = ['sheet', 'table', 'member'].filter((name) => typeof source[name] === 'number')
  return {
    ...source,
    ...(delimiter === null && { delimiter: auto }),
    ...(header === null && { header: auto }),
    ...(typeof header === 'boolean' && { header: header ? 'first' : 'none' }),
    ...(typeof header === 'number' && { header: String(header) }),
    ...(typeof skip === 'number' && { skip: String(skip) }),
    ...Object.fromEntries(names.map((name) => [name, String(source[name])])),
  }
}
