/** Columns of a second table, put beside the rows that it says something of. */
import type { JoinStep, OptionsOf, shaping } from '../../../../contract/index.ts'
import {
  begin,
  joinTable as definition,
  pairOf,
  memberOf,
  parsers,
  plural,
  shaping as family,
} from '../../../../contract/index.ts'
import { query } from '../duckdb.ts'
import { readTableFile, type TableFile } from '../table-file.ts'
import { textSql } from '../relation.ts'
import { requirePlace } from './columns.ts'
import { noColumn, placeOf, refuse, saidBy } from './expression.ts'
import { namesOf, stateOf, withNew, type ShapedColumn, type State } from './state.ts'
import type { Shaped, ShapingContext, ShapingFunction } from './step.ts'

/** What a column of a table's file is, by what it is read by. */
export const asReadOf = ({ name, parser }: TableFile['columns'][number]) => {
  if (parser === null) return { name, kind: 'category' as const }
  return { name, kind: memberOf(parsers, parser.parser).kind, parser }
}

const joined = async (
  options: OptionsOf<typeof shaping, 'joinTable'>,
  state: State,
  { connection, own, rows, partner }: ShapingContext,
): Promise<Shaped> => {
  const step: JoinStep = begin(family, definition.name, options)
  const { on, kind, several, prefix } = options
  const kept = await partner(step)
  const { columns, relation } = await readTableFile(connection, kept.file)
  const count = Number((await query(connection, `SELECT count(*) AS n FROM ${relation.sql}`))[0]?.n)
  const there = stateOf(
    relation,
    count,
    columns.map(({ name }) => name),
    (place) => asReadOf(columns[place]!),
    () => [],
  )
  const pairs = on.map((said) => {
    const names = pairOf(said)
    const at = placeOf(names.there, namesOf(there))
    if (at === null) throw refuse(`In the second table: ${noColumn(names.there, namesOf(there))}`)
    const here = state.columns[requirePlace(names.here, state)]!
    const other = there.columns[at]!
    // What is understood as a number in one and as a date or a text in the other is compared as it is written.
    const alike = here.type === other.type && here.type !== 'text'
    return {
      at,
      here: alike ? here.value : here.text,
      there: alike ? other.value : other.text,
      name: names,
    }
  })
  const keys = new Set(pairs.map(({ at }) => at))
  const taken = namesOf(state)
  const added = there.columns.flatMap((column, at) =>
    keys.has(at) ? [] : [{ ...column, at, name: prefix + column.name }],
  )
  if (added.length === 0) throw refuse('The second table has no further columns: nothing would be joined.')
  const double = added.find(({ name }) => taken.includes(name))
  if (double !== undefined && rows === 'training')
    throw refuse(
      `Both tables have a column “${double.name}”: give the step a prefix, such as “${prefix}other_”, which then stands before the names of the second table’s columns.`,
    )
  const key = (of: 'here' | 'there') => pairs.map((pair, i) => `${pair[of]} AS ${own}_k${i}`).join(', ')
  const keyNames = pairs.map((_, i) => `${own}_k${i}`)
  // One row for each key, the first; with how many there are.
  const cells = added.map(({ at }) => `first(${textSql(relation, at)} ORDER BY ${own}_row) AS ${own}_c${at}`)
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${own}_partners AS
     SELECT ${keyNames.join(', ')}, count(*) AS ${own}_many, ${cells.join(', ')}
     FROM (SELECT *, row_number() OVER () AS ${own}_row, ${key('there')} FROM ${relation.sql})
     WHERE ${keyNames.map((name) => `${name} IS NOT NULL`).join(' AND ')} GROUP BY ${keyNames.join(', ')}`,
  )
  const match = keyNames.map((name) => `f.${name} = p.${name}`).join(' AND ')
  const from = `(SELECT *, row_number() OVER () AS ${own}_place, ${key('here')} FROM ${state.sql}) AS f
    LEFT JOIN ${own}_partners AS p ON ${match}`
  const [row = {}] = await query(
    connection,
    `SELECT count(p.${own}_many) AS found, count(*) FILTER (p.${own}_many > 1) AS several FROM ${from}`,
  )
  const [found, many] = [Number(row.found), Number(row.several)]
  const by = on.join(', ')
  if (many > 0 && several === 'refuse' && rows === 'training')
    throw refuse(
      `${plural(many, 'row')} ${many === 1 ? 'has' : 'have'} several partners in the second table by ${by}: each would be there several times. Name a further column that tells them apart, or take the first of them.`,
    )
  if (found === 0 && state.rows > 0 && rows === 'training') {
    const example = async (sql: string, of: string) =>
      (
        await query(
          connection,
          `SELECT DISTINCT (${of})::VARCHAR AS cell FROM ${sql} WHERE ${of} IS NOT NULL ORDER BY 1 LIMIT 3`,
        )
      )
        .map(({ cell }) => `“${String(cell)}”`)
        .join(', ')
    const [first] = pairs
    throw refuse(
      `No row has a partner in the second table by ${by}: here stands, e.g., ${await example(state.sql, first!.here)}, and there ${await example(relation.sql, first!.there)}.`,
    )
  }
  const inner = kind === 'inner' && rows !== 'new'
  const without = state.rows - found
  const wanted = added.map(({ at }) => `p.${own}_c${at}`)
  const sql = `(SELECT f.* EXCLUDE (${[`${own}_place`, ...keyNames].join(', ')}), ${wanted.join(', ')} FROM ${from}
    ${inner ? `WHERE p.${own}_many IS NOT NULL` : ''} ORDER BY f.${own}_place)`
  const columnsThere = added.map(({ at, name, type, valueOf }): ShapedColumn => ({
    name,
    type,
    text: `${own}_c${at}`,
    value: valueOf(`${own}_c${at}`),
    valueOf,
    place: null,
    stored: null,
  }))
  const left = state.columns.filter(({ name }) => !columnsThere.some((one) => one.name === name))
  return {
    state: { ...state, sql, rows: inner ? found : state.rows, columns: withNew(left, columnsThere) },
    notes: [
      `${plural(found, 'row')} found a partner among ${plural(count, 'row')}.`,
      ...(without > 0
        ? [
            `${plural(without, 'row')} found none${inner ? '' : `, and ${without === 1 ? 'has' : 'have'} gaps`}.`,
          ]
        : []),
      ...(many > 0 ? [`${plural(many, 'row')} found several, of which the first is taken.`] : []),
    ],
  }
}

export const joinTable =
  (options: OptionsOf<typeof shaping, 'joinTable'>): ShapingFunction =>
  async (state, context) => {
    try {
      return await joined(options, state, context)
    } catch (error) {
      const said = saidBy(error, namesOf(state))
      throw said === null
        ? error
        : refuse(`The tables cannot be joined by ${options.on.join(', ')}: ${said.why}.`)
    }
  }
