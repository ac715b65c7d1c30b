/** What the parsers do, by the names of their definitions. */
import { implementationOf, parsers, type Implementations, type Parser } from '../../../../contract/index.ts'
import { dates } from './dates.ts'
import { numerals } from './numerals.ts'
import type { ParserFunctions } from './parser.ts'
import { times } from './times.ts'

const implementations: Implementations<typeof parsers, ParserFunctions> = { numerals, dates, times }

/**
 * SQL of the typed cell: the number; of a date the days since 1970-01-01 with the time as fraction, of a time that fraction;
 * NULL for what the parser does not understand. `text`: SQL of the cell's trimmed text.
 */
export const cellSql = (text: string, parser: Parser): string =>
  implementationOf(parsers, implementations, parser).cell(text)
