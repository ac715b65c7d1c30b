/** A folder of pictures with a table is what the table says: classes, or a table of which the pictures are a column. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DescentError } from '../../contract/index.ts'
import { speckled } from '../pictures/testing.ts'
import { areQuantities } from './images/labels-table.ts'
import { kindOf, plainContext } from './index.ts'
import { locate, withNote } from './locate.ts'

let folder: string
let count = 0
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'descent-locate-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const rows = 24

/** `say`: the cells beside a picture's name. */
async function written(header: string, say: (row: number) => string): Promise<string> {
  const at = join(folder, `data${count++}`)
  mkdirSync(at)
  for (let row = 0; row < rows; row++)
    writeFileSync(
      join(at, `${row}.png`),
      await speckled(12, 12, [8 * row, 40, 40], row)
        .png()
        .toBuffer(),
    )
  const lines = Array.from({ length: rows }, (_, row) => `${row}.png,${say(row)}`)
  writeFileSync(join(at, 'labels.csv'), [`file,${header}`, ...lines].join('\n'))
  return at
}

const anything = { kind: null, target: false }
const located = (path: string, wanted: Parameters<typeof locate>[1] = anything) =>
  locate(path, wanted, folder, plainContext)

test('one column of labels is of classes', async () => {
  const path = await written('label', (row) => (row < 12 ? 'dark' : 'light'))
  expect(await located(path)).toEqual({ kind: 'images', path })
})

test('numbers of each picture are predicted from a table of which they are a column', async () => {
  const path = await written('brightness', (row) => (8 * row + 0.25).toFixed(2))
  const at = await located(path)
  expect(at).toMatchObject({ kind: 'table', path: join(path, 'labels.csv'), target: 'brightness' })
  const place = { folder: join(folder, `kept${count++}`), id: 'd' }
  mkdirSync(place.folder)
  const { recipe, receipt } = withNote(
    await kindOf('table').import({ path: at.path, target: at.target }, place, plainContext),
    at,
  )
  expect(recipe).toMatchObject({ kind: 'table', task: 'regression' })
  expect(recipe.data.columns).toEqual([
    { name: 'file', kind: 'image', role: 'feature' },
    { name: 'brightness', kind: 'number', role: 'target' },
  ])
  expect(receipt.notes[0]).toContain('says a number of each picture, “brightness”')
  expect(receipt.notes.join(' ')).not.toContain('No column is left')
})

test('several columns, and a target that somebody names, too', async () => {
  const path = await written('red,bright', (row) => `${row % 2},${row % 3 === 0 ? 1 : 0}`)
  expect(await located(path)).toMatchObject({
    kind: 'table',
    note: expect.stringContaining('“red”, “bright” of the pictures') as string,
  })
  const labelled = await written('red,label', (row) => `${row % 2},${row < 12 ? 'dark' : 'light'}`)
  expect((await located(labelled)).kind).toBe('images')
  expect((await located(labelled, { kind: null, target: true })).kind).toBe('table')
})

test('a network for pictures says what is wanted, and is told why it cannot be', async () => {
  const path = await written('brightness', (row) => (8 * row + 0.25).toFixed(2))
  expect(await located(path, { kind: 'images', target: false })).toEqual({ kind: 'images', path })
  const place = { folder: join(folder, `kept${count++}`), id: 'd' }
  mkdirSync(place.folder)
  const refused = await kindOf('images')
    .import({ path }, place, plainContext)
    .catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(DescentError)
  expect(String(refused)).toContain('numbers that hardly repeat are no classes')
})

test('numbers name classes where they repeat', () => {
  const numbers = (of: number, times: number) => Array.from({ length: of * times }, (_, i) => String(i % of))
  expect(areQuantities(numbers(100, 50))).toBe(false)
  expect(areQuantities(numbers(10, 1))).toBe(false)
  expect(areQuantities(numbers(100, 2))).toBe(true)
  expect(areQuantities([...numbers(100, 50), '1.5'])).toBe(true)
  expect(areQuantities([...numbers(100, 2), 'unknown'])).toBe(false)
})
