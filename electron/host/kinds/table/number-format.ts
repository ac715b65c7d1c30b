/** How numbers are written in a column, as SQL over its trimmed text. One definition for import, profile and prediction. */

export const numberStyles = ['plain', 'decimalComma', 'thousands'] as const
/** `plain` 1234.5 · `decimalComma` 1.234,5 · `thousands` 1,234.5 */
export type NumberStyle = (typeof numberStyles)[number]

const plain = String.raw`[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?`
const patterns: Record<NumberStyle, string> = {
  plain,
  decimalComma: String.raw`[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d*)?`,
  thousands: String.raw`[+-]?\d{1,3}(,\d{3})+(\.\d*)?|${plain}`,
}

const canonical = (text: string, style: NumberStyle): string =>
  ({
    plain: text,
    decimalComma: `replace(replace(${text}, '.', ''), ',', '.')`,
    thousands: `replace(${text}, ',', '')`,
  })[style]

/** Is the text a number in this style? NULL stays NULL. */
export const isNumberSql = (text: string, style: NumberStyle): string =>
  `regexp_full_match(${text}, '${patterns[style]}')`

/** Infinities, spelled out or beyond float64's range, are not numbers we can work with. */
export const isInfiniteSql = (text: string): string =>
  `(regexp_full_match(${text}, '[+-]?inf(inity)?', 'i') OR (${isNumberSql(text, 'plain')} AND isinf(TRY_CAST(${text} AS DOUBLE))))`

export const isNanSql = (text: string): string => `regexp_full_match(${text}, '[+-]?nan', 'i')`

/** DOUBLE, or NULL for whatever is no finite number. */
export const numberSql = (text: string, style: NumberStyle): string => {
  const value = `TRY_CAST(${canonical(text, style)} AS DOUBLE)`
  // DuckDB's cast takes exactly our plain numbers, infinities, NaN and 1_000; asking it is far quicker than a pattern.
  const fits = style === 'plain' ? `NOT contains(${text}, '_')` : isNumberSql(text, style)
  return `CASE WHEN isfinite(${value}) AND ${fits} THEN ${value} END`
}

/** Integers padded with zeros: postcodes, article numbers, codes. */
export const isPaddedSql = (text: string): string =>
  String.raw`(starts_with(${text}, '0') AND regexp_full_match(${text}, '0\d+'))`

const time = String.raw`([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?( ?(Z|[+-]\d{2}:?\d{2}))?)?`
/** ISO 8601 and the day/month/year orders people type. */
export const isDateSql = (text: string): string =>
  `regexp_full_match(${text}, '(' || '${String.raw`\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-](\d{4}|\d{2})`}' || ')${time}')`
