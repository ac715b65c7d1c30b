/**
 * Captured steps: a function of tensors is traced once for each set of input shapes (and precision of products) and then replayed as one fixed plan.
 * Tensors it changes in place (weights, optimizer state, running statistics, the random generator) keep their memory.
 */
import type { BoundProgram, Device, Executable, ProgramTimes } from '../backends/device.ts'
import type { Program } from '../compiler/primitive.ts'
import { LazyNode, pendingNodes, Storage, tick } from './graph.ts'
import {
  compiled,
  forbidInTrace,
  forgetCompiled,
  lowerGraph,
  realizeNodes,
  withTrace,
  type Trace,
} from './realize.ts'
import { getFloat32MatmulPrecision } from './precision.ts'
import { numel } from './shape.ts'
import { Tensor } from './tensor.ts'

type Outputs = Tensor | readonly Tensor[]

/** One traced version of a step. */
interface Captured {
  readonly executable: Executable
  readonly placeholders: readonly Tensor[]
  /** Memory for each output that has its own. */
  readonly outputs: readonly Tensor[]
  readonly single: boolean
  /** What fills each input slot: a tensor, asked for its memory at every call, or memory that never changes. */
  readonly slots: readonly (Tensor | Storage)[]
  /** Tensors the step changes, in output order after the returned ones. */
  readonly state: readonly Tensor[]
  bound: BoundProgram
  boundTo: readonly Storage[]
}

/**
 * Makes `fn` a captured step. It must be synchronous and must do the same work at every call: values it computes in
 * JavaScript are fixed when it is traced. What it returns is overwritten by the next call.
 */
export function capture<O extends Outputs>(fn: (...inputs: Tensor[]) => O): (...inputs: Tensor[]) => O {
  const versions = new Map<string, Captured>()
  return (...inputs) => {
    forbidInTrace('A captured step cannot run')
    const shapes = inputs.map((t) => `${t.device.backend}:${t.dtype}[${t.shape.join()}]`)
    const key = [getFloat32MatmulPrecision(), ...shapes].join()
    let captured = versions.get(key)
    realizeNodes(inputs.map((t) => t.node))
    if (!captured) versions.set(key, (captured = traceStep(fn, inputs)))
    replay(captured, inputs)
    // `single` was recorded from this very function's result.
    return (captured.single ? captured.outputs[0] : captured.outputs) as O
  }
}

function replay(captured: Captured, inputs: readonly Tensor[]): void {
  fillPlaceholders(captured, inputs)
  const current = captured.slots.map((slot) => (slot instanceof Storage ? slot : memoryOf(slot)))
  if (current.some((storage, i) => storage !== captured.boundTo[i])) {
    captured.bound.release()
    captured.bound = bind(captured.executable, current, captured.outputs, captured.state)
    captured.boundTo = current
  }
  captured.bound.run()
  const now = tick()
  for (const tensor of [...captured.state, ...captured.outputs]) tensor.node.storage!.overwrittenAt = now
}

function fillPlaceholders(captured: Captured, inputs: readonly Tensor[]): void {
  inputs.forEach((input, i) => {
    input.device.copy(input.node.storage!.buffer, captured.placeholders[i]!.node.storage!.buffer)
  })
}

function memoryOf(tensor: Tensor): Storage {
  realizeNodes([tensor.node])
  return tensor.node.storage!
}

function bind(
  executable: Executable,
  inputs: readonly Storage[],
  outputs: readonly Tensor[],
  state: readonly Tensor[],
): BoundProgram {
  const own = outputs.map((t) => t.node.storage!.buffer)
  // State that could not be updated in place passes through memory of its own.
  const spare = state.map((t, i) =>
    executable.aliases[outputs.length + i] === null ? t.device.allocate(t.numel, t.dtype) : null,
  )
  const bound = executable.bind([...inputs.map((s) => s.buffer), ...own, ...spare])
  return {
    run: () => bound.run(),
    profile: () => bound.profile(),
    release() {
      bound.release()
      for (const buffer of spare) buffer?.free()
    },
  }
}

function emptyTensor(like: Tensor | LazyNode, device: Device): Tensor {
  const storage = new Storage(device, device.allocate(numel(like.shape), like.dtype))
  return new Tensor(LazyNode.source(like.shape, like.dtype, storage))
}

function traceStep(
  fn: (...inputs: Tensor[]) => Outputs,
  inputs: readonly Tensor[],
  compile = compiled,
): Captured {
  const placeholders = inputs.map((t) => emptyTensor(t, t.device))
  const trace: Trace = { startedAt: tick(), reads: new Map(), assigned: new Map() }
  let result: Outputs
  try {
    result = withTrace(trace, () => fn(...placeholders))
    if (!(result instanceof Tensor) && !Array.isArray(result))
      throw new TypeError('A captured step must be synchronous and return a tensor or a list of tensors.')
  } catch (error) {
    restoreAssigned(trace)
    for (const [tensor, grad] of trace.reads) tensor.grad = grad
    throw error
  }
  const single = result instanceof Tensor
  const returned = single ? [result as Tensor] : [...(result as readonly Tensor[])]
  const state = [...trace.assigned.keys()]
  const finals = state.map((t) => t.node)
  const roots = [...returned.map((t) => t.node), ...finals]
  const device = (placeholders[0] ?? returned[0] ?? state[0])?.device
  if (!device) throw new Error('A captured step must take, return or change at least one tensor.')
  dropInnerGradients([...trace.reads.keys(), ...state], trace)

  // What was pending before the step belongs to the past: it is computed once, not at every replay.
  restoreAssigned(trace)
  realizeNodes([...olderInputs(roots, trace), ...state.map((t) => t.node)])
  forbidSharedMemory(state)

  const { outputs, inputs: sources } = lowerGraph(
    roots,
    state.map((t) => t.node),
  )
  const owners = new Map<Storage, Tensor>()
  // A detached copy shares its tensor's memory, but the tensor is the one to follow: it was noted first.
  for (const tensor of [...state, ...trace.reads.keys()]) {
    const { storage } = tensor.node
    if (storage && !owners.has(storage)) owners.set(storage, tensor)
  }
  const slots = sources.map((n) => owners.get(n.storage!) ?? n.storage!)
  const slotOf = new Map(sources.map((n, i) => [n.storage!, i]))
  const updates = [...returned.map(() => null), ...state.map((t) => slotOf.get(t.node.storage!)!)]
  const program: Program = { inputs: sources, outputs, updates }
  const executable = compile(device, program)
  const results = returned.map((t) => emptyTensor(t, device))
  const boundTo = sources.map((n) => n.storage!)
  const bound = bind(executable, boundTo, results, state)
  return { executable, placeholders, outputs: results, single, slots, state, bound, boundTo }
}

