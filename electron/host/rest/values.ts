/** Rows of JSON → columns in memory, understood as the model's training understood its file. */
import {
  DescentError,
  keptAs,
  parserFor,
  plainNumerals,
  plural,
  sameParser,
  type Parser,
  type Recipe,
} from '../../contract/index.ts'
import type { Frame, FrameColumn } from '../datasets/frame.ts'
import type { DuckDBConnection } from '../kinds/table/duckdb.ts'
import { cellSql } from '../kinds/table/parsers/index.ts'
import type { PreparedColumn } from '../prepare/preparation.ts'
import { missingOf, picturesOf } from './as-trained.ts'
import { pictureColumns } from './pictures.ts'

export type JsonRow = Readonly<Record<string, unknown>>

export interface ReadRows {
  readonly frame: Frame
  readonly notes: readonly string[]
}

/** DuckDB, as far as rows need it. */
export type Questions = Pick<DuckDBConnection, 'runAndReadAll'>

/** What a cell says; null: nothing. */
type Given = string | number | null

const bad = (message: string): DescentError => new DescentError('badRequest', message, 'rows')

/** What training knew of a column's values; empty where its encoder keeps no list. */
export function levelsOf({ encoder }: PreparedColumn): readonly string[] {
  const { categories, levels } = encoder as {
    readonly categories?: readonly string[]
    readonly levels?: readonly string[]
  }
  return categories ?? levels ?? []
}

const spellings: readonly (readonly [yes: string, no: string])[] = [
  ['true', 'false'],
  ['yes', 'no'],
  ['t', 'f'],
  ['y', 'n'],
  ['1', '0'],
]

/** A yes or no as the training's table spelled it. */
function spelled(value: boolean, column: PreparedColumn, row: number): string {
  const levels = levelsOf(column)
  for (const pair of spellings) {
    const found = levels.find((level) => level.toLowerCase() === pair[value ? 0 : 1])
    if (found !== undefined) return found
  }
  const known =
    levels.length === 0
      ? ''
      : ` Training had ${levels
          .slice(0, 5)
          .map((level) => `“${level}”`)
          .join(', ')}.`
  throw bad(`"${column.name}" of row ${row + 1} is ${value}: say it as a text, as the table had it.${known}`)
}

/** What is no cell of a table: a list, an object, half a character. */
function given(value: unknown, of: PreparedColumn, row: number): Given {
  const column = of.name
  if (value === undefined || value === null) return null
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw bad(`"${column}" of row ${row + 1} has half a character in it.`)
    return value.trim() === '' ? null : value
  }
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return spelled(value, of, row)
  throw bad(
    `"${column}" of row ${row + 1} is ${Array.isArray(value) ? 'a list' : 'an object'}: a value is a text, a number, true, false or null.`,
  )
}

/** Marks that stand for nothing, but for those that are values in this column; of numbers however they are spelled. */
function isMissing(marks: readonly string[], { notMissing = [] }: PreparedColumn): (cell: Given) => boolean {
  const left = marks.filter((mark) => !notMissing.includes(mark))
  const texts = new Set(left)
  const numbers = new Set(
    left
      .filter((mark) => /\d/.test(mark))
      .map(Number)
      .filter(Number.isFinite),
  )
  return (cell) =>
    cell === null ||
    (typeof cell === 'number' ? numbers.has(cell) : texts.has(cell.trim()) || numbers.has(Number(cell)))
}

/** What every parser of plain numbers reads as JavaScript does. */
const plainNumber = /^[+-]?\d{1,15}(?:\.\d{1,15})?$/

/** Texts as their column's parser reads them; NaN where it does not. */
async function parsed(
  connection: Questions,
  texts: readonly string[],
  parser: Parser,
): Promise<Float64Array> {
  if (sameParser(parser, plainNumerals) && texts.every((text) => plainNumber.test(text.trim())))
    return Float64Array.from(texts, Number)
  const values = new Float64Array(texts.length).fill(NaN)
  const list = JSON.stringify(texts.map((text) => text.trim()))
  const reader = await connection.runAndReadAll(
    `SELECT ${cellSql('t', parser)}::DOUBLE AS value FROM (SELECT unnest(from_json($1, '["VARCHAR"]')) AS t, generate_subscripts(from_json($1, '["VARCHAR"]'), 1) AS i) ORDER BY i`,
    [list],
  )
  for (const [i, [value]] of reader.getRowsJS().entries()) if (typeof value === 'number') values[i] = value
  return values
}

