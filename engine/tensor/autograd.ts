/** Reverse-mode differentiation with PyTorch's semantics (https://pytorch.org/docs/stable/notes/autograd.html). */
import { readArguments, yesOrNo, type Signature } from './arguments.ts'
import type { Apply, ApplyMulti, GradientContext, MultiOpRecord, OpRecord } from '../ops/define.ts'
import { isFloating } from './dtype.ts'
import { isGradEnabled, noGrad, withGrad } from './grad-mode.ts'
import { isHalf, narrowed, widened } from './half.ts'
import { currentScope, withScope } from './scope.ts'
import { formatShape, sameShape } from './shape.ts'
import type { Tensor } from './core.ts'

export type Hook = (grad: Tensor) => Tensor | void

/**
 * From the gradient of each output, null where nothing depends on it, to that of each input. `changed`: by input, what is
 * to be said where its value is asked for, because it is no longer what it was.
 */
type Backward = (
  grads: readonly (Tensor | null)[],
  changed: ReadonlyMap<number, string>,
) => readonly (Tensor | null)[]

/** What is to happen with the gradient of one output. */
interface OutputState {
  readonly hooks: Hook[]
  /** Set by retainGrad: the tensor whose `.grad` is to be filled. */
  retained: Tensor | null
}

/** How a tensor came to be: the node of the backward graph. */
export class GradFn {
  /** Such as `mulBackward`. */
  readonly name: string
  /** The tensors it was computed from, as they were. */
  readonly inputs: readonly Tensor[]
  readonly scope = currentScope()
  #outputs: (OutputState | undefined)[] = []
  #backward: Backward | null
  readonly #versions: readonly number[]
  readonly #minds: boolean

  /** `minds`: whether it needs its inputs as they were; else its backward says so itself, of those that it looks at. */
  constructor(name: string, inputs: readonly Tensor[], backward: Backward, minds = true) {
    this.name = `${name}Backward`
    this.inputs = inputs
    this.#backward = backward
    this.#minds = minds
    this.#versions = inputs.map((t) => t.version)
  }

  /** The backward nodes below, null where a leaf or a constant stands. */
  get nextFunctions(): readonly (GradFn | null)[] {
    return this.inputs.map((t) => t.gradFn)
  }

