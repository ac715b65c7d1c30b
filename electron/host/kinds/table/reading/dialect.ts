/**
 * Which characters separate and quote the cells of a text. Every candidate reads a sample; the one whose records agree most in
 * their width, and whose cells most look like something, is it: the data consistency of van den Burg, Nazábal & Sutton (2019),
 * doi:10.1007/s10618-019-00646-y, with the agreement of records as the probability that two of them have the same width.
 */
import { isTyped, typeOf } from './cell-types.ts'
import { decided, given, type Decision } from './decision.ts'
import { isBlank, readRecords, type Dialect, type Numbered } from './records.ts'

/** What a person may say of it; absent: to be found. */
export interface GivenDialect {
  readonly delimiter?: string | undefined
  readonly quote?: string | undefined
  readonly escape?: string | undefined
}

export interface DialectDecisions {
  readonly delimiter: Decision<string>
  readonly quote: Decision<string>
  readonly escape: Decision<string>
}

export interface ChosenDialect {
  readonly dialect: Dialect
  readonly decisions: DialectDecisions
}

const sampleLength = 96 * 1024
const mostRecords = 400
const cellsLookedAt = 3000

/** Among equals the usual ones are it. */
const usual: Readonly<Record<string, number>> = {
  ',': 1,
  ';': 1,
  '\t': 1,
  '|': 1,
  ':': 0.8,
  ' ': 0.75,
  '': 1,
  // Dates and addresses are full of them.
  '/': 0.3,
}
const unusual = 0.6
/** Several characters do not come together by chance. */
const several = 0.98

const candidates = ',;\t| :^~*&#/=§¦¬·•\u0001\u001c\u001d\u001e\u001f'

/** Agreement of one column's records with themselves: they always agree, which says little. */
const oneColumn = 0.1

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

const pairs = ['||', '~|~', '|~|', '::', ';;', ',,', '^^', '~~', '\t\t', '##', '@@', '&&', '<>', '$$']

/** A symbol that mostly comes with the same neighbors may be one delimiter with them: `||`, `~|~`, `::`. */
function grown(text: string, symbol: string): string[] {
  const count = text.split(symbol).length - 1
  const inside = (pair: string) => (text.split(pair).length - 1) * (pair.split(symbol).length - 1)
  const mostly = pairs.filter((pair) => pair.includes(symbol) && inside(pair) >= 0.5 * count)
  const always = mostly.filter((pair) => inside(pair) >= 0.98 * count)
  const longest = Math.max(0, ...always.map((pair) => pair.length))
  if (always.length === 0) return [...mostly, symbol]
  const chosen = always.filter((pair) => pair.length === longest)
  // Twice the same, and somewhere once: it may as well stand around a column without a value.
  return chosen.some((pair) => pair === symbol + symbol && inside(pair) < count)
    ? [...chosen, symbol]
    : chosen
}

/** Delimiters that stand in a fair part of the lines. */
function delimitersIn(text: string): string[] {
  const lines = text.split(/\r\n?|\n/).filter((line) => line.trim() !== '')
  const common = [...candidates].filter(
    (symbol) => lines.filter((line) => line.includes(symbol)).length >= Math.max(1, 0.1 * lines.length),
  )
  const written = lines.some((line) => line.includes('\\t')) ? ['\\t'] : []
  return [...new Set([...common.flatMap((symbol) => grown(text, symbol)), ...written])]
}

interface Scored {
  readonly dialect: Dialect
  readonly score: number
  readonly agreement: number
  readonly width: number
  /** Every second cell is empty: the delimiter is two of these. */
  readonly alternates: boolean
}

