/** Dates as they are written, as SQL over a cell's trimmed text. */
import { isoFormat, type OptionsOf, type parsers } from '../../../../contract/index.ts'
import { quoted } from '../duckdb.ts'
import type { ParserFunctions } from './parser.ts'

/** A year of four digits that was written with two: 22-09-25. */
const credible = (at: string): string => `year(${at}) BETWEEN 1000 AND 9999`

/** DuckDB's cast takes ISO 8601 with any time, quicker than a format; and words such as “epoch”. */
const isoSql = (text: string): string => `TRY_CAST(CASE WHEN ${text} < ':' THEN ${text} END AS TIMESTAMP)`

/** TIMESTAMP, or NULL for what the format does not fit. */
export const timestampSql = (text: string, format: string): string =>
  format === isoFormat ? isoSql(text) : `try_strptime(${text}, ${quoted(format)})`

export const fitsSql = (text: string, format: string): string => credible(timestampSql(text, format))

export const dates = ({ formats }: OptionsOf<typeof parsers, 'dates'>): ParserFunctions => ({
  cell(text) {
    const each = [...new Set([isoFormat, ...formats])].map((format) => {
      const at = timestampSql(text, format)
      return `WHEN ${credible(at)} THEN ${at}`
    })
    return `epoch_us(CASE ${each.join(' ')} END) / 86400e6`
  },
})
