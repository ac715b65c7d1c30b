import { execFileSync } from 'node:child_process'
import {
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
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { begin, DescentError, given, splits, type PictureReading } from '../../../contract/index.ts'
import { wholePicture } from '../../pictures/show.ts'
import { drawn, speckled } from '../../pictures/testing.ts'
import { prepareData, type Prepared } from '../../prepare/prepare-data.ts'
import { plainContext, type Imported } from '../kind.ts'
import { recognize } from '../recognize.ts'
import { images } from './index.ts'

let folder: string
let count = 0
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'descent-pictures-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const place = () => {
  const at = join(folder, `kept${count++}`)
  mkdirSync(at)
  return { folder: at, id: 'd' }
}

type Content = string | Uint8Array | Promise<Uint8Array>
async function written(files: Readonly<Record<string, Content>>): Promise<string> {
  const root = join(folder, `data${count++}`)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), await content)
  }
  return root
}

const red = (seed: number, width = 20, height = 14) => speckled(width, height, [200, 40, 40], seed)
const blue = (seed: number, width = 20, height = 14) => speckled(width, height, [40, 40, 200], seed)

/** Red ones are warm and blue ones cold, in all formats. */
const warmAndCold = (): Record<string, Content> => ({
  'warm/1.jpg': red(1).jpeg().toBuffer(),
  'warm/2.png': red(2).png().toBuffer(),
  'warm/10.webp': red(3).webp().toBuffer(),
  'warm/old/4.tif': red(4).tiff().toBuffer(),
  'cold/1.gif': blue(5).gif().toBuffer(),
  'cold/2.jpeg': blue(6).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  'cold/3.PNG': blue(7, 40, 40).png().toBuffer(),
})

async function imported(
  path: string,
  pictures?: Partial<PictureReading>,
  at = place(),
): Promise<Imported<'images'> & { at: typeof at; prepared(): Promise<Prepared> }> {
  expect(await recognize(path)).toBe('images')
  const result = await images.import({ path, pictures }, at, plainContext)
  return {
    ...result,
    at,
    prepared: async () => prepareData(await images.read(at, result.receipt, result.recipe), result.recipe),
  }
}

async function refusal(path: string, pictures?: Partial<PictureReading>): Promise<string> {
  try {
    await images.import({ path, pictures }, place(), plainContext)
  } catch (error) {
    if (error instanceof DescentError) return error.message
    throw error
  }
  return 'accepted'
}

