/** The rows behind a finding, a bar or a point: found by SQL, searched, sorted, a page at a time. */
import { noCorrections, type Column, type RowFilter, type RowsBehind } from '../../contract/index.ts'
import { allNumbers } from '../datasets/overlay.ts'
import type { ReadContext } from '../kinds/kind.ts'
import { countRows } from '../kinds/table/aggregate.ts'
import { openTable, type TableVersion } from '../kinds/table/corrected-table.ts'
import { query, quoted, withDuckDB, type DuckDBConnection } from '../kinds/table/duckdb.ts'
import { textSql, valueSql, type Relation } from '../kinds/table/relation.ts'
import { loadWide } from '../kinds/table/table-file.ts'
import { conflictSql, equalitySql, sourcesOf, type Source } from './measure.ts'

export interface RowsWanted {
  readonly where: readonly RowFilter[]
  readonly search?: string | undefined
  readonly sort?: { readonly column: string; readonly descending: boolean } | undefined
  readonly offset: number
  readonly limit: number
}

interface Place {
  readonly connection: DuckDBConnection
  readonly relation: Relation
  readonly sources: readonly Source[]
}

/** A condition over `numbered`, and by what rows that belong together stand together. */
interface Condition {
  readonly sql: string
  readonly order?: string
}

const nothing: Condition = { sql: 'false' }

function cells(place: Place, name: string, say: (source: Source) => string): Condition {
  const source = place.sources.find(({ column }) => column.name === name)
  return source === undefined ? nothing : { sql: say(source) }
}

/** Numbers are written with all their digits, whatever their size. */
const asSql = (value: number): string => `${value}::DOUBLE`

async function conditionOf(place: Place, filter: RowFilter, at: number): Promise<Condition> {
  const { connection, relation, sources } = place
  const value = (source: Source) => valueSql(relation, source)
  switch (filter.is) {
    case 'rows': {
      const table = `wanted${at}`
      await connection.run(`CREATE TEMP TABLE ${table} (row BIGINT, place BIGINT)`)
      if (filter.rows.length > 0)
        await connection.run(
          `INSERT INTO ${table} SELECT unnest('[${filter.rows.join(', ')}]'::BIGINT[]), unnest(range(${filter.rows.length}))`,
        )
      return {
        sql: `position IN (SELECT row FROM ${table})`,
        order: `(SELECT min(place) FROM ${table} WHERE row = position)`,
      }
    }
    case 'stretch':
      return { sql: `position >= ${filter.from} AND position < ${filter.to}` }
    case 'missing':
      return cells(place, filter.column, (source) => `${value(source)} IS NULL`)
    case 'among':
      return cells(
        place,
        filter.column,
        ({ index }) => `${textSql(relation, index)} IN (${filter.values.map(quoted).join(', ') || 'NULL'})`,
      )
    case 'between': {
      const { low, high, closed } = filter
      return cells(place, filter.column, (source) =>
        [
          `${value(source)} IS NOT NULL`,
          ...(low === null ? [] : [`${value(source)} >= ${asSql(low)}`]),
          ...(high === null ? [] : [`${value(source)} ${closed ? '<=' : '<'} ${asSql(high)}`]),
        ].join(' AND '),
      )
    }
    case 'outside':
      return cells(
        place,
        filter.column,
        (source) => `(${value(source)} < ${asSql(filter.low)} OR ${value(source)} > ${asSql(filter.high)})`,
      )
    case 'repeated': {
      const equal = equalitySql(sources, relation)
      if (equal === null) return nothing
      return {
        sql: `${equal} IN (SELECT equal FROM (SELECT ${equal} AS equal FROM ${relation.sql}) GROUP BY equal HAVING count(*) > 1)`,
        order: equal,
      }
    }
    case 'conflicting': {
      const sql = conflictSql(sources, relation)
      if (sql === null) return nothing
      return {
        sql: `${sql.equal} IN (SELECT equal FROM (SELECT ${sql.equal} AS equal, ${sql.label} AS label FROM ${relation.sql})
          WHERE label IS NOT NULL GROUP BY equal HAVING min(label) <> max(label))`,
        order: sql.equal,
      }
    }
  }
}

function searchSql({ relation }: Place, search: string, columns: number): string {
  const wanted = quoted(search.toLowerCase())
  if (relation.layout === 'lists')
    return `len(list_filter(cells, lambda t: contains(lower(t), ${wanted}))) > 0`
  return `(${Array.from({ length: columns }, (_, i) => `contains(lower(t${i}), ${wanted})`).join(' OR ')})`
}

export function rowsBehind(
  version: TableVersion,
  columns: readonly Column[],
  { where, search = '', sort, offset, limit }: RowsWanted,
  { scratch, limits }: Partial<ReadContext> = {},
): Promise<RowsBehind> {
  return withDuckDB(
    async (connection) => {
      const table = await openTable(connection, version)
      const relation = await loadWide(connection, table, 'once')
      const place: Place = { connection, relation, sources: sourcesOf(columns, table) }
      const conditions: Condition[] = []
      for (const [at, filter] of where.entries()) conditions.push(await conditionOf(place, filter, at))
      const wanted = [
        ...conditions.map(({ sql }) => sql),
        ...(search.trim() === '' ? [] : [searchSql(place, search.trim(), table.columns.length)]),
      ]
      const condition = wanted.length === 0 ? 'true' : wanted.join(' AND ')
      const sorted = sort && place.sources.find(({ column }) => column.name === sort.column)
      const order = [
        ...(sorted ? [`${valueSql(relation, sorted)} ${sort.descending ? 'DESC' : 'ASC'} NULLS LAST`] : []),
        ...conditions.flatMap(({ order: by }) => by ?? []),
        'position',
      ]
      const numbered = `(SELECT *, row_number() OVER () - 1 AS position FROM ${relation.sql})`
      const shown = table.columns.map(({ name }, index) => {
        const source = place.sources.find(({ column }) => column.name === name)
        // Dates are shown as they are written.
        const sql = source?.column.kind === 'number' ? valueSql(relation, source) : textSql(relation, index)
        return `${sql} AS v${index}`
      })
      const [count = {}] = await query(
        connection,
        `SELECT count(*) AS total FROM ${numbered} WHERE ${condition}`,
      )
      const rows = await query(
        connection,
        `SELECT position AS at, ${shown.join(', ')} FROM ${numbered} WHERE ${condition}
         ORDER BY ${order.join(', ')} LIMIT ${limit} OFFSET ${offset}`,
      )
      const overlay = version.corrections ?? noCorrections
      const total = await countRows(connection, relation)
      const numbers = allNumbers(overlay, total + overlay.dropped.length - overlay.appended.length)
      return {
        columns: table.columns.map(({ name }) => name),
        rows: rows.map((row) =>
          table.columns.map((_, i) => {
            const cell = row[`v${i}`] ?? null
            return typeof cell === 'boolean' ? String(cell) : cell
          }),
        ),
        offset,
        total: Number(count.total),
        numbers: rows.map(({ at }) => numbers[Number(at)]!),
      }
    },
    scratch,
    limits,
  )
}
