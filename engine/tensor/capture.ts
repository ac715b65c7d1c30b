/**
 * Captured steps: a function of tensors is traced once for each set of input shapes (and precision of products) and then replayed as one fixed plan.
 * Tensors it changes in place (weights, optimizer state, running statistics, the random generator) keep their memory;
 * what it returns is for the caller to keep.
 */
import type { BoundProgram, Device, DeviceBuffer, Executable, ProgramTimes } from '../backends/device.ts'
import type { MatmulPrecision, Program } from '../compiler/primitive.ts'
import type { TensorType } from '../ops/define.ts'
import { isGradEnabled } from './grad-mode.ts'
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
import { numel, sameShape } from './shape.ts'
import { Tensor } from './tensor.ts'

type Outputs = Tensor | readonly Tensor[]

/** Memory of the step for one result, and who looks at it since the last call. */
interface Output {
  readonly type: TensorType
  readonly buffer: DeviceBuffer
  lent: Lent | null
}

/**
 * Memory that somebody may still look at. Where moving out costs next to nothing it is simply done; elsewhere only for
 * those who are still there.
 */
type Lent = Pick<WeakRef<Storage>, 'deref'>

const lend = (storage: Storage): Lent =>
  storage.device.readSync ? { deref: () => storage } : new WeakRef(storage)

/** One traced version of a step. */
interface Captured {
  readonly device: Device
  readonly precision: MatmulPrecision
  readonly recorded: boolean
  readonly executable: Executable
  readonly placeholders: readonly Tensor[]
  readonly outputs: readonly Output[]
  readonly single: boolean
  /** What fills each input slot: a tensor, asked for its memory at every call, or memory that never changes. */
  readonly slots: readonly (Tensor | Storage)[]
  /** Tensors the step changes, in output order after the returned ones. */
  readonly state: readonly Tensor[]
  /** Which of the inputs each of them is, or −1. */
  readonly stateInputs: readonly number[]
  /** Whether everything outside that steered the trace is still as it was. */
  readonly holds: () => boolean
  bound: BoundProgram
  boundTo: readonly Storage[]
}

/** Versions kept for one kind of inputs; one that alternates between more is traced anew each time. */
const mostVersions = 16

export interface CapturedStep<O extends Outputs> {
  (...inputs: Tensor[]): O
  /**
   * Gives back the memory that the step computes in, at once: otherwise it is kept until the step is collected as garbage, and
   * the collector does not know how large it is. What it gave may be read no more, unless it is small. Called again, it is
   * traced anew.
   */
  release(): void
}

/**
 * Makes `fn` a captured step. It must be synchronous and must do the same work at every call: values it computes in
 * JavaScript are fixed when it is traced. It is traced anew for inputs of other shapes, and when a module or optimizer
 * that it uses has another parameter, mode or option, or a tensor that it reads begins or ceases to require gradients.
 * Errors: for inputs that require gradients while these are recorded, which would not reach them.
 */
export function capture<O extends Outputs>(fn: (...inputs: Tensor[]) => O): CapturedStep<O> {
  const known = new Map<string, Captured[]>()
  let last: Captured | null = null
  const step = (...inputs: Tensor[]): O => {
    forbidInTrace('A captured step cannot run')
    const recorded = isGradEnabled()
    checkInputs(inputs, recorded)
    // Together: what several of them are computed from is computed once.
    if (inputs.some(({ node }) => !node.storage)) realizeNodes(inputs.map(({ node }) => node))
    // Nearly every call is like the one before.
    const captured = last && fits(last, inputs, recorded) ? last : versionFor(known, fn, inputs, recorded)
    last = captured
    const outputs = replay(captured, inputs)
    // `single` was recorded from this very function's result.
    return (captured.single ? outputs[0] : outputs) as O
  }
  const releaseAll = (): void => {
    for (const versions of known.values())
      for (const version of versions) {
        release(version)
        for (const tensor of version.placeholders) tensor.dispose()
      }
    known.clear()
    last = null
  }
  return Object.assign(step, { release: releaseAll })
}

/** Whether the version is for inputs like these, and for everything outside as it is now. */
const fits = (
  { placeholders, device, precision, recorded, holds }: Captured,
  inputs: readonly Tensor[],
  isRecorded: boolean,
): boolean =>
  precision === getFloat32MatmulPrecision() &&
  recorded === isRecorded &&
  placeholders.length === inputs.length &&
  placeholders.every(
    (p, i) =>
      p.dtype === inputs[i]!.dtype && device === inputs[i]!.device && sameShape(p.shape, inputs[i]!.shape),
  ) &&
  holds()