describe('a folder of class folders', () => {
  test('becomes pixels of one size, with an account of what they were', async () => {
    const { receipt, columns, rows, recipe, at } = await imported(await written(warmAndCold()))
    expect(rows).toBe(7)
    expect(receipt.notes[0]).toBe('7 images of 14 × 14 pixels, 2 classes.')
    expect(receipt.notes[1]).toBe(
      '2 JPEG, 2 PNG, 1 GIF, 1 WebP, 1 TIFF: 3 sizes, from 14 to 40 pixels wide and from 14 to 40 high; most often 20 × 14 (5).',
    )
    expect(receipt.notes).toContain('1 picture was turned as its camera says (EXIF).')
    expect(receipt.layout.find(({ option }) => option === 'size')).toEqual({
      option: 'size',
      value: '14 × 14',
      evidence: 'The median of the shorter sides of all pictures is 14.',
      given: false,
    })
    images.validate(recipe, { columns, receipt })
    const page = await images.page(at, { id: 'd', receipt, rows, columns }, recipe, 0, 10)
    // As people count.
    expect(page.rows.map(([name]) => name)).toEqual([
      'cold/1.gif',
      'cold/2.jpeg',
      'cold/3.PNG',
      'warm/1.jpg',
      'warm/2.png',
      'warm/10.webp',
      'warm/old/4.tif',
    ])
    expect(page.rows.map(([, label]) => label)).toEqual([
      'cold',
      'cold',
      'cold',
      'warm',
      'warm',
      'warm',
      'warm',
    ])
    const frame = await images.read(at, receipt, recipe)
    const [image] = frame.columns
    if (image?.kind !== 'image') throw new Error('no images')
    expect([image.channels, image.height, image.width, image.pixels.length]).toEqual([3, 14, 14, 7 * 3 * 196])
    const mean = (row: number, channel: number): number =>
      image.pixels
        .subarray((row * 3 + channel) * 196, (row * 3 + channel + 1) * 196)
        .reduce((a, b) => a + b) / 196
    for (const row of [0, 1, 2]) expect(mean(row, 2)).toBeGreaterThan(mean(row, 0) + 100)
    for (const row of [3, 4, 5, 6]) expect(mean(row, 0)).toBeGreaterThan(mean(row, 2) + 100)
    expect(readdirSync(at.folder)).toEqual(['originals'])
  })

  test('a given size, shape and color are obeyed, told, and kept in the recipe', async () => {
    const path = await written(warmAndCold())
    const { receipt, recipe, prepared } = await imported(path, { size: '32', fit: 'pad', color: 'gray' })
    expect(recipe.data.source.pictures).toEqual({
      size: '32',
      fit: 'pad',
      color: 'gray',
      background: 'white',
    })
    expect(receipt.layout.map(({ option, value, given: said }) => [option, value, said])).toEqual([
      ['size', '32 × 32', true],
      ['color', 'Gray', true],
      ['fit', 'Pad', true],
      ['background', 'White', false],
    ])
    const { preparation } = await prepared()
    expect(preparation.columns[0]?.encoder).toMatchObject({ height: 32, width: 32, channels: 1 })
  })

  test('gray pictures have one channel, of one size they keep it', async () => {
    const gray = (seed: number) => red(seed, 12, 9).grayscale().png().toBuffer()
    const { receipt, prepared } = await imported(
      await written({ 'a/1.png': gray(1), 'a/2.png': gray(2), 'b/1.png': gray(3), 'b/2.png': gray(4) }),
    )
    expect(receipt.layout.slice(0, 2).map(({ value, evidence }) => [value, evidence])).toEqual([
      ['12 × 9', 'All pictures are of this size.'],
      ['Gray', 'No picture has any color.'],
    ])
    const { preparation } = await prepared()
    expect(preparation.columns[0]?.encoder).toMatchObject({ height: 9, width: 12, channels: 1 })
  })

  test('what cannot be used is left out by name, and nothing else is lost', async () => {
    const broken = (await red(9, 64, 64).jpeg().toBuffer()).subarray(0, 700)
    const { receipt, rows } = await imported(
      await written({
        ...warmAndCold(),
        'warm/cut.jpg': broken,
        'warm/empty.png': new Uint8Array(0),
        'warm/text.jpg': 'no picture at all',
        'loose.jpg': red(8).jpeg().toBuffer(),
        'warm/readme.md': 'about',
        'warm/.hidden.jpg': 'x',
      }),
    )
    expect(rows).toBe(7)
    expect(receipt.rowsRejected).toBe(4)
    const reasons = receipt.rejected.map(({ reason }) => reason)
    expect(reasons).toContainEqual(expect.stringMatching(/^warm\/cut\.jpg is damaged or cut off/))
    expect(reasons).toContain('warm/empty.png is empty.')
    expect(reasons).toContain('warm/text.jpg is text, not a picture.')
    expect(reasons).toContain('loose.jpg lies in no class folder, so nothing says what it is.')
    expect(receipt.notes).toContain('1 file of other kinds was left alone.')
  })

  test('train, validation and test are taken as the split', async () => {
    const files: Record<string, Content> = {}
    for (const [part, each] of [
      ['train', 6],
      ['val', 3],
      ['test', 2],
    ] as const)
      for (let i = 0; i < each; i++) {
        files[`set/${part}/red/${i}.png`] = red(i).png().toBuffer()
        files[`set/${part}/blue/${i}.png`] = blue(i).png().toBuffer()
      }
    const { receipt, recipe, prepared, columns } = await imported(await written(files))
    expect(recipe.split.method).toBe(given.name)
    images.validate(recipe, { columns, receipt })
    const { split } = await prepared()
    expect([[...split.train], [...split.validation], [...split.test]].map((rows) => rows.length)).toEqual([
      12, 6, 4,
    ])
    expect([...split.validation]).toEqual([12, 13, 14, 15, 16, 17])
    expect([...split.test]).toEqual([18, 19, 20, 21])
    expect(receipt.notes).toContain('The folders test, train, val say what the pictures are for.')

    const { 'set/test/red/0.png': _, ...rest } = files
    const without = Object.fromEntries(Object.entries(rest).filter(([name]) => !name.includes('/test/')))
    const two = await imported(await written(without))
    const held = (await two.prepared()).split
    expect(held.test.length).toBe(6)
    expect(held.validation.length).toBeGreaterThan(0)
    expect(two.receipt.notes.join(' ')).toContain('the 6 of the validation folder are sealed for the test')
  })

  test('corrections move no picture into another split', async () => {
    const files: Record<string, Content> = {}
    for (const part of ['train', 'val', 'test'])
      for (let i = 0; i < 4; i++) {
        files[`${part}/red/${i}.png`] = red(i).png().toBuffer()
        files[`${part}/blue/${i}.png`] = blue(i).png().toBuffer()
      }
    const { receipt, recipe, at } = await imported(await written(files))
    const corrections = { dropped: [0, 9], cells: [], appended: [] }
    const frame = await images.read({ ...at, corrections }, receipt, recipe)
    const { split, numbers } = prepareData(frame, recipe)
    expect(Array.from(split.validation, (row) => numbers![row])).toEqual([8, 10, 11, 12, 13, 14, 15])
    expect(split.train.length).toBe(7)
    expect(split.test.length).toBe(8)
  })
})

