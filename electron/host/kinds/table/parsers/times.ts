/** Times of day as they are written, as SQL over a cell's trimmed text. */
import type { Look } from './looks.ts'
import type { ParserFunctions } from './parser.ts'

/** Hour, minute, second, and AM or PM; a lone hour needs one of these. */
const pattern = String.raw`^(\d{1,2})(?:[:hH](\d{2})(?::(\d{2}(?:\.\d{1,9})?))?)?(?: ?([AaPp])\.?[Mm]\.?)?$`
/** A lone 2 is a number. */
const looksRight = String.raw`[:hH]|[AaPp]\.?[Mm]\.?$`

export const timeSql = (text: string): string => {
  const part = (group: number): string => `regexp_extract(${text}, '${pattern}', ${group})`
  const [hour, minute, second] = [1, 2, 3].map((group) => `coalesce(TRY_CAST(${part(group)} AS DOUBLE), 0)`)
  const half = `lower(${part(4)})`
  const fits = `CASE ${half} WHEN '' THEN ${hour} < 24 ELSE ${hour} BETWEEN 1 AND 12 END AND ${minute} < 60 AND ${second} < 60`
  const hours = `CASE ${half} WHEN '' THEN ${hour} WHEN 'p' THEN ${hour} % 12 + 12 ELSE ${hour} % 12 END`
  return `CASE WHEN regexp_matches(${text}, '${pattern}') AND regexp_matches(${text}, '${looksRight}') AND ${fits}
    THEN (${hours} * 3600 + ${minute} * 60 + ${second}) / 86400 END`
}

/** As `looksOf` writes them: every digit as 9, the first one as 0 where it is that. */
const timeLook = /^[09]9?([:hH]99(:99(\.9{1,9})?)?)?( ?[AaPp]\.?[Mm]\.?)?$/
const tells = /[:hH]|[AaPp]\.?[Mm]\.?$/

/** Whether so many of the cells look like times of day that it is worth to read them. */
export const lookLikeTimes = (looks: readonly Look[], least: number): boolean =>
  looks.reduce((sum, { look, count }) => sum + (timeLook.test(look) && tells.test(look) ? count : 0), 0) >=
  least

export const times = (): ParserFunctions => ({ cell: timeSql })
