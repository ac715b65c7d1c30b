/** A folder of pictures with a table is what the table says: classes, or a table of which the pictures are a column. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { speckled } from '../pictures/testing.ts'
import { areQuantities } from './images/labels-table.ts'
import { kindOf, plainContext } from './index.ts'
import { locate, namedTargets, withNote } from './locate.ts'

let folder: string
let count = 0
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'descent-locate-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const rows = 24
type Say = (row: number) => string

/** Pictures, and tables beside them: by name, the columns beside the pictures' names and the cells of a row. */
async function written(
  tables: Readonly<Record<string, readonly [header: string, say: Say]>>,
  { way, named }: { way?: (row: number) => string; named?: (row: number) => string } = {},
): Promise<string> {
  const wayOf = way ?? ((row: number) => `${row}.png`)
  const at = join(folder, `data${count++}`)
  mkdirSync(at)
  for (let row = 0; row < rows; row++) {
    mkdirSync(dirname(join(at, wayOf(row))), { recursive: true })
    writeFileSync(
      join(at, wayOf(row)),
      await speckled(12, 12, [8 * row, 40, 40], row)
        .png()
        .toBuffer(),
    )
  }
  for (const [name, [header, say]] of Object.entries(tables)) {
    const lines = Array.from({ length: rows }, (_, row) => `${(named ?? wayOf)(row)},${say(row)}`)
    writeFileSync(join(at, name), [`file,${header}`, ...lines].join('\n'))
  }
  return at
}

const brightness = ['brightness', (row: number) => (8 * row + 0.25).toFixed(2)] as const
const classes = ['label', (row: number) => (row < 12 ? 'dark' : 'light')] as const
const located = (path: string, targets: readonly string[] = [], kind: 'images' | null = null) =>
  locate(path, { kind, targets }, folder, plainContext)
const place = () => {
  const at = { folder: join(folder, `kept${count++}`), id: 'd' }
  mkdirSync(at.folder)
  return at
}

test('one column of labels is of classes, whatever lies beside it', async () => {
  const path = await written({ 'labels.csv': classes })
  expect(await located(path)).toEqual({ kind: 'images', path })
  expect(await located(path, ['label'])).toEqual({ kind: 'images', path })
  const more = await written({ 'info.csv': ['width,height', (row) => `12,${row}`], 'labels.csv': classes })
  expect(await located(more)).toEqual({ kind: 'images', path: more })
  expect(await located(more, ['height'])).toMatchObject({ kind: 'table', path: join(more, 'info.csv') })
})

test('numbers of each picture are predicted from a table of which they are a column', async () => {
  const path = await written({ 'names.csv': ['name', (row) => `p${row}`], 'labels.csv': brightness })
  rmSync(join(path, 'names.csv'))
  const at = await located(path)
  expect(at).toMatchObject({ kind: 'table', path: join(path, 'labels.csv'), target: 'brightness' })
  const { recipe, receipt } = withNote(
    await kindOf('table').import({ path: at.path, target: at.target }, place(), plainContext),
    at,
  )
  expect(recipe).toMatchObject({ kind: 'table', task: 'regression' })
  expect(recipe.data.columns).toEqual([
    { name: 'file', kind: 'image', role: 'feature' },
    { name: 'brightness', kind: 'number', role: 'target' },
  ])
  expect(receipt.notes[0]).toContain('says a number of each picture, “brightness”')
  expect(receipt.notes.join(' ')).not.toContain('to learn from')
})

test('several columns, and a target that somebody names, too', async () => {
  const path = await written({ 'labels.csv': ['red,bright', (row) => `${row % 2},${row % 3 === 0 ? 1 : 0}`] })
  expect(await located(path)).toMatchObject({
    kind: 'table',
    note: expect.stringContaining('“red”, “bright” of the pictures') as string,
  })
  const labeled = await written({
    'labels.csv': ['red,label', (row) => `${row % 2},${row < 12 ? 'a' : 'b'}`],
  })
  expect((await located(labeled)).kind).toBe('images')
  expect((await located(labeled, ['red'])).kind).toBe('table')
  expect((await located(labeled, ['label'])).kind).toBe('images')
  expect((await located(labeled, ['weight'])).kind).toBe('images')
})

test('pictures that the table does not lead to are no column of it', async () => {
  const bare = { way: (row: number) => `images/${row}.png`, named: (row: number) => `${row}` }
  const path = await written({ 'labels.csv': brightness }, bare)
  expect(await located(path)).toEqual({ kind: 'images', path })
  const { receipt } = await kindOf('images').import({ path }, place(), plainContext)
  expect(receipt.notes.join(' ')).toContain('numbers that hardly repeat, and each is a class of its own')
})

test('what the folders say of the split is not lost in silence', async () => {
  const inParts = { way: (row: number) => `${row < 16 ? 'train' : 'test'}/${row}.png` }
  const { note } = await located(await written({ 'labels.csv': brightness }, inParts))
  expect(note).toContain('The folders test, train do not say what tests')
})

test('a recipe of images, or a network for them, is obeyed', async () => {
  const path = await written({ 'labels.csv': brightness })
  expect(await located(path, [], 'images')).toEqual({ kind: 'images', path })
  expect((await kindOf('images').import({ path }, place(), plainContext)).rows).toBe(rows)
})

test('positions name no column', () =>
  expect([
    namedTargets('last'),
    namedTargets('3'),
    namedTargets(['a', 'b']),
    namedTargets(undefined),
  ]).toEqual([[], [], ['a', 'b'], []]))

describe('numbers', () => {
  const numbers = (of: number, times: number, write = String as (value: number) => string) =>
    Array.from({ length: of * times }, (_, i) => write(i % of))
  it.each<[string, string, (string | null)[], boolean]>([
    ['each seen often', 'y', numbers(100, 50), false],
    ['few', 'y', numbers(10, 1), false],
    ['hardly repeating', 'age', numbers(100, 2), true],
    ['the same, called classes', 'label', numbers(100, 2), false],
    ['with zeros in front', 'id', numbers(100, 2, (value) => `${value}`.padStart(4, '0')), false],
    ['with fractions', 'label', numbers(100, 50, (value) => `${value / 4 + 0.1}`), true],
    ['with decimal commas', 'price', numbers(30, 2, (value) => `${value},5`), true],
    ['in a currency, one unknown', 'price', [...numbers(60, 1, (value) => `$${value}.50`), 'unknown'], true],
    ['among words', 'price', [...numbers(60, 1), ...numbers(60, 1, (value) => `size ${value}`)], false],
    ['missing ones aside', 'age', [...numbers(100, 2), null, null], true],
  ])('%s', (_, name, cells, expected) => expect(areQuantities(name, cells)).toBe(expected))
})
