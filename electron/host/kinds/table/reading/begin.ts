/** Where the table begins in a file: behind preambles and titles, with its header of one line or several. */
import { columnTypes, typeOf, type ColumnType } from './cell-types.ts'
import {
  headerEvidence,
  holdsNumbersAlone,
  isFurtherHeader,
  isHeader,
  joinHeaders,
  saysNothing,
} from './header.ts'
import { isBlank, mostFrequent, type Numbered } from './records.ts'

export interface Beginning {
  /** Cells of a row: of the header or of the rows, whichever has more. */
  readonly width: number
  /** Cells of most rows. */
  readonly usual: number
  /** The records that hold the names, none or several. */
  readonly header: readonly Numbered[]
  /** The columns' names as they stand, joined where they have several lines; null: there are none. */
  readonly names: readonly string[] | null
  /** The first record of the data; the number of records where there is none. */
  readonly data: number
  /** Records before the header. */
  readonly preamble: readonly Numbered[]
  readonly types: readonly ColumnType[]
  /** The header has one name less than the rows have cells: the first column is the rows' names. */
  readonly rowNames: boolean
}

/** What a person decided: lines, counted from 1, or that there are none; true: the first one. */
export type GivenHeader = readonly number[] | 'absent' | 'first'

const mostCells = 60_000
const mostHeaderLines = 5
/** A row far down is rarely the first. */
const deepest = 200

const filledIn = (cells: readonly string[]): number => cells.filter((cell) => cell.trim() !== '').length
const trimmedWidth = (cells: readonly string[]): number =>
  cells.findLastIndex((cell) => cell.trim() !== '') + 1

/** Cells of a usual row: what most records with several cells have; of about as many, the first. */
export function usualWidth(records: readonly Numbered[]): number {
  const widths = records.map(({ cells }) => cells.length)
  const wide = widths.filter((width) => width > 1)
  if (wide.length < 0.3 * widths.length || wide.length === 0) return mostFrequent(widths).value
  // The first may be the names, of which there may be more or less.
  const several = wide.length > 1 ? wide.slice(1) : wide
  const counts = new Map<number, number>()
  for (const width of several) counts.set(width, (counts.get(width) ?? 0) + 1)
  const most = Math.max(...counts.values())
  return [...counts].find(([, count]) => count >= 0.8 * most)![0]
}

/** Names of the header again, but another number of them: a second table. */
export function beginsAnother(cells: readonly string[], names: ReadonlySet<string>, usual: number): boolean {
  if (names.size < 2 || cells.length === usual) return false
  const filled = cells.map((cell) => cell.trim()).filter((cell) => cell !== '')
  const named = filled.filter((cell) => names.has(cell) && typeOf(cell) !== 'number').length
  return named >= 2 && named >= 0.7 * filled.length && named >= 0.5 * names.size
}

export const namesIn = (header: readonly (readonly string[])[]): ReadonlySet<string> =>
  new Set(
    header
      .at(-1)
      ?.map((cell) => cell.trim())
      .filter((cell) => cell !== ''),
  )

/** A single cell where the rows have several is a title. */
function isTitle(cells: readonly string[], types: readonly ColumnType[]): boolean {
  if (cells.length < 2 || filledIn(cells) !== 1 || cells[0]!.trim() === '') return false
  return types.some(({ filled }, i) => i > 0 && filled > 0)
}

const isBesides = (a: Numbered, b: Numbered): boolean => a.line + a.lines === b.line

