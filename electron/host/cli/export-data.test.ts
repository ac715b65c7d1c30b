import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parseCommand, type ExportDataCommand } from './args.ts'
import { exportOpened } from './export-data.ts'
import { openData } from './open-data.ts'

const folder = mkdtempSync(join(tmpdir(), 'descent-export-data-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const text = 'x,y\n' + Array.from({ length: 40 }, (_, i) => `${(i * 7) % 11},${i % 2 ? 'a' : 'b'}\n`).join('')

const command = (...args: string[]) => parseCommand(['export-data', ...args]) as ExportDataCommand

test('nothing that is read is written over, by neither of the two files', async () => {
  const data = join(folder, 'data.csv')
  writeFileSync(data, text)
  const opened = await openData(command(data, '-o', 'x.csv'), mkdtempSync(join(folder, 'scratch-')))
  // Called as what is written beside out.csv would be.
  const recipe = join(folder, 'out.csv.json')
  writeFileSync(recipe, JSON.stringify(opened.recipe))
  const before = readFileSync(recipe, 'utf8')
  for (const out of ['out.csv', 'data.csv'])
    await expect(exportOpened(command(recipe, '-o', join(folder, out), '--overwrite'))).rejects.toThrow(
      'is the file that is read',
    )
  expect(readFileSync(data, 'utf8')).toBe(text)
  expect(readFileSync(recipe, 'utf8')).toBe(before)
})
