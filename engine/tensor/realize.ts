/** From the lazy graph to values: lowers what is pending to one program, compiles it (once per structure) and runs it. */
import type { BoundProgram, Device, DeviceBuffer, Executable } from '../backends/device.ts'
import { Primitives, programKey, type Prim, type Program } from '../compiler/primitive.ts'
import { lowered } from '../ops/define.ts'
import { filledWith, type FullAttrs } from '../ops/elementwise.ts'
import { computeType, elementTypes } from './dtype.ts'
import { atTime, LazyNode, pendingNodes, Storage } from './graph.ts'
import { getFloat32MatmulPrecision } from './precision.ts'
import { numel } from './shape.ts'
import type { Tensor, TensorState } from './core.ts'
import type { SharedMemory, Write } from './views.ts'

/** Tensors changed in place outside a captured step: computed with the next value anybody asks for, so that no chain of updates grows. */
const assigned = new Set<Tensor>()

/** What a captured step sees while it is being traced. */
export interface Trace {
  /** Nodes with a smaller id are older than the trace. */
  readonly startedAt: number
  /** Tensors read, as they were before. */
  readonly reads: Map<Tensor, { readonly grad: Tensor | null; readonly requiresGrad: boolean }>
  /** Tensors changed, with what they were before. */
  readonly assigned: Map<Tensor, TensorState>
  /** Memory written to through tensors that share it, as it was before. */
  readonly memories: Map<SharedMemory, Write | null>
  /** Objects whose fields steer the step, such as modules, with those fields. */
  readonly guards: Map<object, readonly (readonly [string, unknown])[]>
}

let trace: Trace | null = null

export const isTracing = (): boolean => trace !== null

export function withTrace<R>(current: Trace, body: () => R): R {
  trace = current
  try {
    return body()
  } finally {
    trace = null
  }
}

/** Errors: an Error that says `what` was tried, inside a captured step. */
export function forbidInTrace(what: string): void {
  if (trace) throw new Error(`${what} inside a captured step: return the tensor from it and do this outside.`)
}

export function noteRead(tensor: Tensor): void {
  if (trace && tensor.node.id < trace.startedAt && !trace.reads.has(tensor))
    trace.reads.set(tensor, { grad: tensor.grad, requiresGrad: tensor.requiresGrad })
}

/**
 * Lets a tensor take what was written to its memory. What was written before a captured step began is taken as it was
 * then, outside the step: inside, it would be taken again at every call.
 */
export function catchingUp(version: number, tensor: Tensor, before: TensorState, body: () => void): void {
  const current = trace
  if (current && version > current.startedAt) {
    noteAssignment(tensor, before)
    body()
    return
  }
  assigned.add(tensor)
  if (!current) {
    body()
    return
  }
  trace = null
  try {
    atTime(current.startedAt - 0.5, body)
  } finally {
    trace = current
  }
}

/** A tensor is changed in place, which was in the state `before`. */
export function noteAssignment(tensor: Tensor, before: TensorState): void {
  if (trace === null) {
    // A second change to what is still to be computed is a loop's next turn: the turn before is computed by itself, so
    // that a loop that reads nothing costs no more than one that does.
    if (assigned.has(tensor)) realizeAssigned(tensor.device)
    assigned.add(tensor)
  } else if (!trace.assigned.has(tensor)) trace.assigned.set(tensor, before)
}

/**
 * Before shared memory is written to: what had been written to it already and is not to be repeated by the captured step
 * that is being traced.
 */
export function noteWrite(memory: SharedMemory): Write | null {
  if (!trace) return null
  if (!trace.memories.has(memory)) trace.memories.set(memory, memory.write)
  return trace.memories.get(memory)!
}

/** A captured step that depends on `object`'s fields is traced anew when one of them is another. */
export function noteGuard(object: object): void {
  if (trace && !trace.guards.has(object)) trace.guards.set(object, Object.entries(object))
}

/**
 * Lowers a graph; memory it reads becomes input slots in order of first use, after `fixed`. With `numbersAsInputs` so do
 * the numbers it is computed with: rows of memory made for this graph, to be freed once it has been computed.
 */
export function lowerGraph(
  roots: readonly LazyNode[],
  fixed: readonly LazyNode[] = [],
  numbersAsInputs = false,
): { outputs: Prim[]; inputs: LazyNode[]; numbers: LazyNode[] } {
  const k = new Primitives()
  k.precision = getFloat32MatmulPrecision()
  // It has float64 for everything in between.
  if (roots[0]?.device.backend === 'reference') k.rounded = (value) => value
  const prims = new Map<LazyNode, Prim>()
  const slots = new Map<Storage, number>()
  const inputs: LazyNode[] = []
  const source = (node: LazyNode): Prim => {
    let slot = slots.get(node.storage!)
    if (slot === undefined) {
      slot = inputs.push(node) - 1
      slots.set(node.storage!, slot)
    }
    // A detached or reshaped tensor may share memory under another shape.
    const flat = k.buffer(slot, inputs[slot]!.shape, computeType(inputs[slot]!.dtype))
    return k.reshape(flat, node.shape)
  }
  for (const node of fixed) source(node)
  const nodes = pendingNodes(roots)
  const numbers = numbersAsInputs ? numbersOf(nodes) : []
  for (const { node, of } of numbers) {
    const row = source(node)
    of.forEach((full, i) => {
      const one = k.expand(k.shrink(row, [[i, i + 1]]), [numel(full.shape)])
      prims.set(full, k.reshape(one, full.shape))
    })
  }
  for (const node of nodes) {
    if (node.storage) {
      prims.set(node, source(node))
      continue
    }
    checkFresh(node)
    if (prims.has(node)) continue
    k.origin = { op: node.op!.name, scope: node.scope }
    const all = node.siblings ?? [node]
    const inputPrims = node.inputs.map((i) => prims.get(i)!)
    const results = lowered(node.op!, k, inputPrims, node.attrs, all)
    all.forEach((sibling, i) => {
      if (sibling.storage === null) prims.set(sibling, results[i]!)
    })
  }
  return { outputs: roots.map((r) => prims.get(r)!), inputs, numbers: numbers.map(({ node }) => node) }
}

