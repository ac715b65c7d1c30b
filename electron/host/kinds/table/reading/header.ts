/** Whether a row holds the columns' names rather than values, told by what stands below it; and what the columns are called. */
import { isTelling, typeOf, type ColumnType } from './cell-types.ts'

export interface HeaderEvidence {
  /** Cells that differ from all below them as a name does. */
  readonly names: number
  /** Cells like those below them. */
  readonly values: number
  /** Columns whose cells look like something that names do not. */
  readonly telling: number
}

/** A cell that is not among few values below it may be a name, or just another value. */
const weak = 0.3

const missingWords = new Set([
  'unknown',
  'n/a',
  'na',
  'n.a.',
  'none',
  'null',
  'nan',
  '-',
  '--',
  '.',
  '?',
  'missing',
  'nil',
  '*',
  '..',
  '…',
])
export const saysNothing = (cell: string): boolean => cell === '' || missingWords.has(cell.toLowerCase())

const asNumber = (cell: string): number => Number(cell.trim().replace(',', '.'))

/** Numbers that count on by one step, as column numbers and years do. */
export function countsOn(numbers: readonly number[], step = numbers[1]! - numbers[0]!): boolean {
  return (
    numbers.length > 2 &&
    step !== 0 &&
    numbers.every(
      (value, i) => i === 0 || Math.abs(value - numbers[i - 1]! - step) < 1e-9 * Math.max(1, Math.abs(value)),
    )
  )
}

interface Range {
  readonly least: number
  readonly most: number
}

/** As different from a column's numbers as these never are from each other. */
const isBeyond = (value: number, { least, most }: Range): boolean =>
  value < least - (most - least) || value > most + (most - least)

/** As columns are counted, or years. `alone`: nothing else stands beside these numbers. */
function countAsNames(values: readonly number[], alone: boolean): boolean {
  if (!countsOn(values)) return false
  const step = values[1]! - values[0]!
  const years = values.every((value) => value >= 1800 && value <= 2100) && (!alone || Math.abs(step) === 1)
  return years || (step === 1 && (values[0] === 0 || values[0] === 1))
}

/** Numbers over columns of numbers: names all the same, where they count on or are far from what stands below. */
function numbersAreNames(
  numeric: readonly { readonly value: number; readonly column: number }[],
  below: readonly (readonly string[])[],
  alone: boolean,
): boolean {
  if (numeric.length < 2 || below.length === 0) return false
  const values = numeric.map(({ value }) => value)
  if (!values.every(Number.isInteger) || new Set(values).size < values.length) return false
  const numbersIn = (cells: readonly string[]) => numeric.map(({ column }) => asNumber(cells[column] ?? ''))
  const step = values[1]! - values[0]!
  const alike = below.filter((cells) => countsOn(numbersIn(cells), step)).length
  if (countAsNames(values, alone)) return alike < 0.5 * below.length
  if (below.length < 3) return false
  return numeric.every(({ value, column }) => {
    const column_ = below.map((cells) => asNumber(cells[column] ?? '')).filter(Number.isFinite)
    return column_.length > 2 && isBeyond(value, { least: Math.min(...column_), most: Math.max(...column_) })
  })
}

/** Holds a row against the types of the columns below it. `shift`: the column that its first cell stands over. */
export function headerEvidence(
  cells: readonly string[],
  types: readonly ColumnType[],
  below: readonly (readonly string[])[],
  shift = 0,
): HeaderEvidence {
  let [names, values, telling] = [0, 0, 0]
  const numeric: { value: number; column: number }[] = []
  cells.forEach((raw, i) => {
    const column = i + shift
    const below = types[column]
    const cell = raw.trim()
    if (below === undefined || below.filled === 0 || saysNothing(cell)) return
    const type = typeOf(cell)
    if (below.type !== null && (isTelling(below.type) || below.type === 'code')) {
      telling++
      if (type === 'number' && below.type === 'number') numeric.push({ value: asNumber(cell), column })
      else if (type === below.type) values++
      else if (type === 'phrase' || type === 'other' || type === 'code')
        names += below.type === 'code' && type === 'other' ? weak : 1
      return
    }
    if (below.values.has(cell)) values++
    else if (type === 'number' || type === 'date') values += weak
    else if (below.repeats && below.filled >= 4) names += weak
  })
  if (numbersAreNames(numeric, below, numeric.length === cells.length)) names += numeric.length
  else values += numeric.length
  return { names, values, telling }
}

/** The first row of a table: names rather than values? */
export function isHeader(
  cells: readonly string[],
  types: readonly ColumnType[],
  below: readonly (readonly string[])[],
  shift = 0,
): boolean {
  const trimmed = cells.map((cell) => cell.trim())
  const numbers = trimmed.some((cell) => typeOf(cell) === 'number')
  if (below.length === 0)
    return trimmed.some((cell) => cell !== '') && !trimmed.some((cell) => isTelling(typeOf(cell)))
  const { names, values } = headerEvidence(cells, types, below, shift)
  if (names + values > 0) return names > values
  // Nothing but words, below as above.
  return !numbers && !trimmed.some(saysNothing) && new Set(trimmed).size === trimmed.length
}

/** In so many rows, one column tells. */
const fewestToTell = 10

/** Numbers in every cell: such rows are further lines of no header. */
export const holdsNumbersAlone = (cells: readonly string[]): boolean =>
  cells.every((cell) => typeOf(cell) === 'number')

/** A further row of names: nearly all that can tell says so, and nothing says otherwise. */
export function isFurtherHeader(
  cells: readonly string[],
  types: readonly ColumnType[],
  below: readonly (readonly string[])[],
): boolean {
  if (below.length === 0 || holdsNumbersAlone(cells)) return false
  const { names, values, telling } = headerEvidence(cells, types, below)
  const filled = types.filter(({ type, filled }) => filled > 0 && type !== null && isTelling(type)).length
  const least = below.length < fewestToTell ? 1 + weak : 1
  return values === 0 && telling > 0 && names >= Math.max(least, 0.5 * filled)
}

/** Names in several rows, as one: a cell above stands over the empty ones right of it as well. */
export function joinHeaders(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map((row) => row.length))
  const last = rows.length - 1
  const filled = rows.map((row, r) => {
    let before = ''
    return Array.from({ length: width }, (_, i) => {
      const cell = row[i]?.trim() ?? ''
      if (cell !== '') before = cell
      return r < last && cell === '' && (rows[last]![i]?.trim() ?? '') !== '' ? before : cell
    })
  })
  return Array.from({ length: width }, (_, i) =>
    filled
      .map((row) => row[i]!)
      .filter((cell) => cell !== '')
      .join(' '),
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
