/** Broken pictures, archives of them, pixels and lines of text: each is read with what is beside it, or refused in a sentence. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DescentError, startLimits, type Limits } from '../../contract/index.ts'
import { zipped } from '../archive/testing.ts'
import { decodePicture, lookAtPicture, NoPicture } from '../pictures/decode.ts'
import { drawn, gradient, speckled } from '../pictures/testing.ts'
import { kindOf, plainContext, recognize } from './index.ts'
import { bands, idxImages, idxLabels, questions } from './testing.ts'
import { broken } from './testing-fuzz.ts'

type Files = Readonly<Record<string, Uint8Array>>

/** Data in order, and which of its files goes wrong. */
interface Sound {
  readonly files: Files
  readonly broken: string
  /** What a person would name; null: the folder. */
  readonly named: string | null
  /** A part of the reader that can be tried alone, so that not every case takes the whole way. */
  readonly alone?: (bytes: Uint8Array) => Promise<void>
}

/** Files of a few kilobytes that want more are damaged. */
const limits: Limits = { ...startLimits, expandedSize: 32 << 20, pixels: 4_000_000 }
const side = 12

/** 24 bits a pixel, from the bottom up, rows of whole words. */
function bmp(width: number, height: number): Buffer {
  const pixels = gradient(width, height)
  const row = 4 * Math.ceil((3 * width) / 4)
  const bytes = Buffer.alloc(54 + row * height)
  bytes.write('BM')
  bytes.writeUInt32LE(bytes.length, 2)
  bytes.writeUInt32LE(54, 10)
  bytes.writeUInt32LE(40, 14)
  bytes.writeInt32LE(width, 18)
  bytes.writeInt32LE(height, 22)
  bytes.writeUInt16LE(1, 26)
  bytes.writeUInt16LE(24, 28)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let k = 0; k < 3; k++)
        bytes[54 + row * (height - 1 - y) + 3 * x + k] = pixels[3 * (y * width + x) + (2 - k)]!
  return bytes
}

async function decodes(bytes: Uint8Array): Promise<void> {
  const target = { width: 16, height: 16, fit: 'crop', background: 'white' } as const
  for (const read of [() => decodePicture(bytes, target, limits), () => lookAtPicture(bytes, limits)])
    try {
      await read()
    } catch (error) {
      if (!(error instanceof NoPicture)) throw error
      if (!/^(is|has) [^\n]{2,200}$/.test(error.message)) throw new Error(`no words: ${error.message}`)
    }
}

/** Red things and blue ones. */
async function pictures(): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {}
  for (let i = 0; i < 8; i++)
    files[`${i % 2 === 0 ? 'red' : 'blue'}/${i}.png`] = await speckled(
      side,
      side,
      i % 2 === 0 ? [200, 40, 40] : [40, 40, 200],
      i,
    )
      .png()
      .toBuffer()
  return files
}

const picture = (ending: string, made: () => Promise<Buffer> | Buffer) => async (): Promise<Sound> => {
  const name = `red/one.${ending}`
  return { files: { ...(await pictures()), [name]: await made() }, broken: name, named: null, alone: decodes }
}
const plain = (name: string, text: string) => (): Promise<Sound> =>
  Promise.resolve({ files: { [name]: Buffer.from(text) }, broken: name, named: name })

const inLines = (write: (label: string, text: string) => string): string =>
  questions(60)
    .trim()
    .split('\n')
    .map((line) => {
      const at = line.indexOf(' ')
      return `${write(line.slice(0, at), line.slice(at + 1))}\n`
    })
    .join('')

function idx(which: 'images' | 'labels'): () => Promise<Sound> {
  return () => {
    const { pixels, labels } = bands(15)
    const files = {
      'train-images-idx3-ubyte': idxImages(pixels),
      'train-labels-idx1-ubyte': idxLabels(labels),
    }
    const name = which === 'images' ? 'train-images-idx3-ubyte' : 'train-labels-idx1-ubyte'
    return Promise.resolve({ files, broken: name, named: null })
  }
}

async function archive(folder: string): Promise<Sound> {
  const at = join(folder, 'sound.zip')
  const files = Object.entries(await pictures()).map(([name, bytes]) => [name, Buffer.from(bytes)] as const)
  await zipped(at, files)
  return { files: { 'pictures.zip': readFileSync(at) }, broken: 'pictures.zip', named: 'pictures.zip' }
}