/** A quote beside a line end within a quoted cell is rather the one that closes it, or opens the next. */
const swallows = /["'][\n\r]|[\n\r]["']/

function consistency(records: readonly Numbered[]): Omit<Scored, 'dialect'> {
  const filled = records.filter(({ cells }) => !isBlank(cells))
  if (filled.length === 0) return { score: 0, agreement: 0, width: 0, alternates: false }
  const widths = new Map<number, number>()
  for (const { cells } of filled) widths.set(cells.length, (widths.get(cells.length) ?? 0) + 1)
  let score = 0
  let best = { width: 0, share: 0 }
  for (const [width, count] of widths) {
    const share = count / filled.length
    score += share * share * (width > 1 ? (width - 1) / width : oneColumn)
    if (share > best.share) best = { width, share }
  }
  // A width of one's own says nothing of the cells of other records.
  const cells = filled.flatMap(({ cells, opened }) =>
    cells.map((cell, i) => ({ cell, quoted: opened[i] !== -1 })),
  )
  const stride = Math.max(1, Math.floor(cells.length / cellsLookedAt))
  let [looked, typed] = [0, 0]
  for (let i = 0; i < cells.length; i += stride) {
    const { cell, quoted } = cells[i]!
    looked++
    typed += quoted ? (swallows.test(cell) ? 0 : 0.9) : isTyped(typeOf(cell)) ? 1 : 0.1
  }
  const alternate = ({ cells }: Numbered): boolean =>
    cells.length > 2 && cells.length % 2 === 1 && cells.every((cell, i) => i % 2 === 0 || cell === '')
  // Where the names stand next to each other, it is the column that is empty.
  const alternates = alternate(filled[0]!) && filled.filter(alternate).length >= 0.9 * filled.length
  return { score: (score * typed) / looked, agreement: best.share, width: best.width, alternates }
}

function scored(text: string, whole: boolean, dialect: Dialect, mostFields: number): Scored {
  const found = consistency(readRecords(text, dialect, whole, mostRecords, mostFields))
  const { delimiter } = dialect
  const prior = delimiter.length > 1 && !dialect.runs ? several : (usual[delimiter.slice(0, 1)] ?? unusual)
  return { ...found, dialect, score: found.score * prior * (found.alternates ? 0.5 : 1) }
}

const opens = (text: string, quote: string, delimiter: string): boolean =>
  new RegExp(`(^|[\\n\\r]|${escaped(delimiter)} *)${quote}`).test(text)

/** Every quote inside a quoted cell stands behind a backslash. */
function escapesByBackslash(text: string, quote: string, delimiter: string): boolean {
  if (!text.includes(`\\${quote}`)) return false
  const edge = delimiter === '' ? '' : `|${escaped(delimiter)} *`
  const behind = delimiter === '' ? '' : `(?! *${escaped(delimiter)})`
  return !new RegExp(`(?<!^|[\\\\\\n\\r${quote}]${edge})${quote}${behind}[^\\n\\r${quote} ]`).test(text)
}

function variants(text: string, delimiter: string, given: GivenDialect): Dialect[] {
  const quotes = given.quote === undefined ? ['"', "'", ''] : [given.quote]
  const spaced = delimiter !== '' && !delimiter.includes(' ') && text.includes(`${delimiter} `)
  const count = spaced ? text.split(delimiter).length - 1 : 0
  const mostlySpaced = spaced && text.split(`${delimiter} `).length - 1 >= 0.9 * count
  return quotes
    .filter((quote) => quote === '' || given.quote !== undefined || opens(text, quote, delimiter))
    .flatMap((quote): Dialect[] => {
      const backslash = quote !== '' && given.escape === undefined && text.includes(`\\${quote}`)
      const escapes = [given.escape ?? quote, ...(backslash ? ['\\'] : [])]
      const withSpaces = spaced && (mostlySpaced || (quote !== '' && text.includes(`${delimiter} ${quote}`)))
      const spaces = [...(withSpaces ? [true] : []), ...(mostlySpaced ? [] : [false])]
      return escapes.flatMap((escape) =>
        spaces.map((each) => ({ delimiter, quote, escape, runs: false, spaces: each })),
      )
    })
}

function aligned(text: string, given: GivenDialect): Dialect[] {
  if (given.delimiter !== undefined && given.delimiter !== alignedName) return []
  if (!/\S {2,}\S/.test(text)) return []
  const quote = given.quote ?? (text.includes('"') ? '"' : '')
  const common = { quote, escape: given.escape ?? quote, runs: true }
  return [
    { ...common, delimiter: ' ', spaces: false },
    { ...common, delimiter: '  ', spaces: true },
  ]
}

/** As `delimiter` on the command line and in recipes: columns that spaces align. */
export const alignedName = 'aligned'

/** Other ways to escape quotes, where that makes the records agree better. */
function withEscape(
  text: string,
  whole: boolean,
  best: Scored,
  all: readonly Scored[],
  given: GivenDialect,
  mostFields: number,
): Scored {
  const { dialect } = best
  const { quote, delimiter } = dialect
  if (given.escape !== undefined || quote === '') return best
  if (text.includes(quote + quote)) {
    const unescaped = scored(text, whole, { ...dialect, escape: '' }, mostFields)
    if (unescaped.score > best.score + 1e-9) return unescaped
  }
  const backslash = all.find(
    (each) =>
      each.dialect.escape === '\\' &&
      each.dialect.delimiter === delimiter &&
      each.dialect.quote === quote &&
      each.dialect.spaces === dialect.spaces,
  )
  const equal = backslash !== undefined && backslash.score >= best.score - 1e-9
  return equal && escapesByBackslash(text, quote, delimiter) ? backslash : best
}

const names: Record<string, string> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'vertical bars',
  ':': 'colons',
  ' ': 'spaces',
}
const percent = (share: number): string => `${Math.round(100 * share)} %`

