/** Text as rows of cells (RFC 4180), and back. */

/** What stands between cells: what the first line has most of. */
function delimiterOf(text) {
  const line = text
    .slice(0, 100_000)
    .replaceAll(/"[^"]*"/g, '')
    .split(/\r\n|\r|\n/, 1)[0]
  const counts = [',', ';', '\t', '|'].map((sign) => [sign, line.split(sign).length])
  return counts.reduce((best, one) => (one[1] > best[1] ? one : best))[0]
}

export function parseCsv(given) {
  const text = given.replace(/^\ufeff/, '')
  const delimiter = delimiterOf(text)
  const rows = []
  let [row, cell, quoted, at] = [[], '', false, 0]
  const endCell = () => {
    row.push(cell)
    cell = ''
  }
  const endRow = () => {
    endCell()
    if (row.length > 1 || row[0].trim() !== '') rows.push(row)
    row = []
  }
  while (at < text.length) {
    const sign = text[at++]
    if (quoted) {
      if (sign !== '"') cell += sign
      else if (text[at] === '"') cell += text[at++]
      else quoted = false
    } else if (sign === '"' && cell === '') quoted = true
    else if (sign === delimiter) endCell()
    else if (sign === '\n' || sign === '\r') {
      if (sign === '\r' && text[at] === '\n') at++
      endRow()
    } else cell += sign
  }
  if (cell !== '' || row.length > 0) endRow()
  return rows
}

/** A number as tables have it, for which a sign is no formula: 1234.5, 1.234,5 or 1,234.5. */
const digits = [
  '\\d+(?:\\.\\d*)?|\\.\\d+',
  '[1-9]\\d{0,2}(?:\\.\\d{3})+(?:,\\d*)?|\\d+(?:,\\d*)?|,\\d+',
  '[1-9]\\d{0,2}(?:,\\d{3})+(?:\\.\\d*)?',
].map((one) => `(?:${one})(?:e[+-]?\\d+)?`)
const number = new RegExp(`^[+-]?(?:${[...digits, 'inf(?:inity)?', 'nan'].join('|')})$`, 'i')
const runs = (text) => /^[=+\-@\t\r]/.test(text) && !number.test(text)

/** What a spreadsheet would run is protected. */
const field = (value) => {
  const text = typeof value === 'string' && runs(value) ? `'${value}` : String(value ?? '')
  return /[",;\t\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
export const csvOf = (rows) => rows.map((row) => row.map(field).join(',') + '\n').join('')