describe('folders that say parts and classes', () => {
  const inParts = (): Record<string, Content> => {
    const files: Record<string, Content> = {}
    for (const [part, each] of [
      ['train', 4],
      ['test', 2],
    ] as const)
      for (let i = 0; i < each; i++) {
        files[`${part}/warm/${i}.png`] = red(i).png().toBuffer()
        files[`${part}/cold/${i}.png`] = blue(i).png().toBuffer()
      }
    return files
  }
  const countsOf = async (files: Record<string, Content>) => {
    const { receipt, recipe, prepared } = await imported(await written(files))
    const { split, preparation } = await prepared()
    const target = preparation.target as unknown as { classes: string[] }
    return { receipt, method: recipe.split.method, tested: split.test.length, classes: target.classes }
  }

  test('what lies beside the parts is left out by name, and no part becomes a class', async () => {
    const { receipt, method, tested, classes } = await countsOf({
      ...inParts(),
      'preview/5.png': red(5).png().toBuffer(),
    })
    expect([method, tested, classes]).toEqual([given.name, 4, ['cold', 'warm']])
    expect(receipt.rejected.map(({ reason }) => reason)).toEqual([
      'preview/5.png lies in none of the folders test, train.',
    ])
    // Vehicles, none of which is a part.
    const vehicles = await countsOf({
      'train/1.png': red(1).png().toBuffer(),
      'train/2.png': red(2).png().toBuffer(),
      'bus/1.png': blue(1).png().toBuffer(),
      'bus/2.png': blue(2).png().toBuffer(),
    })
    expect(vehicles.classes).toEqual(['bus', 'train'])
  })

  test('a table of labels leaves the parts as they are, and one of anything else is set aside', async () => {
    const sums = Object.keys(inParts()).map((file) => `${file},${Buffer.from(file).toString('hex')}`)
    const summed = await countsOf({ ...inParts(), 'sums.csv': ['file,md5', ...sums].join('\n') + '\n' })
    expect([summed.method, summed.tested, summed.classes]).toEqual([given.name, 4, ['cold', 'warm']])
    expect(summed.receipt.notes.join(' ')).toContain('A table was set aside: ')
    const birds = Object.keys(inParts()).map((file) => `${file},${file.includes('warm') ? 'robin' : 'owl'},1`)
    const named = await countsOf({
      ...inParts(),
      'birds.csv': ['file,species,size', ...birds].join('\n') + '\n',
    })
    expect([named.method, named.tested, named.classes]).toEqual([given.name, 4, ['owl', 'robin']])
    expect(named.receipt.notes).toContain(
      'The class folders cold, warm were set aside: birds.csv has a column of labels.',
    )
  })

  test('no table beside class folders stops them from being read', async () => {
    const files = warmAndCold()
    const sizes = Object.keys(files).map((file) => `${file},20,14`)
    const path = await written({
      ...files,
      'notes.csv': '',
      'meta.csv': ['file,width,height', ...sizes].join('\n') + '\n',
    })
    const { rows, receipt } = await imported(path)
    expect(rows).toBe(7)
    expect(receipt.notes.filter((note) => note.startsWith('A table was set aside'))).toHaveLength(2)
  })
})

