/** Which variants are worth trying for a product, likely best first. Without a tuning the first is taken. */
import { stretchesOf } from '../../../compiler/split.ts'
import type { ContractKernel } from '../../../compiler/kernel.ts'
import { reductionThreads } from '../loop.ts'
import { batchSize } from './operand.ts'
import {
  canTile,
  fits,
  tileThreads,
  type MatrixUnit,
  type ProductDevice,
  type Tile,
  type Variant,
} from './variant.ts'

interface KnownTile {
  readonly tile: Tile
  /** On a large product, relative to the best. */
  readonly speed: number
}

const known = (
  [rows, columns, depth]: readonly [number, number, number],
  block: readonly [number, number],
  ahead: 0 | 1 | 2,
  speed: number,
): KnownTile => ({
  tile: { kind: 'tile', rows, columns, depth, block, ahead, half: false },
  speed,
})

/**
 * Tiles with their speed on a large product, relative to the first. A judgement from what bounds them on discrete GPUs — numbers
 * read from shared memory for each multiplication, 1/rows + 1/columns of a thread's block — not a measurement.
 */
const tiles: readonly KnownTile[] = [
  known([128, 128, 16], [8, 8], 2, 1),
  known([128, 128, 16], [8, 8], 1, 0.95),
  known([128, 128, 8], [8, 8], 2, 0.93),
  known([128, 64, 16], [8, 8], 2, 0.92),
  known([64, 128, 16], [8, 8], 2, 0.92),
  known([128, 64, 16], [8, 4], 2, 0.8),
  known([64, 128, 16], [4, 8], 2, 0.8),
  known([64, 64, 16], [8, 8], 2, 0.8),
  known([64, 64, 16], [8, 4], 2, 0.7),
  known([64, 64, 16], [4, 4], 2, 0.6),
  known([64, 64, 16], [4, 4], 0, 0.5),
  known([32, 128, 16], [4, 8], 2, 0.7),
  known([128, 32, 16], [8, 4], 2, 0.7),
  known([32, 64, 16], [4, 4], 2, 0.5),
  known([64, 32, 16], [4, 4], 2, 0.5),
  known([32, 32, 32], [4, 4], 1, 0.4),
  known([32, 32, 16], [4, 4], 2, 0.4),
  known([32, 32, 16], [4, 4], 0, 0.3),
]

/**
 * A CPU playing the GPU has nothing to hide by reading ahead, pays for every barrier, and has its threads' registers in its own
 * memory (measured on lavapipe and SwiftShader).
 */
const softwareTiles: readonly KnownTile[] = [
  known([64, 64, 16], [8, 8], 0, 1),
  known([64, 64, 8], [8, 8], 0, 1),
  known([32, 64, 16], [4, 8], 0, 0.8),
  known([32, 32, 16], [4, 4], 0, 0.6),
]

/** The same tiles in float16. */
const halved = (known: readonly KnownTile[]): KnownTile[] =>
  known.flatMap(({ tile, speed }) => (tile.kind === 'tile' ? [{ tile: { ...tile, half: true }, speed }] : []))

const matrixTile = (
  [rows, columns, depth]: readonly [number, number, number],
  subgroups: readonly [number, number],
  ahead: 0 | 1 | 2,
  speed: number,
) => ({ rows, columns, depth, subgroups, ahead, speed })

/** Again a judgement: matrix units are several times as fast, and soon wait for memory. */
const matrixTiles = [
  matrixTile([128, 128, 32], [2, 4], 2, 6),
  matrixTile([128, 128, 32], [2, 4], 1, 5.8),
  matrixTile([128, 128, 16], [2, 4], 2, 5.5),
  matrixTile([128, 64, 32], [2, 2], 2, 5),
  matrixTile([64, 128, 32], [2, 2], 2, 5),
  matrixTile([64, 64, 32], [2, 2], 2, 4),
  matrixTile([32, 128, 32], [1, 4], 2, 4),
  matrixTile([64, 64, 16], [2, 2], 0, 3),
  matrixTile([32, 64, 32], [1, 2], 2, 3),
  matrixTile([32, 32, 32], [2, 2], 2, 2.5),
  matrixTile([32, 32, 16], [1, 1], 2, 2),
]

const unitTiles = (unit: MatrixUnit): KnownTile[] =>
  matrixTiles.map(({ speed, ...tile }) => ({ tile: { kind: 'matrix', ...tile, unit }, speed }))

/** All that this device can, in the precision asked for. */
function possibleTiles(kernel: ContractKernel, device: ProductDevice): KnownTile[] {
  const { software, half, matrixUnit } = device
  const plain = software ? softwareTiles : tiles
  if (kernel.precision !== 'medium') return plain.filter(({ tile }) => fits(tile, device))
  // A CPU has no matrix units, and takes seconds to compile what plays them.
  const units = matrixUnit && !software ? unitTiles(matrixUnit) : []
  const reduced = [...units, ...(half ? halved(plain) : [])]
  return (reduced.length > 0 ? reduced : plain).filter(({ tile }) => fits(tile, device))
}

/** What plain sums do, which read both factors for each multiplication. */
const sumSpeed = { gpu: 0.06, software: 0.1 } as const

