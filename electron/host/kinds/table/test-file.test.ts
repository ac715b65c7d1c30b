import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { begin, effortOf, splits, startLimits, usualEffort, type Recipe } from '../../../contract/index.ts'
import { prepareData } from '../../prepare/prepare-data.ts'
import { kindOf, plainContext, type DataFolder } from '../index.ts'
import { wholeNumber } from './test-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'descent-test-file-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
let made = 0
const place = (): DataFolder => {
  const own = join(folder, String(made++))
  mkdirSync(own)
  return { folder: own, id: 'data' }
}
const training = file(
  'train.csv',
  'name;size;color;kind\n' +
    Array.from(
      { length: 40 },
      (_, i) => `n${i};${i % 9},5;${i % 2 ? 'red' : 'blue'};${i % 3 ? 'a' : 'b'}\n`,
    ).join(''),
)
const { table } = { table: kindOf('table') }
const imported = (test: string, at = place()) =>
  table
    .import({ path: training, target: 'kind', test }, at, { ...plainContext, limits: startLimits })
    .then((data) => ({ ...data, at }))

test('the rows of the test file are the test: read as those of training, columns by their names', async () => {
  const test = file('test.csv', 'kind;color;extra;size\na;red;?;1,25\nb;green;x;7\nc;blue;y;1.234,5\n')
  const { receipt, recipe, rows, at, columns } = await imported(test)
  expect(rows).toBe(43)
  expect(receipt).toMatchObject({ rowsRead: 43, test: { fileName: 'test.csv', rows: 3 } })
  expect(receipt.test?.sha256).toMatch(/^[0-9a-f]{64}$/)
  const notes = receipt.notes.join('\n')
  expect(notes).toContain(
    'The test file lacks 1 column of the training table, which is missing in every test row: “name”.',
  )
  expect(notes).toContain('The test file has 1 column that the training table has not, left out: “extra”.')
  expect(notes).toContain(
    '“kind”: the test file has 1 class that training has not, which cannot be learned: “c”.',
  )
  expect(recipe.data.source.test).toBe(test)
  expect(recipe.split.method).toBe('given')
  table.validate(recipe, { columns, receipt })
  const random = begin(splits, 'random')
  expect(() => table.validate({ ...recipe, split: random }, { columns, receipt })).toThrow(
    'The rows of the test file test.csv are the test',
  )
  const { split } = prepareData(await table.read(at, receipt, recipe), recipe)
  expect([...split.test]).toEqual([40, 41, 42])
  expect(split.train.length + split.validation.length).toBe(40)
  const frame = await table.read(at, receipt, recipe)
  const size = frame.columns.find(({ name }) => name === 'size')
  expect(size?.kind === 'number' && Array.from(size.values.subarray(38))).toEqual([2.5, 3.5, 1.25, 7, 1234.5])
})

test('corrected data keep their test', async () => {
  const test = file('later.csv', 'name;size;color;kind\nn1;1,5;red;a\nn2;2,5;blue;b\n')
  const { receipt, recipe, at } = await imported(test)
  const corrections = { cells: [{ row: 3, column: 'size', value: '9,5' }], dropped: [0, 40], appended: [] }
  const { split } = prepareData(await table.read({ ...at, corrections }, receipt, recipe), recipe)
  expect([...split.test]).toEqual([39])
})

test('a file without the target, or of another table, is refused', async () => {
  await expect(imported(file('none.csv', 'size;color\n1;red\n'))).rejects.toThrow(
    'The test file has no column “kind”, which is to be predicted',
  )
  await expect(imported(file('other.csv', 'a,b\n1,2\n'))).rejects.toThrow(
    'none of the columns of the training table',
  )
  await expect(imported(join(folder, 'nowhere.csv'))).rejects.toThrow(/nowhere\.csv/)
  const { receipt, recipe, columns } = await table.import(
    { path: training, target: 'kind' },
    place(),
    plainContext,
  )
  const wrong = { ...recipe, split: { method: 'given', validation: 0.1, stratify: true, seed: 0 } } as Recipe
  expect(() => table.validate(wrong as never, { columns, receipt })).toThrow('came without a test file')
})