describe('a table of labels', () => {
  const pictures = (): Record<string, Content> => ({
    'images/1.jpg': red(1).jpeg().toBuffer(),
    'images/2.jpg': blue(2).jpeg().toBuffer(),
    'images/3.jpg': red(3).jpeg().toBuffer(),
    'images/4.jpg': blue(4).jpeg().toBuffer(),
    'images/5.jpg': blue(5).jpeg().toBuffer(),
  })

  test('names the files by their way, name or number', async () => {
    for (const name of ['images/{}.jpg', '{}.jpg', '{}']) {
      const row = (i: number, label: string) => `${name.replace('{}', String(i))},${label}\n`
      const { receipt, rows, at, recipe, columns } = await imported(
        await written({
          ...pictures(),
          'labels.csv': `file,kind\n${row(1, 'warm')}${row(2, 'cold')}${row(3, 'warm')}${row(4, 'cold')}${row(9, 'cold')}`,
        }),
      )
      expect(rows).toBe(4)
      expect(receipt.rejected.map(({ reason }) => reason)).toEqual([
        `${name.replace('{}', '9')} is named in labels.csv and is not there.`,
        'images/5.jpg is not named in the table of labels.',
      ])
      const page = await images.page(at, { id: 'd', receipt, rows, columns }, recipe, 0, 2)
      expect(page.rows).toEqual([
        ['images/1.jpg', 'warm'],
        ['images/2.jpg', 'cold'],
      ])
    }
  })

  test('may lie beside the folder; one with more to say is a table of its own', async () => {
    const beside = await written({
      ...pictures(),
      'labels.csv': '1,warm\n2,cold\n3,warm\n4,cold\n5,cold\n'.replace(/^/, 'picture,label\n'),
    })
    expect((await imported(join(beside, 'images'))).rows).toBe(5)
    const many = await written({ ...pictures(), 'all.csv': 'file,price,rooms\n1.jpg,1,2\n2.jpg,3,4\n' })
    expect(await refusal(many)).toContain('Give this file instead of its folder')
  })
})

test('a ZIP archive of class folders is read like the folder, and nothing unpacked is left', async () => {
  const path = await written(warmAndCold())
  const zip = `${path}.zip`
  execFileSync('python3', [
    '-c',
    'import shutil,sys; shutil.make_archive(sys.argv[1],"zip",sys.argv[1])',
    path,
  ])
  const at = place()
  const { rows, receipt } = await imported(zip, undefined, at)
  expect(rows).toBe(7)
  expect(receipt.fileName).toMatch(/\.zip$/)
  expect(readdirSync(at.folder)).toEqual(['originals'])
  const { limits } = plainContext
  const whole = await wholePicture(at, receipt, { column: 'image' }, 'warm/1.jpg', limits)
  expect(whole.notes).toEqual([
    'Its file is in an archive, which is not unpacked again: what was kept of it is shown.',
  ])
  await expect(
    images.import({ path: zip }, place(), { ...plainContext, limits: { ...limits, expandedSize: 1000 } }),
  ).rejects.toThrow('unpacks to more than 1,000 bytes')
})

/** Stored, not packed: what is in it can be changed where it stands. */
function zipped(files: readonly (readonly [string, string])[], name: string): string {
  const path = join(folder, name)
  const script =
    'import sys,json,zipfile\nz=zipfile.ZipFile(sys.argv[1],"w",zipfile.ZIP_DEFLATED)\nfor n,t in json.loads(sys.argv[2]): z.writestr(n,t)\nz.close()'
  execFileSync('python3', ['-c', script, path, JSON.stringify(files)])
  return path
}

test('an archive that is damaged, or has one name twice, is refused in a sentence', async () => {
  const text = Array.from({ length: 4000 }, (_, i) => String(i * i)).join(' ')
  const damaged = zipped([['a/1.jpg', text]], 'damaged.zip')
  const bytes = readFileSync(damaged)
  bytes.fill(0xff, 60, 400)
  writeFileSync(damaged, bytes)
  expect(await refusal(damaged)).toMatch(/^damaged\.zip cannot be unpacked: it is damaged/)
  const twice = zipped(
    [
      ['a.jpg', 'x'],
      ['a.jpg/1.jpg', 'y'],
    ],
    'twice.zip',
  )
  expect(await refusal(twice)).toBe(
    'twice.zip cannot be unpacked: it has a file and a folder of one name. Unpack it, and give the folder.',
  )
})

test('an archive is called by its own name, not by the folder that it is unpacked into', async () => {
  const loose = zipped(
    [
      ['1.jpg', 'x'],
      ['2.jpg', 'y'],
    ],
    'loose.zip',
  )
  expect(await refusal(loose)).toContain(`${loose} holds 2 pictures, and nothing says what is on them`)
  const table = 'file,price,rooms\n1.jpg,1,2\n2.jpg,3,4\n'
  const many = zipped(
    [
      ['1.jpg', 'x'],
      ['2.jpg', 'y'],
      ['all.csv', table],
    ],
    'many.zip',
  )
  expect(await refusal(many)).toContain(`${many}/all.csv names pictures in “file”`)
})

