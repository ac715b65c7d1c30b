import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { csvLine } from '../../deploy/table.ts'
import { randomSource } from '../../prepare/random.ts'
import { query, quoted, withDuckDB } from './duckdb.ts'
import { isInfiniteSql, isNanSql, numeralPattern } from './parsers/numerals.ts'
import { styles } from './parsers/upgrades.ts'
import { protect, unprotect, unprotectSql } from './protected-text.ts'

it.each([
  ['=1+1', "'=1+1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['+cmd|calc', "'+cmd|calc"],
  ['-', "'-"],
  ['-2+3', "'-2+3"],
  ['--1', "'--1"],
  ['\tx', "'\tx"],
  ['\rx', "'\rx"],
  ["'=1", "''=1"],
  ["''''-x", "'''''-x"],
])('%j is written as %j', (text, written) => {
  expect(protect(text)).toBe(written)
  expect(unprotect(written)).toBe(text)
})

const numbers = ['-1.5', '+3', '-1e-5', '+.5', '-5.', '-1.234,5', '-1,234.5', '-inf', '+Infinity', '-NaN']

it.each([...numbers, '', "'", "''", "it's", "'quoted'", 'a=b', ' =1', "'-1.5", "''+3", '−5', '3-4'])(
  '%j stays as it is, both ways',
  (text) => {
    expect(protect(text)).toBe(text)
    expect(unprotect(text)).toBe(text)
  },
)

it('takes time that grows with the length alone', () => {
  const started = performance.now()
  expect(protect(`-${'1'.repeat(1e6)}x`).startsWith("'-1")).toBe(true)
  expect(protect(`${"'".repeat(1e6)}=`).length).toBe(1e6 + 2)
  expect(performance.now() - started).toBeLessThan(1000)
})

const pieces = [
  ..."'''==+-@\t\r\n\"\",;| aé0159.,eE",
  'inf',
  'nan',
  '😀',
  '1,234',
  '-1.5',
  '=HYPERLINK("x")',
  '\u200b',
]

/** Short texts of the pieces that matter, which mostly begin as something that matters. */
function randomTexts(count: number): string[] {
  const random = randomSource(11)
  const pick = () => pieces[Math.floor(random() * pieces.length)]!
  return Array.from({ length: count }, () => Array.from({ length: Math.floor(random() * 7) }, pick).join(''))
}

it('comes back through DuckDB as it was, whatever the text', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'descent-protected-'))
  try {
    const texts = [...numbers, ...numbers.map((text) => `'${text}`), ...randomTexts(20_000)]
    const file = join(folder, 'written.csv')
    writeFileSync(file, texts.map((text, i) => csvLine([i, text, text])).join(''))
    const rows = await withDuckDB(
      (connection) =>
        query(
          connection,
          `SELECT b, ${unprotectSql('b')} AS read FROM read_csv(${quoted(file)}, auto_detect = false, header = false,
             delim = ',', quote = '"', escape = '"', nullstr = [''], new_line = '\\n',
             columns = {i: 'INTEGER', b: 'VARCHAR', c: 'VARCHAR'}) ORDER BY i`,
        ),
      folder,
    )
    // An empty field is a missing value.
    const read = rows.map((row) => row.read ?? '')
    expect(read.length).toBe(texts.length)
    texts.forEach((text, i) => {
      if (read[i] !== text) expect([i, text, read[i]]).toEqual([i, text, text])
      const written = protect(text)
      expect(rows[i]!.b ?? '').toBe(written)
      expect(unprotect(written)).toBe(text)
    })
    expect(texts.filter((text) => protect(text) !== text).length).toBeGreaterThan(3000)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

it('knows the numbers that the import knows, and no others', async () => {
  const alphabet = [...'+-..,,00123456789eE', 'inf', 'inity', 'nan', '000', '_']
  const random = randomSource(5)
  const texts = Array.from(
    { length: 20_000 },
    () =>
      '+-'.charAt(Math.floor(random() * 2)) +
      Array.from(
        { length: 1 + Math.floor(random() * 6) },
        () => alphabet[Math.floor(random() * alphabet.length)]!,
      ).join(''),
  )
  const isNumber = [
    ...Object.values(styles).map((style) => `regexp_full_match(t, '${numeralPattern(style)}')`),
    isInfiniteSql('t'),
    isNanSql('t'),
  ]
  const rows = await withDuckDB((connection) =>
    query(
      connection,
      `SELECT t, ${isNumber.join(' OR ')} AS number FROM (SELECT unnest([${texts.map(quoted).join(', ')}]) AS t)`,
    ),
  )
  expect(rows.length).toBe(texts.length)
  for (const { t, number } of rows) expect([t, protect(String(t)) === t]).toEqual([t, number])
  expect(rows.filter(({ number }) => number === true).length).toBeGreaterThan(1000)
})
