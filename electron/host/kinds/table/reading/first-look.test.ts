import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { FirstLook } from '../../../../contract/index.ts'
import { plainContext } from '../../kind.ts'
import { withDuckDB } from '../duckdb.ts'
import { worthLooking } from './first-look.ts'
import { loadCsv } from './read-csv.ts'

const folder = mkdtempSync(join(tmpdir(), 'descent-first-look-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function looksAt(rows: number): Promise<{ look: FirstLook; share: number }[]> {
  const path = join(folder, `${rows}.csv`)
  const line = (i: number) =>
    `${i % 3 === 0 ? 'NA' : i},${i % 4 === 0 ? 'Bruges' : 'Ghent'},${'x'.repeat(100)}\n`
  writeFileSync(path, `n,city,note\n${Array.from({ length: rows }, (_, i) => line(i)).join('')}`)
  const looks: { look: FirstLook; share: number }[] = []
  let share = 0
  const context = {
    ...plainContext,
    progress: (now: number) => void (share = now),
    firstLook: (look: FirstLook) => void looks.push({ look, share }),
  }
  await withDuckDB(
    (connection, files) => loadCsv(connection, { path, missingValues: ['NA'] }, files, context),
    folder,
  )
  return looks
}

it('tells of the first rows of a large file before it is read, and of no small one', async () => {
  expect(await looksAt(100)).toEqual([])
  const [only, ...more] = await looksAt(Math.ceil(worthLooking / 105))
  expect(more).toEqual([])
  expect(only!.share).toBeLessThanOrEqual(0.3)
  const { looked, width, columns, rows } = only!.look
  expect([width, looked > 500, rows.length]).toEqual([3, true, 8])
  expect(rows[1]).toEqual(['1', 'Ghent', `${'x'.repeat(59)}…`])
  expect(columns[0]).toMatchObject({ name: 'n', missing: Math.ceil(looked / 3), numeric: { min: 1 } })
  expect(columns[1]).toMatchObject({ distinct: 2, top: { value: 'Ghent' }, numeric: null })
})