function versionFor(
  known: Map<string, Captured[]>,
  fn: (...inputs: Tensor[]) => Outputs,
  inputs: readonly Tensor[],
  recorded: boolean,
): Captured {
  const shapes = inputs.map((t) => `${t.device.backend}:${t.dtype}[${t.shape.join()}]`)
  const key = [getFloat32MatmulPrecision(), recorded, ...shapes].join()
  let versions = known.get(key)
  if (!versions) known.set(key, (versions = []))
  const found = versions.find((version) => fits(version, inputs, recorded))
  if (found) return found
  const captured = traceStep(fn, inputs)
  versions.push(captured)
  if (versions.length > mostVersions) release(versions.shift()!)
  return captured
}

function checkInputs(inputs: readonly unknown[], recorded: boolean): void {
  inputs.forEach((input, i) => {
    if (!(input instanceof Tensor))
      throw new TypeError(`A captured step takes tensors; input ${i} is ${String(input)}.`)
    if (recorded && input.requiresGrad)
      throw new Error(
        `Input ${i} of a captured step requires gradients, which would not reach it. Let the step use the tensor without taking it as an input, or pass detach() of it.`,
      )
  })
}

function release({ bound, outputs }: Captured): void {
  bound.release()
  keepOutputs(outputs)
  for (const { buffer } of outputs) buffer.free()
}

/**
 * Results up to this size are kept for whoever still has them. The collector says only between turns of the event loop
 * whether anybody does, so that a loop of calls would pile up larger ones until memory ends.
 */
const mostKeptElements = 16_384

/** What the last call returned gets memory of its own, where somebody may still have it; large results are over. */
function keepOutputs(outputs: readonly Output[]): void {
  for (const output of outputs) {
    const storage = output.lent?.deref()
    output.lent = null
    if (!storage) continue
    if (output.buffer.elements > mostKeptElements) storage.overwrite()
    else storage.leave(output.type.dtype)
  }
}

function replay(captured: Captured, inputs: readonly Tensor[]): Tensor[] {
  fillPlaceholders(captured, inputs)
  if (isElsewhere(captured)) {
    captured.bound.release()
    captured.boundTo = captured.slots.map(memoryOf)
    captured.bound = bind(captured, captured.boundTo)
  }
  keepOutputs(captured.outputs)
  captured.bound.run()
  const now = tick()
  const { state, stateInputs, boundTo } = captured
  for (let i = 0; i < state.length; i++) {
    // The first slots are the state's.
    boundTo[i]!.overwrittenAt = now
    const input = stateInputs[i]!
    if (input < 0) state[i]!.changed()
    else inputs[input]!.movedTo(copyOf(state[i]!))
  }
  return captured.outputs.map((output) => {
    const storage = new Storage(captured.device, output.buffer, false)
    output.lent = lend(storage)
    return new Tensor(LazyNode.source(output.type.shape, output.type.dtype, storage))
  })
}

/** Whether a tensor's memory is not where the plan looks for it. A loop: this is asked before every call. */
function isElsewhere({ slots, boundTo }: Captured): boolean {
  for (let i = 0; i < slots.length; i++) if (memoryOf(slots[i]!) !== boundTo[i]) return true
  return false
}

function copyOf({ shape, dtype, device, node }: Tensor): LazyNode {
  const storage = new Storage(device, device.allocate(numel(shape), dtype))
  device.copy(node.storage!.buffer, storage.buffer)
  return LazyNode.source(shape, dtype, storage)
}

function fillPlaceholders(captured: Captured, inputs: readonly Tensor[]): void {
  inputs.forEach((input, i) => {
    input.device.copy(input.node.storage!.buffer, captured.placeholders[i]!.node.storage!.buffer)
  })
}

function memoryOf(slot: Tensor | Storage): Storage {
  if (slot instanceof Storage) return slot
  const { node } = slot
  if (!node.storage) realizeNodes([node])
  return node.storage!
}

