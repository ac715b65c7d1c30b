/** Images for the data path: Fashion-MNIST's files where they are given, otherwise made up in their format. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeIdx } from '../../vision/index.ts'
import { models } from '../workloads/models.ts'
import { makeData } from './data.ts'

/** Of Fashion-MNIST's training images, over 255. */
export const normalisation = { mean: 0.286, std: 0.353 }

const patterns = { images: /train.*images.*idx3/, labels: /train.*labels.*idx1/ }

/** The name of a folder's training file. Errors: an Error where there is none. */
export function idxFile(folder: string, kind: keyof typeof patterns): string {
  const name = readdirSync(folder).find((entry) => patterns[kind].test(entry))
  if (!name)
    throw new Error(`${folder} has no training ${kind} in an IDX file, such as train-${kind}-idx3-ubyte.gz.`)
  return name
}

/** Files as Fashion-MNIST has them, of made-up images; they are removed when the process ends. */
export function makeIdxFiles(count = 8192): string {
  const folder = mkdtempSync(join(tmpdir(), 'descent-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const { inputs, labels } = makeData(models.cnn, count)
  const pixels = Uint8Array.from(inputs, (value) => Math.max(0, Math.min(255, 128 + 85 * value)))
  const files = [
    ['train-images-idx3-ubyte', { shape: [count, 28, 28], data: pixels }],
    ['train-labels-idx1-ubyte', { shape: [count], data: Uint8Array.from(labels) }],
  ] as const
  for (const [name, content] of files) writeFileSync(join(folder, name), encodeIdx(content))
  return folder
}
