import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lastLines, LogFile } from './log-file.ts'

let workspace: string
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'descent-log-'))
})
afterEach(() => rmSync(workspace, { recursive: true, force: true }))

const sizes = (): number[] =>
  readdirSync(join(workspace, 'logs')).map((file) => statSync(join(workspace, 'logs', file)).size)

test('lines have their time, go on after a restart, and are their user’s alone', () => {
  new LogFile(workspace).write('one')
  new LogFile(workspace).write('two')
  const text = readFileSync(join(workspace, 'logs/descent.log'), 'utf8')
  expect(text).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z one\n\d{4}-\d\d-\d\dT[\d:.]+Z two\n$/)
  if (process.platform !== 'win32')
    expect(statSync(join(workspace, 'logs/descent.log')).mode & 0o777).toBe(0o600)
})

test('it never takes more room than three files', () => {
  const log = new LogFile(workspace, 1000)
  for (let i = 0; i < 500; i++) log.write(`line ${i}`)
  expect(sizes()).toHaveLength(3)
  for (const size of sizes()) expect(size).toBeLessThanOrEqual(1000)
  log.write('x'.repeat(50_000))
  expect(Math.max(...sizes())).toBeLessThan(9000)
})

test('the last lines are those of both files, in their order, and never half of one', () => {
  const log = new LogFile(workspace, 1000)
  for (let i = 0; i < 40; i++) log.write(`line ${i}`)
  expect(lastLines(workspace, 5).map((line) => line.slice(25))).toEqual(
    [35, 36, 37, 38, 39].map((i) => `line ${i}`),
  )
  expect(lastLines(workspace, 30)).toHaveLength(30)
  writeFileSync(join(workspace, 'logs/descent.log'), `${'a'.repeat(300_000)}\nlast\n`)
  expect(lastLines(workspace, 1)).toEqual(['last'])
  expect(lastLines(join(workspace, 'nowhere'), 5)).toEqual([])
})

test('where it cannot be written, everything else goes on', () => {
  writeFileSync(join(workspace, 'logs'), 'a file is in the way')
  expect(() => new LogFile(workspace).write('one')).not.toThrow()
  expect(existsSync(join(workspace, 'logs/descent.log'))).toBe(false)
})
