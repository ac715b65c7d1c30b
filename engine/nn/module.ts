/** Building blocks of networks, as in torch.nn. */
import type { Device } from '../backends/device.ts'
import { readArguments, type Arguments, type Signature } from '../tensor/arguments.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import { tensor } from '../tensor/creation.ts'
import { isFloating } from '../tensor/dtype.ts'
import { isTracing, noteGuard } from '../tensor/realize.ts'
import { Tensor } from '../tensor/tensor.ts'
import { yesOrNo } from './checks.ts'
import { copyValue } from './deep-copy.ts'
import { copyOptions } from './define.ts'
import {
  Hooks,
  type BackwardHook,
  type ForwardHook,
  type ForwardPreHook,
  type HookHandle,
  type HookOptions,
} from './hooks.ts'
import { loadState, type LoadResult } from './load-state.ts'
import { toFieldName, toStateName } from '../formats/state-names.ts'

/** A module of whatever inputs and output. */
export type AnyModule = Module<readonly unknown[], unknown>

type FloatType = 'float16' | 'float32'

export interface NamedOptions {
  /** Stands before each name, with a dot between. */
  readonly prefix?: string
  /** Also of the modules below; true by default. */
  readonly recurse?: boolean
  /** What several fields share is listed once, under its first name; true by default. */
  readonly removeDuplicate?: boolean
}

const loadSignature: Signature<{ readonly strict?: boolean }> = {
  name: 'loadStateDict',
  positional: ['strict'],
}

const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom')

const joined = (prefix: string, name: string): string => (prefix === '' ? name : `${prefix}.${name}`)

/** Drops what stands there a second time. */
const once = <T>(entries: readonly [string, T][]): [string, T][] => {
  const seen = new Set<T>()
  return entries.filter(([, value]) => !seen.has(value) && seen.add(value))
}

const indented = (text: string): string => text.replaceAll('\n', '\n  ')

const noted = new WeakSet<object>()

/**
 * Lets a captured step know a module it goes through, and those of its own whose forward is a function in a field, which
 * nobody else could tell of.
 */
function noteModule(module: AnyModule): void {
  noteGuard(module)
  if (!isTracing()) return
  for (const child of module.children()) if (Object.hasOwn(child, 'forward')) noteModule(child)
}

/** Lets a captured step know the modules it went through: it is traced anew when one of their fields is another. */
function noteForward(prototype: object): void {
  for (
    let at = prototype;
    at !== Module.prototype && !noted.has(at);
    at = Object.getPrototypeOf(at) as object
  ) {
    noted.add(at)
    const own = Object.getOwnPropertyDescriptor(at, 'forward')
    if (typeof own?.value !== 'function') continue
    const forward = own.value as (...inputs: unknown[]) => unknown
    const value = function (this: AnyModule, ...inputs: unknown[]): unknown {
      noteModule(this)
      return forward.apply(this, inputs)
    }
    Object.defineProperty(value, 'length', { value: forward.length })
    Object.defineProperty(at, 'forward', { ...own, value })
  }
}

/**
 * Maps a tensor to a tensor, unless it says otherwise. What is assigned to its fields is found there: modules; parameters,
 * which are leaves that require grad or once did (so that a frozen one is listed still); and buffers, which are the tensors
 * that registerBuffer was told of. Any other tensor in a field, such as an activation kept for later, is none of these.
 * Names are PyTorch's: the field `runningMean` is listed as `running_mean`. Source: torch.nn.Module.
 */
export abstract class Module<Inputs extends readonly unknown[] = [input: Tensor], Output = Tensor> {
  /** true while training: dropout drops, batch norm measures. */
  training = true
  /** Fields that hold buffers, and whether they belong to the saved state. */
  readonly #buffers = new Map<string, boolean>()
  #hooks: Hooks | null = null

  constructor() {
    noteForward(new.target.prototype)
  }

  /** What the module computes. Hooks run whether one calls this or `call`. */
  abstract forward(...inputs: Inputs): Output

  /** The same as forward, by the name that stands for PyTorch's `module(input)`. */
  call(...inputs: Inputs): Output {
    noteModule(this)
    return this.forward(...inputs)
  }

