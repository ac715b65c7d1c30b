/** Which variants are worth trying for a product, likely best first. Without a tuning the first is taken. */
import { stretchesOf } from '../../../compiler/split.ts'
import type { ContractKernel } from '../../../compiler/kernel.ts'
import { batchSize } from './operand.ts'
import { fits, isTiled, tileThreads, type ProductLimits, type TileVariant, type Variant } from './variant.ts'

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

/** A CPU playing the GPU has no threads to hide latencies with and pays for every barrier. */
const softwareTiles: readonly KnownTile[] = [
  known([64, 64, 16], [4, 4], 0, 1),
  known([32, 32, 16], [4, 4], 0, 0.9),
]

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

/** Multiplications' worth of time that the product takes. */
function cost(kernel: ContractKernel, { tile, speed }: KnownTile, parts: number, software: boolean): number {
  const { m, n, k } = kernel
  const [down, over] = [Math.ceil(m / tile.rows), Math.ceil(n / tile.columns)]
  const batch = batchSize(kernel)
  const threads = batch * down * over * parts * tileThreads(tile)
  const filled = software ? 1 : Math.min(1, threads / threadsToFill)
  const multiplications = batch * down * tile.rows * over * tile.columns * k
  const partials = parts === 1 ? 0 : batch * m * n * parts * perPartial + perKernel
  return multiplications / (speed * filled) + partials
}

/** At least one; never more than a tuner has time for. */
export function candidates(kernel: ContractKernel, device: ProductDevice): Variant[] {
  if (!isTiled(kernel)) return [{ kind: 'sum' }]
  const partsOf = (splits: number): number =>
    splits === 1 ? 1 : kernel.k / splits < shortestPart ? 0 : (stretchesOf(kernel, splits)?.parts ?? 0)
  const options = splitCounts
    .map((splits) => ({ splits, parts: partsOf(splits) }))
    .filter(({ splits, parts }) => parts > 0 && (splits === 1 || !device.software))
  return (device.software ? softwareTiles : tiles)
    .filter(({ tile }) => fits(tile, device))
    .flatMap((known) =>
      options
        .map(({ splits, parts }) => ({
          variant: { ...known.tile, splits },
          cost: cost(kernel, known, parts, device.software),
        }))
        .toSorted((a, b) => a.cost - b.cost)
        .slice(0, mostSplits),
    )
    .toSorted((a, b) => a.cost - b.cost)
    .slice(0, mostCandidates)
    .map(({ variant }) => variant)
}

/** All there are. */
export const knownVariants = (): Variant[] =>
  [...tiles, ...softwareTiles].flatMap(({ tile }) => splitCounts.map((splits) => ({ ...tile, splits })))
