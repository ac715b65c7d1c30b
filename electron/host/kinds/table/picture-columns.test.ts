import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DescentError, type PictureReading } from '../../../contract/index.ts'
import { documentOf } from '../../model/build.ts'
import { speckled } from '../../pictures/testing.ts'
import { prepareData } from '../../prepare/prepare-data.ts'
import { inputsOf } from '../../prepare/preparation.ts'
import { plainContext } from '../kind.ts'
import { withDuckDB } from './duckdb.ts'
import { table } from './index.ts'
import { pathIn } from './picture-columns.ts'

let folder: string
let count = 0
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'descent-picture-columns-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const place = () => {
  const at = join(folder, `kept${count++}`)
  mkdirSync(at)
  return { folder: at, id: 'd' }
}

/** Rooms, a photograph that is red or blue, and a price that follows from both. */
async function houses(rows = 24, change: (row: number) => string | null = () => null): Promise<string> {
  const root = join(folder, `houses${count++}`)
  mkdirSync(join(root, 'photos'), { recursive: true })
  const lines = ['rooms,photo,price']
  for (let row = 0; row < rows; row++) {
    const isRed = row % 2 === 0
    const name = `photos/${row}.png`
    await speckled(24, 16, isRed ? [220, 30, 30] : [30, 30, 220], row)
      .png()
      .toFile(join(root, name))
    lines.push(`${(row % 5) + 1},${change(row) ?? name},${100 * ((row % 5) + 1) + (isRed ? 1000 : 0) + row}`)
  }
  writeFileSync(join(root, 'houses.csv'), lines.join('\n') + '\n')
  return join(root, 'houses.csv')
}

const imported = async (path: string, pictures?: Partial<PictureReading>) => {
  const at = place()
  const result = await table.import({ path, target: 'price', pictures }, at, plainContext)
  table.validate(result.recipe, result)
  return { at, ...result }
}

test('a column that names pictures is found out, and is one input beside the numbers', async () => {
  const { at, receipt, columns, recipe } = await imported(await houses())
  expect(columns.map(({ name, kind, role }) => [name, kind, role])).toEqual([
    ['rooms', 'number', 'feature'],
    ['photo', 'image', 'feature'],
    ['price', 'number', 'target'],
  ])
  expect(receipt.notes).toContain('“photo” names 24 pictures beside the table and is read as images.')
  // What was said of it as of a text.
  expect(receipt.notes.join(' ')).not.toContain('identifies the row')
  expect(receipt.files.map(({ role, column }) => [role, column])).toEqual([
    ['images', 'photo'],
    ['index', 'photo'],
  ])
  expect(recipe.data.source.pictures?.size).toBe('auto')
  const { preparation, data } = prepareData(await table.read(at, receipt, recipe), recipe)
  const inputs = inputsOf(preparation)
  expect(inputs.map(({ name }) => name)).toEqual(['numbers', 'pixels.photo'])
  const pixels = data.inputs['pixels.photo']!
  expect(pixels.length).toBe(24 * 3 * 16 * 24)
  const red = (row: number) => pixels[row * 3 * 16 * 24]!
  expect([red(0) > 180, red(1) < 80, red(22) > 180, red(23) < 80]).toEqual([true, true, true, true])
  const { nodes } = documentOf({ model: recipe.model, inputs, outputs: 1 })
  expect(nodes.filter((node) => JSON.stringify(node).includes('Conv2d'))).toHaveLength(2)
})

test('a picture that is not there is a missing value with a sentence', async () => {
  const path = await houses(24, (row) => (row === 3 ? 'photos/gone.png' : row === 5 ? '' : null))
  writeFileSync(join(dirname(path), 'photos/7.png'), 'no picture')
  const { at, receipt, recipe } = await imported(path)
  expect(receipt.notes).toContain(
    '“photo”: 2 of 23 different pictures are missing values: photos/gone.png is not there, photos/7.png is text, not a picture.',
  )
  const frame = await table.read(at, receipt, recipe)
  const column = frame.columns.find(({ name }) => name === 'photo')
  if (column?.kind !== 'image') throw new Error('no images')
  expect(Array.from(column.missing!).flatMap((absent, row) => (absent ? [row] : []))).toEqual([3, 5, 7])
  const { preparation, data } = prepareData(frame, recipe)
  const encoder = preparation.columns.find(({ name }) => name === 'photo')!.encoder as unknown as {
    mean: number[]
  }
  const size = 3 * 16 * 24
  // As the others are on average, which is nothing once they are standardized.
  expect(data.inputs['pixels.photo']![3 * size]).toBe(Math.round(255 * encoder.mean[0]!))
})

