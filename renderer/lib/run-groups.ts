/** Groups of runs as a table: how many, and of each metric the mean and how far the runs lie from it. */
import { seriesOf, type RunGroup, type RunGroups } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import { formatValue } from './chart-data.ts'
import type { TableData } from './table-data.ts'

const words = strings.compare.found

/** What its runs have in common; of repeated ones the first one's name. */
export function groupName({ value, name, runs }: Pick<RunGroup, 'value' | 'name' | 'runs'>): string {
  const what = value === null ? name : String(value)
  return runs > 1 ? words.times(what, runs) : what
}

export function groupsTable({ groups }: RunGroups, series: readonly string[]): TableData {
  const known = series.map(seriesOf)
  return {
    columns: [
      { name: words.group },
      { name: words.runs, numeric: true },
      ...known.flatMap((one) => [
        { name: one.label, text: (value: number) => formatValue(one, value), numeric: true },
        { name: words.deviation(one.label), text: (value: number) => formatValue(one, value), numeric: true },
      ]),
    ],
    rows: groups.map((group) => [
      group.value === null ? group.name : String(group.value),
      group.runs,
      ...known.flatMap(({ name }) => {
        const spread = group.spreads[name]
        return [spread?.mean ?? null, spread?.deviation ?? null]
      }),
    ]),
  }
}
