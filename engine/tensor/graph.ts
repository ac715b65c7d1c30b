/** The lazy graph: what has been asked for, before anything is computed. */
import type { Device, DeviceBuffer } from '../backends/device.ts'
import type { Op } from '../ops/define.ts'
import { bytesPerElement, type DType } from './dtype.ts'
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

/** Memory that holds a tensor's elements. */
export class Storage {
  readonly device: Device
  readonly buffer: DeviceBuffer
  /** When a captured step last wrote over it. */
  overwrittenAt = 0
  /** Memory that JavaScript does see, so that its collector knows when to look for abandoned storage. */
  ballast: ArrayBuffer | null
  constructor(device: Device, buffer: DeviceBuffer) {
    this.device = device
    this.buffer = buffer
    const bytes = buffer.elements * bytesPerElement
    this.ballast = bytes < ballastFrom ? null : new ArrayBuffer(bytes / 2)
    takenSinceTurn += bytes
    abandoned.register(this, buffer, this)
  }
  free(): void {
    abandoned.unregister(this)
    this.ballast = null
    this.buffer.free()
  }
}

/** One value: either an operation on other values or, once computed, memory. */
export class LazyNode {
  readonly id = tick()
  readonly scope = currentScope()
  readonly shape: Shape
  readonly dtype: DType
  readonly device: Device
  op: Op | null
  inputs: readonly LazyNode[]
  attrs: unknown
  storage: Storage | null

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
  }

  static source(shape: Shape, dtype: DType, storage: Storage): LazyNode {
    return new LazyNode(shape, dtype, storage.device, null, [], null, storage)
  }

  static operation(
    op: Op,
    inputs: readonly LazyNode[],
    attrs: unknown,
    shape: Shape,
    dtype: DType,
    device: Device,
  ): LazyNode {
    return new LazyNode(shape, dtype, device, op, inputs, attrs, null)
  }

  /** The graph behind a computed value is not needed again. */
  settle(storage: Storage): void {
    this.storage = storage
    this.op = null
    this.inputs = []
    this.attrs = null
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