test('what lies too deep, or behind a link to a folder, is left out by name', async () => {
  const deep = Array.from({ length: 14 }, (_, i) => `d${i}`).join('/')
  const path = await written({ ...warmAndCold(), [`warm/${deep}/9.jpg`]: red(9).jpeg().toBuffer() })
  symlinkSync(join(path, 'warm'), join(path, 'hot'))
  const { receipt } = await imported(path)
  expect(receipt.rejected.map(({ reason }) => reason)).toEqual([
    'hot is a link to a folder of the data, which is read where it is, and was not followed.',
    expect.stringMatching(/^warm\/d0\/.*d11 lies more than 12 folders deep, and was not looked into\.$/),
  ])
})

test('links out of the folder are not followed, links inside are', async () => {
  const outside = await written({ 'secret.jpg': red(1).jpeg().toBuffer() })
  const path = await written(warmAndCold())
  symlinkSync(join(outside, 'secret.jpg'), join(path, 'warm/stolen.jpg'))
  symlinkSync(join(path, 'warm/1.jpg'), join(path, 'warm/again.jpg'))
  const { rows, receipt } = await imported(path)
  expect(rows).toBe(8)
  expect(receipt.rejected.map(({ reason }) => reason)).toEqual([
    'warm/stolen.jpg is a link that leads out of the folder, and was not followed.',
  ])
})

test('what nothing can be learned from is refused in a sentence', async () => {
  const one = await written({
    'cats/1.jpg': red(1).jpeg().toBuffer(),
    'cats/2.jpg': red(2).jpeg().toBuffer(),
  })
  expect(await refusal(one)).toContain('with one class only')
  const loose = await written({ '1.jpg': red(1).jpeg().toBuffer(), '2.jpg': red(2).jpeg().toBuffer() })
  expect(await refusal(loose)).toContain('nothing says what is on them')
  const none = await written({ 'a/1.jpg': 'x', 'b/1.jpg': 'y' })
  expect(await refusal(none)).toMatch(/^None of the 2 pictures of .* can be decoded/)
  await expect(recognize(join(one, 'cats/1.jpg'))).rejects.toThrow('is one picture, and learning takes many')
  const few = { ...plainContext, limits: { ...plainContext.limits, pictures: 10 } }
  const many = await written(Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`a/${i}.jpg`, 'x'])))
  await expect(images.import({ path: many }, place(), few)).rejects.toThrow('Raise “Most pictures”')
})

test('a model reads new pictures as it read its own', async () => {
  const files: Record<string, Content> = {}
  for (let i = 0; i < 6; i++) {
    files[`red/${i}.png`] = red(i, 30, 20).png().toBuffer()
    files[`blue/${i}.png`] = blue(i, 30, 20).png().toBuffer()
  }
  const { recipe, prepared } = await imported(await written(files), { size: '16', fit: 'stretch' })
  const { preparation } = await prepared()
  const news = await written({
    'new/a.jpg': drawn(50, 40).jpeg().toBuffer(),
    'new/b.webp': blue(3).webp().toBuffer(),
    'new/c.jpg': 'broken',
  })
  const source = { recipe, header: null, preparation, kept: null, scratch: folder }
  const seen = async (path: string) =>
    await images.readNew(
      { ...source, path },
      async ({ frame, cells, notes }) => {
        const names = []
        for await (const row of cells()) names.push(row[0])
        return { rows: frame.rows, names, notes, column: frame.columns[0] }
      },
      plainContext,
    )
  const all = await seen(news)
  expect([all.rows, all.names]).toEqual([2, ['new/a.jpg', 'new/b.webp']])
  expect(all.notes.at(-1)).toBe('1 picture of 3 is not predicted: new/c.jpg is text, not a picture.')
  if (all.column?.kind !== 'image') throw new Error('no images')
  expect([all.column.channels, all.column.height, all.column.width, all.column.pixels.length]).toEqual([
    3,
    16,
    16,
    2 * 768,
  ])
  const alone = await seen(join(news, 'new/a.jpg'))
  if (alone.column?.kind !== 'image') throw new Error('no images')
  expect(alone.column.pixels).toEqual(all.column.pixels.subarray(0, 768))
  await expect(seen(join(news, 'new/c.jpg'))).rejects.toThrow('c.jpg is text, not a picture.')
})

test('a recipe may ask for test files only where some came', async () => {
  const { recipe, receipt, columns } = await imported(await written(warmAndCold()))
  expect(() =>
    images.validate({ ...recipe, split: begin(splits, given.name) }, { columns, receipt }),
  ).toThrow('came without test files')
})
