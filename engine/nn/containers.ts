/** Modules that hold modules, as in torch.nn. */
import type { Tensor } from '../tensor/tensor.ts'
import { Module, type AnyModule } from './module.ts'

const isModules = (value: unknown): value is Iterable<AnyModule> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value && !(value instanceof Module)

const isRecord = (value: unknown): value is Readonly<Record<string, Module>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

/** A list may be given by itself, as in PyTorch, or module by module. */
const listed = <M extends AnyModule>(modules: readonly M[] | readonly [Iterable<M>]): readonly M[] =>
  modules.length === 1 && !(modules[0] instanceof Module) && isModules(modules[0])
    ? [...(modules[0] as Iterable<M>)]
    : (modules as readonly M[])

/** What numbered fields hold. Errors: RangeError where there is none. */
function member<M>(type: string, modules: readonly M[], index: number): M {
  const found = modules.at(index)
  if (!Number.isInteger(index) || found === undefined)
    throw new RangeError(`${type} has ${modules.length} modules, none of them number ${index}.`)
  return found
}

/** Each module's output is the next one's input; without any, the input is the output. Source: torch.nn.Sequential. */
export class Sequential extends Module {
  /** Modules in a row, one list of them, or one record of them by name (PyTorch's OrderedDict). */
  constructor(...modules: readonly Module[] | [Readonly<Record<string, Module>> | Iterable<Module>]) {
    super()
    const [first] = modules
    const named =
      modules.length === 1 && isRecord(first)
        ? Object.entries(first)
        : listed(modules as readonly Module[] | readonly [Iterable<Module>]).map(
            (module, i): [string, Module] => [String(i), module],
          )
    for (const [name, module] of named) this.registerModule(name, module)
  }

  get length(): number {
    return this.inOrder().length
  }

  /** Counted from the end where negative. Errors: RangeError where there is none. */
  at(index: number): Module {
    return member('Sequential', this.inOrder(), index)
  }

  /** One module more at the end. */
  append(module: Module): this {
    this.registerModule(String(this.length), module)
    return this
  }

  [Symbol.iterator](): Iterator<Module> {
    return this.inOrder()[Symbol.iterator]()
  }

  private inOrder(): Module[] {
    // Only those that map a tensor to a tensor are taken.
    return this.ownModules().map(([, module]) => module as Module)
  }

  forward(input: Tensor): Tensor {
    return this.inOrder().reduce((x, module) => module.forward(x), input)
  }
}

/** Modules in a row, for a module that calls them itself. Source: torch.nn.ModuleList. */
export class ModuleList<M extends AnyModule = Module> extends Module<never, never> {
  constructor(...modules: readonly M[] | readonly [Iterable<M>]) {
    super()
    for (const module of listed(modules)) this.append(module)
  }

  get length(): number {
    return this.inOrder().length
  }

  /** Counted from the end where negative. Errors: RangeError where there is none. */
  at(index: number): M {
    return member('ModuleList', this.inOrder(), index)
  }

  /** One module more at the end. */
  append(module: M): this {
    this.registerModule(String(this.length), module)
    return this
  }

  [Symbol.iterator](): Iterator<M> {
    return this.inOrder()[Symbol.iterator]()
  }

  private inOrder(): M[] {
    // The constructor takes only those.
    return this.ownModules().map(([, module]) => module as M)
  }

  forward(): never {
    throw new Error('A ModuleList only holds modules: call each of them.')
  }
}

/** A field that no module can be called by. */
const named: unique symbol = Symbol('named')

/** Modules by name, for a module that calls them itself. Source: torch.nn.ModuleDict. */
export class ModuleDict<M extends AnyModule = Module> extends Module<never, never> {
  private readonly [named] = new Set<string>()

  constructor(modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]> = {}) {
    super()
    const entries = Symbol.iterator in modules ? modules : Object.entries(modules as Record<string, M>)
    for (const [name, module] of entries as Iterable<readonly [string, M]>) this.set(name, module)
  }

  get length(): number {
    return this[named].size
  }

  /** Whether there is a module by that name. */
  has(name: string): boolean {
    return this[named].has(name)
  }

  /** The module by that name. Errors: RangeError where there is none by that name. */
  get(name: string): M {
    if (!this.has(name))
      throw new RangeError(`ModuleDict has no module "${name}". It has: ${this.keys().join(', ')}.`)
    return Reflect.get(this, name) as M
  }

  /** Puts a module there, new or in another’s place. */
  set(name: string, module: M): this {
    this.registerModule(name, module)
    this[named].add(name)
    return this
  }

  /** Takes one out and gives it. */
  pop(name: string): M {
    const module = this.get(name)
    this[named].delete(name)
    Reflect.deleteProperty(this, name)
    return module
  }

  /** The names, in order. */
  keys(): string[] {
    return [...this[named]]
  }

  /** The modules, in order. */
  values(): M[] {
    return this.keys().map((name) => this.get(name))
  }

  /** Names and modules, in order. */
  entries(): [string, M][] {
    return this.keys().map((name) => [name, this.get(name)])
  }

  [Symbol.iterator](): Iterator<string> {
    return this.keys()[Symbol.iterator]()
  }

  forward(): never {
    throw new Error('A ModuleDict only holds modules: call those that you get from it.')
  }
}
