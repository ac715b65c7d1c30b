/** Steps that change columns alone: leaving them out, calling them otherwise, replacing what their cells say. */
import type { OptionsOf, shaping } from '../../../../contract/index.ts'
import { plural } from '../../../../contract/index.ts'
import { query, quoted } from '../duckdb.ts'
import { noColumn, placeOf, refuse } from './expression.ts'
import { namesOf, type State } from './state.ts'
import type { ShapingFunction } from './step.ts'

/** Errors: a DescentError that says which columns there are. */
export function requirePlace(name: string, state: State): number {
  const place = placeOf(name, namesOf(state))
  if (place === null) throw refuse(noColumn(name, namesOf(state)))
  return place
}

export const dropColumns =
  ({ columns }: OptionsOf<typeof shaping, 'dropColumns'>): ShapingFunction =>
  (state, { rows }) => {
    const places = new Set(
      columns.flatMap((name) => {
        // What a file to predict lacks need not be left out of it.
        const place = rows === 'training' ? requirePlace(name, state) : placeOf(name, namesOf(state))
        return place === null ? [] : [place]
      }),
    )
    const left = state.columns.filter((_, place) => !places.has(place))
    if (left.length === 0) throw refuse('No column is left.')
    return Promise.resolve({ state: { ...state, columns: left }, notes: [] })
  }

export const renameColumn =
  ({ column, to }: OptionsOf<typeof shaping, 'renameColumn'>): ShapingFunction =>
  (state, { rows }) => {
    const place = requirePlace(column, state)
    const taken = state.columns.findIndex(({ name }) => name === to)
    if (rows === 'training' && taken !== -1 && taken !== place)
      throw refuse(`There is a column “${to}” already. Choose another name, or leave that column out before.`)
    // A file to predict may have another column of that name, which is not the model’s.
    const columns = state.columns.flatMap((one, i) =>
      i === place ? [{ ...one, name: to }] : i === taken ? [] : [one],
    )
    return Promise.resolve({ state: { ...state, columns }, notes: [] })
  }

export const replaceValues =
  ({ column, from, to }: OptionsOf<typeof shaping, 'replaceValues'>): ShapingFunction =>
  async (state, { connection, own, rows }) => {
    const place = requirePlace(column, state)
    const before = state.columns[place]!
    const [row] = await query(
      connection,
      `SELECT count(*) AS found FROM ${state.sql} WHERE ${before.text} = ${quoted(from)}`,
    )
    const found = Number(row?.found)
    if (found === 0 && rows === 'training') {
      const some = await query(
        connection,
        `SELECT DISTINCT ${before.text} AS cell FROM ${state.sql} WHERE ${before.text} IS NOT NULL ORDER BY 1 LIMIT 6`,
      )
      throw refuse(
        `No cell of “${before.name}” says “${from}”, letter by letter. It says, e.g., ${some.map(({ cell }) => `“${String(cell)}”`).join(', ')}.`,
      )
    }
    const replaced = to === '' ? 'NULL' : quoted(to)
    const text = `CASE WHEN ${before.text} = ${quoted(from)} THEN ${replaced} ELSE ${before.text} END`
    // Its value is that of the new text, read as the column is.
    const sql = `(SELECT *, ${text} AS ${own} FROM ${state.sql})`
    const after = { ...before, text: own, value: before.valueOf(own), place: null, stored: null }
    const columns = state.columns.map((one, i) => (i === place ? after : one))
    return { state: { ...state, sql, columns }, notes: [`${plural(found, 'cell')} replaced.`] }
  }