/** Numbers that programs are made for: what multiplies by 1 or compares with 0 is simpler than with any other number. */
const commonNumbers: ReadonlySet<number> = new Set([0, 1, -1, 2, 0.5])

interface NumberRow {
  readonly node: LazyNode
  readonly of: readonly LazyNode[]
}

/**
 * The numbers that a graph is computed with, in memory, so that a program serves any others: one row for each type. A
 * device that computes more exactly than its memory holds has them in its programs.
 */
function numbersOf(nodes: readonly LazyNode[]): NumberRow[] {
  const isNumber = ({ op, attrs, storage, device, dtype, shape }: LazyNode): boolean => {
    if (op?.name !== 'full' || storage || device.backend === 'reference' || numel(shape) === 0) return false
    const value = filledWith(attrs as FullAttrs)
    const computed = computeType(dtype)
    return (
      (computed === 'float32' || computed === 'int32') && Number.isFinite(value) && !commonNumbers.has(value)
    )
  }
  const found = nodes.filter(isNumber)
  const rows = (['float32', 'int32'] as const).map((type) =>
    found.filter(({ dtype }) => computeType(dtype) === type),
  )
  return rows
    .filter((of) => of.length > 0)
    .map((of) => {
      const { device } = of[0]!
      const dtype = computeType(of[0]!.dtype)
      const storage = new Storage(device, device.allocate(of.length, dtype))
      const values = of.map(({ attrs }) => filledWith(attrs as FullAttrs))
      device.write(storage.buffer, elementTypes[dtype].lanes.from(values))
      return { node: LazyNode.source([of.length], dtype, storage), of }
    })
}

function checkFresh(node: LazyNode): void {
  for (const input of node.inputs) {
    if (input.storage && input.storage.overwrittenAt > node.id) {
      throw new Error(
        `A captured step has changed a tensor that ${node.op!.name} was to read: its old value is gone. Call realize() on what is computed from it before running the step again.`,
      )
    }
  }
}

const executables = new WeakMap<Device, Map<string, Executable>>()
/** Programs kept per device: enough for every shape a session meets, bounded for one that makes new shapes for ever. */
const executableLimit = 512

export function compiled(device: Device, program: Program): Executable {
  let known = executables.get(device)
  if (!known) executables.set(device, (known = new Map()))
  const key = programKey(program)
  let executable = known.get(key)
  if (executable) known.delete(key)
  else executable = device.compile(program)
  known.set(key, executable)
  if (known.size > executableLimit) known.delete(known.keys().next().value!)
  return executable
}

/** What was compiled before the device knew better is compiled anew when it is next asked for. */
export function forgetCompiled(device: Device): void {
  executables.delete(device)
}

/** Computes `nodes`, and every tensor changed in place, together. */
export function realizeNodes(nodes: readonly LazyNode[]): void {
  const wanted = nodes.filter((n) => !n.storage)
  if (wanted.length === 0) return
  forbidInTrace('A value cannot be read')
  const device = wanted[0]!.device
  const roots = new Set(wanted)
  for (const tensor of assigned) {
    if (tensor.node.storage) assigned.delete(tensor)
    else if (tensor.device === device) {
      roots.add(tensor.node)
      assigned.delete(tensor)
    }
  }
  compute(device, [...roots])
}

/** Computes every tensor of `device` that was changed in place: before memory they read is written to directly. */
export function realizeAssigned(device: Device): void {
  const nodes = [...assigned].filter((t) => t.device === device).map((t) => t.node)
  realizeNodes(nodes)
  for (const tensor of assigned) if (tensor.device === device) assigned.delete(tensor)
}

function compute(device: Device, roots: readonly LazyNode[]): void {
  const { outputs, inputs, numbers } = lowerGraph(roots, [], true)
  const program: Program = { inputs, outputs, updates: outputs.map(() => null) }
  const executable = compiled(device, program)
  const storages = roots.map((r) => new Storage(device, device.allocate(numel(r.shape), r.dtype)))
  const buffers: DeviceBuffer[] = [...inputs.map((n) => n.storage!.buffer), ...storages.map((s) => s.buffer)]
  const bound: BoundProgram = executable.bind(buffers)
  bound.run()
  bound.release()
  for (const { storage } of numbers) storage!.free()
  roots.forEach((root, i) => root.settle(storages[i]!))
}