  // ---- what it holds ----

  #nameOf(field: string): string {
    const name = toStateName(field)
    // Beside a field that is called so already, this one keeps its own.
    return name !== field && Object.hasOwn(this, name) ? field : name
  }

  #own<T>(picks: (value: unknown, field: string) => value is T & {}): [string, T][] {
    const found: [string, T][] = []
    for (const [field, value] of Object.entries(this))
      if (picks(value, field)) found.push([this.#nameOf(field), value])
    return found
  }

  /** Direct children, those in several fields again and again. */
  protected ownModules(): [string, AnyModule][] {
    return this.#own((value): value is AnyModule => value instanceof Module)
  }

  #ownParameters(): [string, Tensor][] {
    return this.#own(
      (value, field): value is Tensor =>
        value instanceof Tensor && value.isParameter && value.isLeaf && !this.#buffers.has(field),
    )
  }

  #ownBuffers(persistentOnly = false): [string, Tensor][] {
    return this.#own(
      (value, field): value is Tensor =>
        value instanceof Tensor &&
        (persistentOnly ? this.#buffers.get(field) === true : this.#buffers.has(field)),
    )
  }

  /** Direct children, each once. */
  children(): AnyModule[] {
    return this.namedChildren().map(([, child]) => child)
  }

  /** Direct children by name, each once. */
  namedChildren(): [string, AnyModule][] {
    return once(this.ownModules())
  }

  /** This module and every module below it, each once. */
  modules(): AnyModule[] {
    return this.namedModules().map(([, module]) => module)
  }

  /** This module, by the name '', and every module below it by dotted name, each once. Source: torch.nn.Module.named_modules. */
  namedModules({ prefix = '', removeDuplicate = true }: Omit<NamedOptions, 'recurse'> = {}): [
    string,
    AnyModule,
  ][] {
    const walk = (module: AnyModule, path: string): [string, AnyModule][] => [
      [path, module],
      ...module.ownModules().flatMap(([name, child]) => walk(child, joined(path, name))),
    ]
    const all = walk(this, prefix)
    return removeDuplicate ? once(all) : all
  }

  #named(
    of: (module: AnyModule) => [string, Tensor][],
    { prefix = '', recurse = true, removeDuplicate = true }: NamedOptions,
  ): [string, Tensor][] {
    const modules: [string, AnyModule][] = recurse
      ? this.namedModules({ prefix, removeDuplicate })
      : [[prefix, this]]
    const all = modules.flatMap(([path, module]) =>
      of(module).map(([name, value]): [string, Tensor] => [joined(path, name), value]),
    )
    return removeDuplicate ? once(all) : all
  }

  /** All parameters, each once; with `recurse` false only its own. Source: torch.nn.Module.parameters. */
  parameters(recurse = true): Tensor[] {
    return this.namedParameters({ recurse }).map(([, parameter]) => parameter)
  }

  /** Parameters by dotted name, each once. Source: torch.nn.Module.named_parameters. */
  namedParameters(options: NamedOptions = {}): [string, Tensor][] {
    return this.#named((module) => module.#ownParameters(), options)
  }

  /** All buffers, each once; with `recurse` false only its own. Source: torch.nn.Module.buffers. */
  buffers(recurse = true): Tensor[] {
    return this.namedBuffers({ recurse }).map(([, buffer]) => buffer)
  }

  /** Buffers by dotted name, each once, those that are not saved among them. Source: torch.nn.Module.named_buffers. */
  namedBuffers(options: NamedOptions = {}): [string, Tensor][] {
    return this.#named((module) => module.#ownBuffers(), options)
  }

  // ---- adding to it ----

  /** Errors: an Error for a name that is empty, has a dot, or belongs to something else here. */
  #register(kind: string, name: string, value: unknown): void {
    if (typeof name !== 'string' || name === '' || name.includes('.'))
      throw new Error(`A ${kind} needs a name without dots, not "${String(name)}".`)
    const taken: unknown = name in this ? Reflect.get(this, name) : null
    const isOurs = taken instanceof Module || taken instanceof Tensor
    if (taken !== null && taken !== undefined && !(isOurs && Object.hasOwn(this, name)))
      throw new Error(
        `${this.typeName()} has something else by the name "${name}": call the ${kind} differently.`,
      )
    Reflect.set(this, name, value)
  }

  /**
   * Makes a tensor, in the field `name`, part of the module's state though it is not trained; null leaves the place empty.
   * With `persistent: false` it is not saved. Gives the tensor. Source: torch.nn.Module.register_buffer.
   */
  registerBuffer<T extends Tensor | null>(
    name: string,
    buffer: T,
    { persistent = true }: { readonly persistent?: boolean } = {},
  ): T {
    if (buffer !== null && !(buffer instanceof Tensor))
      throw new TypeError(`The buffer "${name}" must be a tensor or null, not ${typeof buffer}.`)
    this.#register('buffer', name, buffer)
    this.#buffers.set(name, persistent)
    return buffer
  }

  /** Puts a parameter into the field `name`; null leaves the place empty. Source: torch.nn.Module.register_parameter. */
  registerParameter<T extends Tensor | null>(name: string, parameter: T): T {
    if (parameter !== null && !(parameter instanceof Tensor && parameter.isParameter && parameter.isLeaf)) {
      throw new TypeError(
        `The parameter "${name}" must be a leaf that requires grad, such as a new nn.Parameter(tensor), or null.`,
      )
    }
    this.#register('parameter', name, parameter)
    this.#buffers.delete(name)
    return parameter
  }

  /** Puts a module into the field `name`; null leaves the place empty. Source: torch.nn.Module.register_module. */
  registerModule<T extends AnyModule | null>(name: string, module: T): T {
    if (module !== null && !(module instanceof Module))
      throw new TypeError(`The module "${name}" must be a Module or null, not ${typeof module}.`)
    this.#register('module', name, module)
    return module
  }

  /** registerModule by its older name. */
  addModule<T extends AnyModule | null>(name: string, module: T): T {
    return this.registerModule(name, module)
  }

  // ---- finding ----

  /** The module at a dotted path, such as `layers.0`. Source: torch.nn.Module.get_submodule. Errors: an Error that says at which part of the path there is no module. */
  getSubmodule(path: string): AnyModule {
    if (path === '') return this
    const [part = '', ...rest] = path.split('.')
    const child = this.#at(part)
    if (!(child instanceof Module)) throw new Error(`${this.typeName()} has no module "${part}".`)
    return child.getSubmodule(rest.join('.'))
  }

  /** The parameter at a dotted path. Source: torch.nn.Module.get_parameter. Errors: an Error where there is no such parameter. */
  getParameter(path: string): Tensor {
    return this.#tensorAt('parameter', path, (module) => module.#ownParameters())
  }

  /** The buffer at a dotted path. Source: torch.nn.Module.get_buffer. Errors: an Error where there is no such buffer. */
  getBuffer(path: string): Tensor {
    return this.#tensorAt('buffer', path, (module) => module.#ownBuffers())
  }

  /** By its listed name, or by the field's. */
  #at(name: string): unknown {
    const field = [name, toFieldName(name)].find((key) => Object.hasOwn(this, key))
    return field === undefined ? undefined : Reflect.get(this, field)
  }

  #tensorAt(kind: string, path: string, of: (module: AnyModule) => [string, Tensor][]): Tensor {
    const cut = path.lastIndexOf('.')
    const module = this.getSubmodule(path.slice(0, Math.max(cut, 0)))
    const value = module.#at(path.slice(cut + 1))
    if (!of(module).some(([, own]) => own === value))
      throw new Error(`${module.typeName()} has no ${kind} "${path.slice(cut + 1)}".`)
    return value as Tensor
  }

  // ---- state ----

  /**
   * Parameters and saved buffers by dotted name, such as `0.weight` or `bn1.running_mean`; what is shared, under each of its
   * names. The tensors themselves, not copies. Source: torch.nn.Module.state_dict.
   */
  stateDict({ prefix = '' }: { readonly prefix?: string } = {}): Record<string, Tensor> {
    const state: Record<string, Tensor> = {}
    for (const [path, module] of this.namedModules({ removeDuplicate: false })) {
      for (const [name, value] of [...module.#ownParameters(), ...module.#ownBuffers(true)])
        state[prefix + joined(path, name)] = value
    }
    return state
  }

  /**
   * Copies saved values into the parameters and buffers of the same name. States of version 0.1.0, whose names were the
   * fields', are taken too. Errors: names that are missing or unknown, unless `strict` is false, and values of another shape
   * are listed, and nothing is changed. Source: torch.nn.Module.load_state_dict.
   */
  loadStateDict(
    state: Readonly<Record<string, Tensor>>,
    ...rest: Arguments<{ readonly strict?: boolean }, ['strict']>
  ): LoadResult {
    const { strict = true } = readArguments<{ readonly strict?: boolean }>(loadSignature, rest)
    return loadState(this.stateDict(), state, yesOrNo('strict', strict))
  }

  // ---- all of it at once ----

  /**
   * A module with the same options and tensors of its own; tensors and modules that are shared within it are shared in the copy.
   * Hooks stay behind. Classes of one's own are copied field by field, without calling their constructors.
   * Errors: a TypeError for a class with #private members, which cannot be copied so. Source: Python's copy.deepcopy.
   */
  deepCopy(): this {
    return copyValue(this, new Map(), (value) => {
      if (!(value instanceof Module)) return null
      refusePrivate(value)
      const copy = Reflect.construct(Module as unknown as new () => AnyModule, [], value.constructor)
      for (const [field, saved] of (value as AnyModule).#buffers) copy.#buffers.set(field, saved)
      copyOptions(value, copy)
      return copy
    }) as this
  }

  /** Calls `fn` with every module below, then with this one. Source: torch.nn.Module.apply. */
  apply(fn: (module: AnyModule) => void): this {
    for (const child of this.children()) child.apply(fn)
    fn(this)
    return this
  }

  /** Whether it is being trained, and all modules below it: dropout drops, batch norm measures. Source: torch.nn.Module.train. */
  train(mode = true): this {
    this.training = yesOrNo('mode', mode)
    for (const child of this.children()) child.train(mode)
    return this
  }

  /** As train(false). Source: torch.nn.Module.eval. */
  eval(): this {
    return this.train(false)
  }

  /** Forgets all gradients, or makes them zeros. */
  zeroGrad(setToNone = true): void {
    yesOrNo('setToNone', setToNone)
    for (const parameter of this.parameters()) {
      if (setToNone) parameter.grad = null
      else if (parameter.grad) noGrad(() => parameter.grad!.zero_())
    }
  }

  /** Freezes all parameters, or thaws them. They stay listed. Source: torch.nn.Module.requires_grad_. */
  requiresGrad_(requiresGrad = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad = requiresGrad
    return this
  }

  /** Parameters, buffers and their gradients. */
  #tensors(): Tensor[] {
    const all = [...this.parameters(), ...this.buffers()]
    return [...all, ...all.flatMap((t) => (t.grad ? [t.grad] : []))]
  }

  /** What holds whole numbers or truth values stays as it is. */
  #inType(dtype: FloatType): this {
    for (const value of this.#tensors()) {
      if (!isFloating(value.dtype) || value.dtype === dtype) continue
      value.movedTo(noGrad(() => value.detach().to(dtype).realize()).node)
    }
    return this
  }

  /**
   * Makes the floats among parameters, gradients and buffers float16; the tensors stay the same objects. Capture steps and
   * make optimizers afterwards. Source: torch.nn.Module.half.
   */
  half(): this { return this.#inType('float16') } // prettier-ignore
  /** As half(), float32. Source: torch.nn.Module.float. */
  float(): this { return this.#inType('float32') } // prettier-ignore

  /**
   * Moves all parameters, their gradients and all buffers to another device, or makes the floats among them another type;
   * the tensors stay the same objects. Values are read back from a device, so it has to be awaited. Capture steps and make
   * optimizers afterwards. Source: torch.nn.Module.to.
   */
  async to(target: Device | FloatType): Promise<this> {
    if (target === 'float16' || target === 'float32') return this.#inType(target)
    const device = target
    if (typeof device !== 'object' || device === null || !('allocate' in device))
      throw new TypeError(
        `to() takes a device, from openDevice(), 'float16' or 'float32', not ${String(device)}.`,
      )
    for (const value of this.#tensors()) {
      if (value.device === device) continue
      const { shape, dtype } = value
      value.movedTo(tensor(await value.data(), { shape, dtype, device }).node)
    }
    return this
  }

  // ---- hooks ----

  #addHook(add: (hooks: Hooks, removed: () => void) => HookHandle): HookHandle {
    this.#hooks ??= new Hooks()
    const hooks = this.#hooks
    const wasEmpty = hooks.isEmpty
    // A module without hooks is called directly; one that has some, by an own property that hides the class's method.
    const before = Object.getOwnPropertyDescriptor(this, 'forward')
    const handle = add(hooks, () => {
      if (hooks.isEmpty) this.#restoreForward?.()
    })
    if (wasEmpty) {
      const forward = this.forward.bind(this) as (...inputs: readonly unknown[]) => unknown
      this.#restoreForward = () => {
        Reflect.deleteProperty(this, 'forward')
        if (before) Object.defineProperty(this, 'forward', before)
      }
      const value = (...inputs: Inputs): unknown => hooks.run(this, inputs, forward)
      Object.defineProperty(this, 'forward', { value, enumerable: false, configurable: true, writable: true })
    }
    return handle
  }
  #restoreForward: (() => void) | null = null

  /** Called before forward, with its inputs; what it returns replaces them. Source: torch.nn.Module.register_forward_pre_hook. */
  registerForwardPreHook(hook: ForwardPreHook<this>, { prepend = false }: HookOptions = {}): HookHandle {
    return this.#addHook((hooks, removed) =>
      hooks.add(hooks.before, { hook: hook as ForwardPreHook<unknown>, always: false }, prepend, removed),
    )
  }

  /**
   * Called after forward, with its inputs and output; what it returns replaces the output. With `alwaysCall` also where
   * forward throws. Source: torch.nn.Module.register_forward_hook.
   */
  registerForwardHook(
    hook: ForwardHook<this>,
    { prepend = false, alwaysCall = false }: HookOptions & { readonly alwaysCall?: boolean } = {},
  ): HookHandle {
    return this.#addHook((hooks, removed) =>
      hooks.add(hooks.after, { hook: hook as ForwardHook<unknown>, always: alwaysCall }, prepend, removed),
    )
  }

  /**
   * Called on the way back, with the gradients of the tensors among inputs and outputs; what it returns replaces those of the
   * inputs. Source: torch.nn.Module.register_full_backward_hook.
   */
  registerFullBackwardHook(hook: BackwardHook<this>, { prepend = false }: HookOptions = {}): HookHandle {
    return this.#addHook((hooks, removed) =>
      hooks.add(hooks.backward, { hook: hook as BackwardHook<unknown>, always: false }, prepend, removed),
    )
  }

  // ---- in print ----

  /** What stands in the brackets of the printed module, in Python's spelling, as PyTorch's extra_repr. */
  extraRepr(): string {
    return ''
  }

  protected typeName(): string {
    return this.constructor.name
  }

  /** The module as PyTorch prints it. */
  toString(): string {
    const extra = this.extraRepr()
    const children = this.ownModules().map(([name, child]) => `(${name}): ${indented(child.toString())}`)
    if (children.length === 0)
      return `${this.typeName()}(${extra.includes('\n') ? `\n  ${indented(extra)}\n` : extra})`
    const lines = extra === '' ? children : [indented(extra), ...children]
    return `${this.typeName()}(\n  ${lines.join('\n  ')}\n)`
  }

  [inspect](): string {
    return this.toString()
  }
}

/** Errors: a TypeError for a class whose #private members a copy would lack. */
function refusePrivate(module: object): void {
  for (
    let at = module.constructor;
    at !== Module && at !== Object;
    at = Object.getPrototypeOf(at) as typeof at
  )
    if (/\bthis\.#\w/.test(at.toString()))
      throw new TypeError(
        `${at.name} cannot be copied: it has #private members, which only its constructor makes. Make them ordinary ones.`,
      )
}
