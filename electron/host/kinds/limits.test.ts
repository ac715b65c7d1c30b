/** Nothing that a path leads to can hang a reader or fill a disk: what is too much, or no file, is refused in words. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startLimits, type DataKind, type Limits } from '../../contract/index.ts'
import { keepOriginal, readOriginal } from '../datasets/originals.ts'
import { kindOf, plainContext, recognize } from './index.ts'
import { idxLabels, questions, writeBands, writeFiles } from './testing.ts'

const MiB = 1 << 20

let root: string
let folder: string
let count = 0
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'descent-limits-'))
})
beforeEach(() => {
  folder = join(root, `case${count++}`)
  mkdirSync(folder)
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** What importing it is refused with, and that the refusal left nothing behind. */
async function refusal(path: string, limits: Partial<Limits> = {}, wanted: DataKind | null = null) {
  const place = { folder: join(root, `kept${count++}`), id: 'd' }
  mkdirSync(place.folder)
  const context = { ...plainContext, limits: { ...startLimits, ...limits } }
  const error = await recognize(path, wanted, context)
    .then((kind) => kindOf(kind).import({ path }, place, context))
    .then(
      () => ({ code: 'accepted', message: '' }),
      (caught: { code: string; message: string }) => caught,
    )
  const left = readdirSync(place.folder, { recursive: true, withFileTypes: true })
  const bytes = left.filter((one) => one.isFile()).map((one) => statSync(join(one.parentPath, one.name)).size)
  expect(bytes.reduce((a, b) => a + b, 0)).toBeLessThan(4 * MiB)
  return `${error.code}: ${error.message}`
}

const onPosix = test.skipIf(process.platform === 'win32')

onPosix('a named pipe is refused at once, wherever it stands', async () => {
  const pipe = join(folder, 'train.txt')
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0)
  expect(await refusal(folder)).toMatch(/^badData: .*train\.txt is a named pipe/)
  expect(await refusal(pipe)).toMatch(/^badData: .*train\.txt is a named pipe/)
  const linked = writeFiles(join(folder, 'linked'), {})
  symlinkSync(pipe, join(linked, 'train-images-idx3-ubyte'))
  expect(await refusal(linked)).toMatch(/^badData: .*train-images-idx3-ubyte is a named pipe/)
})

onPosix('a device behind a link is not copied', async () => {
  symlinkSync('/dev/zero', join(folder, 'train.txt'))
  expect(await refusal(folder)).toMatch(/^badData: .*train\.txt is a device/)
  expect(await refusal('/dev/zero')).toMatch(/^badData: \/dev\/zero is a device/)
})

test('a folder with too many entries is counted no further than the limit', async () => {
  for (let i = 0; i < 12; i++) writeFileSync(join(folder, `notes${i}`), 'x')
  expect(await refusal(folder, { files: 10 })).toMatch(/^tooLarge: .*more than 10\..*--limit files=20/)
})

test('thousands of files are looked at a few at a time', async () => {
  for (let i = 0; i < 3000; i++) writeFileSync(join(folder, `part${i}`), 'x')
  writeFileSync(join(folder, 'train.txt'), questions(30))
  expect(await recognize(folder)).toBe('text')
})

test('a file beyond the largest size is not opened', async () => {
  const table = join(folder, 'a.csv')
  writeFileSync(table, `a,b\n${'1,2\n'.repeat(MiB)}`)
  expect(await refusal(table, { fileSize: MiB })).toMatch(
    /^tooLarge: .*a\.csv has 4 MB and the limit is 1 MB/,
  )
  writeFileSync(join(folder, 'train.txt'), 'WHO is it\n'.repeat(MiB / 4))
  expect(await refusal(folder, { fileSize: MiB })).toMatch(/^tooLarge: .*train\.txt has 2\.5 MB/)
})

test('a small file that unpacks to much stops at the limit', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * MiB))
  writeFileSync(join(folder, 'train.txt.gz'), bomb)
  expect(await refusal(folder, { expandedSize: MiB })).toMatch(
    /^tooLarge: train\.txt\.gz unpacks to more than 1 MB/,
  )
  const images = join(folder, 'images')
  writeBands(images)
  writeFileSync(join(images, 'train-images-idx3-ubyte.gz'), bomb)
  expect(await refusal(images, { expandedSize: MiB })).toMatch(
    /^tooLarge: train-images.* unpacks to more than/,
  )
})

