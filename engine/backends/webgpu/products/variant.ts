/** The ways in which a product can be computed, and which of them a device can. */
import type { ContractKernel } from '../../../compiler/kernel.ts'

/** One thread, or one workgroup, for each element: small products. */
export interface SumVariant {
  readonly kind: 'sum'
}

/**
 * A workgroup computes a tile of rows × columns, `depth` products at a time: both factors' parts are brought to shared memory,
 * from which each thread multiplies its own block in registers.
 */
export interface TileVariant {
  readonly kind: 'tile'
  readonly rows: number
  readonly columns: number
  readonly depth: number
  /** Results of one thread: multiples of 4. */
  readonly block: readonly [rows: number, columns: number]
  /**
   * How far reading runs ahead of multiplying. 0: each step reads, then multiplies. 1: the next step's numbers are read into
   * registers meanwhile. 2: the same, into shared memory of its own, which saves one of two barriers.
   */
  readonly ahead: 0 | 1 | 2
  /** k is cut into so many parts, computed side by side; their sums are added up in order by a kernel of their own. */
  readonly splits: number
}

/** A tile is the same whether k is split or not. */
export type Tile = Omit<TileVariant, 'splits'>

export type Variant = SumVariant | TileVariant

/** Of a device, in WebGPU's terms. */
export interface ProductLimits {
  readonly maxComputeInvocationsPerWorkgroup: number
  readonly maxComputeWorkgroupStorageSize: number
}

/** https://www.w3.org/TR/webgpu/#limits: what every device can. */
export const smallestLimits: ProductLimits = {
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16_384,
}

export const tileThreads = ({ rows, columns, block }: Tile): number =>
  (rows / block[0]) * (columns / block[1])

const bytesPerElement = 4

const tileBytes = ({ rows, columns, depth, ahead }: Tile): number =>
  (rows + columns) * depth * bytesPerElement * (ahead === 2 ? 2 : 1)

const isPowerOfTwo = (n: number): boolean => n > 0 && (n & (n - 1)) === 0

/** Whether the template can be written for this variant at all. */
function isWellFormed(variant: Tile): boolean {
  const { rows, columns, depth, block } = variant
  const across = [rows / block[0], columns / block[1]]
  const threads = tileThreads(variant)
  return (
    [rows, columns, depth, ...block, ...across].every(isPowerOfTwo) &&
    // Fewer threads side by side would meet in the banks of shared memory: see `swizzle`.
    across.every((n) => n >= 8) &&
    block.every((n) => n >= 4) &&
    depth >= 8 &&
    depth <= 32 &&
    (Math.min(rows, columns) * depth) / 4 >= threads
  )
}

export const fits = (variant: Tile, limits: ProductLimits): boolean =>
  isWellFormed(variant) &&
  tileThreads(variant) <= limits.maxComputeInvocationsPerWorkgroup &&
  tileBytes(variant) <= limits.maxComputeWorkgroupStorageSize

/** A name for tables and files, such as `tile 128x128x16 8x8 ahead 2 splits 1`. */
export function variantName(variant: Variant): string {
  if (variant.kind === 'sum') return 'sum'
  const { rows, columns, depth, block, ahead, splits } = variant
  return `tile ${rows}x${columns}x${depth} ${block.join('x')} ahead ${ahead} splits ${splits}`
}

/** Below this nearly all of a tile would lie outside the product. */
export const canTile = ({ m, n, k }: ContractKernel): boolean => Math.min(m, n, k) >= 8 && m * n >= 256
