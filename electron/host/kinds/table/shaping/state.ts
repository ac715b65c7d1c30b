/** A table on its way through the steps: rows that a statement gives, and the columns that it has by then. */
import type { ColumnKind, Parser } from '../../../../contract/index.ts'
import { quoted, type DuckDBConnection } from '../duckdb.ts'
import {
  columnKinds,
  memberOf,
  parserFor,
  parsers,
  sameParser,
  type AsRead,
} from '../../../../contract/index.ts'
import { presentTextSql } from '../column-facts.ts'
import { moments } from '../moments.ts'
import { cellSql } from '../parsers/index.ts'
import { textSql, type Layout, type Relation } from '../relation.ts'
import { longestText } from './growth.ts'
import { asExpressionError, readExpression, type Expression } from './expression.ts'

/** What expressions see: a DOUBLE, a TIMESTAMP, a TIME, a BOOLEAN or a VARCHAR. */
export type ValueType = 'number' | 'date' | 'time' | 'truth' | 'text'

export interface ShapedColumn {
  readonly name: string
  readonly type: ValueType
  /** Of ordered categories, whose order SQL does not know. */
  readonly ordered?: boolean
  /** SQL of its cell, as it is kept. */
  readonly text: string
  /** SQL of what expressions see. */
  readonly value: string
  /** The same of another cell, read as those of this column are. */
  readonly valueOf: (text: string) => string
  /** Of a column that is as it was read: which of them. */
  readonly place: number | null
  /** Where its number is at hand: by what it was read, and its SQL. */
  readonly stored: { readonly parser: Parser; readonly sql: string } | null
}

export interface State {
  /** What stands after FROM. */
  readonly sql: string
  readonly layout: Exclude<Layout, 'values'>
  readonly columns: readonly ShapedColumn[]
  readonly rows: number
}

/** What the values of a column of the kind are in SQL. */
function typeOf(kind: ColumnKind): ValueType {
  const parser = parserFor(kind)
  return parser === null ? 'text' : memberOf(parsers, parser.parser).kind
}

/** A column's value as it was understood, from its text. */
export function valueOf(
  text: string,
  { kind, parser }: Pick<AsRead, 'kind' | 'parser'>,
  gaps: readonly string[],
  stored: ShapedColumn['stored'] = null,
): string {
  const as = parserFor(kind) && (parser ?? parserFor(kind))
  const present = gaps.length === 0 ? text : presentTextSql(text, gaps)
  if (as === null) return present
  const isMark = gaps.some((mark) => /\d/.test(mark))
  const number =
    stored !== null && !isMark && sameParser(stored.parser, as) ? stored.sql : cellSql(present, as)
  return moments[kind]?.sql(number) ?? number
}

/** The table as it was read. `asRead` and `gaps` by places. */
export function stateOf(
  relation: Relation,
  rows: number,
  names: readonly string[],
  asRead: (place: number) => Pick<AsRead, 'kind' | 'parser'>,
  gaps: (place: number) => readonly string[],
): State {
  const columns = names.map((name, place): ShapedColumn => {
    const text = textSql(relation, place)
    const parser = relation.stored.get(place)
    const stored = parser === undefined ? null : { parser, sql: `n${place}` }
    const valueOfCell = (cell: string) => valueOf(cell, asRead(place), gaps(place))
    return {
      name,
      type: typeOf(asRead(place).kind),
      ordered: 'ordered' in columnKinds[asRead(place).kind],
      text,
      value: valueOf(text, asRead(place), gaps(place), stored),
      valueOf: valueOfCell,
      place,
      stored,
    }
  })
  return { sql: relation.sql, layout: relation.layout as State['layout'], columns, rows }
}

export const namesOf = ({ columns }: State): string[] => columns.map(({ name }) => name)

/** New columns stand before the last one, which is what people expect to be predicted. */
export const withNew = (columns: readonly ShapedColumn[], added: readonly ShapedColumn[]): ShapedColumn[] => [
  ...columns.slice(0, -1),
  ...added,
  ...columns.slice(-1),
]

/** The rows with the values that an expression looks at, as `v<place>`. */
export const withValues = (
  { sql, columns }: State,
  { columns: seen }: Pick<Expression, 'columns'>,
): string =>
  seen.length === 0
    ? sql
    : `(SELECT *, ${seen.map((place) => `${columns[place]!.value} AS v${place}`).join(', ')} FROM ${sql})`

const typeNames: Readonly<Record<string, ValueType>> = {
  BOOLEAN: 'truth',
  VARCHAR: 'text',
  '"NULL"': 'text',
  DATE: 'date',
  TIMESTAMP: 'date',
  TIME: 'time',
}

/** What an expression gives by DuckDB; null: nothing that a cell can hold. */
export function typeOfResult(type: string): ValueType | null {
  if (/^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*)$/.test(type)) return 'number'
  return typeNames[type] ?? (/^ENUM/.test(type) ? 'text' : null)
}

export interface Computed extends Expression {
  readonly duckType: string
  readonly type: ValueType | null
}

/** An expression over the columns that there are by now, and what it gives. Errors: a DescentError in the words of the person. */
export async function compute(connection: DuckDBConnection, state: State, text: string): Promise<Computed> {
  const names = namesOf(state)
  const ordered = new Set(state.columns.flatMap((column, place) => (column.ordered === true ? [place] : [])))
  const expression = await readExpression(connection, text, names, ordered)
  try {
    const described = await connection.runAndReadAll(
      `DESCRIBE SELECT ${expression.sql} AS result FROM ${withValues(state, expression)}`,
    )
    const duckType = String(described.getRowObjectsJS()[0]?.column_type)
    return { ...expression, duckType, type: typeOfResult(duckType) }
  } catch (error) {
    throw asExpressionError(error, text, names)
  }
}

const keptText = (sql: string): string => `nullif(left(trim(${sql}::VARCHAR), ${longestText}), '')`

/** The cell of a value: whole numbers without a point, days as ISO has them, nothing where there is none. */
export function cellText(sql: string, type: ValueType, duckType: string): string {
  switch (type) {
    case 'number': {
      const number = /^DECIMAL/.test(duckType) ? `${sql}::DOUBLE` : sql
      const written = `regexp_replace(${number}::VARCHAR, '\\.0$', '')`
      return /DECIMAL|FLOAT|DOUBLE/.test(duckType)
        ? `CASE WHEN isfinite(${number}) THEN ${written} END`
        : written
    }
    case 'truth':
      return `CASE WHEN ${sql} THEN ${quoted('true')} WHEN NOT ${sql} THEN ${quoted('false')} END`
    case 'date':
      return `CASE WHEN ${sql}::TIMESTAMP = date_trunc('day', ${sql}::TIMESTAMP) THEN strftime(${sql}::TIMESTAMP, '%Y-%m-%d') ELSE ${sql}::VARCHAR END`
    case 'time':
      return `${sql}::VARCHAR`
    case 'text':
      return keptText(sql)
  }
}

/** What later expressions see of it. */
export function cellValue(sql: string, type: ValueType): string {
  switch (type) {
    case 'number':
      return `CASE WHEN isfinite(${sql}::DOUBLE) THEN ${sql}::DOUBLE END`
    case 'truth':
    case 'time':
      return sql
    case 'date':
      return `${sql}::TIMESTAMP`
    case 'text':
      return keptText(sql)
  }
}