test('headers that claim 2^31 × 2^31 pixels, or 255 dimensions, take no memory', async () => {
  writeFileSync(join(folder, 'train-labels-idx1-ubyte'), idxLabels(new Uint8Array(3)))
  const claimed = Buffer.from('00000803800000008000000080000000', 'hex')
  writeFileSync(join(folder, 'train-images-idx3-ubyte'), claimed)
  expect(await refusal(folder)).toMatch(
    /^badData: train-images-idx3-ubyte is not a valid IDX file: it is cut off/,
  )
  writeFileSync(join(folder, 'train-images-idx3-ubyte'), Buffer.from('000008ff', 'hex'))
  expect(await refusal(folder)).toMatch(/^badData: .*ends inside its header/)
})

test('a line without an end is refused as soon as it is too long', async () => {
  const table = join(folder, 'a.csv')
  for (const filling of ['x', ' ', '\t', '"', ',']) {
    writeFileSync(table, `a,b\n1,2\n${filling.repeat(8 * MiB)}`)
    const started = performance.now()
    expect(await refusal(table, { lineLength: MiB })).toMatch(
      /^tooLarge: .*from byte 8 on, has more than 1 MB.*lineLength=2MB/,
    )
    expect(performance.now() - started).toBeLessThan(20_000)
  }
  const text = join(folder, 'train.txt')
  writeFileSync(text, 'x'.repeat(3 * MiB))
  expect(await refusal(text, {}, 'text')).toMatch(/^badData: .*Line 1: longer than 100,000 characters/)
}, 120_000)

test(
  'blank lines and quotes that are never closed come to an end',
  { tags: 'thorough', timeout: 120_000 },
  async () => {
    // Lines that such a quote would have swallowed are rows, and what they hold decides: hundreds of thousands are read.
    const table = join(folder, 'a.csv')
    for (const [begin, filling] of [
      ['', '\n'],
      ['', ' \n'],
      ['"', 'xxxx,yyyy\n'],
      ['a,b\n', '"""""""\n'],
      ['a,b\n1,2\n', '1,"x\n'],
    ] as const) {
      writeFileSync(table, begin + filling.repeat((2 * MiB) / filling.length))
      const started = performance.now()
      expect(await refusal(table)).toMatch(/^(badData|accepted): /)
      expect(performance.now() - started).toBeLessThan(20_000)
    }
  },
)

test('too many columns are not counted out', async () => {
  const table = join(folder, 'a.csv')
  writeFileSync(table, `${','.repeat(MiB)}\n1,2\n`)
  expect(await refusal(table)).toMatch(/^tooLarge: .*has columns: more than 20,000.*--limit columns=/)
})

test.each(['"', '\n', '\r', '\0', '', 'ab', '😀', '\ud83d'])(
  'the delimiter %j is refused in words',
  async (delimiter) => {
    const path = join(folder, 'a.csv')
    writeFileSync(path, 'a,b\n1,2\n3,4\n')
    const place = { folder, id: 'd' }
    await expect(kindOf('table').import({ path, delimiter }, place, plainContext)).rejects.toMatchObject({
      code: 'badData',
      field: 'delimiter',
    })
  },
)

test('paths that no system has are refused in words', async () => {
  expect(await refusal('a\0b.csv')).toMatch(/^badRequest: .*null byte/)
  expect(await refusal(`/${'x'.repeat(5000)}`)).toMatch(/^badRequest: /)
  expect(await refusal(join(folder, 'gone.csv'))).toMatch(/^notFound: There is no file/)
})

test('a copy that a crash cut off is replaced, and damage is told', async () => {
  const path = join(folder, 'train.txt')
  writeFileSync(path, questions(30))
  const { sha256 } = await keepOriginal(folder, path)
  const kept = join(folder, 'originals', sha256)
  writeFileSync(kept, 'WHO')
  await expect(readOriginal(folder, { name: 'train.txt', sha256 })).rejects.toMatchObject({ code: 'damaged' })
  await keepOriginal(folder, path)
  expect(Buffer.from(await readOriginal(folder, { name: 'train.txt', sha256 })).toString()).toBe(
    questions(30),
  )
  expect(readdirSync(join(folder, 'originals'))).toEqual([sha256])
  if (process.platform !== 'win32') expect(statSync(kept).mode & 0o777).toBe(0o600)
})

test('progress goes up to the end', async () => {
  for (const path of [
    writeBands(join(folder, 'images')),
    writeFiles(join(folder, 'text'), { 'train.txt': questions(60) }),
  ]) {
    const shares: number[] = []
    const context = { ...plainContext, progress: (share: number) => void shares.push(share) }
    const place = { folder: join(root, `kept${count++}`), id: 'd' }
    await kindOf(await recognize(path)).import({ path }, place, context)
    expect(shares.length).toBeGreaterThan(1)
    expect(shares).toEqual(shares.toSorted((a, b) => a - b))
    expect(shares.at(-1)).toBeGreaterThan(0.8)
    expect(shares.at(-1)).toBeLessThanOrEqual(1)
  }
})