export function findBeginning(
  all: readonly Numbered[],
  missing: ReadonlySet<string>,
  asked: GivenHeader | null,
  width?: number,
): Beginning {
  const records = all.filter(({ cells }) => !isBlank(cells))
  const usual = width ?? usualWidth(records)
  const isMissing = (cell: string) => missing.has(cell) || saysNothing(cell)
  const rowsOf = (from: number) => {
    const rows = records.slice(from).filter(({ cells }) => cells.length === usual)
    return rows.slice(0, Math.max(10, Math.floor(mostCells / Math.max(1, usual))))
  }
  // Several decisions ask for the same rows, and a table may have thousands of columns.
  const typed = new Map<number, ColumnType[]>()
  const typesFrom = (from: number): ColumnType[] => {
    const known = typed.get(from) ?? columnTypes(rowsOf(from), usual, isMissing)
    typed.set(from, known)
    return known
  }
  const belowOf = (from: number) =>
    rowsOf(from)
      .slice(0, 50)
      .map(({ cells }) => cells)
  const at = (index: number) => records[index]!

  const finish = (header: number[], data: number, rowNames = false, named?: readonly number[]): Beginning => {
    const rows = header.map(at)
    const lower = rows.at(-1)?.cells ?? []
    const names = lower.map((cell) => cell.trim())
    const unclear = new Set(names).size < names.length
    // A sparse row above names is one of groups only where it tells apart names that occur twice; else it is a title.
    const kept =
      named === undefined
        ? rows.filter(({ cells }, i) => i === rows.length - 1 || filledIn(cells) > 0.5 * usual || unclear)
        : rows
    const begin = kept[0] ?? at(data)
    const joined =
      kept.length === 0
        ? null
        : kept.length === 1
          ? [...kept[0]!.cells]
          : joinHeaders(kept.map(({ cells }) => cells))
    const spelled = joined && (rowNames ? ['', ...joined] : joined)
    return {
      width: Math.max(usual, spelled === null ? 0 : trimmedWidth(spelled)),
      usual,
      header: kept,
      names: spelled,
      data: data < records.length ? all.indexOf(at(data)) : all.length,
      preamble: records.filter((record) => begin === undefined || record.line < begin.line),
      types: typesFrom(data),
      rowNames,
    }
  }

  if (Array.isArray(asked)) {
    const header = asked.map((line) => records.findIndex((record) => record.line === line))
    return finish(header, Math.max(...header) + 1, false, header)
  }

  const first = typesFrom(0)
  let start = records.findIndex(({ cells }) => cells.length === usual && !isTitle(cells, first))
  if (start === -1) start = 0
  if (records.length === 0)
    return {
      width: 0,
      usual: 0,
      header: [],
      names: null,
      data: all.length,
      preamble: [],
      types: [],
      rowNames: false,
    }
  if (asked === 'absent') return finish([], start)

  // The line right above the first full row, where that line has another number of names.
  if (asked === null && start > 0 && isBesides(at(start - 1), at(start))) {
    const above = at(start - 1).cells
    const types = typesFrom(start)
    const below = belowOf(start)
    const cells = trimmedWidth(above)
    const rowIsNames = isHeader(at(start).cells, typesFrom(start + 1), belowOf(start + 1))
    if (!rowIsNames && cells === usual - 1 && cells > 0) {
      const trailing = types.at(-1)!.filled === 0
      if (!trailing && isNamesOver(above, types, below, 1)) return finish([start - 1], start, true)
      if (isNamesOver(above, types, below, 0)) return finish([start - 1], start)
    } else if (!rowIsNames && cells >= 0.8 * usual && cells > 1 && isNamesOver(above, types, below, 0))
      return finish([start - 1], start)
  }
  // Names above rows of several lengths, the first of which are short.
  if (asked === null && start > 1) {
    const [types, below] = [typesFrom(start), belowOf(start)]
    const between = records.slice(1, start)
    const areRows = between.every(
      ({ cells }) =>
        cells.length > 1 &&
        headerEvidence(cells, types, below).values > 0 &&
        !isNamesOver(cells, types, below, 0),
    )
    if (areRows && trimmedWidth(at(0).cells) > 1 && isNamesOver(at(0).cells, types, below, 0))
      return finish([0], 1)
  }
  // Settings and their values, line by line, above a row that is full of names.
  for (
    let below = start;
    asked === null && usual > 2 && below < Math.min(records.length, start + deepest);
    below++
  ) {
    const { cells } = at(below)
    if (cells.length !== usual || filledIn(cells) <= 0.5 * usual) continue
    if (below > start && isFurtherHeader(cells, typesFrom(below + 1), belowOf(below + 1))) {
      const groups = at(below - 1)
      const grouped =
        groups.cells.length === usual && isBesides(groups, at(below)) && filledIn(groups.cells) > 1
      start = grouped ? below - 1 : below
    }
    break
  }
  const lines = asked === 'first' ? 1 : headerLines(start)
  const header = Array.from({ length: lines }, (_, i) => start + i)
  return finish(header, start + lines)

  /** Of the most lines first: what is below several lines of names tells more than what is below the first of them. */
  function headerLines(from: number): number {
    const cellsOf = (index: number) => at(index).cells
    const key = (index: number) => cellsOf(index).join('\u0000')
    let most = 1
    while (
      most < mostHeaderLines &&
      from + most < records.length &&
      cellsOf(from + most).length === usual &&
      !holdsNumbersAlone(cellsOf(from + most)) &&
      isBesides(at(from + most - 1), at(from + most))
    )
      most++
    for (let lines = most; lines > 1; lines--) {
      const [types, below] = [typesFrom(from + lines), belowOf(from + lines)]
      const indices = Array.from({ length: lines }, (_, i) => from + i)
      const same = indices.every((index) => key(index) === key(from))
      const told = isFurtherHeader(cellsOf(from + lines - 1), types, below)
      const fits = indices.every((index) => headerEvidence(cellsOf(index), types, below).values === 0)
      if (fits && (told || (same && below.length > 0))) return lines
    }
    if (isHeader(cellsOf(from), typesFrom(from + 1), belowOf(from + 1))) return 1
    // Names may stand there once more further down, which values do as well; so other columns have to tell.
    const others = rowsOf(from + 1).filter(({ cells }) => cells.join('\u0000') !== key(from))
    if (others.length === rowsOf(from + 1).length) return 0
    const below = others.map(({ cells }) => cells)
    const { names, values, telling } = headerEvidence(
      cellsOf(from),
      columnTypes(others, usual, isMissing),
      below,
    )
    return telling > 0 && names >= 1 && values === 0 ? 1 : 0
  }
}

function isNamesOver(
  cells: readonly string[],
  types: readonly ColumnType[],
  below: readonly (readonly string[])[],
  shift: number,
): boolean {
  const { names, values } = headerEvidence(cells, types, below, shift)
  return names > values || (names === 0 && values === 0 && isHeader(cells, types, below, shift))
}
