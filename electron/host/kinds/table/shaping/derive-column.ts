/** A column that is computed from others of its row. */
import type { OptionsOf, shaping } from '../../../../contract/index.ts'
import { formatCount, plainNumerals, plural } from '../../../../contract/index.ts'
import { query, type DuckDBConnection } from '../duckdb.ts'
import { cellSql } from '../parsers/index.ts'
import { asExpressionError, refuse, said, saidBy } from './expression.ts'
import { longestText } from './growth.ts'
import {
  cellText,
  cellValue,
  compute,
  namesOf,
  withNew,
  withValues,
  type Computed,
  type ShapedColumn,
  type State,
  type ValueType,
} from './state.ts'
import type { ShapingFunction } from './step.ts'

/** What to write instead of something that no cell holds. */
function adviceAgainst(duckType: string): string {
  if (duckType === 'INTERVAL') return "a length of time: take date_diff('day', a, b), which is a number"
  if (duckType.endsWith('[]')) return "a list: take one of its values, as in split(name, ' ')[1]"
  return `a value of the type ${duckType.slice(0, 40)}, which no cell holds`
}

/** What another cell of the column would be. */
const readAs: Readonly<Record<ValueType, ShapedColumn['valueOf']>> = {
  number: (cell) => cellSql(cell, plainNumerals),
  date: (cell) => `TRY_CAST(${cell} AS TIMESTAMP)`,
  time: (cell) => `TRY_CAST(${cell} AS TIME)`,
  truth: (cell) => `TRY_CAST(${cell} AS BOOLEAN)`,
  text: (cell) => cell,
}

/** Why it cannot be computed of some row; null: it can, of all of them. */
async function whyMissing(
  connection: DuckDBConnection,
  state: State,
  computed: Computed,
): Promise<string | null> {
  try {
    await query(connection, `SELECT count(${computed.sql}) AS filled FROM ${withValues(state, computed)}`)
    return null
  } catch (error) {
    return saidBy(error, namesOf(state))?.why ?? null
  }
}

const because = (why: string | null, gaps: number): string =>
  why === null ? '' : `${gaps === 1 ? '' : ', of some for this reason'}: ${why}`

export const deriveColumn =
  ({ as: name, expression }: OptionsOf<typeof shaping, 'deriveColumn'>): ShapingFunction =>
  async (state, { connection, own, rows }) => {
    const computed = await compute(connection, state, expression)
    const { type, duckType } = computed
    if (type === null) throw refuse(`${said(expression)} gives ${adviceAgainst(duckType)}.`)
    // One row that it cannot be computed of is a gap of that row, where it is not what is learned from.
    const sqlOf = rows === 'training' ? computed.sql : `TRY(${computed.sql})`
    // Columns that were seen go again, so that none of them is there twice.
    const seen = computed.columns.map((place) => `v${place}`)
    const but = seen.length === 0 ? '' : ` EXCLUDE (${seen.join(', ')})`
    const raw = `(SELECT *${but}, ${sqlOf} AS ${own}_raw FROM ${withValues(state, computed)})`
    const text = cellText(`${own}_raw`, type, duckType)
    const value = cellValue(`${own}_raw`, type)
    const sql = `(SELECT * EXCLUDE (${own}_raw), ${text} AS ${own}_text, ${value} AS ${own} FROM ${raw})`
    try {
      const long = type === 'text' ? `length(${own}_raw::VARCHAR) > ${longestText}` : 'false'
      const [row] = await query(
        connection,
        `SELECT count(${text}) AS filled, count(*) FILTER (${long}) AS cut FROM ${raw}`,
      )
      const [gaps, cut] = [state.rows - Number(row?.filled), Number(row?.cut)]
      const why = gaps > 0 && rows !== 'training' ? await whyMissing(connection, state, computed) : null
      const column: ShapedColumn = {
        name,
        type,
        text: `${own}_text`,
        value: own,
        valueOf: readAs[type],
        place: null,
        stored: type === 'number' ? { parser: plainNumerals, sql: own } : null,
      }
      const taken = namesOf(state).indexOf(name)
      const columns =
        taken === -1
          ? withNew(state.columns, [column])
          : state.columns.map((one, place) => (place === taken ? column : one))
      return {
        state: { ...state, sql, columns },
        notes: [
          ...(taken === -1 ? [] : [`It takes the place of the column “${name}” that was there.`]),
          ...(gaps > 0 ? [`Missing in ${plural(gaps, 'row')}${because(why, gaps)}.`] : []),
          ...(cut > 0 ? [`Cut to ${formatCount(longestText)} characters in ${plural(cut, 'row')}.`] : []),
        ],
      }
    } catch (error) {
      throw asExpressionError(error, expression, namesOf(state))
    }
  }
