/** Reverse-mode differentiation with PyTorch's semantics (https://pytorch.org/docs/stable/notes/autograd.html). */
import type { OpRecord } from '../ops/define.ts'
import type { Tensor } from './tensor.ts'

export type Hook = (grad: Tensor) => Tensor | void

/** How a tensor came to be: the node of the backward graph. */
export class GradFn {
  /** Such as `mulBackward`. */
  readonly name: string
  /** The tensors it was computed from, as they were. */
  readonly inputs: readonly Tensor[]
  readonly hooks: Hook[] = []
  /** Set by retainGrad: the tensor whose `.grad` is to be filled. */
  retained: Tensor | null = null
  readonly #backward: (grad: Tensor) => readonly (Tensor | null)[]
  readonly #versions: readonly number[]
  #freed = false

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
    if (this.#freed) {
      throw new Error(
        `Trying to go backward through ${this.name} a second time: its graph was freed. Pass { retainGraph: true } to the first backward().`,
      )
    }
    this.inputs.forEach((input, i) => {
      if (input.version !== this.#versions[i]) {
        throw new Error(
          `${this.name}: input ${i} (shape [${input.shape.join(', ')}]) was changed in place after it was used (version ${input.version}, expected ${this.#versions[i]}), so its gradient would be wrong.`,
        )
      }
    })
    return this.#backward(grad)
  }

  free(): void {
    this.#freed = true
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
  // The output is saved by value: a reference to itself would keep the graph alive for ever.
  const result = output.detach()
  return new GradFn(op.name, saved, (grad) =>
    // While a second derivative is wanted, the output must stay part of the graph.
    gradient({ inputs: saved, output: gradEnabled ? output : result, attrs }, grad),
  )
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
    for (const fn of backwardOrder(root.gradFn)) {
      const arrived = pending.get(fn)
      if (arrived === undefined) continue
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
    for (const [leaf, grad] of leaves) deliver(leaf, throughHooks(leaf.hooks, grad))
  })
}

export function backward(root: Tensor, gradient: Tensor | undefined, options: BackwardOptions): void {
  if (!root.requiresGrad) {
    throw new Error('backward() needs a tensor that requires grad: nothing it was computed from does.')
  }
  if (gradient === undefined && root.numel !== 1) {
    throw new Error(
      `backward() without a gradient needs a single number; this tensor has shape [${root.shape.join(', ')}].`,
    )
  }
  const seed = gradient ?? root.detach().onesLike()
  propagate(root, seed, options, (leaf, grad) => {
    leaf.grad = leaf.grad === null ? (options.createGraph ? grad : grad.detach()) : leaf.grad.accumulate(grad)
  })
}

/** Gradients of `output` with respect to `inputs`, leaving every `.grad` alone (torch.autograd.grad). */
export function grad(
  output: Tensor,
  inputs: readonly Tensor[],
  options: BackwardOptions & { readonly gradOutput?: Tensor } = {},
): (Tensor | null)[] {
  const found = new Map<Tensor, Tensor>()
  const wanted = inputs.filter((t) => t.gradFn !== null)
  const before = wanted.map((t) => [t.gradFn!.retained, t.gradFn!.retained?.grad ?? null] as const)
  const probes = wanted.map((t) => (t.gradFn!.retained = t.detach()))
  const seed = options.gradOutput ?? output.detach().onesLike()
  try {
    propagate(output, seed, options, (leaf, g) => found.set(leaf, g))
    return inputs.map((t) => (t.gradFn ? probes[wanted.indexOf(t)]!.grad : (found.get(t) ?? null)))
  } finally {
    wanted.forEach((t, i) => (t.gradFn!.retained = before[i]![0]))
  }
}
