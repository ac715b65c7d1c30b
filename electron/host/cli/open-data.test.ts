import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parseCommand, type RunCommand } from './args.ts'
import { openData } from './open-data.ts'

const folder = mkdtempSync(join(tmpdir(), 'descent-open-data-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const rows = (count: number): string =>
  'x,y\n' + Array.from({ length: count }, (_, i) => `${(i * 7) % 11},${i % 2 ? 'a' : 'b'}\n`).join('')
const data = file('data.csv', rows(40))
const tested = file('test.csv', rows(6))
const list = file('rows.txt', '0 1 2 3 4 5\n')
const open = (...args: string[]) => {
  const command = parseCommand(['run', ...args, '--target', 'y']) as RunCommand
  return openData(command, mkdtempSync(join(folder, 'scratch-')))
}

test('a test that was named is not put aside by another split', { tags: 'thorough' }, async () => {
  const random = ['--set', 'split.method=random']
  expect((await open(data, '--test', tested)).recipe.split.method).toBe('given')
  await expect(open(data, '--test', tested, ...random)).rejects.toThrow('The rows of the test file test.csv')
  expect((await open(data, '--test-rows', list)).recipe.split).toMatchObject({ test: '0-5' })
  await expect(open(data, '--test-rows', list, ...random)).rejects.toThrow('leave out one of them')
  const { recipe } = await open(data, '--test', tested)
  const saved = file('recipe.json', JSON.stringify(recipe))
  expect((await open(saved)).receipt.test?.rows).toBe(6)
  await expect(open(saved, '--test-rows', list)).rejects.toThrow('names the test file')
  await expect(open(saved, ...random)).rejects.toThrow('The rows of the test file test.csv')
})

test('what a further step gives is learned from, though the recipe does not name it', async () => {
  const { recipe } = await open(data)
  const saved = file('old.json', JSON.stringify(recipe))
  const { recipe: derived } = await open(saved, '--derive', 'q = x * 2')
  expect(derived.data.columns).toMatchObject([
    { name: 'x', role: 'feature' },
    { name: 'y', role: 'target' },
    { name: 'q', kind: 'number', role: 'feature' },
  ])
  // What the recipe leaves out of its own stays left out.
  const again = file(
    'new.json',
    JSON.stringify({ ...derived, data: { ...derived.data, columns: recipe.data.columns } }),
  )
  expect((await open(again)).recipe.data.columns.map(({ name }) => name)).toEqual(['x', 'y'])
})
