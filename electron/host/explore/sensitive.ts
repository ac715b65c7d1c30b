/** Groups of columns that are marked sensitive, and what the target is in each. */
import {
  extentIn,
  numberTextOf,
  type ColumnProfile,
  type RowFilter,
  type SensitiveColumn,
} from '../../contract/index.ts'
import type { DuckDBConnection } from '../kinds/table/duckdb.ts'
import { textSql, valueSql, type Relation } from '../kinds/table/relation.ts'
import { rowsByGroup, type GroupOfRows, type TargetOfGroups } from './by-group.ts'
import { bandsOf, bandSql, mostGroups, type Band } from './bands.ts'
import type { Measured, Source } from './measure.ts'

interface Described {
  readonly label: string | null
  readonly where: RowFilter
  readonly order: number
}

function describe(
  { name: column, numeric }: ColumnProfile,
  key: string | null,
  isNumber: boolean,
  bands: readonly Band[] | null,
  { rows }: GroupOfRows,
): Described {
  if (key === null) return { label: null, where: { is: 'missing', column }, order: Infinity }
  if (bands !== null) {
    const { label, ...range } = bands[Number(key)]!
    return { label, where: { is: 'between', column, ...range }, order: Number(key) }
  }
  if (!isNumber) return { label: key, where: { is: 'among', column, values: [key] }, order: -rows }
  const value = Number(key)
  return {
    label: numberTextOf(column, extentIn({ numeric }))(value),
    where: { is: 'between', column, low: value, high: value, closed: true },
    order: value,
  }
}

export async function measureSensitive(
  connection: DuckDBConnection,
  sources: readonly Source[],
  measured: readonly Measured[],
  relation: Relation,
  target: TargetOfGroups | null,
): Promise<SensitiveColumn[]> {
  const found: SensitiveColumn[] = []
  for (const [i, source] of sources.entries()) {
    const { name, sensitive, role } = source.column
    const own = measured[i]
    if (sensitive !== true || role === 'target' || own === undefined) continue
    const isNumber = own.profile.numeric !== null && source.as !== 'text'
    const bands = await bandsOf(connection, relation, source, own)
    const key =
      bands !== null
        ? bandSql(valueSql(relation, source), bands)
        : isNumber
          ? valueSql(relation, source)
          : textSql(relation, source.index)
    const groups = await rowsByGroup(connection, relation, key, target)
    const told = [...groups]
      .map(([at, group]) => ({ ...describe(own.profile, at, isNumber, bands, group), ...group }))
      .toSorted((a, b) => a.order - b.order)
    const further = told.slice(mostGroups)
    found.push({
      column: name,
      groups: told.slice(0, mostGroups).map(({ order: _, ...group }) => group),
      left: further.length,
      ...(further.length > 0 && {
        leftFewest: further.reduce((least, { rows }) => Math.min(least, rows), Infinity),
      }),
    })
  }
  return found
}
