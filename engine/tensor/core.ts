/**
 * The tensor people hold: its value, its part in the backward graph, and the memory it shares. Its methods that compute
 * are in functions/, by family, and are added in tensor.ts. Nothing runs until a value is asked for.
 */
import type { Device } from '../backends/device.ts'
import { typesOf, type MultiOpRecord, type Op, type OpRecord } from '../ops/define.ts'
import * as ops from '../ops/index.ts'
import { backward, GradFn, recordOperation, type BackwardOptions, type Hook } from './autograd.ts'
import { readArguments, type Arguments } from './arguments.ts'
import { checkOptions, deviceOf, finish, type TensorOptions } from './default-device.ts'
import { checkedType, fromLanes, isFloating, type DType, type TypedArray } from './dtype.ts'
import { isGradEnabled, noGrad, withGrad } from './grad-mode.ts'
import type { TensorMethods } from '../functions/methods.ts'
import { isHalf } from './half.ts'
import { collectorTurn, LazyNode, tick } from './graph.ts'
import { printTensor } from './print.ts'
import { catchingUp, isTracing, noteAssignment, noteRead, noteWrite, realizeNodes } from './realize.ts'
import { broadcastShapes, checkedShape, formatShape, normalizeDim, numel, type Shape } from './shape.ts'
import {
  baseView,
  intoBase,
  lastRecorded,
  refuseOverlap,
  showsAll,
  viewThrough,
  type View,
  type Write,
} from './views.ts'

export type NestedNumbers = number | boolean | readonly NestedNumbers[]
export type Operand = Tensor | number | boolean

/** What a captured step puts back after it has been traced. */
export interface TensorState {
  readonly node: LazyNode
  readonly gradFn: GradFn | null
  readonly outputIndex: number
  /** The version of its memory that it shows; null where it shares none yet. */
  readonly seen: number | null
}

/** A chain longer than this is cut, so that a loop that reads nothing does not become one endless program. */
const longestChain = 1000

type Recorder = (op: Op, inputs: readonly Tensor[], attrs: unknown, outputs: readonly Tensor[]) => void

const recorders = new Set<Recorder>()
/** How many of them want no chain cut. */
let uncut = 0

/**
 * Tells `record` of every op that is applied, until the answer is called. `whole`: until then no chain is cut, for whoever looks
 * at what would be computed, and reads nothing of it.
 */
export function startRecording(record: Recorder, whole = false): () => void {
  recorders.add(record)
  if (whole) uncut++
  return () => {
    if (recorders.delete(record) && whole) uncut--
  }
}

/** One tensor for each result of the op. */
export function applyAll<A>(
  op: OpRecord<A> | MultiOpRecord<A>,
  inputs: readonly Tensor[],
  attrs: A,
  device?: Device,
): Tensor[] {
  for (const input of inputs as readonly unknown[])
    if (!(input instanceof Tensor))
      throw new TypeError(`${op.name} takes tensors, not ${describeValue(input)}.`)
  const on = device ?? inputs[0]!.device
  for (const input of inputs) {
    if (input.device !== on) {
      throw new Error(
        `${op.name}: its inputs live on different devices (${on.name} and ${input.device.name}).`,
      )
    }
    noteRead(input)
  }
  // The node hands these attrs to no op but this one.
  const types = typesOf(op as Op, inputs, attrs)
  for (const type of types) checkedShape(type.shape, op.name)
  const nodes = LazyNode.operation(
    op as Op,
    inputs.map((t) => t.node),
    attrs,
    types,
    on,
  )
  const outputs = nodes.map((node) => new Tensor(node))
  recordOperation(op, inputs, attrs, outputs, { apply, applyMulti, unreadable })
  for (const record of recorders) record(op as Op, inputs, attrs, outputs)
  if (nodes[0]!.depth >= longestChain && uncut === 0 && !isTracing()) realizeNodes(nodes)
  return outputs
}

/** Applies an op to tensors whose shapes already fit it. */
export function apply<A>(op: OpRecord<A>, inputs: readonly Tensor[], attrs: A, device?: Device): Tensor {
  const output = applyAll(op, inputs, attrs, device)[0]!
  if (op.back) output.looksThrough(inputs[0]!, op as OpRecord<unknown>, attrs)
  return output
}

/** Applies an op with several results, to one tensor for each. */
export const applyMulti = <A>(
  op: MultiOpRecord<A>,
  inputs: readonly Tensor[],
  attrs: A,
  device?: Device,
): Tensor[] => applyAll(op, inputs, attrs, device)

