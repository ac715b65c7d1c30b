import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { begin, splits, DescentError, type ImagesRecipe } from '../../../contract/index.ts'
import { plainContext } from '../kind.ts'
import { recognize } from '../recognize.ts'
import { bands, idxImages, idxLabels, writeBands, writeFiles } from '../testing.ts'
import { fitChannels } from '../../prepare/encoders/raw-pixels.ts'
import { prepareData, type Prepared } from '../../prepare/prepare-data.ts'
import { images } from './index.ts'

let folder: string
let count = 0
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'descent-images-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const prepared = async (...[at, receipt, recipe]: Parameters<typeof images.read>): Promise<Prepared> =>
  prepareData(await images.read(at, receipt, recipe), recipe)
const place = () => ({ folder: join(folder, `kept${count++}`), id: 'd' })
const fresh = () => join(folder, `data${count++}`)

async function refusal(files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  try {
    const path = writeFiles(fresh(), files)
    expect(await recognize(path)).toBe('images')
    await images.import({ path }, place(), plainContext)
  } catch (error) {
    if (error instanceof DescentError) return error.message
    throw error
  }
  return 'accepted'
}

const { pixels, labels } = bands(30)
const train = { 'train-images-idx3-ubyte': idxImages(pixels), 'train-labels-idx1-ubyte': idxLabels(labels) }

test('a folder of IDX files is kept as it is, its test files being the test split', async () => {
  const path = writeBands(fresh())
  const at = place()
  expect(await recognize(path)).toBe('images')
  const { receipt, columns, rows, recipe } = await images.import({ path }, at, plainContext)
  expect(rows).toBe(150)
  expect(receipt.files.map(({ role, part }) => `${part} ${role}`)).toEqual([
    'train images',
    'train labels',
    'test images',
    'test labels',
  ])
  expect(readdirSync(join(at.folder, 'originals')).sort()).toEqual(
    receipt.files.map(({ sha256 }) => sha256).sort(),
  )
  images.validate(recipe, { columns, receipt })
  const { split, preparation, data } = await prepared(at, receipt, recipe)
  expect([...split.test]).toEqual(Array.from({ length: 30 }, (_, i) => 120 + i))
  expect([split.train.length, split.validation.length]).toEqual([108, 12])
  // Stratified: four of each class.
  const held = [0, 1, 2].map((label) => split.validation.filter((row) => data.targets[row] === label).length)
  expect(held).toEqual([4, 4, 4])
  expect(preparation.columns[0]?.encoder).toMatchObject({ height: 8, width: 8, channels: 1 })
  expect(preparation.target).toEqual({ kind: 'classes', name: 'label', classes: ['0', '1', '2'] })
  expect(data.inputs['pixels.image']?.slice(0, 64)).toEqual(bands(120, 1).pixels.slice(0, 64))
})

test('normalization knows the training split alone', async () => {
  const path = writeBands(fresh())
  const at = place()
  const { receipt, recipe } = await images.import({ path }, at, plainContext)
  const { split, preparation, data } = await prepared(at, receipt, recipe)
  const pixels = data.inputs['pixels.image']!
  const { mean: means, std: deviations } = preparation.columns[0]!.encoder as unknown as Record<
    string,
    number[]
  >
  const values = [...split.train].flatMap((row) => [...pixels.subarray(row * 64, row * 64 + 64)])
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  expect(means?.[0]).toBeCloseTo(mean / 255, 12)
  expect(deviations?.[0]).toBeCloseTo(Math.sqrt(variance) / 255, 12)
})

test('channels are measured apart, and one that does not vary is only centered', () => {
  const two = Uint8Array.from([0, 255, 51, 51, 255, 0, 51, 51])
  expect(fitChannels({ pixels: two, channels: 2, height: 1, width: 2 }, Int32Array.from([0, 1]))).toEqual({
    mean: [0.5, 0.2],
    std: [0.5, 1],
  })
})

test('a subset leaves the test files whole; a share for the test is drawn from everything', async () => {
  const path = writeBands(fresh())
  const at = place()
  const { receipt, recipe } = await images.import({ path }, at, plainContext)
  const few: ImagesRecipe = { ...recipe, data: { ...recipe.data, rows: 30 } }
  const { split } = await prepared(at, receipt, few)
  expect([split.train.length, split.validation.length, split.test.length]).toEqual([27, 3, 30])
  const shared: ImagesRecipe = {
    ...recipe,
    split: begin(splits, 'random', { train: 0.7, validation: 0.1, test: 0.2 }),
  }
  const drawn = (await prepared(at, receipt, shared)).split
  expect([drawn.train.length, drawn.validation.length, drawn.test.length]).toEqual([105, 15, 30])
  expect(drawn.test.some((row) => row < 120)).toBe(true)
})

test('images without test files hold out a share, and the recipe cannot ask for what is not there', async () => {
  const path = writeFiles(fresh(), train)
  const { receipt, columns, recipe } = await images.import({ path }, place(), plainContext)
  expect(recipe.split).toMatchObject({ method: 'random', validation: 0.1, test: 0.15 })
  const asking: ImagesRecipe = { ...recipe, split: begin(splits, 'given') }
  expect(() => images.validate(asking, { columns, receipt })).toThrow('came without test files')
})

