import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DescentError, type PictureReading } from '../../../contract/index.ts'
import { documentOf } from '../../model/build.ts'
import { pathIn } from '../../pictures/beside.ts'
import { thumbnails, wholePicture } from '../../pictures/show.ts'
import { speckled } from '../../pictures/testing.ts'
import { prepareData } from '../../prepare/prepare-data.ts'
import { inputsOf } from '../../prepare/preparation.ts'
import { plainContext } from '../kind.ts'
import { withDuckDB } from './duckdb.ts'
import { table } from './index.ts'

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

const imported = async (path: string, pictures?: Partial<PictureReading>, test?: string) => {
  const at = place()
  const result = await table.import({ path, target: 'price', pictures, test }, at, plainContext)
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
  const { nodes } = documentOf({ model: recipe.model, inputs, outputs: 1, task: 'regression' })
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

test(
  'names of pictures that are elsewhere stay text, and it is said how they would be read',
  { tags: 'thorough' },
  async () => {
    const path = await houses()
    const alone = join(folder, 'alone.csv')
    copyFileSync(path, alone)
    const { columns, receipt } = await imported(alone)
    expect(columns[1]?.kind).not.toBe('image')
    expect(receipt.notes.join(' ')).toContain('Give the table by its path')
    await expect(imported(alone, { size: '32' })).rejects.toThrow('No column of')
  },
)

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

test(
  'rows of a test file in another folder have the pictures of that folder, whatever they are called',
  { tags: 'thorough' },
  async () => {
    const path = await houses()
    const root = join(folder, `tests${count++}`)
    mkdirSync(join(root, 'photos'), { recursive: true })
    const green = await speckled(24, 16, [30, 200, 30], 1).png().toBuffer()
    for (const row of [0, 1, 2]) writeFileSync(join(root, `photos/${row}.png`), green)
    const lines = [0, 1, 2, 5].map((row) => `3,photos/${row}.png,${400 + row}`)
    writeFileSync(join(root, 'test.csv'), ['rooms,photo,price', ...lines].join('\n') + '\n')
    const { at, receipt, recipe } = await imported(path, undefined, join(root, 'test.csv'))
    expect(receipt.notes).toContain(
      '“photo” names 24 pictures beside the table and 3 beside the test file and is read as images.',
    )
    expect(receipt.notes).toContain(
      '“photo”: 1 of 28 different pictures are missing values: photos/5.png is not there beside the test file.',
    )
    const read = async (dropped: number[]) => {
      const corrections = { dropped, cells: [], appended: [] }
      const frame = await table.read({ ...at, corrections }, receipt, recipe)
      const column = frame.columns.find(({ name }) => name === 'photo')
      if (column?.kind !== 'image') throw new Error('no images')
      const size = 3 * 16 * 24
      return {
        missing: [...column.missing!],
        isGreen: Array.from(column.missing!, (_, row) => column.pixels[row * size + size / 3]! > 150),
      }
    }
    const whole = await read([])
    expect(whole.isGreen.flatMap((is, row) => (is ? [row] : []))).toEqual([24, 25, 26])
    expect(whole.missing.flatMap((is, row) => (is ? [row] : []))).toEqual([27])
    expect((await read([0, 1, 25])).isGreen.flatMap((is, row) => (is ? [row] : []))).toEqual([22, 23])
    // And so they are shown.
    const { limits } = plainContext
    const [trained] = await thumbnails(at, receipt, { column: 'photo' }, ['photos/0.png'], limits)
    const tests = { column: 'photo', tested: true }
    const [tested] = await thumbnails(at, receipt, tests, ['photos/0.png'], limits)
    expect(trained!.shown).not.toBe(null)
    expect(tested!.shown).not.toEqual(trained!.shown)
    const opened = await wholePicture(at, receipt, tests, 'photos/0.png', limits)
    expect([opened.notes, opened.file?.bytes]).toEqual([[], green.length])
    await expect(wholePicture(at, receipt, tests, 'photos/7.png', limits)).rejects.toThrow('has no picture')
  },
)

test(
  'a test file elsewhere may name the pictures of the table, and its own names are no categories',
  { tags: 'thorough' },
  async () => {
    const path = await houses(24, (row) => `photos/${row % 4}.png`)
    mkdirSync(join(dirname(path), 'tests'))
    const photos = Array.from({ length: 6 }, (_, row) => `photos/new${row}.png`)
    for (const [row, name] of photos.entries())
      await speckled(24, 16, [30, 200, 30], row)
        .png()
        .toFile(join(dirname(path), name))
    const lines = photos.map((name, row) => `3,${name},${400 + row}`)
    const test = join(dirname(path), 'tests/test.csv')
    writeFileSync(test, ['rooms,photo,price', ...lines].join('\n') + '\n')
    const { at, receipt, recipe } = await imported(path, undefined, test)
    const frame = await table.read(at, receipt, recipe)
    const column = frame.columns.find(({ name }) => name === 'photo')
    if (column?.kind !== 'image') throw new Error('no images')
    expect([...column.missing!].every((is) => is === 0)).toBe(true)
    expect(receipt.notes.join(' ')).not.toContain('that training has not')
    const tests = { column: 'photo', tested: true }
    expect((await wholePicture(at, receipt, tests, photos[2]!, plainContext.limits)).file).not.toBe(null)
  },
)

test('cells name their files as every system writes them, and the file of each is shown', async () => {
  const path = await houses(24, (row) => (row === 0 ? 'photos\\0.png' : null))
  const root = dirname(path)
  writeFileSync(path, readFileSync(path, 'utf8').replace('photos/1.png', join(root, 'photos/1.png')))
  const { at, receipt } = await imported(path)
  const { limits } = plainContext
  for (const name of ['photos\\0.png', join(root, 'photos/1.png'), 'photos/2.png'])
    expect((await wholePicture(at, receipt, { column: 'photo' }, name, limits)).file).not.toBe(null)
  rmSync(join(root, 'photos/2.png'))
  expect((await wholePicture(at, receipt, { column: 'photo' }, 'photos/2.png', limits)).notes).toEqual([
    'Its file is not where it was imported from: what was kept of it is shown.',
  ])
})

test('pictures that are there and cannot be decoded are told as such', async () => {
  const path = await houses()
  for (const name of readdirSync(join(dirname(path), 'photos')))
    writeFileSync(join(dirname(path), 'photos', name), 'no picture')
  const { columns, receipt } = await imported(path)
  expect(columns[1]?.kind).not.toBe('image')
  expect(receipt.notes.join(' ')).toContain(
    '“photo” names pictures that are there, and none of them can be decoded',
  )
  expect(receipt.notes.join(' ')).not.toContain('not where it says')
})

test('a column that names more pictures than are read is refused', async () => {
  const path = await houses()
  const context = { ...plainContext, limits: { ...plainContext.limits, pictures: 20 } }
  await expect(table.import({ path, target: 'price' }, place(), context)).rejects.toThrow(
    '“photo” names different pictures: 24 and the limit is 20. Raise “Most pictures”',
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
  const cells = await table.page(at, { id: 'd', receipt, columns, rows: 24 }, recipe, 0, 1)
  const shown = { column: 'image.bytes' }
  const whole = await wholePicture(at, receipt, shown, String(cells.rows[0]![1]), plainContext.limits)
  expect(whole.notes[0]).toContain('has no file of its own')
  for (const [limit, words] of [
    ['pictures', 'inside.parquet holds different pictures in its cells: more than 20'],
    ['expandedSize', 'The pictures in the cells of'],
  ] as const) {
    const context = { ...plainContext, limits: { ...plainContext.limits, [limit]: 20 } }
    await expect(table.import({ path, target: 'price' }, place(), context)).rejects.toThrow(words)
  }
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

test('Explore tells of a column of pictures what it tells of a folder of them', async () => {
  // Two rows show the same house, and one was taken at night.
  const path = await houses(24, (row) => (row === 5 ? 'photos/3.png' : null))
  await speckled(30, 16, [10, 10, 10], 7)
    .png()
    .toFile(join(dirname(path), 'photos/8.png'))
  const { at, receipt, columns, rows, recipe } = await imported(path)
  const dataset = { id: 'd', receipt, columns, rows }
  const profile = await table.profile(at, dataset, recipe)
  const [photo, ...others] = profile.images!
  expect(others).toEqual([])
  // A picture counts once; what it is worth says its class, by quarters.
  expect(photo).toMatchObject({ column: 'photo', of: 23 })
  expect(photo!.classes).toHaveLength(4)
  expect(photo!.classes[0]).toMatch(/^\d+ to below [\d.]+$/)
  expect(photo!.means.map(({ label }) => label)).toEqual(photo!.classes)
  expect(photo!.names).not.toContain('photos/5.png')
  const dark = photo!.names.indexOf('photos/8.png')
  expect(photo!.brightness[dark]).toBe(Math.min(...photo!.brightness))
  expect([photo!.width![dark], photo!.height![dark]]).toEqual([30, 16])
  expect(profile.alerts.find(({ name }) => name === 'darkImages')).toMatchObject({
    columns: ['photo'],
    rows: { is: 'rows', rows: expect.arrayContaining([8]) as number[] },
    message: expect.stringMatching(/^“photo”: 12 images are dark/) as string,
  })
  // Without a target nothing tells them apart.
  const open = {
    ...recipe,
    data: { ...recipe.data, columns: columns.map((one) => ({ ...one, role: 'feature' as const })) },
  }
  expect((await table.profile(at, dataset, open)).images![0]!.classes).toEqual([''])
})