/** Numbers and dates: what JSON has as a number is one, and texts are read as training's file had them. */
async function typedColumn(
  connection: Questions,
  column: PreparedColumn,
  kind: 'number' | 'date',
  cells: readonly Given[],
): Promise<ReadColumn> {
  const { name } = column
  const values = Float64Array.from(cells, (cell) => (typeof cell === 'number' ? cell : NaN))
  if (kind === 'date' && cells.some((cell) => typeof cell === 'number'))
    throw bad(`"${name}" is a date: give it as a text, written as in training.`)
  const rows = cells.flatMap((cell, row) => (typeof cell === 'string' ? [row] : []))
  const parser = column.parser ?? parserFor(column.kind)
  const texts = rows.map((row) => cells[row] as string)
  const read =
    rows.length === 0 || parser === null ? new Float64Array() : await parsed(connection, texts, parser)
  rows.forEach((row, i) => (values[row] = read[i] ?? NaN))
  const odd = texts.filter((_, i) => Number.isNaN(read[i] ?? NaN))
  const present = cells.filter((cell) => cell !== null).length
  if (odd.length > 0 && odd.length === present)
    throw bad(
      `"${name}" is a ${kind} in training, and “${odd[0]!.slice(0, 100)}” is none as training had them.`,
    )
  const notes =
    odd.length === 0
      ? []
      : [
          `"${name}": ${plural(odd.length, 'value')} of ${present} ${odd.length === 1 ? 'is' : 'are'} no ${kind} as training had them, e.g. “${odd[0]!.slice(0, 100)}”, and read as missing.`,
        ]
  return { column: { kind, name, values, ...(column.parser && { parser: column.parser }) }, notes }
}

interface ReadColumn {
  readonly column: FrameColumn
  readonly notes: readonly string[]
}

function categoryColumn({ name }: PreparedColumn, cells: readonly Given[]): ReadColumn {
  const known = new Map<string, number>()
  const codes = Int32Array.from(cells, (cell) => {
    if (cell === null) return -1
    const text = String(cell).trim()
    let code = known.get(text)
    if (code === undefined) known.set(text, (code = known.size))
    return code
  })
  return { column: { kind: 'category', name, codes, categories: [...known.keys()] }, notes: [] }
}

const textColumn = ({ name }: PreparedColumn, cells: readonly Given[]): ReadColumn => ({
  column: { kind: 'text', name, values: cells.map((cell) => (cell === null ? '' : String(cell).trim())) },
  notes: [],
})

/** Every input has to be named, if only as null: one that was forgotten, or misspelled, would be filled in silently. */
function checkNames(rows: readonly JsonRow[], columns: readonly PreparedColumn[]): void {
  for (const [i, row] of rows.entries()) {
    const absent = columns.filter(({ name }) => !Object.hasOwn(row, name)).map(({ name }) => `"${name}"`)
    if (absent.length > 0)
      throw bad(
        `Row ${i + 1} lacks ${absent.slice(0, 10).join(', ')}${absent.length > 10 ? ', …' : ''}, which the model needs. Say null where a value is not known.`,
      )
  }
}

/** As the data of `recipe` were read. Errors: a DescentError that names row, column and value. */
export async function readRows(
  connection: Questions,
  rows: readonly JsonRow[],
  columns: readonly PreparedColumn[],
  recipe: Recipe,
): Promise<ReadRows> {
  checkNames(rows, columns)
  const missing = missingOf(recipe)
  const pictured = columns.filter(({ kind }) => keptAs(kind) === 'image')
  const pictures = await pictureColumns(pictured, rows, picturesOf(recipe), columns.length === 1)
  const read: ReadColumn[] = []
  for (const column of columns) {
    const { name, kind } = column
    const picture = pictures.get(name)
    if (picture !== undefined) {
      read.push({ column: picture, notes: [] })
      continue
    }
    const absent = isMissing(missing, column)
    const cells = rows
      .map((row, i) => given(row[name], column, i))
      .map((cell) => (absent(cell) ? null : cell))
    const kept = keptAs(kind)
    if (kept === 'number' || kept === 'date') read.push(await typedColumn(connection, column, kept, cells))
    else read.push(kept === 'text' ? textColumn(column, cells) : categoryColumn(column, cells))
  }
  return {
    frame: { rows: rows.length, columns: read.map(({ column }) => column) },
    notes: read.flatMap(({ notes }) => notes),
  }
}