/** What the step itself uses of the past; what that was computed from need not be kept. */
function olderInputs(roots: readonly LazyNode[], { startedAt }: Trace): LazyNode[] {
  const isOld = (node: LazyNode): boolean => node.id < startedAt && !node.storage
  const used = pendingNodes(roots).flatMap((node) => (node.id < startedAt ? [] : [...node.inputs]))
  return [...new Set([...roots, ...used].filter(isOld))]
}

function restoreAssigned(trace: Trace): void {
  for (const [tensor, { node, gradFn }] of trace.assigned) {
    tensor.node = node
    tensor.gradFn = gradFn
  }
}

function forbidSharedMemory(state: readonly Tensor[]): void {
  if (new Set(state.map((t) => t.node.storage)).size < state.length) {
    throw new Error(
      'A captured step changes two tensors that share their memory, one being a detach() of the other: use clone() instead.',
    )
  }
}

/** Gradients made inside the step exist only there; outside they would be computed from the wrong weights. */
function dropInnerGradients(tensors: readonly Tensor[], trace: Trace): void {
  for (const tensor of tensors)
    if (tensor.grad && tensor.grad.node.id >= trace.startedAt && !trace.assigned.has(tensor.grad))
      tensor.grad = null
}

export interface StepTimes extends ProgramTimes {
  /** Of the whole step as it usually runs, until the device has finished it. */
  readonly milliseconds: number
}

/** WebAssembly of small kernels is compiled anew, and well, while it runs. */
const warmUpMs = 100

/**
 * Traces `fn` by itself and runs it `times` times, timing its kernels; whatever it changes is put back afterwards.
 * Nothing else may use these tensors meanwhile.
 */
export async function timeStep(
  fn: (...inputs: Tensor[]) => Outputs,
  inputs: readonly Tensor[],
  times: number,
): Promise<StepTimes[]> {
  forbidInTrace('A step cannot be profiled')
  realizeNodes(inputs.map((t) => t.node))
  // A program compiled before belongs to whoever asked for it first, and says so in its kernels.
  const captured = traceStep(fn, inputs, (device, program) => device.compile(program))
  const memory = captured.state.map((t) => t.node.storage!)
  const kept = memory.map(({ device, buffer }, i) =>
    device.allocate(buffer.elements, captured.state[i]!.dtype),
  )
  memory.forEach(({ device, buffer }, i) => device.copy(buffer, kept[i]!))
  fillPlaceholders(captured, inputs)
  const { device } = [...inputs, ...captured.outputs, ...captured.state][0]!
  const { bound } = captured
  try {
    // Pipelines are made, and code that is called often becomes faster: at least once, and for a while.
    for (const start = performance.now(); ;) {
      bound.run()
      await bound.profile()
      await device.synchronize()
      if (performance.now() - start >= warmUpMs) break
    }
    const runs: StepTimes[] = []
    for (let i = 0; i < times; i++) {
      const start = performance.now()
      bound.run()
      await device.synchronize()
      const milliseconds = performance.now() - start
      runs.push({ ...(await bound.profile()), milliseconds })
    }
    return runs
  } finally {
    memory.forEach((storage, i) => storage.device.copy(kept[i]!, storage.buffer))
    bound.release()
    for (const buffer of kept) buffer.free()
    // Named here, they are not given up while the program still writes to their memory.
    for (const tensor of [...captured.outputs, ...captured.placeholders]) tensor.dispose()
  }
}

/** A tuning pays for itself within some thousand steps, and is kept where the device has a store for it. */
const tuningMs = 5000

/**
 * Lets the device find out which kernels are fastest for this step, for about so many milliseconds: call it before the step is
 * captured. Runs nothing of the step itself. Devices without choices return at once. Different kernels add numbers up in
 * different orders, so results may differ in their last bits from those without tuning; the same tuning gives the same bits.
 */
export async function tuneStep(
  fn: (...inputs: Tensor[]) => Outputs,
  inputs: readonly Tensor[],
  milliseconds = tuningMs,
): Promise<void> {
  forbidInTrace('A step cannot be tuned')
  if (inputs[0] && !inputs[0].device.tune) return
  realizeNodes(inputs.map((t) => t.node))
  const asked: { readonly device: Device; readonly program: Program }[] = []
  const { bound, outputs, placeholders } = traceStep(fn, inputs, (device, program) => {
    asked.push({ device, program })
    return device.compile(program)
  })
  bound.release()
  for (const tensor of [...outputs, ...placeholders]) tensor.dispose()
  for (const { device, program } of asked) {
    await device.tune?.(program, milliseconds)
    forgetCompiled(device)
  }
}
