/** What single images are like: how bright, how sharp, how large they came, and which look the same. */
import type { Extent } from '../pictures/decode.ts'
import type { ImageColumn } from '../datasets/frame.ts'

export interface ImageLooks {
  /** Of a table: the column that names them. Absent: they are the data. */
  readonly column?: string
  /** Rows that were looked at, by their places in the version; of how many. */
  readonly rows: Int32Array
  readonly of: number
  /** Of each of them: of its brightest hundredth, and of its darkest twentieth, the least and the most, from 0 to 1. */
  readonly bright: Float32Array
  readonly dark: Float32Array
  /** Variance of the Laplacian. */
  readonly sharpness: Float32Array
  /** As the files came; absent: they had no files of their own. */
  readonly sizes?: readonly Extent[]
  /** Of each, the first that looks the same. */
  readonly alike: Int32Array
  /** Which of them come from test files. */
  readonly tested: readonly boolean[]
}

/** Pixels that are looked at, at most: some seconds. */
const mostPixels = 400_000_000

/** As eyes have it (ITU-R BT.601), from 0 to 255. */
export function grayInto(gray: Float32Array, pixels: Uint8Array, channels: number): void {
  const size = gray.length
  if (channels < 3) for (let i = 0; i < size; i++) gray[i] = pixels[i]!
  else
    for (let i = 0; i < size; i++)
      gray[i] = 0.299 * pixels[i]! + 0.587 * pixels[size + i]! + 0.114 * pixels[2 * size + i]!
}

/** The level below which `share` of the pixels are, from 0 to 1. */
export function levelAt(gray: Float32Array, share: number): number {
  const counts = new Uint32Array(256)
  for (const value of gray) counts[Math.min(255, Math.round(value))]!++
  const wanted = share * gray.length
  let seen = 0
  for (let level = 0; level < 256; level++) if ((seen += counts[level]!) >= wanted) return level / 255
  return 1
}

/** Of the four neighbors against the pixel, within the picture. */
export function laplacianVariance(gray: Float32Array, width: number, height: number): number {
  let [count, sum, squares] = [0, 0, 0]
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x
      const value = gray[at - 1]! + gray[at + 1]! + gray[at - width]! + gray[at + width]! - 4 * gray[at]!
      sum += value
      squares += value * value
      count++
    }
  return count === 0 ? 0 : squares / count - (sum / count) ** 2
}

/** Fills `into` with the means of so many columns and rows of patches, as even as whole pixels allow. */
export function patchMeans<Means extends Float32Array | Float64Array>(
  gray: Float32Array,
  [width, height]: readonly [number, number],
  [columns, rows]: readonly [number, number],
  into: Means,
): Means {
  const edge = (at: number, of: number, parts: number): number => Math.floor((at * of) / parts)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [top, bottom] = [edge(row, height, rows), edge(row + 1, height, rows)]
      const [left, right] = [edge(column, width, columns), edge(column + 1, width, columns)]
      let sum = 0
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += gray[y * width + x]!
      into[row * columns + column] = sum / ((bottom - top) * (right - left))
    }
  return into
}

const [hashWidth, hashHeight] = [9, 8] as const
/** Smaller differences are noise on a plain ground. */
const leastDifference = 4
const fewestEdges = 12

/** Whether each of 8 × 8 patches is darker than the one to its right, as four numbers of 16 bits; null: hardly anything differs. */
export function differenceHash(gray: Float32Array, width: number, height: number): Uint16Array | null {
  if (width < hashWidth || height < hashHeight) return null
  const means = patchMeans(gray, [width, height], [hashWidth, hashHeight], new Float32Array(hashWidth * hashHeight)) // prettier-ignore
  const hash = new Uint16Array(4)
  let edges = 0
  for (let row = 0; row < hashHeight; row++)
    for (let column = 0; column < hashWidth - 1; column++) {
      const at = row * hashWidth + column
      const difference = means[at + 1]! - means[at]!
      if (Math.abs(difference) >= leastDifference) edges++
      if (difference >= leastDifference) hash[row >> 1]! |= 1 << (8 * (row & 1) + column)
    }
  return edges < fewestEdges ? null : hash
}

