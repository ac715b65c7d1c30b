import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { safeFileName } from './names.ts'

const family = '👨‍👩‍👧'
const emoji = '😀'
/** One character for a reader, 2,001 bytes for a disk. */
const towering = `a${'\u0301'.repeat(1000)}`

test.each([
  ['data.csv', 'data.csv'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\me\\data.csv', 'data.csv'],
  ['.hidden.csv', 'hidden.csv'],
  ['..', 'data'],
  ['', 'data'],
  ['\u200d', 'data'],
  ['a\u0000b\n.csv', 'a_b_.csv'],
  ['what?.csv', 'what_.csv'],
  ['\u202evsc.exe', '_vsc.exe'],
  ['CON.csv', '_CON.csv'],
  ['Ünïcode 表.csv', 'Ünïcode 表.csv'],
  ['\ud83d.csv', '�.csv'],
  [`${family}.csv`, `${family}.csv`],
  [`${'x'.repeat(500)}.csv`, `${'x'.repeat(196)}.csv`],
  [`${emoji.repeat(80)}.csv`, `${emoji.repeat(49)}.csv`],
  // 18 bytes each; the eleventh would end at 198 of 196.
  [`${family.repeat(20)}.csv`, `${family.repeat(10)}.csv`],
  [`${'é'.repeat(200)}.parquet`, `${'é'.repeat(96)}.parquet`],
  [`e\u0301.csv`, 'é.csv'],
  [`x${towering}.csv`, 'x.csv'],
  [`${towering}.csv`, 'data.csv'],
  [`a.${'x'.repeat(300)}`, `a.${'x'.repeat(198)}`],
  [`a.${emoji.repeat(9)}`, `a.${emoji.repeat(9)}`],
  [`${'x'.repeat(195)} . y.csv`, `${'x'.repeat(195)}.csv`],
])('%j becomes %j', (name, safe) => {
  expect(safeFileName(name)).toBe(safe)
})

test('whatever the name, a disk takes it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'descent-names-'))
  try {
    for (const character of ['a', 'é', '表', emoji, family, '🏴󠁧󠁢󠁳󠁣󠁴󠁿', 'ß\u0323', ' ', '.'])
      for (const count of [1, 50, 199, 200, 201, 1000, 20_000]) {
        const safe = safeFileName(`${character.repeat(count)}.csv`)
        expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(200)
        expect(safe.isWellFormed()).toBe(true)
        writeFileSync(join(folder, `${safe}.part`), '')
      }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