test('every bad folder has its sentence', async () => {
  const packed = gzipSync(train['train-images-idx3-ubyte'])
  const cases: [Readonly<Record<string, Uint8Array | string>>, RegExp][] = [
    [{ 'train-images-idx3-ubyte': train['train-images-idx3-ubyte'] }, /no labels for them\. Add/],
    [{ 'train-labels-idx1-ubyte': train['train-labels-idx1-ubyte'] }, /no images for them/],
    [{ ...train, 'train-labels-idx1-ubyte': idxLabels(labels.slice(1)) }, /30 images, but .* has 29 labels/],
    [
      { ...train, 'train-images-idx3-ubyte': packed.subarray(0, packed.length - 40) },
      /train-images-idx3-ubyte .*damaged or cut off/,
    ],
    [{ ...train, 'train-images-idx3-ubyte': train['train-images-idx3-ubyte'].subarray(0, 100) }, /cut off/],
    [
      // Each has the other's magic number.
      Object.fromEntries(
        Object.entries(train).map(([name, file]) => {
          const swapped = new Uint8Array(file)
          swapped[3] = swapped[3] === 1 ? 3 : 1
          return [name, swapped]
        }),
      ),
      /train-labels-idx1-ubyte should hold labels by its name, but its magic number \(0x00000803\) says images/,
    ],
    [{ ...train, 'train-images-idx3-ubyte': idxImages(new Uint8Array(0), 0, 8) }, /holds no images/],
    [{ ...train, 'train-images-idx3-ubyte': Uint8Array.from([0, 0, 8]) }, /only 3 bytes/],
    [
      { ...train, 'train-images-idx3-ubyte': Uint8Array.from([0, 0, 13, 3, ...new Uint8Array(12)]) },
      /32-bit floats/,
    ],
    [{ ...train, 'train-images-idx3-ubyte': 'hello, this is text' }, /two zero bytes/],
    [{ ...train, 'train-labels-idx1-ubyte': idxLabels(new Uint8Array(30)) }, /one class only/],
    [
      { ...train, 'train-images-idx3-ubyte.gz': train['train-images-idx3-ubyte'] },
      /2 files that could be the training images/,
    ],
    [{ ...train, 't10k-images-idx3-ubyte': idxImages(pixels) }, /test images .* no labels for them/],
    [
      {
        ...train,
        't10k-images-idx3-ubyte': idxImages(pixels, 4, 16),
        't10k-labels-idx1-ubyte': idxLabels(labels),
      },
      /training images are 8 × 8 pixels, but the test images 4 × 16/,
    ],
    [
      { 't10k-images-idx3-ubyte': idxImages(pixels), 't10k-labels-idx1-ubyte': idxLabels(labels) },
      /test images only/,
    ],
  ]
  for (const [files, sentence] of cases) expect(await refusal(files)).toMatch(sentence)
})

test('a lost or damaged original is noticed', async () => {
  const path = writeFiles(fresh(), train)
  const at = place()
  const { receipt, recipe } = await images.import({ path }, at, plainContext)
  const [first] = receipt.files
  writeFiles(join(at.folder, 'originals'), { [first?.sha256 ?? '']: 'other' })
  await expect(prepared(at, receipt, recipe)).rejects.toThrow('is damaged. Import the data again.')
  rmSync(join(at.folder, 'originals', first?.sha256 ?? ''))
  await expect(prepared(at, receipt, recipe)).rejects.toThrow('is missing. Import the data again.')
})

test('the classes are shown, with examples that repeat', async () => {
  const twice = new Uint8Array([...pixels, ...pixels])
  const path = writeFiles(fresh(), {
    'train-images-idx3-ubyte': idxImages(twice),
    'train-labels-idx1-ubyte': idxLabels(new Uint8Array([...labels, ...labels])),
  })
  const at = place()
  const { receipt, columns, rows, recipe } = await images.import({ path }, at, plainContext)
  const dataset = { id: 'd', receipt, rows, columns }
  const profile = await images.profile(at, dataset, recipe)
  expect(profile.duplicateRows).toBe(30)
  expect(profile.classBalance?.classes.map(({ count }) => count)).toEqual([20, 20, 20])
  const page = await images.page(at, dataset, recipe, 58, 10)
  expect(page.rows).toEqual([
    ['image 59', '1'],
    ['image 60', '2'],
  ])
})

test('a lone IDX file and a folder without data say what is wanted', async () => {
  const path = writeFiles(fresh(), train)
  await expect(recognize(join(path, 'train-images-idx3-ubyte'))).rejects.toThrow(
    'Give the folder that holds both',
  )
  await expect(recognize(writeFiles(fresh(), { 'notes.md': 'x' }))).rejects.toThrow('It holds notes.md.')
  const table = writeFiles(fresh(), { 'train.csv': 'a,b\n1,2\n' })
  expect(await recognize(table)).toBe('table')
  const mixed = writeFiles(fresh(), { 'train.csv': 'a,b\n1,2\n', 'photo.png': 'x' })
  await expect(recognize(mixed)).rejects.toThrow('It holds photo.png, train.csv.')
  const broken = writeFiles(fresh(), {})
  symlinkSync(join(broken, 'nowhere'), join(broken, 'train.txt'))
  await expect(recognize(broken)).rejects.toThrow(/train\.txt cannot be read \(ENOENT\)/)
  await expect(recognize(writeFiles(fresh(), {}))).rejects.toThrow('It holds no files.')
})
