/** The tensor people hold. Its methods build the lazy graph; nothing runs until a value is asked for. */
import type { Device } from '../backends/device.ts'
import type { Op, OpRecord } from '../ops/define.ts'
import * as ops from '../ops/index.ts'
import {
  backward,
  isGradEnabled,
  noGrad,
  recordOperation,
  type BackwardOptions,
  type GradFn,
  type Hook,
} from './autograd.ts'
import type { DType, TypedArray } from './dtype.ts'
import { collectorTurn, LazyNode } from './graph.ts'
import { noteAssignment, noteRead, realizeNodes } from './realize.ts'
import {
  broadcastShapes,
  checkedShape,
  formatShape,
  normalizeDim,
  normalizeDims,
  normalizeRange,
  numel,
  sameShape,
  type Shape,
} from './shape.ts'

export type NestedNumbers = number | readonly NestedNumbers[]
type Operand = Tensor | number

/** Applies an op to tensors whose shapes already fit it. */
export function apply<A>(op: OpRecord<A>, inputs: readonly Tensor[], attrs: A, device?: Device): Tensor {
  const on = device ?? inputs[0]!.device
  for (const input of inputs) {
    if (input.device !== on) {
      throw new Error(
        `${op.name}: its inputs live on different devices (${on.name} and ${input.device.name}).`,
      )
    }
    noteRead(input)
  }
  const type = op.infer(inputs, attrs)
  checkedShape(type.shape, op.name)
  // The node hands these attrs to no op but this one.
  const node = LazyNode.operation(
    op as Op,
    inputs.map((t) => t.node),
    attrs,
    type.shape,
    type.dtype,
    on,
  )
  const output = new Tensor(node)
  output.gradFn = recordOperation(op, inputs, attrs, output)
  return output
}

export class Tensor {
  /** The value, computed or not. In-place operations replace it. */
  node: LazyNode
  /** Gradient accumulated by backward(); leaves only, unless retainGrad() was called. */
  grad: Tensor | null = null
  gradFn: GradFn | null = null
  readonly hooks: Hook[] = []
  /** Whether it is, or ever was, a leaf that requires grad: a module lists it among its parameters, frozen or not. */
  isParameter = false
  #leafRequiresGrad = false
  #version = 0

  constructor(node: LazyNode) {
    this.node = node
  }