/** Threads that fill a large GPU with two workgroups of the largest tile on each of 132 processors (an H100's). */
const threadsToFill = 132 * 2 * 256
/** Parts shorter than this spend more time on their partial sums than on their products. */
const shortestPart = 256
const splitCounts = [1, 2, 4, 8, 16, 32, 64, 128]
/** Multiplications a GPU does while one partial sum is written and read again, and while one more kernel starts. */
const perPartial = 64
const perKernel = 1e8
const mostCandidates = 12
/** Of one tile. */
const mostSplits = 2

/** Multiplications' worth of time that the product takes in tiles, with k in so many parts. */
function tileCost(
  kernel: ContractKernel,
  { tile, speed }: KnownTile,
  parts: number,
  software: boolean,
): number {
  const { m, n, k } = kernel
  const [down, over, steps] = [
    Math.ceil(m / tile.rows),
    Math.ceil(n / tile.columns),
    Math.ceil(k / tile.depth),
  ]
  const batch = batchSize(kernel)
  const threads = batch * down * over * parts * tileThreads(tile)
  const multiplications = batch * down * tile.rows * over * tile.columns * steps * tile.depth
  const partials = parts === 1 ? 0 : batch * m * n * parts * perPartial + perKernel
  return multiplications / (speed * filled(threads, software)) + partials
}

function sumCost(kernel: ContractKernel, software: boolean): number {
  const { m, n, k } = kernel
  const results = batchSize(kernel) * m * n
  const threads = results * Math.max(1, reductionThreads(results, k, { software }))
  return (results * k) / (sumSpeed[software ? 'software' : 'gpu'] * filled(threads, software))
}

const filled = (threads: number, software: boolean): number =>
  software ? 1 : Math.min(1, threads / threadsToFill)

/** At least one; never more than a tuner has time for. */
export function candidates(kernel: ContractKernel, device: ProductDevice): Variant[] {
  const { software } = device
  const sum = { variant: { kind: 'sum' } as const, cost: sumCost(kernel, software) }
  if (!canTile(kernel)) return [sum.variant]
  const partsOf = (splits: number): number =>
    splits === 1 ? 1 : kernel.k / splits < shortestPart ? 0 : (stretchesOf(kernel, splits)?.parts ?? 0)
  const options = splitCounts
    .map((splits) => ({ splits, parts: partsOf(splits) }))
    .filter(({ splits, parts }) => parts > 0 && (splits === 1 || !software))
  const tiled = possibleTiles(kernel, device).flatMap((known) =>
    options
      .map(({ splits, parts }) => ({
        variant: { ...known.tile, splits },
        cost: tileCost(kernel, known, parts, software),
      }))
      .toSorted((a, b) => a.cost - b.cost)
      .slice(0, mostSplits),
  )
  return [sum, ...tiled]
    .toSorted((a, b) => a.cost - b.cost)
    .slice(0, mostCandidates)
    .map(({ variant }) => variant)
}

/** A larger tile may take so many times as long as the best, for a part of it is wasted on fewer rows. */
const mostWaste = 4
/** Multiplications in which no time is lost that anybody notices, beside that to compile another kernel. */
const unnoticed = { gpu: perKernel, software: 1e7 } as const

/** Variants that come to the same bits, the likely best first: each result is added up along k in order, and k is cut alike. */
export function alikeVariants(kernel: ContractKernel, variant: Variant, device: ProductDevice): Variant[] {
  const { software } = device
  const results = batchSize(kernel) * kernel.m * kernel.n
  const isSum = variant.kind === 'sum'
  if (isSum && (kernel.precision === 'medium' || reductionThreads(results, kernel.k, device) > 0)) return []
  const isHalf = (tile: Tile): boolean => tile.kind === 'matrix' || tile.half
  const addsAlike = (tile: Tile): boolean =>
    isSum ? !isHalf(tile) : tile.kind === variant.kind && isHalf(tile) === isHalf(variant)
  const isLarger = (tile: Tile): boolean =>
    isSum || tile.rows * tile.columns >= variant.rows * variant.columns
  const parts = isSum ? 1 : variant.splits
  const own = isSum
    ? sumCost(kernel, software)
    : tileCost(kernel, { tile: variant, speed: 1 }, parts, software)
  return possibleTiles(kernel, device)
    .filter(({ tile }) => addsAlike(tile))
    .map((known) => ({ tile: known.tile, cost: tileCost(kernel, known, parts, software) }))
    .filter(({ tile, cost }) => {
      const isFewMore = cost - own <= unnoticed[software ? 'software' : 'gpu']
      return isFewMore || (isLarger(tile) && cost <= mostWaste * own)
    })
    .toSorted((a, b) => a.cost - b.cost)
    .map(({ tile }) => ({ ...tile, splits: parts }))
}

/** All there are for a device. */
export function knownVariants({ matrixUnit }: ProductDevice): Variant[] {
  const plain = [...tiles, ...softwareTiles]
  const all = [...plain, ...halved(plain), ...(matrixUnit ? unitTiles(matrixUnit) : [])]
  return [{ kind: 'sum' }, ...all.flatMap(({ tile }) => splitCounts.map((splits) => ({ ...tile, splits })))]
}
