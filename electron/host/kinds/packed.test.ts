import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DescentError, type Limits } from '../../contract/index.ts'
import { drawn } from '../pictures/testing.ts'
import { wholePicture } from '../pictures/show.ts'
import { kindOf, plainContext, recognize } from './index.ts'
import { bands, idxImages, idxLabels } from './testing.ts'
import { kindOfNames } from './unpack.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-packed-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function written(files: Readonly<Record<string, Uint8Array | string>>): string {
  const path = mkdtempSync(join(folder, 'data-'))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), content)
  }
  return path
}

/** By Python's, in the form that is asked for: its oldest, GNU's and the one of POSIX. */
function tarred(path: string, to: string, format = 'PAX', more = ''): string {
  const script = `import sys,tarfile,io
t=tarfile.open(sys.argv[2],"w:gz" if sys.argv[2].endswith("gz") else "w",format=tarfile.${format}_FORMAT)
t.add(sys.argv[1],arcname=".")
${more}
t.close()`
  const at = join(folder, to)
  execFileSync('python3', ['-c', script, path, at])
  return at
}

async function imported(path: string, limits: Partial<Limits> = {}) {
  const context = { ...plainContext, limits: { ...plainContext.limits, ...limits }, scratch: folder }
  const place = { folder: mkdtempSync(join(folder, 'place-')), id: 'd' }
  const kind = await recognize(path, null, context)
  const { receipt, rows, columns, recipe } = await kindOf(kind).import({ path }, place, context)
  const dataset = { id: 'd', receipt, rows, columns }
  const page = await kindOf(kind).page(place, dataset, recipe, 0, rows, context)
  return { kind, place, receipt, rows, cells: page.rows, left: readdirSync(place.folder) }
}
const refusal = (path: string, limits: Partial<Limits> = {}): Promise<string> =>
  imported(path, limits).then(
    () => 'read',
    (error: unknown) => {
      if (error instanceof DescentError) return error.message
      throw error
    },
  )

const long = 'a-name-that-no-header-of-a-tar-archive-has-room-for-'.repeat(3)
async function pictures(): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {}
  for (const label of ['näive', long])
    for (let i = 0; i < 4; i++) files[`${label}/${i}.png`] = await drawn(12, 12).png().toBuffer()
  return files
}

test.each([
  ['GNU', 'tar'],
  ['PAX', 'tar'],
  ['PAX', 'tar.gz'],
  ['GNU', 'tgz'],
])('a %s archive of class folders, as .%s, is read like the folder', async (format, ending) => {
  const path = await pictures().then(written)
  const { rows, receipt, cells, left } = await imported(tarred(path, `${format}.${ending}`, format))
  expect([rows, receipt.rowsRejected]).toEqual([8, 0])
  expect(cells).toEqual((await imported(path)).cells)
  expect(left).toEqual(['originals'])
})

