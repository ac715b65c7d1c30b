/** Which size all pictures are brought to: by what a person says, else by the pictures. */
import { formatCount, pictureSizes, startCase, type PictureReading } from '../../contract/index.ts'
import type { Extent } from './decode.ts'

/** A first network learns from as many pixels in minutes. */
export const mostAtFirst = 64

export interface ChosenSize extends Extent {
  /** null: a person said it. */
  readonly evidence: string | null
}

export const median = (values: ArrayLike<number>): number => {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
}

/** `sizes`: of those that were looked at, of `all`. */
export function chooseSize(size: PictureReading['size'], sizes: readonly Extent[], all: number): ChosenSize {
  if (size !== 'auto') return { width: Number(size), height: Number(size), evidence: null }
  const [first] = sizes
  const those =
    sizes.length === all
      ? 'all pictures'
      : `the ${formatCount(sizes.length)} pictures that were looked at, of ${formatCount(all)},`
  if (
    first !== undefined &&
    sizes.every(({ width, height }) => width === first.width && height === first.height) &&
    Math.max(first.width, first.height) <= mostAtFirst &&
    Math.min(first.width, first.height) >= pictureSizes.least
  )
    return {
      width: first.width,
      height: first.height,
      evidence: `${startCase(those)} are of this size.`,
    }
  const shorter = median(sizes.map(({ width, height }) => Math.min(width, height)))
  const side = Math.min(mostAtFirst, Math.max(pictureSizes.least, shorter))
  const bound =
    side < shorter ? `; ${side} is enough to begin with` : side > shorter ? `; ${side} is the least` : ''
  return {
    width: side,
    height: side,
    evidence: `The median of the shorter sides of ${those} is ${formatCount(shorter)}${bound}.`,
  }
}
