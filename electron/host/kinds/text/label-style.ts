/** How lines of text say their label: decided from all of them, and kept in the receipt. Pure. */
import { joinRecords, opensField } from './joined-records.ts'

export type Separator = ' ' | '\t' | ','

export interface LabelStyle {
  /** What stands between label and text. ` `: any white space; `,`: both may be quoted as in CSV files. */
  readonly separator: Separator
  /** The first line names the two columns. */
  readonly header: boolean
  /** The label ends its line; absent: it begins it. */
  readonly last?: true | undefined
  /**
   * A quoted field may go on over several lines; absent, as in data that an earlier version imported: it may not.
   * `counted`, of another earlier version: any odd number of quotes in a line opened a field.
   */
  readonly joined?: true | 'counted' | undefined
  /** Each line is an object of JSON, with label and text under these keys. */
  readonly keys?: { readonly label: string; readonly text: string } | undefined
}

export const plainStyle: LabelStyle = { separator: ' ', header: false }

export interface Labeled {
  readonly label: string
  readonly text: string
}

/** A field in double quotes, in which two of them stand for one, or one without; and what follows. */
const csvFirst = /^(?:"((?:[^"]|"")*)"\s*|([^",]*)),\s*(.*)$/s
const quotedFields = /^"(?:[^"]|"")*"(?:,\s*"(?:[^"]|"")*")*$/s

const unquoted = (quoted: string): string => quoted.replaceAll('""', '"')

/** Text that may be quoted as a whole; of several quoted fields, as title and story, all of them. */
function csvText(written: string): string {
  const trimmed = written.trim()
  if (!quotedFields.test(trimmed)) return trimmed
  return Array.from(trimmed.matchAll(/"((?:[^"]|"")*)"/gs), ([, field]) => unquoted(field!).trim())
    .filter((field) => field !== '')
    .join(' ')
}

function splitCsv(line: string, last: boolean): Labeled | null {
  if (last) return splitCsvFromBehind(line)
  const found = csvFirst.exec(line)
  if (found === null) return null
  const [, quoted, plain, text] = found
  return { label: (quoted === undefined ? plain! : unquoted(quoted)).trim(), text: csvText(text!) }
}

/** By hand, as everything that looks from behind: an expression would try anew from every space and comma. */
function splitCsvFromBehind(line: string): Labeled | null {
  const isQuoted = line.endsWith('"')
  const from = isQuoted ? lastQuoted(line) : line.lastIndexOf(',') + 1
  const before = line.slice(0, Math.max(from, 0)).trimEnd()
  const written = line.slice(from)
  if (!before.endsWith(',') || (!isQuoted && written.includes('"'))) return null
  const label = isQuoted ? unquoted(written.slice(1, -1)) : written
  return { label: label.trim(), text: csvText(before.slice(0, -1)) }
}

/** Where the quoted field begins that ends the line; -1: there is none. Within it quotes stand in twos. */
function lastQuoted(line: string): number {
  const runFrom = (end: number): number => {
    let at = end
    while (line[at - 1] === '"') at--
    return at
  }
  const closing = runFrom(line.length)
  // Such a run opens the field, too.
  if ((line.length - closing) % 2 === 0) return closing
  for (let end = line.lastIndexOf('"', closing - 1) + 1; end > 0;) {
    const at = runFrom(end)
    if ((end - at) % 2 === 1) return at
    end = at === 0 ? 0 : line.lastIndexOf('"', at - 1) + 1
  }
  return -1
}

function splitByTab(line: string, last: boolean): Labeled | null {
  const at = last ? line.lastIndexOf('\t') : line.indexOf('\t')
  if (at === -1) return null
  const [before, after] = [line.slice(0, at), line.slice(at + 1)]
  return last ? { label: after, text: before.trimEnd() } : { label: before, text: after.trimStart() }
}

function splitBySpace(line: string, last: boolean): Labeled | null {
  if (!last) {
    const at = line.search(/\s/)
    return at === -1
      ? { label: line, text: '' }
      : { label: line.slice(0, at), text: line.slice(at).trimStart() }
  }
  let at = line.length
  while (at > 0 && line[at - 1]!.trim() !== '') at--
  return at === line.length ? null : { label: line.slice(at), text: line.slice(0, at).trimEnd() }
}

function splitJson(line: string, keys: NonNullable<LabelStyle['keys']>): Labeled | null {
  const { label = null, text = '' } = valuesUnder(line, keys) ?? {}
  return label === null ? null : { label, text }
}

/** The text of a line of JSON, and its label where it has one; null: it has no text. */
export function valuesUnder(
  line: string,
  { label, text }: NonNullable<LabelStyle['keys']>,
): { readonly label: string | null; readonly text: string } | null {
  const record = recordOf(line)
  const [said, written] = [record?.[label], record?.[text]]
  if (typeof written !== 'string') return null
  return { label: isLabel(said) ? String(said).trim() : null, text: written.trim() }
}

const isLabel = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

