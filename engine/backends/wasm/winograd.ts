/**
 * Which contractions are correlations with 3 × 3 filters, or such filters' gradients, and which of them Winograd's
 * minimal filtering computes sooner than the direct sum. The views alone tell.
 */
import type { Axis, ContractKernel, MatrixView } from '../../compiler/kernel.ts'
import { batchSize, type ContractionOptions } from './contraction.ts'
import { perPacked } from './estimate.ts'
import { slackBytes } from './memory.ts'
import { columnsPerVector, tileElements } from './winograd-transforms.ts'

/** Where an element of images [N, C, H, W] is. */
interface Planes {
  readonly offset: number
  readonly batchStrides: readonly number[]
  /** Elements from one image, channel or row to the next; columns are side by side. */
  readonly image: number
  readonly channel: number
  readonly row: number
}

export interface Filtering {
  readonly batch: readonly number[]
  readonly images: number
  /** Channels of x and of y. */
  readonly inputs: number
  readonly outputs: number
  /** Rows and columns of y; x has two more of each. */
  readonly height: number
  readonly width: number
  /** Vectors of four tiles that are transformed together: strips of so many make up a row of tiles. */
  readonly abreast: 1 | 2
  readonly x: Planes
}

/** y [outputs, images, height, width] = correlation of x with filters [outputs, inputs, 3, 3], which are contiguous. */
export interface Correlation extends Filtering {
  readonly kind: 'correlation'
  readonly filters: { readonly offset: number; readonly batchStrides: readonly number[] }
}

/** filters [outputs, inputs, 3, 3] = sums over images, rows and columns of x against y. */
export interface FilterGradient extends Filtering {
  readonly kind: 'filterGradient'
  readonly y: Planes
}

export type Winograd = Correlation | FilterGradient

/** The contraction as a filtering, or null where it is none. */
export function asWinograd(kernel: ContractKernel, options: ContractionOptions): Winograd | null {
  const found = asCorrelation(kernel) ?? asFilterGradient(kernel)
  if (!found || !readsNearby(found)) return null
  return { ...found, abreast: abreastOf(found, options) }
}

/** Two with wide vectors, unless too many tiles of the last strips were outside. */
function abreastOf({ width }: Filtering, { wide }: ContractionOptions): 1 | 2 {
  const vectors = (abreast: number): number => abreast * Math.ceil(width / (abreast * columnsPerVector))
  return wide && vectors(2) <= 1.2 * vectors(1) ? 2 : 1
}

function asCorrelation({ batch, m, k, a, b }: ContractKernel): Correlation | null {
  const x = planes(b, b.rows, b.columns)
  const contiguous = isRun(a.columns, k, 1) && isRun(a.rows, m, k)
  if (!x || !contiguous) return null
  const filters = { offset: a.offset, batchStrides: a.batchStrides }
  return { kind: 'correlation', abreast: 1, batch, ...x, inputs: k / 9, outputs: m, filters }
}

function asFilterGradient({ batch, m, n, a, b }: ContractKernel): FilterGradient | null {
  const x = planes(b, b.columns, b.rows)
  const [channel, more] = a.rows
  if (!x || more || !channel) return null
  const rows = gradientRows(a.columns, x)
  if (!rows) return null
  const y = { offset: a.offset, batchStrides: a.batchStrides, channel: channel.stride, ...rows }
  return { kind: 'filterGradient', abreast: 1, batch, ...x, inputs: n / 9, outputs: m, y }
}

/** One axis of so many elements so far apart. */
const isRun = (axes: readonly Axis[], extent: number, stride: number): boolean =>
  axes.length === 1 && axes[0]!.extent === extent && (extent === 1 || axes[0]!.stride === stride)

/** Windows of 3 × 3: taps run over channels, rows and columns of the filter, pixels over images, rows and columns. */
function planes(
  { offset, batchStrides }: MatrixView,
  taps: readonly Axis[],
  pixels: readonly Axis[],
): Pick<Filtering, 'images' | 'height' | 'width' | 'x'> | null {
  const [tap, pixel] = [trailing(taps), trailing(pixels)]
  if (!tap || !pixel) return null
  if (tap.height !== 3 || tap.width !== 3 || tap.row !== pixel.row) return null
  const x = { offset, batchStrides, image: pixel.outer.stride, channel: tap.outer.stride, row: pixel.row }
  return { images: pixel.outer.extent, height: pixel.height, width: pixel.width, x }
}

/** Axes as [outer, rows, columns side by side], the outer one perhaps left out. */
function trailing(axes: readonly Axis[]): { outer: Axis; height: number; row: number; width: number } | null {
  const [columns, rows, outer = { extent: 1, stride: 0 }, more] = axes.toReversed()
  if (!rows || more || columns!.stride !== 1 || rows.stride <= 0) return null
  return { outer, height: rows.extent, row: rows.stride, width: columns!.extent }
}

