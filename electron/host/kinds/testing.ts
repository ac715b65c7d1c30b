/** Small folders of images and of text that tests share. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { vision } from '../../../engine/index.ts'
import { randomSource } from '../prepare/random.ts'

const extent = 8

/** Grey noise with a bright band across: high, in the middle, or low. */
export function bands(rows: number, seed = 1): { pixels: Uint8Array; labels: Uint8Array } {
  const random = randomSource(seed)
  const pixels = Uint8Array.from({ length: rows * extent * extent }, () => 60 * random())
  const labels = Uint8Array.from({ length: rows }, (_, row) => row % 3)
  labels.forEach((label, row) => {
    const band = row * extent * extent + (1 + 2 * label) * extent
    pixels.fill(200, band, band + 2 * extent)
  })
  return { pixels, labels }
}

export const idxImages = (pixels: Uint8Array, height = extent, width = extent): Uint8Array =>
  vision.encodeIdx({ shape: [pixels.length / (height * width), height, width], data: pixels })
export const idxLabels = (labels: Uint8Array): Uint8Array =>
  vision.encodeIdx({ shape: [labels.length], data: labels })

export function writeFiles(folder: string, files: Readonly<Record<string, Uint8Array | string>>): string {
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), name.endsWith('.gz') ? gzipSync(content) : content)
  }
  return folder
}

/** MNIST's four files, the training images compressed. */
export function writeBands(folder: string, train = 120, test = 30): string {
  const [a, b] = [bands(train, 1), bands(test, 2)]
  return writeFiles(folder, {
    'train-images-idx3-ubyte.gz': idxImages(a.pixels),
    'train-labels-idx1-ubyte': idxLabels(a.labels),
    't10k-images-idx3-ubyte': idxImages(b.pixels),
    't10k-labels-idx1-ubyte.gz': idxLabels(b.labels),
  })
}

const openings = { WHO: 'who wrote', WHERE: 'where is', HOW: 'how many' }
const things = ['the book', 'a river', 'the old song', 'this town', 'a bridge', 'the first film']

/** Questions whose first words tell the class. */
export function questions(rows: number, labeled = true): string {
  const labels = Object.keys(openings) as (keyof typeof openings)[]
  const lines = Array.from({ length: rows }, (_, i) => {
    const label = labels[i % 3] ?? 'WHO'
    const line = `${openings[label]} ${things[(i * 5) % 6]} number ${i % 11} ?`
    return labeled ? `${label} ${line}` : line
  })
  return lines.join('\n') + '\n'
}

export const writeQuestions = (folder: string, train = 90, test = 24): string =>
  writeFiles(folder, { 'questions.train.txt': questions(train), 'questions.test.txt': questions(test) })