  /** One of the results, with what is kept of it. */
  output(index: number): OutputState {
    return (this.#outputs[index] ??= { hooks: [], retained: null })
  }

  /** The gradients that arrived, as hooks leave them; retained where that was asked for. */
  received(grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    if (this.#outputs.length === 0) return grads
    return grads.map((arrived, i) => {
      const state = this.#outputs[i]
      if (!state || !arrived) return arrived
      const grad = throughHooks(state.hooks, arrived)
      // A value of its own: what was passed to backward() may be changed in place afterwards.
      if (state.retained) state.retained.grad = state.retained.grad?.add(grad) ?? grad.clone()
      return grad
    })
  }

  /** The gradients of the inputs, of those that arrived at the outputs. */
  apply(grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    if (!this.#backward) {
      throw new Error(
        `Trying to go backward through ${this.name} a second time: its graph was freed. Pass { retainGraph: true } to the first backward().`,
      )
    }
    const changed = new Map<number, string>()
    this.inputs.forEach((input, i) => {
      if (input.version === this.#versions[i]) return
      const why = `${this.name}: input ${i} (shape ${formatShape(input.shape)}) was changed in place after it was used (version ${input.version}, expected ${this.#versions[i]}), so its gradient would be wrong.`
      if (this.#minds) throw new Error(why)
      changed.set(i, why)
    })
    return this.#backward(grads, changed)
  }

  /** Lets go of what was saved for the backward pass. */
  free(): void {
    this.#backward = null
  }
}

const recordable = (inputs: readonly Tensor[]): boolean =>
  inputs.some((t) => t.requiresGrad) && isGradEnabled()

/** Makes `outputs` remember how `op` computed them, where a gradient may be asked of them. */
export function recordOperation<A>(
  op: OpRecord<A> | MultiOpRecord<A>,
  inputs: readonly Tensor[],
  attrs: A,
  outputs: readonly Tensor[],
  ways: {
    readonly apply: Apply
    readonly applyMulti: ApplyMulti
    readonly unreadable: (tensor: Tensor, why: string) => Tensor
  },
): void {
  const differentiable = (t: Tensor): boolean => isFloating(t.dtype)
  if (!op.gradient || !outputs.some(differentiable) || !recordable(inputs)) return
  const saved = inputs.map((t) => t.saved())
  // The outputs as they are now: the tensors themselves may be changed in place later.
  const results = outputs.map((t) => t.snapshot())
  const { unreadable, ...apply } = ways
  const unchanged = { inputs: saved, output: results[0]!, outputs: results, attrs, ...apply }
  const half = inputs.some(isHalf) || outputs.some(isHalf)
  const contextOf = (changed: ReadonlyMap<number, string>): GradientContext<A> => {
    if (changed.size === 0 && !half) return unchanged
    const readable = half ? widened : (t: Tensor): Tensor => t
    const inputs = saved.map((t, i) => (changed.has(i) ? unreadable(t, changed.get(i)!) : readable(t)))
    if (!half) return { ...unchanged, inputs }
    const outputs = results.map(widened)
    return { ...unchanged, inputs, output: outputs[0]!, outputs }
  }
  const computed: Backward =
    'outputs' in op
      ? (grads, changed) =>
          op.gradient!(
            contextOf(changed),
            results.map((_, i) => grads[i] ?? null),
          )
      : ([grad], changed) => (grad ? op.gradient!(contextOf(changed), grad) : [])
  const backward: Backward = half
    ? (grads, changed) =>
        computed(
          grads.map((grad) => grad && widened(grad)),
          changed,
        ).map((grad, i) => grad && narrowed(grad, saved[i]!))
    : computed
  const fn = new GradFn(op.name, saved, backward, false)
  outputs.forEach((output, i) => {
    if (!differentiable(output)) return
    output.comesFrom(fn, i)
    // For second derivatives the result is part of the graph.
    results[i]!.comesFrom(fn, i)
  })
}

export interface BackwardOptions {
  /** Keep the graph, to go backward through it again. Default: as createGraph. */
  readonly retainGraph?: boolean
  /** Record the backward pass itself, for derivatives of derivatives. */
  readonly createGraph?: boolean
}

/** Every function below the roots, users before what they use. */
function backwardOrder(roots: readonly GradFn[]): GradFn[] {
  const order: GradFn[] = []
  const seen = new Set<GradFn>()
  for (const root of roots) {
    if (seen.has(root)) continue
    seen.add(root)
    const stack: { fn: GradFn; next: number }[] = [{ fn: root, next: 0 }]
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!
      const input = top.fn.inputs[top.next++]
      if (input === undefined) {
        order.push(top.fn)
        stack.pop()
      } else if (input.gradFn && !seen.has(input.gradFn)) {
        seen.add(input.gradFn)
        stack.push({ fn: input.gradFn, next: 0 })
      }
    }
  }
  return order.reverse()
}

const throughHooks = (hooks: readonly Hook[], grad: Tensor): Tensor =>
  hooks.reduce((g, hook) => hook(g) ?? g, grad)

interface Root {
  readonly tensor: Tensor
  readonly seed: Tensor
}

interface Watcher {
  /** What arrives at a leaf, through its hooks. */
  readonly leaf: (leaf: Tensor, grad: Tensor) => void
  /** What arrives at each output of a function, through its hooks. Whether to go on below it. */
  readonly inner?: (fn: GradFn, grads: readonly (Tensor | null)[]) => boolean
}

/** Walks the graph below the roots. */
function propagate(roots: readonly Root[], options: BackwardOptions, watcher: Watcher): void {
  const create = yesOrNo('createGraph', options.createGraph ?? false)
  const retain = yesOrNo('retainGraph', options.retainGraph ?? create)
  withGrad(create, () => {
    const pending = new Map<GradFn, (Tensor | null)[]>()
    const leaves = new Map<Tensor, Tensor>()
    const send = (to: Tensor, grad: Tensor): void => {
      const { gradFn } = to
      if (!gradFn) {
        leaves.set(to, leaves.get(to)?.add(grad) ?? grad)
        return
      }
      let sums = pending.get(gradFn)
      if (!sums) pending.set(gradFn, (sums = []))
      const i = to.outputIndex
      while (sums.length <= i) sums.push(null)
      sums[i] = sums[i]?.add(grad) ?? grad
    }
    const visit = (fn: GradFn, arrived: readonly (Tensor | null)[]): void => {
      const received = fn.received(arrived)
      if (watcher.inner?.(fn, received) === false) return
      const grads = fn.apply(received)
      fn.inputs.forEach((input, i) => {
        const part = grads[i]
        if (part && input.requiresGrad) send(input, part)
      })
      if (!retain) fn.free()
    }
    for (const { tensor, seed } of roots) send(tensor, seed)
    for (const fn of backwardOrder(roots.flatMap(({ tensor }) => tensor.gradFn ?? []))) {
      const arrived = pending.get(fn)
      if (arrived === undefined) continue
      pending.delete(fn)
      if (fn.scope) withScope(fn.scope.backward, () => visit(fn, arrived))
      else visit(fn, arrived)
    }
    for (const [leaf, grad] of leaves) watcher.leaf(leaf, throughHooks(leaf.hooks, grad))
  })
}

/** The gradient to start from: the given one, or 1 for a single number. */
function seedOf(root: Tensor, gradient: Tensor | null | undefined, caller: string): Tensor {
  if (!root.requiresGrad) {
    throw new Error(`${caller} needs a tensor that requires grad: nothing it was computed from does.`)
  }
  if (!gradient && root.numel() !== 1) {
    throw new Error(
      `${caller} without a gradient needs a single number; this tensor has shape ${formatShape(root.shape)}.`,
    )
  }
  if (gradient && !sameShape(gradient.shape, root.shape)) {
    throw new RangeError(
      `${caller}: the gradient has shape ${formatShape(gradient.shape)}, the tensor ${formatShape(root.shape)}.`,
    )
  }
  return gradient ?? root.onesLike()
}

/** `gradients`: one for each root, or none where 1 is meant. */
export function backward(
  roots: readonly Tensor[],
  gradients: readonly (Tensor | null | undefined)[],
  options: BackwardOptions,
): void {
  const start = roots.map((tensor, i) => ({ tensor, seed: seedOf(tensor, gradients[i], 'backward()') }))
  propagate(start, options, {
    leaf(leaf, grad) {
      // A value of its own: the gradients of a + b are one tensor, and are added to in place later.
      if (options.createGraph) leaf.grad = leaf.grad?.add(grad) ?? grad.clone()
      else leaf.grad = leaf.grad?.accumulate(grad) ?? noGrad(() => grad.clone())
    },
  })
}

/** Functions below which one of those wanted is found: the others are not run, and keep what they saved. */
function leadingTo(
  roots: readonly Tensor[],
  functions: ReadonlySet<GradFn>,
  tensors: ReadonlySet<Tensor>,
): Set<GradFn> {
  const leading = new Set<GradFn>()
  for (const fn of backwardOrder(roots.flatMap((t) => t.gradFn ?? [])).reverse()) {
    const leads = fn.inputs.some((input) => {
      const { gradFn } = input
      return gradFn ? functions.has(gradFn) || leading.has(gradFn) : tensors.has(input)
    })
    if (leads) leading.add(fn)
  }
  return leading
}

export interface GradOptions extends BackwardOptions {
  /** Gradients of the outputs, to start from; 1 for an output that is a single number. */
  readonly gradOutputs?: Tensor | null | readonly (Tensor | null)[]
  /** null for an input that the outputs do not depend on, which is an error otherwise. */
  readonly allowUnused?: boolean
  /** Zeros instead of null there. */
  readonly materializeGrads?: boolean
}

const gradSignature: Signature<GradOptions> = {
  name: 'grad',
  positional: [],
  named: ['gradOutputs', 'retainGraph', 'createGraph', 'allowUnused', 'materializeGrads'],
}

/**
 * Gradients of the sum of `outputs` with respect to `inputs`, leaving every `.grad` alone.
 * Errors: for an input that the outputs do not depend on, unless `allowUnused`. Source: torch.autograd.grad.
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  given: GradOptions = {},
): (Tensor | null)[] {
  const options = readArguments<GradOptions>(gradSignature, [given])
  const list = <T>(one: T | readonly T[]): readonly T[] => (Array.isArray(one) ? one : [one as T])
  const allowUnused = yesOrNo('allowUnused', options.allowUnused ?? false)
  const materializeGrads = yesOrNo('materializeGrads', options.materializeGrads ?? false)
  const [roots, wanted] = [list(outputs), list(inputs)]
  const seeds = list(options.gradOutputs ?? null)
  const leaves = new Map<Tensor, Tensor>()
  const inner = new Map<GradFn, readonly (Tensor | null)[]>()
  const watched = new Set(wanted.flatMap((t) => t.gradFn ?? []))
  const leading = leadingTo(roots, watched, new Set(wanted))
  const start = roots.map((tensor, i) => ({ tensor, seed: seedOf(tensor, seeds[i], 'grad()') }))
  propagate(start, options, {
    leaf: (leaf, g) => leaves.set(leaf, g),
    inner(fn, grads) {
      if (watched.has(fn)) inner.set(fn, grads)
      return leading.has(fn)
    },
  })
  return wanted.map((t, i) => {
    const found = (t.gradFn ? inner.get(t.gradFn)?.[t.outputIndex] : leaves.get(t)) ?? null
    if (found || allowUnused) return found
    if (materializeGrads) return t.zerosLike()
    throw new Error(
      t.requiresGrad
        ? `grad(): the outputs do not depend on input ${i} (shape ${formatShape(t.shape)}). Pass { allowUnused: true } if that is meant.`
        : `grad(): input ${i} (shape ${formatShape(t.shape)}) does not require gradients.`,
    )
  })
}
