/**
 * Cells that spreadsheets would run as formulas, in tables that we write: an apostrophe in front makes them text, as
 * https://owasp.org/www-community/attacks/CSV_Injection advises. What is added when writing is taken away when reading,
 * exactly: whether a cell is concerned depends only on what follows its leading apostrophes, which neither changes.
 */
import { digitsPattern } from './parsers/numerals.ts'
import { styles } from './parsers/upgrades.ts'

const openers = ['=', '+', '-', '@', '\t', '\r']

/**
 * What the import takes for a number without units (parsers/numerals.ts), for which a sign is no formula. JavaScript's and
 * RE2's alike.
 */
const written = Object.values(styles).map(digitsPattern)
const numberPattern = `[+-]?(?:${[...written, 'inf(?:inity)?', 'nan'].join('|')})`
const number = new RegExp(`^(?:${numberPattern})$`, 'i')

function isConcerned(text: string): boolean {
  let at = 0
  while (text[at] === "'") at++
  const opener = text[at]
  return opener !== undefined && openers.includes(opener) && !number.test(text.slice(at))
}

/** As the cell is written. */
export const protect = (text: string): string => (isConcerned(text) ? `'${text}` : text)

/** As the cell was before it was written; what needed no protection stays. */
export const unprotect = (text: string): string =>
  text.startsWith("'") && isConcerned(text) ? text.slice(1) : text

/** `unprotect` in DuckDB's SQL, of a VARCHAR expression; NULL stays NULL. */
export function unprotectSql(text: string): string {
  const rest = `ltrim(${text}, '''')`
  const listed = openers.map((opener) => `chr(${opener.charCodeAt(0)})`).join(', ')
  return (
    `CASE WHEN starts_with(${text}, '''') AND left(${rest}, 1) IN (${listed})` +
    ` AND NOT regexp_full_match(${rest}, '${numberPattern}', 'i') THEN substring(${text}, 2) ELSE ${text} END`
  )
}
