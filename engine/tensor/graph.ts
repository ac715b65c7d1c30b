/** The lazy graph: what has been asked for, before anything is computed. */
import type { Device, DeviceBuffer } from '../backends/device.ts'
import type { Op, TensorType } from '../ops/define.ts'
import { bytesPerElement, type DType, type TypedArray } from './dtype.ts'
import { currentScope } from './scope.ts'
import type { Shape } from './shape.ts'

/** JavaScript cannot see device memory, so storage nobody refers to any more is freed by the collector. */
const abandoned = new FinalizationRegistry<DeviceBuffer>((buffer) => buffer.free())

/** Bytes of device memory taken since the collector's callbacks last had a turn. */
let takenSinceTurn = 0
const turnAfter = 64 * 2 ** 20
/** Smaller tensors are outweighed by the JavaScript objects around them. */
const ballastFrom = 4096

/** Lets the collector's callbacks run, when much memory has been taken: they wait for a turn of the event loop, which awaiting values alone never gives. */
export async function collectorTurn(): Promise<void> {
  if (takenSinceTurn < turnAfter) return
  takenSinceTurn = 0
  await new Promise((resolve) => setTimeout(resolve, 0))
}

let clock = 0
/** Counts events that order reads and writes. */
export const tick = (): number => ++clock

let backdated: number | null = null

/** Nodes that `body` makes count as made at `time`. */
export function atTime<R>(time: number, body: () => R): R {
  const before = backdated
  backdated = time
  try {
    return body()
  } finally {
    backdated = before
  }
}

/** Memory that holds a tensor's elements. */
export class Storage {
  readonly device: Device
  #buffer: DeviceBuffer
  /** Elements that were moved out of memory that was lent, until somebody asks for them. */
  #kept: { readonly values: TypedArray; readonly dtype: DType } | null = null
  #freed = false
  #overwritten = false
  /** When a captured step last wrote over it. */
  overwrittenAt = 0
  /** Memory that JavaScript does see, so that its collector knows when to look for abandoned storage. */
  ballast: ArrayBuffer | null
  /** @param owned - Whether the memory goes with this; that of a captured step's output is the step's. */
  constructor(device: Device, buffer: DeviceBuffer, owned = true) {
    this.device = device
    this.#buffer = buffer
    this.ballast = null
    if (owned) this.#own(buffer)
  }

  #own(buffer: DeviceBuffer): void {
    const bytes = buffer.elements * bytesPerElement
    this.ballast = bytes < ballastFrom ? null : new ArrayBuffer(bytes / 2)
    takenSinceTurn += bytes
    abandoned.register(this, buffer, this)
  }

  get buffer(): DeviceBuffer {
    if (this.#freed) throw new Error('This tensor was disposed: its memory is gone.')
    if (this.#overwritten)
      throw new Error(
        'A later call of the captured step has written over this result, which is too large to be kept for every call: read it, or clone() it, before the next call.',
      )
    if (this.#kept) {
      const { values, dtype } = this.#kept
      this.#kept = null
      this.#buffer = this.device.allocate(values.length, dtype)
      this.device.write(this.#buffer, values)
      this.#own(this.#buffer)
    }
    return this.#buffer
  }

  /** What was lent is written over: using it is an error from now on. */
  overwrite(): void {
    this.#overwritten = true
  }

  /**
   * Moves the elements out of memory that was lent, before whoever lent it writes over it: where they can be read at once
   * to an array, which costs least and is left to the collector where nobody wants them.
   */
  leave(dtype: DType): void {
    if (this.#freed) return
    if (this.device.readSync) {
      this.#kept = { values: this.device.readSync(this.#buffer, dtype), dtype }
      return
    }
    const buffer = this.device.allocate(this.#buffer.elements, dtype)
    this.device.copy(this.#buffer, buffer)
    this.#buffer = buffer
    this.#own(buffer)
  }

  free(): void {
    if (this.#freed) return
    this.#freed = true
    // Memory that was lent is not registered, and not given back here.
    if (abandoned.unregister(this)) this.#buffer.free()
    this.ballast = null
  }
}

/** One value: either an operation on other values or, once computed, memory. */
export class LazyNode {
  readonly id = backdated ?? tick()
  readonly scope = currentScope()
  readonly shape: Shape
  readonly dtype: DType
  readonly device: Device
  op: Op | null
  inputs: readonly LazyNode[]
  attrs: unknown
  storage: Storage | null
  /** All results of an op that has several, this one among them. */
  siblings: readonly LazyNode[] | null = null
  /** How many operations in a row are still to be computed for this one. */
  readonly depth: number

  private constructor(
    shape: Shape,
    dtype: DType,
    device: Device,
    op: Op | null,
    inputs: readonly LazyNode[],
    attrs: unknown,
    storage: Storage | null,
  ) {
    this.shape = shape
    this.dtype = dtype
    this.device = device
    this.op = op
    this.inputs = inputs
    this.attrs = attrs
    this.storage = storage
    let depth = 0
    for (const input of inputs) if (input.storage === null && input.depth >= depth) depth = input.depth + 1
    this.depth = depth
  }

  static source(shape: Shape, dtype: DType, storage: Storage): LazyNode {
    return new LazyNode(shape, dtype, storage.device, null, [], null, storage)
  }

  /** One node for each result of the op. */
  static operation(
    op: Op,
    inputs: readonly LazyNode[],
    attrs: unknown,
    types: readonly TensorType[],
    device: Device,
  ): LazyNode[] {
    const nodes = types.map(({ shape, dtype }) => new LazyNode(shape, dtype, device, op, inputs, attrs, null))
    if (nodes.length > 1) for (const node of nodes) node.siblings = nodes
    return nodes
  }

  /** The graph behind a computed value is not needed again. */
  settle(storage: Storage): void {
    this.storage = storage
    this.op = null
    this.inputs = []
    this.attrs = null
    this.siblings = null
  }
}

/** Every node reachable from `roots` without passing through memory, inputs before users. */
export function pendingNodes(roots: readonly LazyNode[]): LazyNode[] {
  const order: LazyNode[] = []
  const seen = new Set<LazyNode>()
  const stack: { node: LazyNode; next: number }[] = []
  for (const root of roots) {
    if (seen.has(root)) continue
    seen.add(root)
    stack.push({ node: root, next: 0 })
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!
      const input = top.node.storage ? undefined : top.node.inputs[top.next++]
      if (input === undefined) {
        order.push(top.node)
        stack.pop()
      } else if (!seen.has(input)) {
        seen.add(input)
        stack.push({ node: input, next: 0 })
      }
    }
  }
  return order
}
