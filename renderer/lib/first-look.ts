/** What the first rows of a large table show, as a table of its columns. */
import type { FirstLook } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import { formatNumber, formatPercent } from './format.ts'
import type { TableData } from './table-data.ts'

const words = strings.data.firstLook

export function firstLookTable({ looked, columns, rows }: FirstLook): TableData {
  const number = (value: number): string => formatNumber(value)
  return {
    columns: [
      { name: words.column },
      { name: words.missing, text: (share) => formatPercent(share) },
      { name: words.distinct, text: number },
      { name: words.least, text: number },
      { name: words.mean, text: number },
      { name: words.most, text: number },
      { name: words.frequent },
      { name: words.first },
    ],
    rows: columns.map(({ name, missing, distinct, numeric, top }, i) => [
      name,
      missing / Math.max(1, looked),
      distinct,
      numeric?.min ?? null,
      numeric?.mean ?? null,
      numeric?.max ?? null,
      top && `${top.value} (${formatPercent(top.count / Math.max(1, looked))})`,
      rows
        .slice(0, 4)
        .map((row) => row[i])
        .join(', '),
    ]),
  }
}
