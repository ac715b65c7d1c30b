/** What is called beside a module's forward, and on the way back through it. */
import { AutogradFunction, type FunctionContext } from '../tensor/function.ts'
import { isGradEnabled } from '../tensor/grad-mode.ts'
import { Tensor } from '../tensor/tensor.ts'

/** What a registration gives: the way to end it. */
export interface HookHandle {
  remove(): void
}

/** May give other inputs: a list of them, or the only one. */
export type ForwardPreHook<M> = (module: M, inputs: readonly unknown[]) => unknown
/** May give another output. */
export type ForwardHook<M> = (module: M, inputs: readonly unknown[], output: unknown) => unknown
/** May give other gradients of the inputs: a list, or the only one. null stands for what has none. */
export type BackwardHook<M> = (
  module: M,
  gradInput: readonly (Tensor | null)[],
  gradOutput: readonly (Tensor | null)[],
) => readonly (Tensor | null)[] | Tensor | void

export interface HookOptions {
  /** Before those that are there already. */
  readonly prepend?: boolean
}

interface Entry<H> {
  readonly hook: H
  /** Also where the forward pass throws; the output is then undefined. */
  readonly always: boolean
}

/** All hooks of one module. */
export class Hooks {
  readonly before: Entry<ForwardPreHook<unknown>>[] = []
  readonly after: Entry<ForwardHook<unknown>>[] = []
  readonly backward: Entry<BackwardHook<unknown>>[] = []

  get isEmpty(): boolean {
    return this.before.length + this.after.length + this.backward.length === 0
  }

  /** `removed`: called once it is. */
  add<H>(list: Entry<H>[], entry: Entry<H>, prepend: boolean, removed: () => void): HookHandle {
    if (prepend) list.unshift(entry)
    else list.push(entry)
    return {
      remove: () => {
        const at = list.indexOf(entry)
        if (at < 0) return
        list.splice(at, 1)
        removed()
      },
    }
  }

  /** Calls `forward` with everything registered beside it, in PyTorch's order. */
  run(
    module: unknown,
    inputs: readonly unknown[],
    forward: (...inputs: readonly unknown[]) => unknown,
  ): unknown {
    const pending = new Set(this.after.filter(({ always }) => always))
    let current = inputs
    try {
      for (const { hook } of [...this.before]) {
        const given = hook(module, current)
        if (given !== undefined && given !== null)
          current = Array.isArray(given) ? (given as readonly unknown[]) : [given]
      }
      const way = this.backward.length > 0 && isGradEnabled() ? new WayBack(module, this.backward) : null
      if (way) current = way.enter(current)
      let output = forward(...current)
      for (const entry of [...this.after]) {
        pending.delete(entry)
        output = entry.hook(module, current, output) ?? output
      }
      return way ? way.leave(output) : output
    } catch (error) {
      for (const { hook } of pending) hook(module, current, undefined)
      throw error
    }
  }
}

/** Each once: a tensor that is given twice has one gradient. */
const differentiable = (values: readonly unknown[]): Tensor[] => [
  ...new Set(values.filter((value): value is Tensor => value instanceof Tensor && value.requiresGrad)),
]

/** Several tensors as one node of the backward graph: it is reached when all their gradients have been. */
class Joint extends AutogradFunction {
  readonly #arrived: (grads: readonly (Tensor | null)[]) => readonly (Tensor | null)[]
  readonly #grads: (Tensor | null)[]
  readonly #tensors: readonly Tensor[]

  constructor(
    tensors: readonly Tensor[],
    arrived: (grads: readonly (Tensor | null)[]) => readonly (Tensor | null)[],
  ) {
    super()
    this.#tensors = tensors
    this.#grads = tensors.map(() => null)
    this.#arrived = arrived
  }

  forward(_: FunctionContext, ...inputs: Tensor[]): Tensor {
    return inputs[0]!.newFull([], 0)
  }

  backward(): readonly (Tensor | null)[] {
    // Through the graph again, where it was retained, means other gradients.
    const grads = this.#grads.splice(0, this.#grads.length, ...this.#tensors.map(() => null))
    return this.#arrived(grads)
  }

  /** The same values, whose gradients pass through here. */
  through(): Tensor[] {
    const joint = this.apply(...this.#tensors)
    return this.#tensors.map((tensor, i) =>
      new Passing((grad) => void (this.#grads[i] = grad)).apply(joint, tensor.detach()),
    )
  }
}

/** One of those values. */
class Passing extends AutogradFunction {
  readonly #note: (grad: Tensor) => void
  constructor(note: (grad: Tensor) => void) {
    super()
    this.#note = note
  }
  forward(_: FunctionContext, ...[, value]: Tensor[]): Tensor {
    return value!
  }
  backward(_: FunctionContext, grad: Tensor): readonly (Tensor | null)[] {
    this.#note(grad)
    return [grad.newFull([], 0), null]
  }
}

/** The way back through one call of a module. Source: torch.utils.hooks.BackwardHook. */
class WayBack {
  readonly #module: unknown
  readonly #hooks: readonly Entry<BackwardHook<unknown>>[]
  #inputs: readonly unknown[] = []
  #entered: Tensor[] = []
  #gradOutput: readonly (Tensor | null)[] = []

  constructor(module: unknown, hooks: readonly Entry<BackwardHook<unknown>>[]) {
    this.#module = module
    this.#hooks = [...hooks]
  }

  enter(inputs: readonly unknown[]): readonly unknown[] {
    this.#inputs = inputs
    this.#entered = differentiable(inputs)
    if (this.#entered.length === 0) return inputs
    const joint = new Joint(this.#entered, (grads) => this.#call(grads))
    return replaced(inputs, this.#entered, joint.through())
  }

  leave(output: unknown): unknown {
    const list: readonly unknown[] = Array.isArray(output) ? output : [output]
    const left = differentiable(list)
    if (left.length === 0) return output
    const joint = new Joint(left, (grads) => {
      this.#gradOutput = spread(list, left, grads)
      // Nothing comes back to inputs without gradients.
      if (this.#entered.length === 0) this.#call([])
      return grads
    })
    const passed = replaced(list, left, joint.through())
    if (!Array.isArray(output)) return passed[0]
    // Results that have names, as max along a dimension gives them, keep them.
    const names = Object.entries(output as object).filter(([name]) => !Object.hasOwn(passed, name))
    return Object.assign(
      passed,
      Object.fromEntries(names.map(([name, value]) => [name, passed[list.indexOf(value)]])),
    )
  }

  #call(grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    let gradInput = spread(this.#inputs, this.#entered, grads)
    for (const { hook } of this.#hooks) {
      const given = hook(this.#module, gradInput, this.#gradOutput)
      if (given) gradInput = Array.isArray(given) ? given : [given as Tensor]
    }
    return this.#entered.map((tensor) => gradInput[this.#inputs.indexOf(tensor)] ?? null)
  }
}

/** `values` with those in `from` replaced by what stands at the same place in `to`. */
const replaced = (values: readonly unknown[], from: readonly Tensor[], to: readonly Tensor[]): unknown[] =>
  values.map((value) => (value instanceof Tensor ? (to[from.indexOf(value)] ?? value) : value))

/** For each of `values` the gradient that arrived at it. */
const spread = (
  values: readonly unknown[],
  tensors: readonly Tensor[],
  grads: readonly (Tensor | null)[],
): (Tensor | null)[] =>
  values.map((value) => (value instanceof Tensor ? (grads[tensors.indexOf(value)] ?? null) : null))