/** In ustar’s form, each header with the sum of its bytes. */
function tarOf(files: Files): Buffer {
  const blocks = Object.entries(files).flatMap(([name, bytes]) => {
    const header = Buffer.alloc(512)
    header.write(name, 0)
    header.write(bytes.length.toString(8).padStart(11, '0'), 124)
    header.fill(' ', 148, 156)
    header.write('0', 156)
    header.write('ustar\u000000', 257)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\0`, 148)
    return [header, Buffer.from(bytes), Buffer.alloc((512 - (bytes.length % 512)) % 512)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

const inTar = (name: string, pack: (bytes: Buffer) => Buffer) => async (): Promise<Sound> => ({
  files: { [name]: pack(tarOf(await pictures())) },
  broken: name,
  named: name,
})

const textsInZip = async (folder: string): Promise<Sound> => {
  const at = join(folder, 'sound.zip')
  const files = ['pos', 'neg'].flatMap((label) =>
    Array.from({ length: 6 }, (_, i) => [`${label}/${i}.txt`, Buffer.from(`${label} text ${i}`)] as const),
  )
  await zipped(at, files)
  return { files: { 'texts.zip': readFileSync(at) }, broken: 'texts.zip', named: 'texts.zip' }
}

/** Twelve pictures of CIFAR-10. */
const cifar = (): Promise<Sound> => {
  const records = Array.from({ length: 12 }, (_, i) =>
    Buffer.concat([Buffer.from([i % 2]), gradient(32, 32)]),
  )
  return Promise.resolve({
    files: { 'data_batch_1.bin': Buffer.concat(records), 'batches.meta.txt': Buffer.from('red\nblue\n') },
    broken: 'data_batch_1.bin',
    named: null,
  })
}

/** By what goes wrong; `folder` is for what is made by writing it. */
export const brokenFiles: Readonly<Record<string, (folder: string) => Promise<Sound>>> = {
  'picture.png': picture('png', () => drawn(side, side).png().toBuffer()),
  'picture.jpg': picture('jpg', () => drawn(side, side).jpeg().toBuffer()),
  'picture.gif': picture('gif', () => drawn(side, side).gif().toBuffer()),
  'picture.bmp': picture('bmp', () => bmp(side, side)),
  'picture.tiff': picture('tiff', () => drawn(side, side).tiff().toBuffer()),
  'picture.webp': picture('webp', () => drawn(side, side).webp().toBuffer()),
  'pictures.zip': archive,
  'pictures.tar': inTar('pictures.tar', (bytes) => bytes),
  'pictures.tar.gz': inTar('pictures.tar.gz', (bytes) => gzipSync(bytes)),
  'texts.zip': textsInZip,
  'data_batch_1.bin': cifar,
  'images-idx3-ubyte': idx('images'),
  'labels-idx1-ubyte': idx('labels'),
  'lines.txt': plain('lines.txt', questions(60)),
  'lines.tab.txt': plain(
    'lines.txt',
    inLines((label, text) => `${label}\t${text}`),
  ),
  'lines.csv': plain('lines.csv', `label,text\n${inLines((label, text) => `${label},"${text}"`)}`),
  'lines.jsonl': plain(
    'lines.jsonl',
    inLines((label, text) => JSON.stringify({ label, text })),
  ),
}

/** Seconds that one case may take, on a machine that does other things as well. */
const longest = 20
/** Where a part of the reader can be tried alone, every so many go the whole way. */
const wholeEvery = 20

type Outcome = 'read' | 'refused'

async function imported(
  at: string,
  { files, named }: Sound,
  name: string,
  bytes: Uint8Array,
): Promise<Outcome> {
  const data = join(at, 'data')
  const kept = join(at, 'kept')
  mkdirSync(kept, { recursive: true })
  for (const [file, content] of Object.entries({ ...files, [name]: bytes })) {
    mkdirSync(dirname(join(data, file)), { recursive: true })
    writeFileSync(join(data, file), content)
  }
  const path = named === null ? data : join(data, named)
  const context = { ...plainContext, limits, scratch: at }
  try {
    const kind = kindOf(await recognize(path, null, context))
    const place = { folder: kept, id: 'd' }
    const { receipt, columns, rows, recipe } = await kind.import({ path }, place, context)
    kind.validate(recipe, { columns, receipt }, { incomplete: true })
    const page = await kind.page(place, { id: 'd', receipt, rows, columns }, recipe, 0, 5, context)
    if (page.rows.length !== Math.min(5, rows))
      throw new Error(`${page.rows.length} rows on a page of ${rows}`)
    return 'read'
  } catch (error) {
    if (!(error instanceof DescentError) || error.code === 'internal') throw error
    if (!/[.”)]$/.test(error.message)) throw new Error(`no sentence: ${error.message}`, { cause: error })
    if (/\bError:|LINE \d+:|read_csv|^\s*at /m.test(error.message))
      throw new Error(`words for programmers: ${error.message}`, { cause: error })
    return 'refused'
  } finally {
    rmSync(at, { recursive: true, force: true })
  }
}

interface Case {
  readonly seed: number
  readonly story: string
  readonly seconds: number
  readonly came: Outcome | Error
}

/** The same seeds give the same files. The sound one comes first, where they begin with 0, and has to be read. */
export async function* tryBrokenFiles(
  name: string,
  { from, to }: { readonly from: number; readonly to: number },
  folder: string,
): AsyncGenerator<Case> {
  const sound = await brokenFiles[name]!(folder)
  const bytes = sound.files[sound.broken]!
  for (let seed = from === 0 ? -1 : from; seed < to; seed++) {
    const made = seed === -1 ? { bytes, story: 'as it should be' } : broken(seed, bytes)
    const started = performance.now()
    const whole = sound.alone === undefined || seed === -1 || seed % wholeEvery === 0
    const came = await (async (): Promise<Outcome | Error> => {
      try {
        await sound.alone?.(made.bytes)
        return whole ? await imported(join(folder, 'case'), sound, sound.broken, made.bytes) : 'read'
      } catch (error) {
        return error instanceof Error ? error : new Error(String(error))
      }
    })()
    const seconds = (performance.now() - started) / 1000
    const slow = seconds > longest && !(came instanceof Error)
    yield { seed, story: made.story, seconds, came: slow ? new Error(`it took ${seconds} s`) : came }
  }
}
