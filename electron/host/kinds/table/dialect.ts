/** How a delimited text file is laid out, decided from its first records. Pure; the file itself is read by DuckDB. */

const [quote, lineFeed, carriageReturn] = [0x22, 0x0a, 0x0d]

/** Where the quoted field that opens at `from` ends: behind its closing quote, or at the text's end. */
function endOfQuoted(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 2))
    if (text.charCodeAt(at + 1) !== quote) return at + 1
  return text.length
}

/** Where a field's plain text ends: at the next delimiter or line end. */
function endOfPlain(text: string, from: number, delimiter: number): number {
  let at = from
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === delimiter || code === lineFeed || code === carriageReturn) break
  }
  return at
}

/** Splits a sample into records and fields (RFC 4180). A record cut off by the sample's end is left out unless `complete`. */
export function splitRecords(
  text: string,
  delimiter: string,
  complete: boolean,
  most = 500,
  /** Fields beyond these are not told: the record is then one longer than that. */
  mostFields = Infinity,
): string[][] {
  const records: string[][] = []
  const separator = delimiter.charCodeAt(0)
  let record: string[] = []
  const endRecord = () => {
    if (record.length > 1 || record[0]!.trim() !== '') records.push(record)
    record = []
  }
  const endField = (field: string) => {
    if (record.length <= mostFields) record.push(field)
  }
  let at = 0
  while (at < text.length && records.length < most) {
    let field = ''
    if (text.charCodeAt(at) === quote) {
      const end = endOfQuoted(text, at)
      const closed = end > at + 1 && text.charCodeAt(end - 1) === quote
      field = text.slice(at + 1, closed ? end - 1 : end).replaceAll('""', '"')
      at = end
    }
    const end = endOfPlain(text, at, separator)
    field += text.slice(at, end)
    at = end
    if (at === text.length) {
      if (complete && (field !== '' || record.length > 0)) {
        endField(field)
        endRecord()
      }
      break
    }
    endField(field)
    if (text.charCodeAt(at) !== separator) {
      if (text.charCodeAt(at) === carriageReturn && text.charCodeAt(at + 1) === lineFeed) at++
      endRecord()
    } else if (complete && at + 1 === text.length) {
      endField('')
      endRecord()
    }
    at++
  }
  return records
}

export const delimiters = [',', ';', '\t', '|'] as const

function mostFrequent(values: readonly number[]): { value: number; share: number } {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  let best = { value: 0, count: 0 }
  for (const [value, count] of counts) if (count > best.count) best = { value, count }
  return { value: best.value, share: values.length === 0 ? 0 : best.count / values.length }
}

/** Number of fields that most records have. */
export const usualWidth = (records: readonly string[][]): number =>
  mostFrequent(records.map((record) => record.length)).value

/** The delimiter whose records agree best on a width above one; a comma when none does (a single column). */
export function detectDelimiter(text: string, complete: boolean, mostFields = Infinity): string {
  let best = { delimiter: ',', score: 0 }
  for (const delimiter of delimiters) {
    const { value: width, share } = mostFrequent(
      splitRecords(text, delimiter, complete, undefined, mostFields).map((record) => record.length),
    )
    // Agreement counts most; among equals the one that finds more columns.
    const score = width > 1 ? share + Math.min(width, 100) / 1000 : 0
    if (score > best.score) best = { delimiter, score }
  }
  return best.delimiter
}

const numberPattern = /^[+-]?(\d+([.,]\d*)*|[.,]\d+)([eE][+-]?\d+)?%?$/
const looksNumeric = (cell: string) => numberPattern.test(cell)

/**
 * A first row is a header when, over columns that are numeric below it, more of its cells are words than numbers.
 * Without any numeric column it is one when its cells are filled, all different, and do not recur below.
 */
export function detectHeader(records: readonly string[][], missing: ReadonlySet<string>): boolean {
  const [first, ...body] = records
  if (first === undefined) return false
  const cells = first.map((cell) => cell.trim())
  if (body.length === 0) return !cells.some(looksNumeric)
  const isMissing = (cell: string | undefined) => cell === undefined || cell === '' || missing.has(cell)
  let words = 0
  let numbers = 0
  let recurs = false
  cells.forEach((cell, i) => {
    const below = body.map((record) => record[i]?.trim()).filter((value) => !isMissing(value)) as string[]
    if (below.length > 0 && below.filter(looksNumeric).length >= 0.9 * below.length) {
      if (looksNumeric(cell)) numbers++
      else if (!isMissing(cell)) words++
    } else if (below.includes(cell)) recurs = true
  })
  if (words + numbers > 0) return words > numbers
  return (
    !recurs &&
    !cells.some((cell) => isMissing(cell) || looksNumeric(cell)) &&
    new Set(cells).size === cells.length
  )
}

/** Column names for `width` columns: the header's, made complete and unique, with a note on each change. */
export function columnNames(
  header: readonly string[] | null,
  width: number,
): { names: string[]; notes: string[] } {
  const notes: string[] = []
  const names: string[] = []
  const taken = new Set<string>(header?.map((cell) => cell.trim()))
  const used = new Set<string>()
  const renamed: string[] = []
  // Where counting goes on: thousands of columns of one name would otherwise be counted through for each of them.
  const next = new Map<string, number>()
  for (let i = 0; i < width; i++) {
    const given = header?.[i]?.trim() ?? ''
    const base = given === '' ? `c${i + 1}` : given
    let name = base
    let n = next.get(base) ?? 2
    for (; used.has(name) || (name !== given && taken.has(name)); n++) name = `${base}_${n}`
    next.set(base, n)
    used.add(name)
    names.push(name)
    if (header !== null && name !== given)
      renamed.push(
        given === ''
          ? `column ${i + 1} (no name) is called "${name}"`
          : `column ${i + 1}, another "${given}", is called "${name}"`,
      )
  }
  const shown = 10
  if (renamed.length > 0)
    notes.push(
      `Headers must be filled and different: ${renamed.slice(0, shown).join('; ')}${renamed.length > shown ? `; and ${renamed.length - shown} more` : ''}.`,
    )
  return { names, notes }
}

/** The header's width without the empty cells that a trailing delimiter leaves. */
export function headerWidth(header: readonly string[]): number {
  return header.findLastIndex((cell) => cell.trim() !== '') + 1
}
