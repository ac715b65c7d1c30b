/** Which variants are worth trying for a product, likely best first. Without a tuning the first is taken. */
import { stretchesOf } from '../../../compiler/split.ts'
import type { ContractKernel } from '../../../compiler/kernel.ts'
import { reductionThreads } from '../loop.ts'
import { batchSize } from './operand.ts'
import { canTile, fits, tileThreads, type ProductLimits, type TileVariant, type Variant } from './variant.ts'

interface KnownTile {
  readonly tile: Omit<TileVariant, 'splits'>
  /** On a large product, relative to the best. */
  readonly speed: number
}

const known = (
  [rows, columns, depth]: readonly [number, number, number],
  block: readonly [number, number],
  ahead: 0 | 1 | 2,
  speed: number,
): KnownTile => ({ tile: { kind: 'tile', rows, columns, depth, block, ahead }, speed })

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

export interface ProductDevice extends ProductLimits {
  /** A CPU plays the GPU. */
  readonly software: boolean
}

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
  const threads = results * Math.max(1, reductionThreads(results, k))
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
  const tiled = (software ? softwareTiles : tiles)
    .filter(({ tile }) => fits(tile, device))
    .flatMap((known) =>
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

/** All there are. */
export const knownVariants = (): Variant[] => [
  { kind: 'sum' } as const,
  ...[...tiles, ...softwareTiles].flatMap(({ tile }) => splitCounts.map((splits) => ({ ...tile, splits }))),
]
