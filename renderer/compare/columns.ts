/** The columns of the table of runs: what each shows, what it is sorted by, and how wide it is at least. */
import { seriesFor, versionName } from '../../electron/contract/index.ts'
import type { ListedRun, RunOrder } from '../../electron/contract/index.ts'
import { formatValue } from '../lib/chart-data.ts'
import { formatCount, formatSeconds } from '../lib/format.ts'
import type { Cell } from '../lib/table-data.ts'
import { settingName } from '../lib/settings.ts'
import { strings } from '../strings/index.ts'

const words = strings.compare.columns

export interface RunColumn {
  readonly id: string
  readonly label: string
  readonly unit?: string
  /** Spelled out, for the tooltip. */
  readonly title?: string
  readonly order: RunOrder
  readonly numeric: boolean
  /** In pixels. */
  readonly width: number
  /** null: neither is better in itself. */
  readonly higherIsBetter: boolean | null
  text(run: ListedRun): string
  /** For files: as it was recorded. */
  cell(run: ListedRun): Cell
}

/** Nobody asks which of these is best. */
const plain = { higherIsBetter: null }

export const settingColumn = (path: string, text: RunColumn['text']): RunColumn => ({
  ...plain,
  id: path,
  label: settingName(path),
  title: path,
  order: { setting: path },
  numeric: false,
  width: settingName(path).length > 24 ? 120 : 84,
  text,
  cell: text,
})

export const metricColumns = (names: readonly string[]): RunColumn[] =>
  seriesFor(names).map((series) => ({
    id: series.name,
    label: series.label,
    title: series.help,
    order: { series: series.name },
    numeric: true,
    // A trophy and four bold digits, also in the widest of the systems' fonts.
    width: 76,
    higherIsBetter: series.higherIsBetter,
    text: ({ metrics }) =>
      metrics[series.name] === undefined && series.split === 'test' && !hasTest(metrics)
        ? 'sealed'
        : formatValue(series, metrics[series.name]),
    cell: ({ metrics }) => metrics[series.name] ?? null,
  }))

const hasTest = (metrics: ListedRun['metrics']): boolean =>
  Object.keys(metrics).some((name) => name.startsWith('test/'))

export const versionColumn: RunColumn = {
  ...plain,
  id: 'dataVersion',
  label: words.version.label,
  title: words.version.title,
  order: { field: 'dataVersion' },
  numeric: false,
  width: 56,
  text: ({ dataVersion }) => (dataVersion === null ? '–' : versionName(dataVersion)),
  cell: ({ dataVersion }) => (dataVersion === null ? null : versionName(dataVersion)),
}

export const tagsColumn: RunColumn = {
  ...plain,
  id: 'tags',
  label: words.tags,
  order: { mark: 'tag' },
  numeric: false,
  width: 120,
  text: ({ tags }) => tags.join(', '),
  cell: ({ tags }) => tags.join(', ') || null,
}
export const noteColumn: RunColumn = {
  ...plain,
  id: 'note',
  label: words.note,
  order: { mark: 'note' },
  numeric: false,
  width: 160,
  text: ({ note }) => note,
  cell: ({ note }) => note || null,
}

export const lastColumns: readonly RunColumn[] = [
  {
    ...plain,
    id: 'seconds',
    label: words.time,
    order: { field: 'seconds' },
    numeric: true,
    width: 72,
    unit: 's',
    text: ({ seconds }) => formatSeconds(seconds),
    cell: ({ seconds }) => seconds,
  },
  {
    ...plain,
    id: 'bestEpoch',
    label: words.bestEpoch,
    order: { field: 'bestEpoch' },
    numeric: true,
    width: 64,
    text: ({ bestEpoch, epoch }) =>
      `${bestEpoch === null ? '–' : formatCount(bestEpoch)} / ${formatCount(epoch)}`,
    cell: ({ bestEpoch }) => bestEpoch,
  },
]