test('links in an archive are left out by name, and names that lead out of it are refused', async () => {
  const path = written(await pictures())
  const add = (name: string, more = ''): string =>
    `i=tarfile.TarInfo(${JSON.stringify(name)}); ${more || 'i.size=1'}; t.addfile(i,io.BytesIO(b"x"))`
  const link = tarred(
    path,
    'link.tar',
    'PAX',
    add('näive/9.png', 'i.type=tarfile.SYMTYPE; i.linkname="/etc/passwd"'),
  )
  const { rows, receipt } = await imported(link)
  expect([rows, receipt.rejected[0]?.reason]).toEqual([
    8,
    'näive/9.png is a link in the archive, and was not followed.',
  ])
  for (const name of ['../out.png', '/out.png', 'a/../../out.png'])
    expect(await refusal(tarred(path, 'out.tar', 'PAX', add(name)))).toMatch(
      /^out\.tar cannot be unpacked: it is damaged, cut off or unsafe \(/,
    )
})

test('an archive that is cut off, damaged or too large is refused in a sentence', async () => {
  const path = written(await pictures())
  const bytes = execFileSync('cat', [tarred(path, 'sound.tar')])
  writeFileSync(join(folder, 'cut.tar'), bytes.subarray(0, bytes.length / 2 - 100))
  expect(await refusal(join(folder, 'cut.tar'))).toMatch(/^cut\.tar cannot be unpacked/)
  const flipped = Buffer.from(bytes)
  const header = flipped.lastIndexOf('ustar') - 257
  flipped[header + 20]! ^= 0xff
  writeFileSync(join(folder, 'damaged.tar'), flipped)
  expect(await refusal(join(folder, 'damaged.tar'))).toContain('Invalid tar header')
  // A gigabyte of nothing, which is not even a picture.
  const bomb = tarred(
    path,
    'bomb.tar',
    'PAX',
    'i=tarfile.TarInfo("0.bin"); i.size=40000000; t.addfile(i,io.BytesIO(bytes(i.size)))',
  )
  writeFileSync(`${bomb}.gz`, gzipSync(execFileSync('cat', [bomb], { maxBuffer: 1 << 27 })))
  expect(await refusal(`${bomb}.gz`, { expandedSize: 1 << 20 })).toMatch(/unpacks to more than 1 MB/)
})

test('an archive of texts in class folders is read like the folder, whatever folder is around it', async () => {
  const files = Object.fromEntries(
    ['pos', 'neg'].flatMap((label) =>
      Array.from({ length: 6 }, (_, i) => [`reviews/train/${label}/${i}.txt`, `${label} text number ${i}`]),
    ),
  )
  const path = written(files)
  const zip = join(folder, 'texts.zip')
  execFileSync('python3', [
    '-c',
    'import shutil,sys; shutil.make_archive(sys.argv[1],"zip",sys.argv[2])',
    zip.slice(0, -4),
    path,
  ])
  const wanted = (await imported(join(path, 'reviews'))).cells
  for (const archive of [zip, tarred(path, 'texts.tar.gz')]) {
    const { kind, cells } = await imported(archive)
    expect(kind).toBe('text')
    expect(cells).toEqual(wanted)
  }
})

test('what an archive holds is told by its names, and tables stay tables', () => {
  expect(kindOfNames(['bank.csv', 'bank-full.csv', 'bank-names.txt'])).toBe(null)
  expect(kindOfNames(['2020/a.txt', '2021/a.txt'])).toBe(null)
  expect(kindOfNames(['[Content_Types].xml', 'xl/media/1.png', 'xl/media/2.png'])).toBe(null)
  expect(kindOfNames(['a/1.jpg', 'b/2.jpg', 'labels.csv'])).toBe('images')
  expect(kindOfNames(['f/train-images-idx3-ubyte', 'f/train-labels-idx1-ubyte'])).toBe('images')
  expect(kindOfNames(['pos/1.txt', 'pos/2.txt', 'neg/1.txt', 'neg/2.txt', 'README'])).toBe('text')
})

test('IDX files in an archive are read like those of a folder', async () => {
  const { pixels, labels } = bands(15)
  const files = { 'train-images-idx3-ubyte': idxImages(pixels), 'train-labels-idx1-ubyte': idxLabels(labels) }
  const path = written(files)
  const { kind, rows, cells } = await imported(tarred(path, 'idx.tar.gz'))
  expect([kind, rows]).toEqual(['images', labels.length])
  expect(cells).toEqual((await imported(path)).cells)
})

/** One color each, so that channels that are taken for another are seen. */
const record = (labels: number[], [red, green, blue]: [number, number, number]): Buffer =>
  Buffer.concat([Buffer.from(labels), ...[red, green, blue].map((value) => Buffer.alloc(1024, value))])

test('the binary version of CIFAR-10 is read from its folder and its archive', async () => {
  const path = written({
    'cifar/data_batch_1.bin': Buffer.concat([record([1], [9, 8, 7]), record([0], [1, 2, 3])]),
    'cifar/data_batch_2.bin': record([1], [4, 5, 6]),
    'cifar/test_batch.bin': record([0], [250, 0, 0]),
    'cifar/batches.meta.txt': 'airplane\nautomobile\n\n',
    'cifar/readme.html': '<p>',
  })
  const { kind, rows, receipt, place, cells } = await imported(tarred(path, 'cifar-10-binary.tar.gz'))
  expect([kind, rows]).toEqual(['images', 4])
  expect(cells).toEqual([
    ['data_batch_1.bin #1', 'automobile'],
    ['data_batch_1.bin #2', 'airplane'],
    ['data_batch_2.bin #1', 'automobile'],
    ['test_batch.bin #1', 'airplane'],
  ])
  expect(receipt.notes).toContain('Read as CIFAR-10: 2 files to learn from, and one to test.')
  const whole = await wholePicture(
    place,
    receipt,
    { column: 'image' },
    'test_batch.bin #1',
    plainContext.limits,
  )
  expect([whole.seen.width, whole.seen.channels, whole.notes]).toEqual([
    32,
    3,
    ['It stands in a file of many and has none of its own: what was kept of it is shown.'],
  ])
  const png = Buffer.from(whole.seen.shown.slice('data:image/png;base64,'.length), 'base64')
  const { default: sharp } = await import('sharp')
  expect([...(await sharp(png).raw().toBuffer()).subarray(0, 3)]).toEqual([250, 0, 0])
  expect((await imported(join(path, 'cifar'))).cells).toEqual(cells)
})

test('CIFAR-100 has the finer classes; what is wrong with such files is said', async () => {
  const files = {
    'train.bin': Buffer.concat([record([0, 1], [1, 1, 1]), record([1, 0], [2, 2, 2])]),
    'fine_label_names.txt': 'apple\nbear\n',
  }
  const { cells } = await imported(written(files))
  expect(cells.map(([, label]) => label)).toEqual(['bear', 'apple'])
  expect(await refusal(written({ ...files, 'train.bin': files['train.bin'].subarray(0, 4000) }))).toMatch(
    /^train\.bin has 4,000 bytes, which are no whole number of pictures: in CIFAR-100 each takes 3,074\./,
  )
  expect(await refusal(written({ ...files, 'train.bin': record([0, 9], [1, 1, 1]) }))).toMatch(
    /^Picture 1 of train\.bin has the label 9, but there are only 2 classes in fine_label_names\.txt\./,
  )
  expect(await refusal(written({ data_batch_1: 'x', test_batch: 'x', 'batches.meta': 'x' }))).toContain(
    'holds CIFAR for Python, whose files are programs',
  )
})
