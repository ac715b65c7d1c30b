/** Groups of columns that are marked sensitive, and what the target is in each. */
import { formatNumber, type RowFilter, type SensitiveColumn } from '../../contract/index.ts'
import type { DuckDBConnection } from '../kinds/table/duckdb.ts'
import { textSql, valueSql, type Relation } from '../kinds/table/relation.ts'
import { rowsByGroup, type GroupOfRows, type TargetOfGroups } from './by-group.ts'
import type { Measured, Source } from './measure.ts'

const mostGroups = 40
/** Numbers of so few values are their own groups. */
const fewValues = 10

/** Bounds by which numbers are put into groups: around the quartiles, or null where each value is a group. */
function boundsOf({ profile: { numeric, distinct } }: Measured): number[] | null {
  if (numeric === null || distinct <= fewValues) return null
  return [...new Set([numeric.min, numeric.q25, numeric.median, numeric.q75, numeric.max])]
}

/** Of numbers: the place of the stretch that a value is in. */
const stretchSql = (value: string, bounds: readonly number[]): string =>
  `CASE WHEN ${value} IS NULL THEN NULL ${bounds
    .slice(1, -1)
    .map((bound, i) => `WHEN ${value} < ${bound}::DOUBLE THEN ${i}`)
    .join(' ')} ELSE ${bounds.length - 2} END`

interface Described {
  readonly label: string | null
  readonly where: RowFilter
  readonly order: number
}

function describe(
  column: string,
  key: string | null,
  isNumber: boolean,
  bounds: readonly number[] | null,
  { rows }: GroupOfRows,
): Described {
  if (key === null) return { label: null, where: { is: 'missing', column }, order: Infinity }
  if (bounds !== null) {
    const at = Number(key)
    const [low, high] = [bounds[at]!, bounds[at + 1]!]
    const closed = at === bounds.length - 2
    const label = `${formatNumber(low)} to ${closed ? '' : 'below '}${formatNumber(high)}`
    return { label, where: { is: 'between', column, low, high, closed }, order: at }
  }
  if (!isNumber) return { label: key, where: { is: 'among', column, values: [key] }, order: -rows }
  const value = Number(key)
  return {
    label: formatNumber(value),
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
    const bounds = isNumber ? boundsOf(own) : null
    const value = isNumber ? valueSql(relation, source) : textSql(relation, source.index)
    const key = bounds === null || bounds.length < 2 ? value : stretchSql(value, bounds)
    const groups = await rowsByGroup(connection, relation, key, target)
    const told = [...groups]
      .map(([at, group]) => ({ ...describe(name, at, isNumber, bounds, group), ...group }))
      .toSorted((a, b) => a.order - b.order)
    found.push({
      column: name,
      groups: told.slice(0, mostGroups).map(({ order: _, ...group }) => group),
      left: Math.max(0, told.length - mostGroups),
    })
  }
  return found
}
