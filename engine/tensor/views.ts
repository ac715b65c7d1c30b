/**
 * Tensors that share memory in PyTorch. Here every value is computed anew, so sharing is bookkeeping: a view knows the
 * way from its base, a write is put at its place in the base, and whoever else looks at the base takes it from there
 * when it is next asked for. What nobody writes to costs nothing.
 */
import type { OpRecord, TensorType } from '../ops/define.ts'
import { contiguousStrides, formatShape, numel, type Shape } from './shape.ts'
import type { Tensor } from './core.ts'

/** One step of the way from a base to a view. */
export interface ViewStep {
  readonly op: OpRecord<unknown>
  readonly attrs: unknown
  readonly input: TensorType
}

/** What has been written, in the base's shape. */
export interface Write {
  /** The memory's afterwards. */
  readonly version: number
  /** Not part of this: what was written before a captured step began, or on the other side of noGrad(). */
  readonly previous: Write | null
  readonly value: Tensor
  /** bool: where it has been written; null for everywhere. */
  readonly mask: Tensor | null
  /** The look it was written through: gradients do not pass to those on the other side of a detach(). */
  readonly graph: object
  readonly recorded: boolean
}

/** The memory that several tensors show. */
export class SharedMemory {
  readonly base: TensorType
  /** What those who are behind have missed. */
  write: Write | null = null

  constructor(base: TensorType) {
    this.base = base
  }

  /** Later after every write. */
  get version(): number {
    return this.write?.version ?? 0
  }
}

/** The last write that gradients pass through, of those that the memory still knows. */
export function lastRecorded(write: Write | null): Write | null {
  let found = write
  while (found && !found.recorded) found = found.previous
  return found
}

/** How one tensor looks at memory. */
export interface View {
  readonly memory: SharedMemory
  readonly path: readonly ViewStep[]
  /** In elements of the base: says which reshapes are views. */
  readonly strides: readonly number[]
  /** The same for all between which gradients pass. */
  readonly graph: object
  /** The memory's version that the tensor shows. */
  seen: number
}

export const baseView = (type: TensorType): View => ({
  memory: new SharedMemory({ shape: type.shape, dtype: type.dtype }),
  path: [],
  strides: contiguousStrides(type.shape),
  graph: {},
  seen: 0,
})

/** The view that `op` gives of a view of type `input`, or null where PyTorch would copy. */
export function viewThrough(
  from: View,
  op: OpRecord<unknown>,
  attrs: unknown,
  input: TensorType,
  output: Shape,
): View | null {
  const strides = stridesThrough(from.strides, op.name, attrs, input.shape, output)
  if (strides === null) return null
  const step = { op, attrs, input: { shape: input.shape, dtype: input.dtype } }
  return { ...from, path: [...from.path, step], strides, seen: from.memory.version }
}

function stridesThrough(
  strides: readonly number[],
  name: string,
  attrs: unknown,
  from: Shape,
  to: Shape,
): readonly number[] | null {
  switch (name) {
    case 'permute':
      return (attrs as { dims: readonly number[] }).dims.map((d) => strides[d]!)
    case 'shrink':
      return strides
    case 'every': {
      const { dim, step } = attrs as { dim: number; step: number }
      return strides.with(dim, strides[dim]! * step)
    }
    case 'diagonal':
      return [...strides.slice(0, -2), strides.at(-2)! + strides.at(-1)!]
    case 'expand': {
      const lead = to.length - from.length
      return to.map((n, i) => (i < lead || n !== from[i - lead] ? 0 : strides[i - lead]!))
    }
    case 'reshape':
      return reshapedStrides(from, strides, to)
    default:
      return null
  }
}

/**
 * The strides with which `to` shows the same memory in the same order, null where there are none. Neighboring dimensions
 * that lie one after the other in memory make one block, and a block can be cut anew. Source: torch's computeStride.
 */
export function reshapedStrides(from: Shape, strides: readonly number[], to: Shape): number[] | null {
  if (numel(from) === 0) return contiguousStrides(to)
  const out = new Array<number>(to.length)
  let next = to.length - 1
  let block = 1
  let filled = 1
  let base = strides.at(-1) ?? 1
  for (let d = from.length - 1; d >= 0; d--) {
    block *= from[d]!
    const joined = d > 0 && (from[d - 1] === 1 || strides[d - 1] === block * base)
    if (joined) continue
    while (next >= 0 && (filled < block || to[next] === 1)) {
      out[next] = filled * base
      filled *= to[next]!
      next--
    }
    if (filled !== block) return null
    if (d > 0) {
      base = strides[d - 1]!
      block = 1
      filled = 1
    }
  }
  while (next >= 0) {
    out[next] = base
    next--
  }
  return out
}

/** A value of the view's shape at its place in the base; zeros where the view shows nothing. */
export const intoBase = (path: readonly ViewStep[], value: Tensor): Tensor =>
  path.reduceRight((v, { op, attrs, input }) => op.back!(v, input, attrs), value)

const partial: ReadonlySet<string> = new Set(['shrink', 'every', 'diagonal'])

/** Whether the view shows every element of the base. */
export const showsAll = ({ path, memory }: View): boolean =>
  path.every(({ op }) => !partial.has(op.name)) && numel(memory.base.shape) > 0

/** Errors: for a view that shows one number at several places, before anything is changed through it. */
export function refuseOverlap({ path }: View): void {
  for (const { op, attrs, input } of path) {
    if (op.name !== 'expand') continue
    const { shape } = attrs as { shape: Shape }
    if (numel(shape) === numel(input.shape)) continue
    throw new Error(
      `A tensor of ${formatShape(input.shape)} expanded to ${formatShape(shape)} cannot be changed in place: several of its elements are one number in memory. clone() it first.`,
    )
  }
}
