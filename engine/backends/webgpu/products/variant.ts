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
  /** Factors are rounded to float16 on their way to shared memory; sums are float32. */
  readonly half: boolean
  /** k is cut into so many parts, computed side by side; their sums are added up in order by a kernel of their own. */
  readonly splits: number
}

/**
 * The same with the hardware's matrix units: a workgroup's subgroups share out its tile among them, each multiplying float16
 * matrices into float32 sums.
 */
export interface MatrixVariant {
  readonly kind: 'matrix'
  readonly rows: number
  readonly columns: number
  readonly depth: number
  /** Subgroups down and across a tile. */
  readonly subgroups: readonly [down: number, across: number]
  readonly unit: MatrixUnit
  readonly ahead: 0 | 1 | 2
  readonly splits: number
}

/** What one instruction multiplies: m × k by k × n in float16, added to float32. */
export interface MatrixUnit {
  readonly m: number
  readonly n: number
  readonly k: number
  /** Threads of a subgroup. */
  readonly subgroup: number
}

/** A tile is the same whether k is split or not. */
export type Tile = Omit<TileVariant, 'splits'> | Omit<MatrixVariant, 'splits'>

export type Variant = SumVariant | TileVariant | MatrixVariant

/** What products need to know of a device; limits in WebGPU's terms. */
export interface ProductDevice {
  /** A CPU plays the GPU. */
  readonly software: boolean
  /** Kernels may compute with float16. */
  readonly half: boolean
  /** Null: no matrix units, or none that multiply float16 into float32. */
  readonly matrixUnit: MatrixUnit | null
  readonly maxComputeInvocationsPerWorkgroup: number
  readonly maxComputeWorkgroupStorageSize: number
}

/** What every device can (https://www.w3.org/TR/webgpu/#limits). */
export const smallestDevice: ProductDevice = {
  software: false,
  half: false,
  matrixUnit: null,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16_384,
}

export const tileThreads = (tile: Tile): number =>
  tile.kind === 'tile'
    ? (tile.rows / tile.block[0]) * (tile.columns / tile.block[1])
    : tile.subgroups[0] * tile.subgroups[1] * tile.unit.subgroup

/** Elements from one line of a matrix in shared memory to the next: a gap of 16 bytes keeps lines in different banks. */
export const matrixPitch = (length: number): number => length + 8

/** Elements of shared memory that a factor's tile may take, whichever way its lines lie. */
const matrixElements = (lines: number, depth: number): number =>
  Math.max(lines * matrixPitch(depth), depth * matrixPitch(lines))

function tileBytes(tile: Tile): number {
  const { rows, columns, depth, ahead } = tile
  const copies = ahead === 2 ? 2 : 1
  if (tile.kind === 'tile') return (rows + columns) * depth * (tile.half ? 2 : 4) * copies
  const factors = (matrixElements(rows, depth) + matrixElements(columns, depth)) * 2 * copies
  return factors + tile.subgroups[0] * tile.subgroups[1] * tile.unit.m * tile.unit.n * 4
}

const isPowerOfTwo = (n: number): boolean => n > 0 && (n & (n - 1)) === 0

/** Whether the template can be written for this tile at all. */
function isWellFormed(tile: Tile): boolean {
  const { rows, columns, depth } = tile
  const bringsWholeVectors = (Math.min(rows, columns) * depth) / 4 >= tileThreads(tile)
  if (tile.kind === 'matrix') {
    const { subgroups, unit } = tile
    const sizes = [rows, columns, depth, ...subgroups, unit.m, unit.n, unit.k, unit.subgroup]
    return (
      sizes.every(isPowerOfTwo) &&
      rows / subgroups[0] >= unit.m &&
      columns / subgroups[1] >= unit.n &&
      depth >= unit.k &&
      bringsWholeVectors
    )
  }
  const { block } = tile
  const across = [rows / block[0], columns / block[1]]
  return (
    [rows, columns, depth, ...block, ...across].every(isPowerOfTwo) &&
    // Fewer threads side by side would meet in the banks of shared memory: see `swizzle`.
    across.every((n) => n >= 8) &&
    block.every((n) => n >= 4) &&
    depth >= 8 &&
    depth <= 32 &&
    bringsWholeVectors
  )
}

const isOffered = (tile: Tile, { half, matrixUnit }: ProductDevice): boolean =>
  tile.kind === 'matrix'
    ? matrixUnit !== null && unitName(tile.unit) === unitName(matrixUnit)
    : half || !tile.half

export const fits = (tile: Tile, device: ProductDevice): boolean =>
  isWellFormed(tile) &&
  isOffered(tile, device) &&
  tileThreads(tile) <= device.maxComputeInvocationsPerWorkgroup &&
  tileBytes(tile) <= device.maxComputeWorkgroupStorageSize

const unitName = ({ m, n, k, subgroup }: MatrixUnit): string => `${m}x${n}x${k}/${subgroup}`

/** A name for tables and files, such as `tile 128x128x16 8x8 ahead 2 splits 1`. */
export function variantName(variant: Variant): string {
  if (variant.kind === 'sum') return 'sum'
  const { kind, rows, columns, depth, ahead, splits } = variant
  const how =
    variant.kind === 'tile'
      ? `${variant.block.join('x')}${variant.half ? ' half' : ''}`
      : `${variant.subgroups.join('x')} of ${unitName(variant.unit)}`
  return `${kind} ${rows}x${columns}x${depth} ${how} ahead ${ahead} splits ${splits}`
}

/** Below this nearly all of a tile would lie outside the product. */
export const canTile = ({ m, n, k }: ContractKernel): boolean => Math.min(m, n, k) >= 8 && m * n >= 256
