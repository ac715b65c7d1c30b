/**
 * What stands for a missing value belongs to columns: `-` in a column of numbers is a gap, and beside `+` it is a class. Marks are
 * read as missing unless their column says otherwise.
 */
import { aggregate } from './aggregate.ts'
import { presentTextSql } from './column-facts.ts'
import { query, quoted, type DuckDBConnection } from './duckdb.ts'
import type { ColumnFacts, Inferred } from './infer.ts'
import { seenWith, textSql, withCells, type Relation } from './relation.ts'

/** Which of the file's marks stand in a column; columns without any are left out. */
export type MarksIn = ReadonlyMap<number, readonly string[]>

const listed = (values: readonly string[]): string => values.map(quoted).join(', ')

/** Whether a cell is one of the marks; of a number, however it is spelled: −999 as -999.0. */
function markSql(marks: readonly string[]): (text: string) => string {
  const numbers = marks.filter((mark) => hasDigit(mark) && Number.isFinite(Number(mark)))
  const values = [...new Set(numbers.map(Number))]
  const same = (text: string): string => `${text} IN (${listed(marks)})`
  return values.length === 0
    ? same
    : (text) => `(${same(text)} OR coalesce(TRY_CAST(${text} AS DOUBLE) IN (${values.join(', ')}), false))`
}

const hasDigit = (mark: string): boolean => /\d/.test(mark)

/** The columns that may hold marks: not those that hold nothing but numbers, where no mark is one. */
async function holding(
  connection: DuckDBConnection,
  relation: Relation,
  columns: readonly number[],
  marks: readonly string[],
): Promise<readonly number[]> {
  if (marks.some(hasDigit)) return columns
  const stored = columns.filter((index) => relation.stored.has(index))
  if (stored.length === 0) return columns
  // Of files, DuckDB knows these counts without reading a cell.
  const counts = stored.map((index) => `count(t${index}) - count(n${index}) AS others${index}`)
  const [row = {}] = await query(connection, `SELECT ${counts.join(', ')} FROM ${relation.sql}`)
  return columns.filter((index) => !relation.stored.has(index) || Number(row[`others${index}`]) > 0)
}

export async function marksIn(
  connection: DuckDBConnection,
  relation: Relation,
  columns: readonly number[],
  marks: readonly string[],
  rows: number,
): Promise<MarksIn> {
  if (marks.length === 0) return new Map()
  const isMark = markSql(marks)
  const readings = (await holding(connection, relation, columns, marks)).map((index) => ({
    index,
    as: 'text' as const,
  }))
  const measure = {
    found: (text: string) => `to_json(list_sort(list(DISTINCT ${text}) FILTER (${isMark(text)})))`,
  }
  // Of many cells in a list, few rows hold a mark at all.
  const held =
    relation.layout === 'lists'
      ? {
          ...relation,
          sql: `(SELECT cells FROM ${relation.sql} WHERE len(list_filter(cells, lambda t: ${isMark('t')})) > 0)`,
        }
      : relation
  const found = await aggregate(connection, held, readings, [measure], rows)
  return new Map(
    readings.flatMap(({ index }): [number, string[]][] => {
      const json = found.get(index)?.found
      const some = typeof json === 'string' ? (JSON.parse(json) as string[] | null) : null
      return some === null || some.length === 0 ? [] : [[index, some]]
    }),
  )
}

const noValues: MarksIn = new Map()

/** By the relation's columns: their cells with gaps where the marks found stand, but for those that are values in their column. */
function gapsIn(relation: Relation, found: MarksIn, values: MarksIn): Map<string, string> {
  const left = marksBut(found, values)
  if (left.size === 0) return new Map()
  if (relation.layout === 'columns')
    return new Map(
      [...left].flatMap(([i, of]): [string, string][] => {
        const text = textSql(relation, i)
        // Nothing but digits has a number that is to go as well.
        const number = relation.stored.has(i) && of.some(hasDigit)
        return [
          [text, presentTextSql(text, of)],
          ...(number ? [[`n${i}`, presentTextSql(text, of, `n${i}`)] as [string, string]] : []),
        ]
      }),
    )
  // One question for each cell, however many columns have marks: a mark that is not in a column is not found there either.
  const all = `t IN (${listed([...new Set([...left.values()].flat())])})`
  const kept = [...values].map(([i, of]) => ` AND NOT (i = ${i + 1} AND t IN (${listed(of)}))`).join('')
  return new Map([
    ['cells', `list_transform(cells, lambda t, i: CASE WHEN ${all}${kept} THEN NULL ELSE t END)`],
  ])
}

/** The relation without the marks found. */
export const withoutMarks = (relation: Relation, found: MarksIn): Relation =>
  seenWith(relation, gapsIn(relation, found, noValues))

/** The same for good, but for the marks that are values in their column. */
export const dropMarks = (
  connection: DuckDBConnection,
  relation: Relation,
  found: MarksIn,
  values: MarksIn,
): Promise<Relation> => withCells(connection, relation, gapsIn(relation, found, values))

/** Marks that may as well be words: signs, abbreviations, “none of them”. */
const ambiguous = new Set(['-', 'NA', 'na', 'None'])

export interface Marked {
  readonly facts: ColumnFacts
  readonly inferred: Inferred
  readonly isTarget: boolean
}

/**
 * The marks that are values in their column. Those that stand in a column of numbers or dates are missing wherever they stand:
 * there they can be nothing else. Of the others, a class is not missing, nor is what a column holds beside a single other value.
 */
export function valuesAmong(columns: readonly Marked[], marks: MarksIn): MarksIn {
  const measured = ({ inferred: { kind }, facts }: Marked): boolean =>
    (kind === 'number' || kind === 'date') && facts.present > 0
  const gaps = new Set([...marks].flatMap(([i, of]) => (measured(columns[i]!) ? of : [])))
  const found = new Map<number, readonly string[]>()
  for (const [i, of] of marks) {
    const { facts, isTarget } = columns[i]!
    if (measured(columns[i]!) || facts.distinct === 0 || !(isTarget || facts.distinct === 1)) continue
    const values = of.filter((mark) => ambiguous.has(mark) && !gaps.has(mark))
    if (values.length > 0) found.set(i, values)
  }
  return found
}

/** What is left of a file's marks where these are values. */
function marksBut(marks: MarksIn, values: MarksIn): MarksIn {
  const left = [...marks].map(([i, of]): [number, string[]] => [
    i,
    of.filter((mark) => values.get(i)?.includes(mark) !== true),
  ])
  return new Map(left.filter(([, of]) => of.length > 0))
}

/** Marks that a person gave and that stand in no column: maybe they are spelled otherwise. */
export function unmetNote(given: readonly string[], found: MarksIn): string[] {
  const spelled = [...found.values()].flat()
  const unmet = given.filter((mark) => !spelled.some((one) => one === mark || Number(one) === Number(mark)))
  return unmet.length === 0
    ? []
    : [
        `${unmet.map((mark) => `“${mark}”`).join(' and ')} ${unmet.length === 1 ? 'stands' : 'stand'} nowhere in the table: nothing is missing by ${unmet.length === 1 ? 'it' : 'them'}.`,
      ]
}

export const valuesNote = (name: string, values: readonly string[]): string =>
  `"${name}": ${values.map((value) => `“${value}”`).join(' and ')} ${values.length === 1 ? 'is a value' : 'are values'} here, not what stands for a missing one.`