/** How y's images and rows lie where its axes are those of x's pixels, of which rows and columns may be one axis. */
function gradientRows(
  axes: readonly Axis[],
  { images, height, width }: Pick<Filtering, 'images' | 'height' | 'width'>,
): { readonly image: number; readonly row: number } | null {
  const last = axes.at(-1)
  if (last?.stride !== 1) return null
  const whole = last.extent === height * width
  const rest = whole ? axes.slice(0, -1) : axes.slice(0, -2)
  const row = whole ? width : axes.at(-2)?.stride
  if (row === undefined || rest.length > 1) return null
  if (!whole && (last.extent !== width || axes.at(-2)!.extent !== height)) return null
  const [image = { extent: 1, stride: 0 }] = rest
  return image.extent === images ? { image: image.stride, row } : null
}

/** Tiles at the lower and right edges read a row and some columns past the last: of memory that must be there. */
function readsNearby(found: Winograd): boolean {
  const row = found.kind === 'correlation' ? found.x.row : Math.max(found.x.row, found.y.row)
  return (row + 8 * columnsPerVector) * 4 < slackBytes
}

export const tileRowsOf = ({ height }: Filtering): number => Math.ceil(height / 2)
/** Vectors of four tiles that a row of tiles takes. */
export const vectorsPerRow = ({ width, abreast }: Filtering): number =>
  abreast * Math.ceil(width / (abreast * columnsPerVector))
/** Of y's columns, those in the last strip of a row of tiles. */
export const lastColumns = (filtering: Filtering): number =>
  filtering.width - (vectorsPerRow(filtering) - filtering.abreast) * columnsPerVector
export const vectorsOf = (filtering: Filtering): number =>
  filtering.images * tileRowsOf(filtering) * vectorsPerRow(filtering)

const multiplyAdds = ({ batch, images, inputs, outputs, height, width }: Filtering): number =>
  batchSize(batch) * images * height * width * inputs * outputs * 9

/** Transformed filters beyond this many floats are not kept. */
const mostFilters = 2 ** 24

/** Whoever computes several images mostly computes many: the last few of them are computed as the others are, to the same bits. */
const severalImages = 16

/** Whether the filtering by tiles is the quicker one. */
export function paysWinograd(winograd: Winograd, options: ContractionOptions): boolean {
  if (winograd.inputs * winograd.outputs * tileElements > mostFilters) return false
  const isOne = winograd.kind === 'correlation' && winograd.images === 1
  const images = isOne ? 1 : Math.max(winograd.images, severalImages)
  const usual = { ...winograd, images }
  return tiledTime(usual, options) < 0.95 * directTime(usual, options)
}

/**
 * In nanoseconds, measured on a 2023 server core: to transform a vector of tiles of a channel of x and of y (alone, and
 * abreast); to multiply a pair of such channels, and a multiply-add of the direct sum (without and with wide vectors);
 * to transform a filter; and what packing adds to the direct sum's multiply-adds for each row that does not share it.
 */
const costs = {
  correlation: {
    x: [8, 5],
    y: [9, 7.5],
    pair: [2.4, 1.35],
    filter: 5,
    multiplyAdd: [0.038, 0.021],
    packing: 0.12,
  },
  filterGradient: {
    x: [12, 5.5],
    y: [8, 5],
    pair: [2.6, 1.7],
    filter: 12,
    multiplyAdd: [0.037, 0.02],
    packing: 0.2,
  },
} as const

function tiledTime(winograd: Winograd, { wide }: ContractionOptions): number {
  const { kind, batch, inputs, outputs, abreast } = winograd
  const { x, y, pair, filter } = costs[kind]
  const vector = inputs * x[abreast - 1]! + outputs * y[abreast - 1]! + inputs * outputs * pair[wide ? 1 : 0]
  return batchSize(batch) * (vectorsOf(winograd) * vector + inputs * outputs * filter)
}

function directTime(winograd: Winograd, { wide }: ContractionOptions): number {
  const { multiplyAdd, packing } = costs[winograd.kind]
  return multiplyAdds(winograd) * (multiplyAdd[wide ? 1 : 0] + packing / winograd.outputs)
}

/** What every thread transforms for itself, as so many elements to pack. */
export function repeatedPacking(winograd: Winograd): number {
  const { kind, inputs, outputs } = winograd
  const time =
    kind === 'correlation'
      ? inputs * outputs * costs.correlation.filter
      : vectorsOf(winograd) * outputs * costs.filterGradient.y[winograd.abreast - 1]!
  return time / perPacked
}