test('a wide table takes a test file, too', { tags: 'thorough' }, async () => {
  const names = Array.from({ length: 300 }, (_, i) => `c${i}`)
  const wide = (rows: number) =>
    [
      names.join(','),
      ...Array.from({ length: rows }, (_, row) =>
        names.map((_, i) => (i === 299 ? 'yn'[row % 2] : row * i)).join(','),
      ),
    ].join('\n') + '\n'
  const at = place()
  const path = file('wide.csv', wide(30))
  const { receipt, recipe } = await table.import(
    { path, target: 'last', test: file('wide-test.csv', wide(4)) },
    at,
    plainContext,
  )
  const { split } = prepareData(await table.read(at, receipt, recipe), recipe)
  expect([...split.test]).toEqual([30, 31, 32, 33])
})

test('a test file in which nothing can be tested is refused', async () => {
  await expect(imported(file('header.csv', 'name;size;color;kind\n'))).rejects.toThrow(
    'has no rows, so nothing can be tested',
  )
  await expect(imported(file('unknown.csv', 'size;color;kind\n1,5;red;\n2,5;blue;?\n'))).rejects.toThrow(
    /In none of the 2 rows of .*unknown\.csv “kind” has a value/,
  )
})

test('unseen categories of features are told', async () => {
  const { receipt } = await imported(file('green.csv', 'size;color;kind\n1,5;green;a\nmany;red;b\n'))
  const notes = receipt.notes.join('\n')
  expect(notes).toContain('“color”: the test file has 1 category that training has not')
  expect(notes).toContain('“size”: 1 test value is not written as in training, e.g. “many”')
})

test('classes that are numbers are spelled as in training, and new ones are told', async () => {
  const rows = Array.from({ length: 60 }, (_, i) => `${(i * 7) % 31}.5,${i % 3},${i % 2}\n`).join('')
  const path = file('numbered.csv', `x,grade,k\n${rows}`)
  const read = async (test: string) => {
    const at = place()
    const data = await table.import(
      { path, target: 'k', test: file('numbered-test.csv', test) },
      at,
      plainContext,
    )
    return { ...data, frame: await table.read(at, data.receipt, data.recipe), names: readdirSync(at.folder) }
  }
  const known = await read('x,grade,k\n1.5,1.0,0.0\n2.5,2.0,1.0\n')
  expect(known.recipe.task).toBe('binary')
  const target = known.frame.columns.find(({ name }) => name === 'k')
  expect(target?.kind === 'category' && target.categories.toSorted()).toEqual(['0', '1'])
  expect(known.receipt.notes.join('\n')).not.toMatch(/class|not written/)
  expect(known.names).toEqual(['data.parquet'])
  const other = await read('x,grade,k\n1.5,1,0\n2.5,2,3.0\n')
  expect(other.recipe.task).toBe('classification')
  expect(other.receipt.notes.join('\n')).toContain('which cannot be learned: “3.0”')
})

test('no file is left beside the dataset', async () => {
  const at = place()
  const test = file('rows.jsonl', '{"kind":"a","size":"1,5"}\n{"kind":"b","size":"2,5"}\n')
  await imported(test, at)
  expect(readdirSync(at.folder)).toEqual(['data.parquet'])
})

test('whole numbers are known by any spelling but that of thousands', () => {
  expect(['1', '1.0', '+1.', '-2.00', '007', '1.5', '1.000', 'x1'].map(wholeNumber)).toEqual([
    '1',
    '1',
    '1',
    '-2',
    '007',
    null,
    null,
    null,
  ])
})

test('a fresh table with a test file has the effort that it began with, by the rows of both', async () => {
  const lines = (count: number, more = ''): string =>
    'x,y\n' + Array.from({ length: count }, (_, i) => `${i % 97},${i % 3 ? 'a' : 'b'}\n`).join('') + more
  const path = file('many.csv', lines(2700))
  const read = (test: string) =>
    table.import({ path, target: 'y', test }, place(), { ...plainContext, limits: startLimits })
  for (const [test, task] of [
    [file('more.csv', lines(200)), 'binary'],
    [file('unseen.csv', lines(200, '3,c\n')), 'classification'],
  ] as const) {
    const { recipe, rows } = await read(test)
    expect(recipe.task).toBe(task)
    expect(effortOf(recipe, rows)).toBe(usualEffort)
  }
})