test('nobody is led out of the folder of the table', async () => {
  expect(pathIn('/data', 'a/b.jpg')).toBe('/data/a/b.jpg')
  expect(pathIn('/data', '../secret.jpg')).toBe(null)
  expect(pathIn('/data', '/etc/secret.jpg')).toBe(null)
  const outside = await houses(2)
  const path = await houses(24, (row) =>
    row === 1 ? 'photos/link.png' : row === 3 ? '../houses0/photos/0.png' : null,
  )
  symlinkSync(join(dirname(outside), 'photos/0.png'), join(dirname(path), 'photos/link.png'))
  const { receipt } = await imported(path)
  expect(receipt.notes.join(' ')).toContain('2 of 24 different pictures are missing values')
})

test('names of pictures that are elsewhere stay text, and it is said how they would be read', async () => {
  const path = await houses()
  const alone = join(folder, 'alone.csv')
  copyFileSync(path, alone)
  const { columns, receipt } = await imported(alone)
  expect(columns[1]?.kind).not.toBe('image')
  expect(receipt.notes.join(' ')).toContain('Give the table by its path')
  await expect(imported(alone, { size: '32' })).rejects.toThrow('No column of')
})

test('size and color are obeyed; another kind may be chosen, and an image only where there are some', async () => {
  const { columns, receipt, recipe, at } = await imported(await houses(), { size: '32', color: 'gray' })
  const frame = await table.read(at, receipt, recipe)
  expect(frame.columns[1]).toMatchObject({ kind: 'image', channels: 1, height: 32, width: 32 })
  const asText = {
    ...recipe,
    data: {
      ...recipe.data,
      columns: columns.map((one) => (one.kind === 'image' ? { ...one, kind: 'text' as const } : one)),
    },
  }
  expect((await table.read(at, receipt, asText)).columns[1]?.kind).toBe('text')
  const wrong = {
    ...recipe,
    data: {
      ...recipe.data,
      columns: columns.map((one) => (one.name === 'rooms' ? { ...one, kind: 'image' as const } : one)),
    },
  }
  expect(() => table.validate(wrong, { columns, receipt })).toThrow(DescentError)
})

test('a trained model reads the pictures that a new table names', async () => {
  const { at, receipt, recipe } = await imported(await houses())
  const { preparation } = prepareData(await table.read(at, receipt, recipe), recipe)
  const news = await houses(3, (row) => (row === 1 ? 'photos/none.png' : null))
  const source = { path: news, recipe, header: true, preparation, kept: null, scratch: folder }
  const seen = await table.readNew(
    source,
    ({ frame, notes }) =>
      Promise.resolve({ column: frame.columns.find(({ name }) => name === 'photo'), notes }),
    plainContext,
  )
  if (seen.column?.kind !== 'image') throw new Error('no images')
  expect([...seen.column.missing!]).toEqual([0, 1, 0])
  expect(seen.notes).toContain(
    '“photo”: 1 of 3 different pictures are missing values: photos/none.png is not there.',
  )
})

test('corrections of a cell name another picture', async () => {
  const { at, receipt, recipe } = await imported(await houses())
  const corrections = {
    dropped: [],
    cells: [{ row: 0, column: 'photo', value: 'photos/1.png' }],
    appended: [],
  }
  const frame = await table.read({ ...at, corrections }, receipt, recipe)
  const column = frame.columns.find(({ name }) => name === 'photo')
  if (column?.kind !== 'image') throw new Error('no images')
  const size = 3 * 16 * 24
  expect(column.pixels.subarray(0, size)).toEqual(column.pixels.subarray(size, 2 * size))
})

test('pictures that stand as bytes in a Parquet file are columns of images, too', async () => {
  const path = join(folder, 'inside.parquet')
  const from = dirname(await houses(24))
  await withDuckDB(async (connection) => {
    await connection.run(
      `COPY (SELECT c.rooms, {'bytes': b.content, 'path': c.photo} AS image, c.price
         FROM read_csv('${from}/houses.csv') c JOIN read_blob('${from}/photos/*.png') b
         ON b.filename = '${from}/' || c.photo ORDER BY c.price)
       TO '${path}' (FORMAT parquet)`,
    )
  }, folder)
  const { at, columns, receipt, recipe } = await imported(path)
  expect(columns.map(({ name, kind }) => [name, kind])).toEqual([
    ['rooms', 'number'],
    ['image.bytes', 'image'],
    ['image.path', expect.any(String)],
    ['price', 'number'],
  ])
  expect(receipt.notes).toContain('“image.bytes” holds 24 pictures and is read as images.')
  expect(readdirSync(at.folder).sort()).toEqual(['d.parquet', 'originals'])
  const frame = await table.read(at, receipt, recipe)
  const column = frame.columns.find(({ name }) => name === 'image.bytes')
  if (column?.kind !== 'image') throw new Error('no images')
  expect(column.missing!.every((absent) => absent === 0)).toBe(true)
  const { preparation } = prepareData(frame, recipe)
  const source = { path, recipe, header: true, preparation, kept: null, scratch: folder }
  const again = await table.readNew(
    source,
    ({ frame: seen }) => Promise.resolve(seen.columns.find(({ name }) => name === 'image.bytes')),
    plainContext,
  )
  if (again?.kind !== 'image') throw new Error('no images')
  expect(again.pixels).toEqual(column.pixels)
})