function told({ dialect, agreement, width }: Scored, given: GivenDialect): DialectDecisions {
  const { delimiter, quote, escape, runs, spaces } = dialect
  const columns = `${percent(agreement)} of the rows looked at have ${width} cells`
  const shown = names[delimiter] ?? `“${delimiter}”`
  const separated =
    delimiter === ''
      ? 'No character separates the lines into cells: there is one column.'
      : runs
        ? `The columns are aligned by spaces: ${columns}.`
        : `The fields are separated by ${shown}${spaces ? ' and spaces' : ''}: ${columns}.`
  const byItself = (delimiter === ',' && !spaces) || delimiter === ''
  return {
    delimiter: decision(runs ? alignedName : delimiter, byItself ? null : separated, given.delimiter),
    quote: decision(quote, quote === "'" ? 'Cells are quoted by apostrophes.' : null, given.quote),
    escape: decision(
      escape,
      quote === '' || escape === quote
        ? null
        : escape === '\\'
          ? 'Quotes within quoted cells stand behind backslashes.'
          : 'Quotes within quoted cells stand as they are; one that closes a cell stands before a delimiter.',
      given.escape,
    ),
  }
}

const decision = (value: string, evidence: string | null, asked: string | undefined): Decision<string> =>
  asked === undefined ? decided(value, evidence) : given(asked)

/** What the sample says nothing about is as usual: further down there may be quotes. A column without commas is a table of one. */
function withUsual(text: string, dialect: Dialect, asked: GivenDialect): Dialect {
  const unquoted = dialect.quote === '' && asked.quote === undefined && !opens(text, '"', dialect.delimiter)
  return {
    ...dialect,
    ...(unquoted ? { quote: '"', escape: asked.escape ?? '"' } : {}),
    ...(dialect.delimiter === '' && !text.includes(',') ? { delimiter: ',' } : {}),
  }
}

export function chooseDialect(
  sample: string,
  complete: boolean,
  asked: GivenDialect = {},
  mostFields = Infinity,
): ChosenDialect {
  const whole = complete && sample.length <= sampleLength
  const text = sample.slice(0, sampleLength)
  const { delimiter } = asked
  const delimiters =
    delimiter === undefined ? ['', ...delimitersIn(text)] : delimiter === alignedName ? [] : [delimiter]
  const tried = [...delimiters.flatMap((each) => variants(text, each, asked)), ...aligned(text, asked)]
  const all = tried.map((dialect) => scored(text, whole, dialect, mostFields))
  const fallback: Dialect = {
    delimiter: delimiter === undefined ? ',' : delimiter === alignedName ? ' ' : delimiter,
    quote: asked.quote ?? '"',
    escape: asked.escape ?? asked.quote ?? '"',
    spaces: false,
    runs: delimiter === alignedName,
  }
  const best = all.reduce<Scored | null>(
    (top, each) => (each.score > (top?.score ?? 0) + 1e-9 ? each : top),
    null,
  )
  const chosen =
    best === null
      ? { dialect: fallback, score: 0, agreement: 0, width: 1, alternates: false }
      : withEscape(text, whole, best, all, asked, mostFields)
  const dialect = withUsual(text, chosen.dialect, asked)
  return { dialect, decisions: told({ ...chosen, dialect }, asked) }
}