function recordOf(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

/** null: the line is not written so. */
export function splitLine(line: string, style: Separator | Omit<LabelStyle, 'header'>): Labeled | null {
  const {
    separator,
    last = false,
    keys = undefined,
  } = typeof style === 'string' ? { separator: style } : style
  const trimmed = line.trimEnd()
  if (keys) return splitJson(trimmed, keys)
  if (separator === ',') return splitCsv(trimmed, last)
  const found = separator === '\t' ? splitByTab(trimmed, last) : splitBySpace(trimmed, last)
  return found && { label: found.label.trim(), text: found.text }
}

/** So much of a file has to be written in a style, and so many labels are too many for its lines. */
export const nearlyAll = 0.95
const tooMany = (labels: number, lines: number): boolean =>
  labels > lines / 2 || (labels > 20 && labels > lines / 5)

const headerNames = new Set([
  'label',
  'labels',
  'class',
  'category',
  'target',
  'sentiment',
  'intent',
  'topic',
])
const textNames = new Set(['text', 'sentence', 'content', 'review', 'body', 'message', 'description'])

/** A first line that names the columns says which is which. */
function headerSays(line: string, separator: Separator): boolean | null {
  const names = line.split(separator === ' ' ? /\s+/ : separator).map((name) =>
    name
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .toLowerCase(),
  )
  if (names.length < 2) return null
  if (headerNames.has(names[0]!)) return false
  return headerNames.has(names.at(-1)!) ? true : null
}

/** The keys of label and text in lines of JSON: by their names, or by what they hold. */
function keysOf(lines: readonly string[]): LabelStyle['keys'] | null {
  const records = lines.map(recordOf)
  const whole = records.filter((record) => record !== null)
  if (whole.length < nearlyAll * lines.length || whole.length === 0) return null
  const values = new Map<
    string,
    { readonly distinct: Set<unknown>; letters: number; count: number; strings: number }
  >()
  for (const record of whole)
    for (const [key, value] of Object.entries(record)) {
      if (!isLabel(value)) continue
      const seen = values.get(key) ?? { distinct: new Set(), letters: 0, count: 0, strings: 0 }
      seen.distinct.add(value)
      seen.count++
      seen.letters += String(value).length
      if (typeof value === 'string') seen.strings++
      values.set(key, seen)
    }
  const there = [...values].filter(([, { count }]) => count >= nearlyAll * whole.length)
  const written = there.filter(([, { strings, count }]) => strings === count)
  const text =
    written.find(([key]) => textNames.has(key.toLowerCase())) ??
    written.toSorted(([, a], [, b]) => b.letters - a.letters)[0]
  const few = there.filter(
    ([key, { distinct }]) => key !== text?.[0] && distinct.size >= 2 && !tooMany(distinct.size, whole.length),
  )
  const label =
    few.find(([key]) => headerNames.has(key.toLowerCase())) ??
    few.toSorted(([, a], [, b]) => a.distinct.size - b.distinct.size)[0]
  return text && label ? { label: label[0], text: text[0] } : null
}

/**
 * White space ends a label unless the lines tell better: where nearly all of them have a tab or a comma beside few
 * labels. A comma is common in texts, so white space has to leave more labels than it, or to cut quotes and commas.
 * Labels are at the end where there are fewer of them than at the beginning, or where the first line says so.
 */
export function styleOf(given: readonly string[]): LabelStyle {
  const keys = given[0]?.trimStart().startsWith('{') ? keysOf(given) : null
  if (keys) return { separator: ' ', header: false, keys }
  const [records, recordsOfLast] = [joinQuoted(given), joinQuoted(given, true)]
  const linesBy = (separator: Separator, last: boolean): readonly string[] =>
    separator !== ',' ? given : last ? recordsOfLast : records
  const labelsBy = (separator: Separator, last: boolean): Set<string> | null => {
    const lines = linesBy(separator, last)
    const found = lines.flatMap((line) => splitLine(line, { separator, ...(last && { last }) }) ?? [])
    const whole = found.filter(({ label, text }) => label !== '' && text !== '')
    if (whole.length < nearlyAll * lines.length) return null
    const labels = new Set(whole.map(({ label }) => label))
    return labels.size >= 2 && !tooMany(labels.size, lines.length) ? labels : null
  }
  /** At which end, and how many labels there are; null: at neither. */
  const endOf = (separator: Separator) => {
    const [first, last] = [labelsBy(separator, false), labelsBy(separator, true)]
    const said = given[0] === undefined ? null : headerSays(given[0], separator)
    const isLast = said === true || (said === null && last !== null && last.size < (first?.size ?? Infinity))
    const labels = isLast ? last : first
    return labels === null ? null : { last: isLast, size: labels.size }
  }
  const spaced = given.map((line) => splitLine(line, ' ')?.label ?? '')
  const cut = spaced.filter((label) => /^"|,/.test(label)).length
  const spaces = new Set(spaced)
  const allCut = cut >= nearlyAll * given.length
  const plain = spaces.size >= 2 && !tooMany(spaces.size, given.length) && !allCut
  const [tabs, commas] = [endOf('\t'), endOf(',')]
  const isCsv = commas !== null && (commas.size < spaces.size || allCut) && !(commas.last && plain)
  const style = (separator: Separator, last: boolean): LabelStyle => {
    const chosen = { separator, ...(last && { last: true as const }) }
    if (separator !== ',') return { ...chosen, header: hasHeader(given, chosen) }
    return { ...chosen, header: hasHeader(linesBy(separator, last), chosen), joined: true }
  }
  if (tabs) return style('\t', tabs.last)
  if (isCsv) return style(',', commas.last)
  return style(' ', !plain && (endOf(' ')?.last ?? false))
}

/** Letters of a text in the mean from which on few columns are labeled texts, and no table. */
const longEnough = 20

/** Whether the beginning of a file of comma or tab separated values, or of JSON, is labels and texts, and nothing else. */
export function labelsTexts(head: Buffer): boolean {
  const lines = head
    .toString('utf8')
    .split(/\r\n?|\n/)
    .filter((line) => line.trim() !== '')
  const whole = head.length >= 4096 ? withoutOpenEnd(lines.slice(0, -1)) : lines
  if (whole.length < 2) return false
  const style = headStyleOf(whole)
  if (style === null) return false
  const split = joinQuoted(whole, style.last).flatMap((line) => splitLine(line, style) ?? [])
  const letters = split.reduce((sum, { text }) => sum + text.length, 0)
  return split.length > 0 && letters / split.length >= longEnough
}

/** Of so few lines nobody counts labels: their form says it. */
function headStyleOf(lines: readonly string[]): LabelStyle | null {
  const [first = ''] = lines
  if (first.trimStart().startsWith('{')) {
    const names = Object.keys(recordOf(first) ?? {})
    const label = names.find((key) => headerNames.has(key.toLowerCase()))
    const text = names.find((key) => textNames.has(key.toLowerCase()))
    // Further columns are a table's.
    return label !== undefined && text !== undefined && names.length <= 3
      ? { separator: ' ', header: false, keys: { label, text } }
      : null
  }
  const separator = first.includes('\t') ? '\t' : ','
  const names = first.split(separator).map((name) => name.trim().replaceAll('"', '').toLowerCase())
  const said = headerSays(first, separator)
  if (names.length === 2 && said !== null && names.some((name) => textNames.has(name)))
    return { separator, header: true, ...(said && { last: true }) }
  // Without a header: a number or a word, then quoted texts.
  const isQuoted = joinQuoted(lines).every((line) =>
    /^"?[\w -]{1,30}"?,"(?:[^"]|"")*"(?:,"(?:[^"]|"")*")?$/s.test(line),
  )
  return isQuoted ? { separator: ',', header: false } : null
}

/** Where a beginning is cut off, a quoted field may be; one that leaves next to nothing was none. */
function withoutOpenEnd(lines: readonly string[]): readonly string[] {
  const whole = [...lines]
  while (whole.length > 0 && opensField(whole.join('\n'), false)) whole.pop()
  return whole.length < 2 ? lines : whole
}

/** Lines of CSV as the records that they make; `last`: their labels are at the end. */
export const joinQuoted = (lines: readonly string[], last = false): string[] =>
  joinRecords(lines, (line) => splitLine(line, { separator: ',', ...(last && { last }) })?.label ?? '', last)

/** A line whose label is a name for labels. */
export const namesColumns = (line: string, style: Omit<LabelStyle, 'header'>): boolean =>
  !style.keys && headerNames.has((splitLine(line, style)?.label ?? '').toLowerCase())

/** No other line may have that label. */
const hasHeader = ([first, ...others]: readonly string[], style: Omit<LabelStyle, 'header'>): boolean =>
  first !== undefined && namesColumns(first, style) && !others.some((line) => namesColumns(line, style))

const strays = {
  /** Labels of so many lines are labels for sure, and make up so much of the file where others are in doubt. */
  common: 0.05,
  ofAll: 0.8,
  /** A word that stands so much more often within texts than before them is a word. */
  moreOften: 3,
  /** Fewer such words may be a coincidence. */
  least: 3,
}

const wordsOf = (text: string): string[] => text.toLowerCase().split(/[^\p{L}\p{N}']+/u)

/** Words that begin lines without a label: rare as labels, frequent as words of the texts, beside labels that are neither. */
export function strayWords(examples: readonly Labeled[]): ReadonlySet<string> {
  const before = new Map<string, number>()
  for (const { label } of examples) before.set(label, (before.get(label) ?? 0) + 1)
  const rare = new Set(
    [...before].filter(([, count]) => count < strays.common * examples.length).map(([label]) => label),
  )
  const common = examples.filter(({ label }) => !rare.has(label)).length
  if (before.size - rare.size < 2 || common < strays.ofAll * examples.length) return new Set()
  const within = new Map<string, number>()
  for (const { label, text } of examples)
    for (const word of new Set(wordsOf(text)))
      if (word !== label.toLowerCase()) within.set(word, (within.get(word) ?? 0) + 1)
  const found = [...rare].filter(
    (word) => (within.get(word.toLowerCase()) ?? 0) >= strays.moreOften * before.get(word)!,
  )
  return new Set(found.length >= strays.least ? found : [])
}
