/** Steps that leave out rows. */
import type { OptionsOf, shaping } from '../../../../contract/index.ts'
import { plural } from '../../../../contract/index.ts'
import { query } from '../duckdb.ts'
import { requirePlace } from './columns.ts'
import { asExpressionError, refuse, said } from './expression.ts'
import { compute, namesOf, withValues } from './state.ts'
import type { ShapingFunction } from './step.ts'

export const filterRows =
  ({ where }: OptionsOf<typeof shaping, 'filterRows'>): ShapingFunction =>
  async (state, { connection, rows }) => {
    const condition = await compute(connection, state, where)
    if (condition.type !== 'truth')
      throw refuse(
        `${said(where)} is no condition: it gives ${condition.type === 'number' ? 'a number' : 'a value'}, not true or false. Compare it with something, as in age >= 18.`,
      )
    const seen = withValues(state, condition)
    // A row of a test file that it cannot be computed of is as one with a missing value.
    const holds = rows === 'training' ? condition.sql : `TRY(${condition.sql})`
    try {
      const [row = {}] = await query(
        connection,
        `SELECT count(*) FILTER (holds) AS kept, count(*) FILTER (holds IS NULL) AS unknown
         FROM (SELECT ${holds} AS holds FROM ${seen})`,
      )
      const [kept, unknown] = [Number(row.kept), Number(row.unknown)]
      if (kept === 0 && state.rows > 0 && rows === 'training')
        throw refuse(
          `No row is left: none of ${plural(state.rows, 'row')} fulfills ${said(where)}${unknown > 0 ? `, and in ${plural(unknown, 'row')} a missing value leaves it open` : ''}.`,
        )
      return {
        state: { ...state, sql: `(SELECT * FROM ${seen} WHERE ${holds})`, rows: kept },
        notes:
          unknown > 0
            ? [
                `${plural(unknown, 'row')} left out because a missing value leaves the condition open; add OR … IS NULL to keep them.`,
              ]
            : [],
      }
    } catch (error) {
      throw asExpressionError(error, where, namesOf(state))
    }
  }

export const dropDuplicates =
  ({ by }: OptionsOf<typeof shaping, 'dropDuplicates'>): ShapingFunction =>
  async (state, { connection, own }) => {
    const columns =
      by.length === 0 ? state.columns : by.map((name) => state.columns[requirePlace(name, state)]!)
    const key = `[${columns.map(({ text }) => text).join(', ')}]`
    // The first of those that are alike, in the table’s order, which a list of groups would not keep.
    await connection.run(
      `CREATE OR REPLACE TEMP TABLE ${own}_firsts AS SELECT min(place) AS place FROM
       (SELECT row_number() OVER () AS place, ${key} AS key FROM ${state.sql}) GROUP BY key`,
    )
    const [row] = await query(connection, `SELECT count(*) AS kept FROM ${own}_firsts`)
    const sql = `(SELECT * EXCLUDE (${own}_place) FROM (SELECT *, row_number() OVER () AS ${own}_place FROM ${state.sql})
      WHERE ${own}_place IN (SELECT place FROM ${own}_firsts) ORDER BY ${own}_place)`
    return { state: { ...state, sql, rows: Number(row?.kept) }, notes: [] }
  }
