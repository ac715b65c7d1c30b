/** Groups of runs as a table: how many, and of each metric the mean and how far the runs lie from it. */
import {
  groupLabel,
  seriesOf,
  type RunGroup,
  type RunGrouping,
  type RunGroups,
} from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import { formatValue } from './chart-data.ts'
import type { TableData } from './table-data.ts'

const words = strings.compare.found

/** With how many runs it has, where it has several. */
export function groupName(by: RunGrouping['by'], group: Pick<RunGroup, 'value' | 'name' | 'runs'>): string {
  const what = groupLabel(by, group)
  return group.runs > 1 ? words.times(what, group.runs) : what
}

export function groupsTable(
  by: RunGrouping['by'],
  { groups }: RunGroups,
  series: readonly string[],
): TableData {
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
      groupLabel(by, group),
      group.runs,
      ...known.flatMap(({ name }) => {
        const spread = group.spreads[name]
        return [spread?.mean ?? null, spread?.deviation ?? null]
      }),
    ]),
  }
}
