/** What Explore shows of labeled pictures: each one's measures, the mean of each class, a map, and which are nearly the same. */
import type { PictureProfile } from '../../contract/index.ts'
import type { ImageColumn } from '../datasets/frame.ts'
import { evenlyTaken } from '../datasets/taken.ts'
import type { Extent } from '../pictures/decode.ts'
import { pictureAddress } from '../pictures/show.ts'
import { momentsOf, quantile } from '../prepare/statistics.ts'
import { sortClasses } from '../tasks/index.ts'
import { principalComponents } from './components.ts'
import { grayInto, laplacianVariance, patchMeans, type ImageLooks } from './image-looks.ts'

/** So many stand for all: what is shown of each is kept with the profile. */
const mostPictures = 2000
/** Classes whose mean is drawn. */
const mostMeans = 24
const mostPairs = 60
/** Small copies have at most so many pixels a side: what they show is no noise of single pixels, and their components take a moment. */
const copySide = 8
/** Sides of the drawn means, at most. */
const drawnSide = 64

interface Labeled {
  readonly codes: ArrayLike<number>
  readonly categories: readonly string[]
}

export interface PicturesToProfile {
  readonly column: string
  readonly images: Pick<ImageColumn, 'pixels' | 'channels' | 'height' | 'width'>
  readonly labels: Labeled
  /** The categories stand in the order that they are shown in. */
  readonly inOrder?: true
  readonly nameOf: (row: number) => string
  /** Whether a row's name is that of a test file, where both may call different pictures alike. */
  readonly testedOf?: (row: number) => boolean
  /** Of each row, as its file came. */
  readonly sizes: readonly Extent[] | null
  readonly looks: ImageLooks
}

export function smallCopy(gray: Float32Array, width: number, height: number): Float64Array {
  const [columns, rows] = [Math.min(copySide, width), Math.min(copySide, height)]
  return patchMeans(gray, [width, height], [columns, rows], new Float64Array(columns * rows))
}

/** Of each, its distance from the mean of its class by the median of these; 1 where a class is of one picture, or all are equal. */
export function oddnessOf(copies: readonly Float64Array[], codes: readonly number[]): number[] {
  const odd = copies.map(() => 1)
  for (const places of Map.groupBy(copies.keys(), (place) => codes[place]!).values()) {
    const mean = new Float64Array(copies[places[0]!]!.length)
    for (const place of places)
      for (let k = 0; k < mean.length; k++) mean[k]! += copies[place]![k]! / places.length
    const distances = places.map((place) => Math.hypot(...copies[place]!.map((value, k) => value - mean[k]!)))
    const median = quantile(Float64Array.from(distances).sort(), 0.5)
    places.forEach((place, i) => {
      odd[place] = median === 0 ? 1 : distances[i]! / median
    })
  }
  return odd
}

/** Pixel by pixel: the mean, and twice the standard deviation, so that what differs the most is white. */
class Mean {
  count = 0
  readonly #sums: Float64Array
  readonly #squares: Float64Array

  constructor(pixels: number) {
    this.#sums = new Float64Array(pixels)
    this.#squares = new Float64Array(pixels)
  }

  add(pixels: Uint8Array): void {
    this.count++
    for (let i = 0; i < pixels.length; i++) {
      this.#sums[i]! += pixels[i]!
      this.#squares[i]! += pixels[i]! ** 2
    }
  }

  mean(): Uint8Array {
    return Uint8Array.from(this.#sums, (sum) => Math.round(sum / this.count))
  }

  spread(): Uint8Array {
    return Uint8Array.from(this.#squares, (squares, i) => {
      const variance = squares / this.count - (this.#sums[i]! / this.count) ** 2
      return Math.min(255, Math.round(2 * Math.sqrt(Math.max(0, variance))))
    })
  }
}

export async function profilePictures(given: PicturesToProfile): Promise<PictureProfile> {
  const { column, images, labels, nameOf, testedOf, sizes, looks } = given
  const { pixels, channels, height, width } = images
  const classes = given.inOrder ? [...labels.categories] : sortClasses(labels.categories)
  const placeOf = labels.categories.map((label) => classes.indexOf(label))
  const of = labels.codes.length
  const chosen = Array.from(evenlyTaken(mostPictures, of))
  const codes = chosen.map((row) => placeOf[labels.codes[row]!]!)
  const size = height * width
  const gray = new Float32Array(size)
  const counts = Map.groupBy(codes, (code) => code)
  const drawn = [...counts].toSorted(([, a], [, b]) => b.length - a.length).slice(0, mostMeans)
  const means = new Map(drawn.map(([code]) => [code, new Mean(channels * size)]))
  const measured = chosen.map((row, place) => {
    const own = pixels.subarray(row * channels * size, (row + 1) * channels * size)
    means.get(codes[place]!)?.add(own)
    grayInto(gray, own, channels)
    const { mean, std } = momentsOf(gray)
    return {
      brightness: mean / 255,
      contrast: std / 255,
      sharpness: laplacianVariance(gray, width, height),
      copy: smallCopy(gray, width, height),
    }
  })
  const copies = measured.map(({ copy }) => copy)
  const rounded = (values: Iterable<number>): number[] =>
    Array.from(values, (value) => Number(value.toPrecision(4)))
  const picture = (own: Uint8Array): Promise<string> =>
    pictureAddress({ pixels: own, channels, height, width }, drawnSide)
  const columns = Array.from({ length: copies[0]?.length ?? 0 }, (_, k) =>
    Float64Array.from(copies, (copy) => copy[k]!),
  )
  const map = copies.length < 3 ? null : await principalComponents(columns)
  const repeated = Array.from(looks.alike.keys()).filter((place) => looks.alike[place] !== place)
  const shown = (place: number) => {
    const row = looks.rows[place]!
    return { name: nameOf(row), label: labels.categories[labels.codes[row]!]!, tested: looks.tested[place]! }
  }
  return {
    column,
    of,
    names: chosen.map(nameOf),
    ...(testedOf && { tested: chosen.map(testedOf) }),
    labels: codes,
    classes,
    brightness: rounded(measured.map((one) => one.brightness)),
    contrast: rounded(measured.map((one) => one.contrast)),
    sharpness: rounded(measured.map((one) => one.sharpness)),
    oddness: rounded(oddnessOf(copies, codes)),
    width: sizes && chosen.map((row) => sizes[row]!.width),
    height: sizes && chosen.map((row) => sizes[row]!.height),
    map: map && { x: rounded(map.x), y: rounded(map.y), explained: [...map.explained] },
    means: await Promise.all(
      [...means]
        .toSorted(([a], [b]) => a - b)
        .map(async ([code, one]) => ({
          label: classes[code]!,
          count: one.count,
          mean: await picture(one.mean()),
          spread: await picture(one.spread()),
        })),
    ),
    alike: {
      count: repeated.length,
      // Pairs on both sides of the split first: they flatter the test.
      pairs: repeated
        .toSorted((a, b) => Number(crosses(looks, b)) - Number(crosses(looks, a)))
        .slice(0, mostPairs)
        .map((place) => [shown(looks.alike[place]!), shown(place)]),
    },
  }
}

const crosses = ({ tested, alike }: ImageLooks, place: number): boolean =>
  tested[place] !== tested[alike[place]!]
