/** Small folders of images. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Unsigned bytes as http://yann.lecun.com/exdb/mnist/ has them. */
function idx(shape: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header.set([0, 0, 8, shape.length])
  shape.forEach((extent, i) => header.writeUInt32BE(extent, 4 + 4 * i))
  return Buffer.concat([header, data])
}

/** 8 × 8 pixels, bright in the upper or the lower half. */
export function halves(rows: number): { images: Buffer; labels: Buffer } {
  const pixels = Uint8Array.from({ length: rows * 64 }, (_, i) => {
    const upper = i % 64 < 32
    return upper === (Math.floor(i / 64) % 2 === 0) ? 200 + (i % 50) : i % 60
  })
  return {
    images: idx([rows, 8, 8], pixels),
    labels: idx(
      [rows],
      Uint8Array.from({ length: rows }, (_, row) => row % 2),
    ),
  }
}

export function writeImages(folder: string): string {
  mkdirSync(folder)
  for (const [part, rows] of [
    ['train', 120],
    ['t10k', 30],
  ] as const) {
    const { images, labels } = halves(rows)
    writeFileSync(join(folder, `${part}-images-idx3-ubyte`), images)
    writeFileSync(join(folder, `${part}-labels-idx1-ubyte`), labels)
  }
  return folder
}