  get shape(): Shape { return this.node.shape } // prettier-ignore
  get dtype(): DType { return this.node.dtype } // prettier-ignore
  get device(): Device { return this.node.device } // prettier-ignore
  get numel(): number { return numel(this.shape) } // prettier-ignore
  get dim(): number { return this.shape.length } // prettier-ignore
  /** Counts in-place changes. */
  get version(): number { return this.#version } // prettier-ignore
  get isLeaf(): boolean { return this.gradFn === null } // prettier-ignore

  get requiresGrad(): boolean {
    return this.#leafRequiresGrad || this.gradFn !== null
  }
  set requiresGrad(on: boolean) {
    if (this.gradFn)
      throw new Error('requiresGrad can be set on leaf tensors only; use detach() to leave the graph.')
    if (on && this.dtype !== 'float32')
      throw new Error(`Only float32 tensors can require gradients, not ${this.dtype}.`)
    this.#leafRequiresGrad = on
    this.isParameter ||= on
  }

  // ---- values ----

  /** Computes the value, if that has not happened, without waiting for the device. */
  realize(): this {
    realizeNodes([this.node])
    return this
  }

  /** The elements in row-major order. */
  async data(): Promise<TypedArray> {
    this.realize()
    const values = await this.device.read(this.node.storage!.buffer, this.dtype)
    await collectorTurn()
    return values
  }

  /** The only element. */
  async item(): Promise<number> {
    if (this.numel !== 1)
      throw new Error(`item() needs a single element; this tensor has shape ${formatShape(this.shape)}.`)
    return (await this.data())[0]!
  }

  async toArray(): Promise<NestedNumbers> {
    return nest(await this.data(), this.shape)
  }

  /** Frees its memory now, instead of when the collector finds it. The tensor must not be used again. */
  dispose(): void {
    this.node.storage?.free()
  }

  // ---- autograd ----

  backward(gradient?: Tensor, options: BackwardOptions = {}): void {
    backward(this, gradient, options)
  }

  /** The same value, outside the graph. */
  detach(): Tensor {
    // A captured step that reads the copy must follow this tensor from call to call.
    noteRead(this)
    return new Tensor(this.node)
  }

  registerHook(hook: Hook): () => void {
    const list = this.gradFn ? this.gradFn.hooks : this.hooks
    list.push(hook)
    return () => {
      const at = list.indexOf(hook)
      if (at >= 0) list.splice(at, 1)
    }
  }

  /** Keep `.grad` though this is not a leaf. */
  retainGrad(): void {
    if (this.gradFn) this.gradFn.retained = this
  }

  /** What the backward pass remembers: a leaf itself, else the value as it is now. */
  saved(): Tensor {
    if (this.#leafRequiresGrad) return this
    const copy = new Tensor(this.node)
    copy.gradFn = this.gradFn
    return copy
  }

  /** Adds to a gradient in place, so that whoever holds `.grad` sees it. */
  accumulate(part: Tensor): Tensor {
    return noGrad(() => this.add_(part))
  }

  // ---- in place ----

  /** Replaces the value. Inside a captured step the tensor becomes state that lives from call to call. */
  copy_(value: Operand): this {
    return this.#assign(value instanceof Tensor ? value.clone() : operand(value, this))
  }

  #assign(value: Tensor): this {
    if (this.#leafRequiresGrad && isGradEnabled()) {
      throw new Error(
        'A leaf that requires grad cannot be changed in place while gradients are recorded; use noGrad().',
      )
    }
    if (value.device !== this.device) {
      throw new Error(
        `A tensor on ${value.device.name} cannot be assigned to one on ${this.device.name}: build it there with tensor(…, { device }).`,
      )
    }
    const source = value.to(this.dtype).expand(this.shape)
    noteAssignment(this)
    this.node = source.node
    this.gradFn = source.gradFn
    this.#version++
    return this
  }
  add_(other: Operand): this { return this.#assign(this.add(other)) } // prettier-ignore
  sub_(other: Operand): this { return this.#assign(this.sub(other)) } // prettier-ignore
  mul_(other: Operand): this { return this.#assign(this.mul(other)) } // prettier-ignore
  div_(other: Operand): this { return this.#assign(this.div(other)) } // prettier-ignore
  zero_(): this { return this.copy_(0) } // prettier-ignore
  fill_(value: number): this { return this.copy_(value) } // prettier-ignore

  // ---- elementwise ----

  #with(op: OpRecord<null>, other: Operand): Tensor {
    return apply(op, broadcast(this, operand(other, this), op.name), null)
  }
  #alone(op: OpRecord<null>): Tensor {
    return apply(op, [this], null)
  }
  add(other: Operand): Tensor { return this.#with(ops.add, other) } // prettier-ignore
  sub(other: Operand): Tensor { return this.#with(ops.sub, other) } // prettier-ignore
  mul(other: Operand): Tensor { return this.#with(ops.mul, other) } // prettier-ignore
  div(other: Operand): Tensor { return this.#with(ops.div, other) } // prettier-ignore
  maximum(other: Operand): Tensor { return this.#with(ops.maximum, other) } // prettier-ignore
  minimum(other: Operand): Tensor { return this.#with(ops.minimum, other) } // prettier-ignore
  lt(other: Operand): Tensor { return this.#with(ops.lt, other) } // prettier-ignore
  gt(other: Operand): Tensor { return operand(other, this).#with(ops.lt, this) } // prettier-ignore
  // Not the opposite of gt and lt: beside NaN all four are false.
  le(other: Operand): Tensor { return this.lt(other).maximum(this.eq(other)) } // prettier-ignore
  ge(other: Operand): Tensor { return this.gt(other).maximum(this.eq(other)) } // prettier-ignore
  eq(other: Operand): Tensor { return this.#with(ops.eq, other) } // prettier-ignore
  ne(other: Operand): Tensor { return this.eq(other).logicalNot() } // prettier-ignore
  logicalAnd(other: Operand): Tensor { return this.#with(ops.logicalAnd, other) } // prettier-ignore
  logicalNot(): Tensor { return this.#alone(ops.logicalNot) } // prettier-ignore
  neg(): Tensor { return this.#alone(ops.neg) } // prettier-ignore
  exp(): Tensor { return this.#alone(ops.exp) } // prettier-ignore
  log(): Tensor { return this.#alone(ops.log) } // prettier-ignore
  sqrt(): Tensor { return this.#alone(ops.sqrt) } // prettier-ignore
  sin(): Tensor { return this.#alone(ops.sin) } // prettier-ignore
  cos(): Tensor { return this.#alone(ops.cos) } // prettier-ignore
  tanh(): Tensor { return this.#alone(ops.tanh) } // prettier-ignore
  erf(): Tensor { return this.#alone(ops.erf) } // prettier-ignore
  abs(): Tensor { return this.#alone(ops.abs) } // prettier-ignore
  floor(): Tensor { return this.#alone(ops.floor) } // prettier-ignore
  sigmoid(): Tensor { return this.#alone(ops.sigmoid) } // prettier-ignore
  relu(): Tensor { return this.#alone(ops.relu) } // prettier-ignore
  gelu(): Tensor { return this.#alone(ops.gelu) } // prettier-ignore
  pow(exponent: number): Tensor { return apply(ops.pow, [this], { exponent }) } // prettier-ignore
  square(): Tensor { return this.mul(this) } // prettier-ignore

  /** This condition chooses: `a` where it holds, `b` elsewhere. */
  where(a: Operand, b: Operand): Tensor {
    const model = a instanceof Tensor ? a : b instanceof Tensor ? b : null
    const [x, y] = [operand(a, model ?? this, model === null), operand(b, model ?? this, model === null)]
    const shape = [x.shape, y.shape].reduce((s, t) => broadcastShapes(s, t), this.shape)
    return apply(ops.where, [this.expand(shape), x.expand(shape), y.expand(shape)], null)
  }

  /** The same value in memory of its own. */
  clone(): Tensor { return this.#alone(ops.clone) } // prettier-ignore

  to(dtype: DType): Tensor {
    return dtype === this.dtype ? this : apply(ops.cast, [this], { dtype })
  }

  // ---- reductions ----

  sum(dims?: number | readonly number[], keepdim = false): Tensor {
    return apply(ops.sum, [this], { dims: normalizeDims(dims, this.dim), keepdim })
  }
  mean(dims?: number | readonly number[], keepdim = false): Tensor {
    const list = normalizeDims(dims, this.dim)
    const count = list.reduce((n, d) => n * this.shape[d]!, 1)
    return this.sum(list, keepdim).div(count)
  }
  /** Largest element; several share the gradient evenly (torch.amax). */
  max(dims?: number | readonly number[], keepdim = false): Tensor {
    return apply(ops.amax, [this], { dims: normalizeDims(dims, this.dim), keepdim })
  }
  min(dims?: number | readonly number[], keepdim = false): Tensor {
    if (this.dtype === 'float32') return this.neg().max(dims, keepdim).neg()
    // −1 − x turns the order around for signed and unsigned numbers alike; −x has no place for the extremes.
    const flipped = (x: Tensor): Tensor => x.neg().sub(1)
    return flipped(flipped(this.dtype === 'bool' ? this.to('int32') : this).max(dims, keepdim))
  }
  /** `correction` 1 divides by n − 1, as PyTorch does by default. */
  variance(dims?: number | readonly number[], keepdim = false, correction = 1): Tensor {
    const list = normalizeDims(dims, this.dim)
    const count = list.reduce((n, d) => n * this.shape[d]!, 1)
    const centred = this.sub(this.mean(list, true))
    return centred
      .square()
      .sum(list, keepdim)
      .div(count - correction)
  }
  /** Zero mean and unit variance over `dims`; `eps` is added to the variance. */
  standardize(dims: number | readonly number[], eps = 1e-5): Tensor {
    return apply(ops.standardize, [this], { dims: normalizeDims(dims, this.dim), eps })
  }
  /** Each channel of this [N, C, …] standardised, times weight [C], plus bias [C]. */
  batchNorm(weight: Tensor, bias: Tensor, eps = 1e-5): Tensor {
    return apply(ops.batchNorm, [this, weight, bias], { eps })
  }
  argmax(dim: number, keepdim = false): Tensor {
    return apply(ops.argmax, [this], { dim: normalizeDim(dim, this.dim), keepdim })
  }
  softmax(dim: number): Tensor {
    return apply(ops.softmax, [this], { dim: normalizeDim(dim, this.dim) })
  }
  logSoftmax(dim: number): Tensor {
    return apply(ops.logSoftmax, [this], { dim: normalizeDim(dim, this.dim) })
  }

  // ---- movement ----

  reshape(shape: Shape): Tensor {
    return sameShape(shape, this.shape) ? this : apply(ops.reshape, [this], { shape })
  }
  flatten(startDim = 0): Tensor {
    const start = normalizeDim(startDim, this.dim)
    return this.reshape([...this.shape.slice(0, start), numel(this.shape.slice(start))])
  }
  squeeze(dim: number): Tensor {
    const d = normalizeDim(dim, this.dim)
    return this.shape[d] === 1 ? this.reshape(this.shape.toSpliced(d, 1)) : this
  }
  unsqueeze(dim: number): Tensor {
    return this.reshape(this.shape.toSpliced(normalizeDim(dim, this.dim + 1), 0, 1))
  }
  permute(dims: readonly number[]): Tensor {
    const order = dims.map((d) => normalizeDim(d, this.dim))
    if (new Set(order).size !== this.dim)
      throw new RangeError(`permute needs each of ${this.dim} dimensions once, not [${dims.join(', ')}].`)
    return apply(ops.permute, [this], { dims: order })
  }
  transpose(a: number, b: number): Tensor {
    const order = this.shape.map((_, i) => i)
    const [i, j] = [normalizeDim(a, this.dim), normalizeDim(b, this.dim)]
    return this.permute(order.with(i, j).with(j, i))
  }
  /** -1 keeps a dimension. */
  expand(shape: Shape): Tensor {
    const lead = shape.length - this.dim
    const full = shape.map((n, i) => (n === -1 ? this.shape[i - lead]! : n))
    return sameShape(full, this.shape) ? this : apply(ops.expand, [this], { shape: full })
  }
  pad(padding: readonly (readonly [number, number])[]): Tensor {
    return apply(ops.pad, [this], { padding })
  }
  shrink(bounds: readonly (readonly [number, number])[]): Tensor {
    return apply(ops.shrink, [this], { bounds })
  }
  /**
   * Elements start … end−1 of one dimension, as Python's slices: negative ends count from the back, and what lies beyond
   * the dimension is cut off. Errors: RangeError for an end that is no whole number.
   */
  slice(dim: number, start: number, end?: number): Tensor {
    const d = normalizeDim(dim, this.dim)
    const extent = this.shape[d]!
    const range = normalizeRange(start, end ?? extent, extent)
    return this.shrink(this.shape.map((n, i) => (i === d ? range : [0, n])))
  }
  flip(dims: number | readonly number[]): Tensor {
    return apply(ops.flip, [this], { dims: normalizeDims(dims, this.dim) })
  }

  // ---- indexing and products ----

  gather(dim: number, index: Tensor): Tensor {
    return apply(ops.gather, [this, index], { dim: normalizeDim(dim, this.dim) })
  }
  indexSelect(dim: number, index: Tensor): Tensor {
    return apply(ops.indexSelect, [this, index], { dim: normalizeDim(dim, this.dim) })
  }
  /** Adds these elements into zeros of `shape` at `index` along `dim`. */
  scatterSum(dim: number, index: Tensor, shape: Shape): Tensor {
    return apply(ops.scatterSum, [this, index], { dim: normalizeDim(dim, this.dim), shape })
  }
  /** Matrix product over the last two dimensions; the others broadcast. Vectors are taken as in torch.matmul. */
  matmul(other: Tensor): Tensor {
    if (this.dim === 0 || other.dim === 0)
      throw new RangeError('matmul needs at least one dimension on each side.')
    if (this.dim === 1)
      return this.unsqueeze(0)
        .matmul(other)
        .squeeze(other.dim === 1 ? 0 : -2)
    if (other.dim === 1) return this.matmul(other.unsqueeze(1)).squeeze(-1)
    const batch = broadcastShapes(
      this.shape.slice(0, -2),
      other.shape.slice(0, -2),
      'batch dimensions of matmul',
    )
    const a = this.expand([...batch, ...this.shape.slice(-2)])
    const b = other.expand([...batch, ...other.shape.slice(-2)])
    return apply(ops.matmul, [a, b], null)
  }

  // ---- images ----

  conv2d(weight: Tensor, attrs: ops.ConvAttrs): Tensor {
    return apply(ops.conv2d, [this, weight], attrs)
  }
  /** The gradient of conv2d in its input, of the given shape, where this is the gradient in its output. */
  convTranspose2dTo(weight: Tensor, shape: Shape, { stride, padding, dilation }: ops.ConvAttrs): Tensor {
    return apply(ops.convTranspose2dTo, [this, weight], { stride, padding, dilation, shape })
  }
  /** The gradient of conv2d in its weight, of the given shape, where this is its input. */
  convWeight2d(grad: Tensor, shape: Shape, { stride, padding, dilation }: ops.ConvAttrs): Tensor {
    return apply(ops.convWeight2d, [this, grad], { stride, padding, dilation, shape })
  }
  maxPool2d(attrs: ops.PoolAttrs): Tensor {
    return apply(ops.maxPool2d, [this], attrs)
  }
  /** The gradient of maxPool2d in `input`, where this is the gradient in its output. */
  maxUnpool2d(input: Tensor, output: Tensor, attrs: ops.PoolAttrs): Tensor {
    return apply(ops.maxUnpool2d, [this, input, output], attrs)
  }
  /** From each window the element that stands where `input`'s largest does: the gradient of maxUnpool2d. */
  maxPoolLike2d(input: Tensor, output: Tensor, attrs: ops.PoolAttrs): Tensor {
    return apply(ops.maxPoolLike2d, [this, input, output], attrs)
  }
  avgPool2d({ kernel, stride, padding }: ops.PoolAttrs): Tensor {
    return apply(ops.avgPool2d, [this], { kernel, stride, padding })
  }
  /** The gradient of avgPool2d in its input, of the given shape, where this is the gradient in its output. */
  avgUnpool2d(shape: Shape, { kernel, stride, padding }: ops.PoolAttrs): Tensor {
    return apply(ops.avgUnpool2d, [this], { kernel, stride, padding, shape })
  }

  // ---- sequences ----

  /** At which position of this [rows, steps, width] each filter of the weight answers most. */
  convArgmax(weight: Tensor): Tensor {
    return apply(ops.convArgmax, [this, weight], null)
  }

  /** Hidden states of an LSTM, then its last cell state, where this is what the inputs give its gates. */
  lstm(weight: Tensor, hidden: Tensor, cell: Tensor): Tensor {
    return apply(ops.lstm, [this, weight, hidden, cell], null)
  }
  /** The gradient of lstm in its gates, then in its first cell state, where `grad` is the gradient in its output. */
  lstmGates(weight: Tensor, hidden: Tensor, cell: Tensor, grad: Tensor): Tensor {
    return apply(ops.lstmGates, [this, weight, hidden, cell, grad], null)
  }

  // ---- others of its kind ----

  onesLike(): Tensor {
    return this.newFull(this.shape, 1, this.dtype)
  }
  zerosLike(): Tensor {
    return this.newFull(this.shape, 0, this.dtype)
  }
  newFull(shape: Shape, value: number, dtype: DType = this.dtype): Tensor {
    return apply(ops.full, [], { shape, value, dtype }, this.device)
  }
  newArange(length: number, dtype: DType = 'int32'): Tensor {
    return apply(ops.arange, [], { length, start: 0, step: 1, dtype }, this.device)
  }

  toString(): string {
    const fn = this.gradFn ? `, gradFn: ${this.gradFn.name}` : ''
    return `Tensor(${formatShape(this.shape)}, ${this.dtype}, ${this.device.backend}${fn})`
  }
}

/** A number beside an integer tensor stays an integer where it is one. */
function operand(value: Operand, beside: Tensor, plain = false): Tensor {
  if (value instanceof Tensor) return value
  const integral = !plain && beside.dtype !== 'float32' && beside.dtype !== 'bool' && Number.isInteger(value)
  return beside.newFull([], value, integral ? beside.dtype : 'float32')
}

function broadcast(a: Tensor, b: Tensor, what: string): [Tensor, Tensor] {
  const shape = broadcastShapes(a.shape, b.shape, `operands of ${what}`)
  return [a.expand(shape), b.expand(shape)]
}

export function cat(tensors: readonly Tensor[], dim = 0): Tensor {
  if (tensors.length === 0) throw new RangeError('cat needs at least one tensor.')
  if (tensors.length === 1) return tensors[0]!
  return apply(ops.cat, tensors, { dim: normalizeDim(dim, tensors[0]!.dim) })
}

export const stack = (tensors: readonly Tensor[], dim = 0): Tensor =>
  cat(
    tensors.map((t) => t.unsqueeze(dim)),
    dim,
  )

function nest(data: TypedArray, shape: Shape): NestedNumbers {
  if (shape.length === 0) return data[0]!
  const [extent, ...rest] = shape
  const size = numel(rest)
  return Array.from({ length: extent! }, (_, i) =>
    rest.length === 0 ? data[i]! : nest(data.subarray(i * size, (i + 1) * size), rest),
  )
}
