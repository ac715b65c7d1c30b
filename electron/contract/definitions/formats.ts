/** What a table's file may be. Which of them it is, its first bytes tell; the name of the file is a hint at most. */
import type { ReadingName } from './reading.ts'
import { servers } from './servers.ts'

interface TableFormat {
  readonly label: string
  /** What such files are usually called, for file pickers. */
  readonly extensions: readonly string[]
  /** What of its reading a person may decide. */
  readonly options: readonly ReadingName[]
}

export const tableFormats = {
  text: {
    label: 'CSV or TSV file',
    extensions: ['csv', 'tsv', 'txt', 'data', 'tab'],
    options: ['delimiter', 'quote', 'escape', 'comment', 'header', 'skip', 'encoding', 'decimal'],
  },
  excel: {
    label: 'Excel workbook',
    extensions: ['xlsx', 'xlsm', 'xlsb', 'xls'],
    options: ['sheet', 'header', 'skip', 'decimal'],
  },
  ods: {
    label: 'OpenDocument spreadsheet',
    extensions: ['ods'],
    options: ['sheet', 'header', 'skip', 'decimal'],
  },
  json: { label: 'JSON file', extensions: ['json'], options: ['table', 'header', 'decimal'] },
  jsonl: { label: 'JSON lines file', extensions: ['jsonl', 'ndjson'], options: ['header', 'decimal'] },
  parquet: { label: 'Parquet file', extensions: ['parquet', 'pq'], options: ['decimal'] },
  arrow: {
    label: 'Arrow file',
    extensions: ['arrow', 'feather', 'arrows', 'ipc'],
    options: ['decimal'],
  },
  sqlite: {
    label: 'SQLite database',
    extensions: ['sqlite', 'sqlite3', 'db'],
    options: ['table', 'decimal'],
  },
  duckdb: {
    label: 'DuckDB database',
    extensions: ['duckdb', 'ddb'],
    options: ['table', 'decimal'],
  },
} as const satisfies Record<string, TableFormat>

export type TableFormatName = keyof typeof tableFormats
export const tableFormatNames = Object.keys(tableFormats) as TableFormatName[]

/** Of all of them, and of what they may be packed in. */
export const tableExtensions: readonly string[] = [
  ...tableFormatNames.flatMap((name): readonly string[] => tableFormats[name].extensions),
  'gz',
  'zip',
]

/** What a receipt names: what the table's file was, or its server. Those from before there were formats name none: text. */
export const formatNamed = (name: string | undefined): Pick<TableFormat, 'label' | 'options'> =>
  (({ ...tableFormats, ...servers }) as Record<string, Pick<TableFormat, 'label' | 'options'> | undefined>)[
    name ?? ''
  ] ?? tableFormats.text

/** “a Parquet file”, “an Excel workbook”. */
export function aFormat(name: TableFormatName): string {
  const { label } = tableFormats[name]
  return `${/^[AEIO]/.test(label) ? 'an' : 'a'} ${label}`
}
