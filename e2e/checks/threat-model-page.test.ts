/** docs/threat-model.md promises a test for each threat: it must be there, under the name that stands beside it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './process.ts'

const page = readFileSync(join(root, 'docs/threat-model.md'), 'utf8')
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (threat|---)/.test(line))
  .map((line) => line.split(' | '))

/** As the page says it, which has other quotation marks around it than the code. */
const plain = (text: string): string => text.replaceAll('’', "'")

test('there is a row for each threat, and a test in each', () => {
  expect(rows.length).toBeGreaterThan(25)
  for (const row of rows) expect(row.at(-1), row[0]).toContain('](../')
})

test.each(rows.map((row) => [row[0]!.slice(2), row.at(-1)!] as const))('%s', (_threat, tests) => {
  for (const [, path, title] of tests.matchAll(/\]\(\.\.\/([^)]+)\)(?: “([^”]+)”)?/g)) {
    const file = join(root, path!)
    expect(existsSync(file), path).toBe(true)
    if (title !== undefined)
      expect(plain(readFileSync(file, 'utf8')).includes(plain(title)), `${path}: ${title}`).toBe(true)
  }
})
