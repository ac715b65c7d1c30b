/** Building blocks of networks, as in torch.nn. */
import { noGrad } from '../tensor/grad-mode.ts'
import { Tensor } from '../tensor/tensor.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'

/** A module of whatever inputs and output. */
export type AnyModule = Module<readonly unknown[], unknown>

/**
 * Maps a tensor to a tensor, unless it says otherwise. Tensors and modules assigned to its fields are found by name: a tensor that requires grad is a parameter, any other a
 * buffer (state that is saved but not trained).
 */
export abstract class Module<Inputs extends readonly unknown[] = [input: Tensor], Output = Tensor> {
  /** true while training: dropout drops, batch norm measures. */
  training = true

  abstract forward(...inputs: Inputs): Output

  /** Direct children, by field name. */
  children(): [string, AnyModule][] {
    return Object.entries(this).filter((e): e is [string, AnyModule] => e[1] instanceof Module)
  }

  /** This module, by the name '', and every module below it, once, by dotted name. Source: torch.nn.Module.named_modules. */
  namedModules(prefix = '', seen = new Set<AnyModule>()): [string, AnyModule][] {
    if (seen.has(this)) return []
    seen.add(this)
    const below = this.children().flatMap(([name, child]) =>
      child.namedModules(prefix === '' ? name : `${prefix}.${name}`, seen),
    )
    return [[prefix, this], ...below]
  }

  *#tensors(prefix: string): Generator<[string, Tensor]> {
    for (const [name, value] of Object.entries(this))
      if (value instanceof Tensor) yield [prefix + name, value]
    for (const [name, child] of this.children()) yield* child.#tensors(`${prefix}${name}.`)
  }

  namedParameters(): [string, Tensor][] {
    return [...this.#tensors('')].filter(([, t]) => t.requiresGrad)
  }

  parameters(): Tensor[] {
    return this.namedParameters().map(([, t]) => t)
  }

  /** Parameters and buffers by dotted name, such as `0.weight`. The tensors themselves, not copies. */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries(this.#tensors(''))
  }

  /** Errors: names missing, unknown, or of another shape are listed. */
  loadStateDict(state: Readonly<Record<string, Tensor>>): void {
    const own = this.stateDict()
    const problems = [
      ...Object.keys(own)
        .filter((name) => !(name in state))
        .map((name) => `${name} is missing`),
      ...Object.keys(state)
        .filter((name) => !(name in own))
        .map((name) => `${name} is unknown`),
      ...Object.keys(own)
        .filter((name) => name in state && !sameShape(own[name]!.shape, state[name]!.shape))
        .map(
          (name) =>
            `${name} is ${formatShape(state[name]!.shape)} instead of ${formatShape(own[name]!.shape)}`,
        ),
    ]
    if (problems.length > 0)
      throw new Error(`The saved state does not fit this module: ${problems.join('; ')}.`)
    noGrad(() => {
      for (const [name, tensor] of Object.entries(own)) tensor.copy_(state[name]!)
    })
  }

  train(on = true): this {
    this.training = on
    for (const [, child] of this.children()) child.train(on)
    return this
  }

  eval(): this {
    return this.train(false)
  }
}

export class Sequential extends Module {
  constructor(...modules: Module[]) {
    super()
    modules.forEach((module, i) => Object.assign(this, { [i]: module }))
  }

  override children(): [string, Module][] {
    // The constructor takes only those that map a tensor to a tensor.
    return super.children() as [string, Module][]
  }

  forward(input: Tensor): Tensor {
    return this.children().reduce((x, [, module]) => module.forward(x), input)
  }
}

/** Modules in a row, for a module that calls them itself. Source: torch.nn.ModuleList. */
export class ModuleList<M extends AnyModule = Module> extends Module<never, never> {
  constructor(...modules: M[]) {
    super()
    modules.forEach((module, i) => Object.assign(this, { [i]: module }))
  }

  get modules(): M[] {
    // The constructor takes only those.
    return this.children().map(([, module]) => module as M)
  }

  forward(): never {
    throw new Error('A ModuleList only holds modules: call each of its `modules`.')
  }
}