function bind(
  { executable, outputs, state }: Pick<Captured, 'executable' | 'outputs' | 'state'>,
  inputs: readonly Storage[],
): BoundProgram {
  const own = outputs.map(({ buffer }) => buffer)
  // State that could not be updated in place passes through memory of its own.
  const spare = state.map((t, i) =>
    executable.aliases[outputs.length + i] === null ? t.device.allocate(t.numel(), t.dtype) : null,
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

function emptyTensor({ shape, dtype, device }: Tensor): Tensor {
  const storage = new Storage(device, device.allocate(numel(shape), dtype))
  return new Tensor(LazyNode.source(shape, dtype, storage))
}

function traceStep(
  fn: (...inputs: Tensor[]) => Outputs,
  inputs: readonly Tensor[],
  compile = compiled,
): Captured {
  const placeholders = inputs.map((t) => emptyTensor(t))
  const trace: Trace = {
    startedAt: tick(),
    reads: new Map(),
    assigned: new Map(),
    memories: new Map(),
    guards: new Map(),
  }
  let result: Outputs
  try {
    result = withTrace(trace, () => fn(...placeholders))
    if (!(result instanceof Tensor) && !Array.isArray(result))
      throw new TypeError('A captured step must be synchronous and return a tensor or a list of tensors.')
    // Tensors that share memory with what was changed take their part in it now.
    withTrace(trace, () => [...trace.reads.keys(), ...trace.assigned.keys()].forEach((t) => t.node))
  } catch (error) {
    restoreAssigned(trace)
    for (const [tensor, { grad }] of trace.reads) tensor.grad = grad
    throw error
  }
  const single = result instanceof Tensor
  const returned = single ? [result as Tensor] : [...(result as readonly Tensor[])]
  const inner = innerGradients(trace)
  const state = changedState(trace).filter((t) => !inner.has(t))
  const holds = guardOf(trace)
  const finals = state.map((t) => t.node)
  const roots = [...returned.map((t) => t.node), ...finals]
  const device = (placeholders[0] ?? returned[0] ?? state[0])?.device
  if (!device) throw new Error('A captured step must take, return or change at least one tensor.')
  for (const tensor of [...trace.reads.keys(), ...state])
    if (tensor.grad && inner.has(tensor.grad)) tensor.grad = null

  // What was pending before the step belongs to the past: it is computed once, not at every replay.
  restoreAssigned(trace)
  realizeNodes([...olderInputs(roots, trace), ...state.map((t) => t.node)])

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
  const results = returned.map(({ shape, dtype }): Output => ({
    type: { shape, dtype },
    buffer: device.allocate(numel(shape), dtype),
    lent: null,
  }))
  const boundTo = sources.map((n) => n.storage!)
  const bound = bind({ executable, outputs: results, state }, boundTo)
  const stateInputs = state.map((t) => placeholders.indexOf(t))
  const precision = getFloat32MatmulPrecision()
  const recorded = isGradEnabled()
  return {
    ...{ device, precision, recorded, executable, placeholders, outputs: results, single },
    ...{ slots, state, stateInputs, holds, bound, boundTo },
  }
}

/** Tensors that the step changes for good. Views made inside it are gone with it; one memory is written once. */
function changedState(trace: Trace): Tensor[] {
  // What is not computed yet has no memory: those that will share it are of one node.
  const seen = new Set<Storage | LazyNode>()
  const lasting: Tensor[] = []
  for (const [tensor, { node }] of trace.assigned) {
    if (tensor.isView && node.id >= trace.startedAt) continue
    const memory = node.storage ?? node
    if (seen.has(memory)) continue
    seen.add(memory)
    lasting.push(tensor)
  }
  return lasting
}

/** Fields that the step itself changes do not steer it. */
function guardOf({ guards, reads, startedAt }: Trace): () => boolean {
  const steering = (value: unknown): boolean => !(value instanceof Tensor) || value.node.id < startedAt
  const fields = [...guards].flatMap(([object, entries]) =>
    entries.flatMap(([name, value]) =>
      steering(value) && fieldOf(object, name) === value ? [{ object, name, value }] : [],
    ),
  )
  const flags = [...reads].map(([tensor, { requiresGrad }]) => ({ tensor, requiresGrad }))
  // Asked before every call, of some hundred fields: loops, since steps may take a few microseconds.
  return () => {
    for (const { object, name, value } of fields) if (fieldOf(object, name) !== value) return false
    for (const { tensor, requiresGrad } of flags) if (tensor.requiresGrad !== requiresGrad) return false
    return true
  }
}

const fieldOf = (object: object, name: string): unknown => (object as Record<string, unknown>)[name]

/** What the step itself uses of the past; what that was computed from need not be kept. */
function olderInputs(roots: readonly LazyNode[], { startedAt }: Trace): LazyNode[] {
  const isOld = (node: LazyNode): boolean => node.id < startedAt && !node.storage
  const used = pendingNodes(roots).flatMap((node) => (node.id < startedAt ? [] : [...node.inputs]))
  return [...new Set([...roots, ...used].filter(isOld))]
}

function restoreAssigned(trace: Trace): void {
  for (const [memory, write] of trace.memories) memory.write = write
  for (const [tensor, state] of trace.assigned) tensor.restore(state)
}

/**
 * Gradients made inside the step, whether or not others were added to them, exist only there: outside they would be
 * computed from the wrong weights, and the next call begins without them.
 */
function innerGradients({ reads, assigned, startedAt }: Trace): Set<Tensor> {
  const tensors = [...reads.keys(), ...assigned.keys()]
  const madeInside = (grad: Tensor): boolean => (assigned.get(grad)?.node ?? grad.node).id >= startedAt
  return new Set(tensors.flatMap(({ grad }) => (grad && madeInside(grad) ? [grad] : [])))
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
  const { bound, device } = captured
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
    for (const { buffer } of captured.outputs) buffer.free()
    // Named here, they are not given up while the program still writes to their memory.
    for (const tensor of captured.placeholders) tensor.dispose()
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
  for (const { buffer } of outputs) buffer.free()
  for (const tensor of placeholders) tensor.dispose()
  for (const { device, program } of asked) {
    await device.tune?.(program, milliseconds)
    forgetCompiled(device)
  }
}