const bitsOf = Uint8Array.from({ length: 65_536 }, (_, value) => {
  let count = 0
  for (let rest = value; rest !== 0; rest &= rest - 1) count++
  return count
})
const distance = (a: Uint16Array, b: Uint16Array): number =>
  bitsOf[a[0]! ^ b[0]!]! + bitsOf[a[1]! ^ b[1]!]! + bitsOf[a[2]! ^ b[2]!]! + bitsOf[a[3]! ^ b[3]!]!

/** Of the pixels of two pictures; 1: the same but for brightness and contrast. */
export function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [center, other] = [mean(a), mean(b)]
  let [both, first, second] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - center, b[i]! - other]
    both += x * y
    first += x * x
    second += y * y
  }
  return first === 0 || second === 0 ? 0 : both / Math.sqrt(first * second)
}

/** Hashes of the same picture differ in so many bits at most: in one of four numbers, then, in none. */
const mostBits = 3
/** What looks alike in 64 patches is alike where the pixels go together like this. */
const leastCorrelation = 0.98
/** Of plain subjects many have a number in common. */
const mostInBucket = 64

/** Finds for each picture the first that looks the same. */
class Alike {
  readonly #buckets = new Map<number, { at: number; hash: Uint16Array }[]>()
  readonly #grayOf: (at: number) => Float32Array

  constructor(grayOf: (at: number) => Float32Array) {
    this.#grayOf = grayOf
  }

  firstLike(at: number, hash: Uint16Array, gray: Float32Array): number {
    const keys = Array.from(hash, (value, i) => 65_536 * i + value)
    const tried = new Set<number>()
    for (const key of keys)
      for (const one of this.#buckets.get(key) ?? []) {
        if (tried.has(one.at) || distance(one.hash, hash) > mostBits) continue
        tried.add(one.at)
        if (correlation(this.#grayOf(one.at), gray) >= leastCorrelation) return one.at
      }
    for (const key of keys) {
      const bucket = this.#buckets.get(key)
      if (bucket === undefined) this.#buckets.set(key, [{ at, hash }])
      else if (bucket.length < mostInBucket) bucket.push({ at, hash })
    }
    return at
  }
}

/** `sizes`: of each row, as its file came. `trainRows`: those behind so many come from test files. */
export function lookAtImages(
  { pixels, channels, height, width }: Pick<ImageColumn, 'pixels' | 'channels' | 'height' | 'width'>,
  count: number,
  trainRows: number,
  sizes: readonly Extent[] | null,
): ImageLooks {
  const size = height * width
  const stride = Math.max(1, Math.ceil((count * size) / mostPixels))
  const rows = Int32Array.from({ length: Math.ceil(count / stride) }, (_, i) => i * stride)
  const gray = new Float32Array(size)
  const [bright, dark, sharpness] = [0, 0, 0].map(() => new Float32Array(rows.length)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  const alike = new Int32Array(rows.length)
  const other = new Float32Array(size)
  const read = (into: Float32Array, place: number): Float32Array => {
    const row = rows[place]!
    grayInto(into, pixels.subarray(row * channels * size, (row + 1) * channels * size), channels)
    return into
  }
  const known = new Alike((place) => read(other, place))
  rows.forEach((_, i) => {
    read(gray, i)
    bright[i] = levelAt(gray, 0.99)
    dark[i] = levelAt(gray, 0.05)
    sharpness[i] = laplacianVariance(gray, width, height)
    const hash = differenceHash(gray, width, height)
    alike[i] = hash === null ? i : known.firstLike(i, hash, gray)
  })
  return {
    rows,
    of: count,
    bright,
    dark,
    sharpness,
    alike,
    tested: Array.from(rows, (row) => row >= trainRows),
    ...(sizes && { sizes: Array.from(rows, (row) => sizes[row]!) }),
  }
}
