/** Kinds whose values are kept as numbers of days: as people write them, and as DuckDB has them. */
import type { ColumnKind } from '../../../contract/index.ts'

interface Moment {
  readonly text: (value: number) => string
  /** Of SQL of the number. */
  readonly sql: (value: string) => string
}

const millisecondsADay = 86_400_000
const microseconds = (days: string): string => `CAST(round(${days} * 86400e6) AS BIGINT)`

/** 2020-01-31, or with the time of day where there is one. */
function dayText(days: number): string {
  const date = new Date(Math.round(days * millisecondsADay))
  if (Number.isNaN(date.getTime())) return ''
  const [day, time] = date.toISOString().split('T') as [string, string]
  return Number.isInteger(days) ? day : `${day}T${time.slice(0, 8)}`
}

/** 14:30, or with seconds where there are some. */
function timeText(share: number): string {
  const text = new Date(Math.round(share * millisecondsADay)).toISOString().slice(11, 23)
  return text.replace(/(:00)?\.000$/, '').replace(/0+$/, (zeros) => (text.includes('.000') ? zeros : ''))
}

/** Of other kinds there is none. */
export const moments: Partial<Record<ColumnKind, Moment>> = {
  date: { text: dayText, sql: (days) => `make_timestamp(${microseconds(days)})` },
  time: {
    text: timeText,
    sql: (share) => `make_time(0, 0, 0.0) + to_microseconds(${microseconds(share)})`,
  },
}