export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  return Array.isArray(value) ? 'a list: make it a tensor first' : `a ${typeof value}`
}

/** How Node prints what console.log is given. */
const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom')

/** Numbers of one type in a shape, on a device; what is done with it is a method, recorded for gradients where it requires them. Source: torch.Tensor. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- see the interface below
export class Tensor {
  #node: LazyNode
  /** Gradient accumulated by backward(); leaves only, unless retainGrad() was called. */
  grad: Tensor | null = null
  #gradFn: GradFn | null = null
  #outputIndex = 0
  readonly hooks: Hook[] = []
  /** Whether it is, or ever was, a leaf that requires grad: a module lists it among its parameters, frozen or not. */
  isParameter = false
  #leafRequiresGrad = false
  #version = 0
  /** How it shares memory with others; null while nobody has looked. */
  #view: View | null = null
  #ofLeaf = false
  #disposed = false

  constructor(node: LazyNode) {
    this.#node = node
  }

  /** The value, computed or not. In-place operations replace it. */
  get node(): LazyNode {
    this.#catchUp()
    if (this.#disposed) throw new Error('This tensor was disposed: its memory is gone.')
    return this.#node
  }
  get gradFn(): GradFn | null {
    this.#catchUp()
    return this.#gradFn
  }
  /** Which of its gradFn's results this is. Source: torch.Tensor.output_nr. */
  get outputIndex(): number { return this.#outputIndex } // prettier-ignore
  get shape(): Shape { return this.#node.shape } // prettier-ignore
  get dtype(): DType { return this.#node.dtype } // prettier-ignore
  get device(): Device { return this.#node.device } // prettier-ignore
  /** How many dimensions. Source: torch.Tensor.ndim. */
  get ndim(): number { return this.shape.length } // prettier-ignore
  /** How many dimensions. Source: torch.Tensor.dim. */
  dim(): number { return this.shape.length } // prettier-ignore
  /** The shape, or the extent of one dimension. Source: torch.Tensor.size. */
  size(): Shape
  size(dim: number): number
  size(dim?: number): Shape | number {
    if (dim === undefined) return this.shape
    if (this.ndim === 0) throw new RangeError('size: a single number has no dimensions.')
    return this.shape[normalizeDim(dim, this.ndim)]!
  }
  /** Dimensions in reverse order. Source: torch.Tensor.T. */
  get T(): Tensor { return this.permute(this.shape.map((_, i) => this.ndim - 1 - i)) } // prettier-ignore
  /** The last two dimensions exchanged; of a single number itself. Source: torch.Tensor.mT. */
  get mT(): Tensor { return this.ndim === 0 ? this : this.transpose(-2, -1) } // prettier-ignore
  /** As T, of a matrix; numbers here are real. Source: torch.Tensor.H. */
  get H(): Tensor { return this.T } // prettier-ignore
  /** As mT: numbers here are real. Source: torch.Tensor.mH. */
  get mH(): Tensor { return this.mT } // prettier-ignore
  /** How many elements. Source: torch.Tensor.numel. */
  numel(): number { return numel(this.shape) } // prettier-ignore
  /** Counts in-place changes. */
  get version(): number {
    this.#catchUp()
    return this.#version
  }
  get isLeaf(): boolean { return this.gradFn === null } // prettier-ignore

  get requiresGrad(): boolean {
    return this.#leafRequiresGrad || this.gradFn !== null
  }
  set requiresGrad(on: boolean) {
    if (this.gradFn)
      throw new Error('requiresGrad can be set on leaf tensors only; use detach() to leave the graph.')
    if (on && !isFloating(this.dtype))
      throw new Error(`Only tensors of floats can require gradients, not ${this.dtype}.`)
    this.#leafRequiresGrad = on
    this.isParameter ||= on
  }

  /** Sets whether it requires gradients. Source: torch.Tensor.requires_grad_. */
  requiresGrad_(requiresGrad = true): this {
    this.requiresGrad = requiresGrad
    return this
  }

  // ---- values ----

  /** Computes the value, if that has not happened, without waiting for the device. */
  realize(): this {
    realizeNodes([this.node])
    return this
  }

  /** The elements in row-major order: bytes as a Uint8Array, float16 as a Float16Array, bools as 0 and 1 in an Int32Array, the others in their own array. */
  async data(): Promise<TypedArray> {
    this.realize()
    const lanes = await this.device.read(this.node.storage!.buffer, this.dtype)
    await collectorTurn()
    return fromLanes(this.dtype, lanes)
  }

  /** The only element. */
  async item(): Promise<number> {
    if (this.numel() !== 1)
      throw new Error(`item() needs a single element; this tensor has shape ${formatShape(this.shape)}.`)
    return (await this.data())[0]!
  }

  /** The elements as nested lists. Source: torch.Tensor.tolist. */
  tolist(): Promise<NestedNumbers> {
    return this.toArray()
  }

  /** The elements as nested lists. */
  async toArray(): Promise<NestedNumbers> {
    return nest(await this.data(), this.shape)
  }

  /** Frees its memory now, instead of when the collector finds it. Using it, or what shares its memory, is then an error. */
  dispose(): void {
    this.#node.storage?.free()
    this.#disposed = true
  }

  // ---- autograd ----

  /**
   * Adds the gradient of this, times `gradient` (1 for a single number), to the `.grad` of every leaf below. The gradient may be
   * left out before the options. Errors: a TypeError for a gradient that is no tensor. Source: torch.Tensor.backward.
   */
  backward(options?: BackwardOptions): void
  backward(gradient: Tensor | null | undefined, ...rest: BackwardArguments): void
  backward(given?: Tensor | BackwardOptions | null, ...rest: BackwardArguments): void {
    const isGradient = given instanceof Tensor || given === undefined || given === null
    if (!isGradient && (Array.isArray(given) || typeof given !== 'object'))
      throw new TypeError(
        `backward() takes a gradient that is a tensor, then options, not ${describeValue(given)}.`,
      )
    const options = readArguments<BackwardOptions>(
      { name: 'backward', positional: backwardOrder },
      isGradient ? rest : [given],
    )
    backward([this], [isGradient ? given : null], options)
  }

  /** The same memory, outside the graph. Source: torch.Tensor.detach. */
  detach(): Tensor {
    // A captured step that reads the copy must follow this tensor from call to call.
    noteRead(this)
    const copy = this.snapshot()
    const view = this.#shared()
    copy.#view = { ...view, graph: {}, seen: view.memory.version }
    return copy
  }

  /** Calls `hook` with this tensor's gradient when it is computed; what it returns replaces it. Gives what removes it. */
  registerHook(hook: Hook): () => void {
    if (!this.requiresGrad)
      throw new Error('A hook needs a tensor that requires grad: no gradient will come here.')
    const list = this.gradFn ? this.gradFn.output(this.#outputIndex).hooks : this.hooks
    list.push(hook)
    return () => {
      const at = list.indexOf(hook)
      if (at >= 0) list.splice(at, 1)
    }
  }

  /** Keep `.grad` though this is not a leaf. Source: torch.Tensor.retain_grad. */
  retainGrad(): void {
    if (!this.requiresGrad) throw new Error('retainGrad() needs a tensor that requires grad.')
    if (this.gradFn) this.gradFn.output(this.#outputIndex).retained = this
  }

  /** For autograd: this is result number `index` of `fn`. */
  comesFrom(fn: GradFn, index: number): void {
    this.#gradFn = fn
    this.#outputIndex = index
  }

  /** The value as it is now, whatever happens to this tensor; outside the graph. */
  snapshot(): Tensor {
    return new Tensor(this.node)
  }

  /** What the backward pass remembers: a leaf itself, else the value as it is now. */
  saved(): Tensor {
    if (this.#leafRequiresGrad) return this
    const copy = this.snapshot()
    if (this.gradFn) copy.comesFrom(this.gradFn, this.#outputIndex)
    return copy
  }

  /** Adds to a gradient in place, so that whoever holds `.grad` sees it. */
  accumulate(part: Tensor): Tensor {
    return noGrad(() => this.add_(part))
  }

  // ---- memory shared with others ----

  #shared(): View {
    this.#catchUp()
    return (this.#view ??= baseView(this))
  }

  /** For apply: this shows `source`'s memory through `op`, if PyTorch would not copy it. */
  looksThrough(source: Tensor, op: OpRecord<unknown>, attrs: unknown): void {
    this.#view = viewThrough(source.#shared(), op, attrs, source, this.shape)
    this.#ofLeaf = this.#view !== null && (source.#ofLeaf || source.#leafRequiresGrad)
  }

  /** Takes what others have written to the memory it shows. */
  #catchUp(): void {
    const view = this.#view
    if (view !== null && view.seen !== view.memory.version) this.#take(view, view.memory.write!)
  }

  #take(view: View, write: Write): void {
    if (write.previous && view.seen < write.previous.version) this.#take(view, write.previous)
    const before = this.state()
    view.seen = write.version
    const recorded = write.recorded && write.graph === view.graph
    const shown = (t: Tensor): Tensor => view.path.reduce((x, { op, attrs }) => apply(op, [x], attrs), t)
    const take = (): void => {
      const value = shown(write.value)
      this.#become(write.mask ? shown(write.mask).choose(value, this) : value, recorded)
    }
    catchingUp(write.version, this, before, () => {
      withGrad(recorded, take)
    })
  }

  #become(value: Tensor, recorded: boolean): void {
    this.#node = value.node
    this.#version++
    if (!recorded) return
    const before = this.#gradFn?.output(this.#outputIndex)
    this.#gradFn = value.gradFn
    this.#outputIndex = value.#outputIndex
    // What is retained is the gradient of the value that it has now.
    if (before?.retained !== this) return
    before.retained = null
    if (this.#gradFn) this.#gradFn.output(this.#outputIndex).retained = this
  }

  /** Tells those who share the memory that it has changed. */
  #publish(view: View, recorded: boolean): void {
    const { memory, path, graph } = view
    const past = noteWrite(memory)
    const last = memory.write
    // What is inside the graph and what is outside cannot be one value: whoever has seen neither takes both.
    const merged = last === past || last?.recorded !== recorded ? null : last
    const kept = recorded ? null : lastRecorded(last)
    if (!recorded && path.length === 0 && showsAll(view)) {
      // All of it, as it is: nothing to be computed, which matters to steps that take a few microseconds.
      const value = this.snapshot()
      memory.write = { value, mask: null, graph, recorded, version: tick(), previous: kept }
      view.seen = memory.version
      return
    }
    withGrad(recorded, () => {
      const current = recorded ? this.saved() : this.snapshot()
      let value = intoBase(path, current)
      let mask = showsAll(view) ? null : intoBase(path, this.newFull(this.shape, 1, 'bool'))
      if (mask && merged) {
        value = mask.choose(value, merged.value)
        mask = merged.mask && mask.logicalNot().logicalAnd(merged.mask.logicalNot()).logicalNot()
      }
      const previous = mask ? (merged ? merged.previous : last) : kept
      memory.write = { value, mask, graph, recorded, version: tick(), previous }
    })
    view.seen = memory.version
  }

  /** For captured steps: the memory has been written to without this tensor's help. */
  changed(): void {
    this.#version++
    if (this.#view) this.#publish(this.#view, false)
  }

  /** For captured steps: its value is now in other memory. */
  movedTo(node: LazyNode): void {
    this.#node = node
    this.changed()
  }

  /** Whether it shows a part of another tensor's memory, or all of it in another order. Source: torch.Tensor._is_view. */
  get isView(): boolean { return this.#view !== null && this.#view.path.length > 0 } // prettier-ignore

  /** For captured steps: everything that an in-place change changes. */
  state(): TensorState {
    const seen = this.#view?.seen ?? null
    return { node: this.#node, gradFn: this.#gradFn, outputIndex: this.#outputIndex, seen }
  }

  /** For captured steps: takes back what happened since `state`, after the memory it shares. */
  restore({ node, gradFn, outputIndex, seen }: TensorState): void {
    this.#node = node
    this.#gradFn = gradFn
    this.#outputIndex = outputIndex
    if (this.#view) this.#view.seen = seen ?? this.#view.memory.version
  }

  // ---- in place ----

  /** Replaces the value. Inside a captured step the tensor becomes state that lives from call to call. */
  copy_(value: Operand): this {
    return this.#assign(this.#overwritten(value instanceof Tensor ? value.clone() : operand(value, this)))
  }

  /** What replaces this depends on it as well in the graph, with gradients of 0, as in PyTorch. */
  #overwritten(value: Tensor): Tensor {
    if (!isGradEnabled() || this.gradFn === null) return value
    const source = value.to(this.dtype).expand(this.shape)
    const result = source.snapshot()
    const gradients = ([grad]: readonly (Tensor | null)[]): (Tensor | null)[] => [
      grad!.zerosLike(),
      source.requiresGrad ? grad! : null,
    ]
    const fn = new GradFn('copy', [this.saved(), source.saved()], gradients, false)
    result.comesFrom(fn, 0)
    return result
  }

  #assign(value: Tensor): this {
    const recorded = isGradEnabled()
    if (recorded && this.#leafRequiresGrad) {
      throw new Error(
        'A leaf that requires grad cannot be changed in place while gradients are recorded; use noGrad().',
      )
    }
    if (recorded && this.#ofLeaf && this.requiresGrad) {
      throw new Error(
        'A view of a leaf that requires grad cannot be changed in place while gradients are recorded; use noGrad().',
      )
    }
    if (value.device !== this.device) {
      throw new Error(
        `A tensor on ${value.device.name} cannot be assigned to one on ${this.device.name}: build it there with tensor(…, { device }).`,
      )
    }
    const source = value.to(this.dtype).expand(this.shape)
    const view = this.#view && this.#shared()
    if (view) refuseOverlap(view)
    noteAssignment(this, this.state())
    this.#become(source, recorded)
    if (view) this.#publish(view, recorded)
    return this
  }

  /**
   * For methods that end in _: takes the value of `result`, which was computed from this.
   * Errors: a TypeError where its type holds what this one's cannot, such as 0.5 beside whole numbers.
   */
  assign(result: Tensor, name: string): this {
    const width = { bool: 0, uint8: 1, int32: 1, uint32: 1, float16: 2, float32: 2 } as const
    if (width[result.dtype] > width[this.dtype])
      throw new TypeError(
        `${name}: a result of type ${result.dtype} cannot be kept in a tensor of ${this.dtype}.`,
      )
    return this.#assign(result)
  }

  /** Fills it with 0. Source: torch.Tensor.zero_. */
  zero_(): this { return this.copy_(0) } // prettier-ignore
  /** Fills it with a number. Source: torch.Tensor.fill_. */
  fill_(value: number): this { return this.copy_(value) } // prettier-ignore

  // ---- what the engine itself is written in ----

  /** This condition chooses: `a` where it holds, `b` elsewhere (torch.where). */
  choose(a: Operand, b: Operand): Tensor {
    const model = a instanceof Tensor ? a : b instanceof Tensor ? b : null
    const [x, y] = [operand(a, model ?? this, model === null), operand(b, model ?? this, model === null)]
    const shape = [x.shape, y.shape].reduce((s, t) => broadcastShapes(s, t), this.shape)
    return apply(ops.where, [this.expand(shape), x.expand(shape), y.expand(shape)], null)
  }

  /** As float32. Source: torch.Tensor.float. */
  float(): Tensor { return this.to('float32') } // prettier-ignore
  /** As float16. Source: torch.Tensor.half. */
  half(): Tensor { return this.to('float16') } // prettier-ignore
  /** As int32. Source: torch.Tensor.int. */
  int(): Tensor { return this.to('int32') } // prettier-ignore
  /** As uint8. Source: torch.Tensor.byte. */
  byte(): Tensor { return this.to('uint8') } // prettier-ignore
  /** As int32, the widest type of whole numbers here. Source: torch.Tensor.long. */
  long(): Tensor { return this.to('int32') } // prettier-ignore
  /** Whether each element is other than 0. Source: torch.Tensor.bool. */
  bool(): Tensor { return this.to('bool') } // prettier-ignore
  /** Source: torch.Tensor.is_floating_point. */
  isFloatingPoint(): boolean { return isFloating(this.dtype) } // prettier-ignore

  /** This where the condition holds, elsewhere `other`. Source: torch.Tensor.where. */
  where(condition: Tensor, other: Operand): Tensor {
    return condition.choose(this, other)
  }

  /** In another element type. Source: torch.Tensor.to. */
  to(dtype: DType): Tensor {
    checkedType(dtype, 'to')
    return dtype === this.dtype ? this : apply(ops.cast, [this], { dtype })
  }

  /** In another element type; without one, the name of its own. Source: torch.Tensor.type. */
  type(): DType
  type(dtype: DType): Tensor
  type(dtype?: DType): Tensor | DType {
    return dtype === undefined ? this.dtype : this.to(dtype)
  }

  /** Its rows: `for (const row of x)`. Source: torch.Tensor.__iter__. Errors: a TypeError for a single number. */
  [Symbol.iterator](): Iterator<Tensor> {
    if (this.ndim === 0)
      throw new TypeError('A single number has no rows to go through: read it with await item().')
    return this.unbind()[Symbol.iterator]()
  }

  /** Zeros before and after each dimension. */
  pad(padding: readonly (readonly [number, number])[]): Tensor {
    return apply(ops.pad, [this], { padding })
  }
  /** The half-open range of each dimension. */
  shrink(bounds: readonly (readonly [number, number])[]): Tensor {
    return apply(ops.shrink, [this], { bounds })
  }
  /** Adds these elements into zeros of `shape` at `index` along `dim`. */
  scatterSum(dim: number, index: Tensor, shape: Shape): Tensor {
    return apply(ops.scatterSum, [this, index], { dim: normalizeDim(dim, this.ndim), shape })
  }

  // ---- others of its kind ----

  /** Filled with one number, of this tensor's type and on its device unless others are named. Source: torch.Tensor.new_full. */
  newFull(shape: Shape, value: number, options: DType | TensorOptions = {}): Tensor {
    if (typeof options === 'string') return apply(ops.full, [], { shape, value, dtype: options }, this.device)
    checkOptions('newFull', options)
    const { dtype = this.dtype } = options
    const device = options.device === undefined ? this.device : deviceOf(options)
    return finish(apply(ops.full, [], { shape, value, dtype }, device), options)
  }
  /** 0 to length − 1, on this tensor’s device. */
  newArange(length: number, dtype: DType = 'int32'): Tensor {
    return apply(ops.arange, [], { length, start: 0, step: 1, dtype }, this.device)
  }

  /**
   * As PyTorch prints it. Where values come from another device, or inside a captured step, its shape and type alone:
   * use toArray() there.
   */
  toString(): string {
    const suffixes = this.#gradFn
      ? [`grad_fn=<${this.#gradFn.name.replace(/^[a-z]/, (c) => c.toUpperCase())}0>`]
      : this.#leafRequiresGrad
        ? ['requires_grad=True']
        : []
    if (this.#disposed || !this.device.readSync || isTracing()) {
      const on = [`device='${this.device.backend}'`, `dtype=torch.${this.dtype}`, ...suffixes]
      return `tensor(..., ${[...on, `size=(${this.shape.join(', ')})`].join(', ')})`
    }
    this.realize()
    const values = this.device.readSync(this.node.storage!.buffer, this.dtype)
    return printTensor(values, this.shape, this.dtype, suffixes)
  }

  [inspect](): string {
    return this.toString()
  }
}

/** Stands for a tensor whose value is lost: shape and type can be asked for, what it held cannot. */
class Unreadable extends Tensor {
  readonly #why: string

  constructor({ node }: Tensor, why: string) {
    super(node)
    this.#why = why
  }

  override get node(): LazyNode {
    throw new Error(this.#why)
  }
}

const unreadable = (tensor: Tensor, why: string): Tensor => new Unreadable(tensor, why)

/** The methods of functions/: tensor.ts adds them. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type -- their types come from the functions, and tests call each of them
export interface Tensor extends TensorMethods {}

/** A number beside an integer tensor stays an integer where it is one, beside float16 it is one; `plain`: beside nothing but other numbers. */
export function operand(value: Operand, beside: Tensor, plain = false): Tensor {
  if (value instanceof Tensor) return value
  if (typeof value === 'boolean') return beside.newFull([], Number(value), 'bool')
  if (typeof value !== 'number')
    throw new TypeError(`An operand is a tensor or a number, not ${describeValue(value)}.`)
  return beside.newFull([], value, plain ? 'float32' : typeBeside(value, beside))
}

/** Whole numbers below it are int32 beside truth values, so that none of their sums and differences leaves 32 bits. */
const wholeBeyond = 2 ** 31 - 1

/** A whole number is of the type of whole numbers beside it, and int32 beside truth values; others are float32. */
function typeBeside(value: number, beside: Tensor): DType {
  if (isHalf(beside)) return beside.dtype
  if (beside.dtype === 'float32' || !Number.isInteger(value)) return 'float32'
  if (beside.dtype !== 'bool') return beside.dtype
  return Math.abs(value) < wholeBeyond ? 'int32' : 'float32'
}

const backwardOrder = ['retainGraph', 'createGraph'] as const
type BackwardArguments = Arguments<BackwardOptions, typeof backwardOrder>

function nest(data: TypedArray, shape: Shape): NestedNumbers {
  if (shape.length === 0) return data[0]!
  const [extent, ...rest] = shape
  const size = numel(rest)
  return Array.from({ length: extent! }, (_, i) =>
    rest.length === 0 ? data[i]! : nest(data.subarray(i * size, (i + 1) * size), rest),
  )
}
