/** Reverse-mode differentiation with PyTorch's semantics (https://pytorch.org/docs/stable/notes/autograd.html). */
import type { OpRecord } from '../ops/define.ts'
import { currentScope, withScope } from './scope.ts'
import { formatShape, sameShape } from './shape.ts'
import type { Tensor } from './tensor.ts'

export type Hook = (grad: Tensor) => Tensor | void

/** How a tensor came to be: the node of the backward graph. */
export class GradFn {
  /** Such as `mulBackward`. */
  readonly name: string
  /** The tensors it was computed from, as they were. */
  readonly inputs: readonly Tensor[]
  readonly scope = currentScope()
  readonly hooks: Hook[] = []
  /** Set by retainGrad: the tensor whose `.grad` is to be filled. */
  retained: Tensor | null = null
  #backward: ((grad: Tensor) => readonly (Tensor | null)[]) | null
  readonly #versions: readonly number[]

  constructor(
    name: string,
    inputs: readonly Tensor[],
    backward: (grad: Tensor) => readonly (Tensor | null)[],
  ) {
    this.name = `${name}Backward`
    this.inputs = inputs
    this.#backward = backward
    this.#versions = inputs.map((t) => t.version)
  }

  /** The backward nodes below, null where a leaf or a constant stands. */
  get nextFunctions(): readonly (GradFn | null)[] {
    return this.inputs.map((t) => t.gradFn)
  }

  apply(grad: Tensor): readonly (Tensor | null)[] {
    if (!this.#backward) {
      throw new Error(
        `Trying to go backward through ${this.name} a second time: its graph was freed. Pass { retainGraph: true } to the first backward().`,
      )
    }
    this.inputs.forEach((input, i) => {
      if (input.version !== this.#versions[i]) {
        throw new Error(
          `${this.name}: input ${i} (shape ${formatShape(input.shape)}) was changed in place after it was used (version ${input.version}, expected ${this.#versions[i]}), so its gradient would be wrong.`,
        )
      }
    })
    return this.#backward(grad)
  }

  /** Lets go of what was saved for the backward pass. */
  free(): void {
    this.#backward = null
  }
}

let gradEnabled = true
export const isGradEnabled = (): boolean => gradEnabled

function withGrad<R>(enabled: boolean, body: () => R): R {
  const before = gradEnabled
  gradEnabled = enabled
  try {
    return body()
  } finally {
    gradEnabled = before
  }
}

/** Runs `body` (synchronous) without recording operations. */
export const noGrad = <R>(body: () => R): R => withGrad(false, body)
export const enableGrad = <R>(body: () => R): R => withGrad(true, body)

export function recordOperation<A>(
  op: OpRecord<A>,
  inputs: readonly Tensor[],
  attrs: A,
  output: Tensor,
): GradFn | null {
  const { gradient } = op
  if (!gradEnabled || !gradient || output.dtype !== 'float32' || !inputs.some((t) => t.requiresGrad))
    return null
  const saved = inputs.map((t) => t.saved())
  // The output as it is now: the tensor itself may be changed in place later.
  const result = output.detach()
  const fn = new GradFn(op.name, saved, (grad) => gradient({ inputs: saved, output: result, attrs }, grad))
  // For second derivatives the result is part of the graph.
  result.gradFn = fn
  return fn
}

export interface BackwardOptions {
  /** Keep the graph, to go backward through it again. Default: as createGraph. */
  readonly retainGraph?: boolean
  /** Record the backward pass itself, for derivatives of derivatives. */
  readonly createGraph?: boolean
}

function backwardOrder(root: GradFn): GradFn[] {
  const order: GradFn[] = []
  const seen = new Set<GradFn>([root])
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
  return order.reverse()
}

const throughHooks = (hooks: readonly Hook[], grad: Tensor): Tensor =>
  hooks.reduce((g, hook) => hook(g) ?? g, grad)

/** Walks the graph below `root`; what arrives at each leaf goes to `deliver`. */
function propagate(
  root: Tensor,
  seed: Tensor,
  options: BackwardOptions,
  deliver: (leaf: Tensor, grad: Tensor) => void,
): void {
  const retain = options.retainGraph ?? options.createGraph ?? false
  withGrad(options.createGraph ?? false, () => {
    if (root.gradFn === null) {
      deliver(root, throughHooks(root.hooks, seed))
      return
    }
    const pending = new Map<GradFn, Tensor>([[root.gradFn, seed]])
    const leaves = new Map<Tensor, Tensor>()
    const addTo = <K>(sums: Map<K, Tensor>, key: K, grad: Tensor): void => {
      const sum = sums.get(key)
      sums.set(key, sum ? sum.add(grad) : grad)
    }
    const visit = (fn: GradFn, arrived: Tensor): void => {
      const grad = throughHooks(fn.hooks, arrived)
      if (fn.retained) fn.retained.grad = grad
      const grads = fn.apply(grad)
      fn.inputs.forEach((input, i) => {
        const part = grads[i]
        if (!part || !input.requiresGrad) return
        if (input.gradFn) addTo(pending, input.gradFn, part)
        else addTo(leaves, input, part)
      })
      if (!retain) fn.free()
    }
    for (const fn of backwardOrder(root.gradFn)) {
      const arrived = pending.get(fn)
      if (arrived === undefined) continue
      if (fn.scope) withScope(fn.scope.backward, () => visit(fn, arrived))
      else visit(fn, arrived)
    }
    for (const [leaf, grad] of leaves) deliver(leaf, throughHooks(leaf.hooks, grad))
  })
}

/** The gradient to start from: the given one, or 1 for a single number. */
function seedOf(root: Tensor, gradient: Tensor | undefined, caller: string): Tensor {
  if (!root.requiresGrad) {
    throw new Error(`${caller} needs a tensor that requires grad: nothing it was computed from does.`)
  }
  if (gradient === undefined && root.numel !== 1) {
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

export function backward(root: Tensor, gradient: Tensor | undefined, options: BackwardOptions): void {
  const seed = seedOf(root, gradient, 'backward()')
  propagate(root, seed, options, (leaf, grad) => {
    if (options.createGraph) leaf.grad = leaf.grad?.add(grad) ?? grad
    // A value of its own: the gradients of a + b are one tensor, and are added to in place later.
    else leaf.grad = leaf.grad?.accumulate(grad) ?? noGrad(() => grad.clone())
  })
}

/** Gradients of `output` with respect to `inputs`, leaving every `.grad` alone (torch.autograd.grad). */
export function grad(
  output: Tensor,
  inputs: readonly Tensor[],
  options: BackwardOptions & { readonly gradOutput?: Tensor } = {},
): (Tensor | null)[] {
  const found = new Map<Tensor, Tensor>()
  const wanted = [...new Set(inputs)].filter((t) => t.gradFn !== null)
  const before = wanted.map((t) => t.gradFn!.retained)
  const seed = seedOf(output, options.gradOutput, 'grad()')
  const probes = wanted.map((t) => (t.gradFn!.retained = t.detach()))
  try {
    propagate(output, seed, options, (leaf, g) => found.set(leaf, g))
    return inputs.map((t) => (t.gradFn ? probes[wanted.indexOf(t)]!.grad : (found.get(t) ?? null)))
  } finally {
    wanted.forEach((t, i) => (t.gradFn!.retained = before[i]!))
  }
}
