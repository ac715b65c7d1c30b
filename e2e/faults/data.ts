/** Small data of each kind, which trains in a moment. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DataKind, Recipe } from '../../electron/contract/index.ts'
import { randomOf, sample } from './support.ts'

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')
export const hashOf = (path: string): string => sha256(readFileSync(path))

export function write(path: string, content: Uint8Array | string): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return path
}

/** http://yann.lecun.com/exdb/mnist/: two zeros, the type (8: bytes), the number of sizes, the sizes, the bytes. */
function idx(shape: readonly number[], bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(4 + 4 * shape.length)
  head.set([0, 0, 8, shape.length])
  shape.forEach((size, i) => head.writeUInt32BE(size, 4 + 4 * i))
  return Buffer.concat([head, bytes])
}

/** Noise of 8 × 8 pixels with a bright band: high, in the middle or low. */
export function writeImages(folder: string, rows = 150): string {
  const random = randomOf(1)
  const pixels = Uint8Array.from({ length: rows * 64 }, () => 60 * random())
  const labels = Uint8Array.from({ length: rows }, (_, row) => row % 3)
  labels.forEach((label, row) => pixels.fill(200, row * 64 + 8 + 16 * label, row * 64 + 24 + 16 * label))
  write(join(folder, 'train-images-idx3-ubyte'), idx([rows, 8, 8], pixels))
  write(join(folder, 'train-labels-idx1-ubyte'), idx([rows], labels))
  return folder
}

const openings = { WHO: 'who wrote', WHERE: 'where is', HOW: 'how many' }
const things = ['the book', 'a river', 'the old song', 'this town', 'a bridge', 'the first film']

export function questions(rows: number): string {
  return Array.from({ length: rows }, (_, i) => {
    const [label, opening] = Object.entries(openings)[i % 3]!
    return `${label} ${opening} ${things[(i * 5) % 6]} number ${i % 11} ?\n`
  }).join('')
}

export function writeTexts(folder: string, rows = 120): string {
  write(join(folder, 'questions.train.txt'), questions(rows))
  write(join(folder, 'questions.test.txt'), questions(24))
  return folder
}

export function writeData(kind: DataKind, folder: string): string {
  if (kind === 'images') return writeImages(join(folder, 'images'))
  if (kind === 'text') return writeTexts(join(folder, 'text'))
  return write(join(folder, 'churn.csv'), readFileSync(sample('churn')))
}

/** As imported, but small, always on the CPU and to the last epoch. */
export function trainable(recipe: Recipe, epochs: number): Recipe {
  const changed = structuredClone(recipe)
  changed.backend = 'wasm'
  changed.training.epochs = epochs
  changed.training.earlyStopping = null
  changed.seed = 7
  if (changed.kind === 'images')
    changed.model = { template: 'mlp', hidden: [16], activation: 'relu', dropout: 0.2, batchNorm: true }
  if (changed.kind === 'text')
    changed.model = { template: 'text-cnn', embedding: 16, filters: 8, widths: [2, 3], dropout: 0.3 }
  return changed
}
