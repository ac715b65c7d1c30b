/** Parameters that are moved alike. Source: torch.optim's per-parameter options. */
import { toStateName } from '../formats/state-names.ts'
import { tensor } from '../tensor/creation.ts'
import { realizeAssigned } from '../tensor/realize.ts'
import { Tensor } from '../tensor/tensor.ts'

/** What every optimizer has of a group. */
export interface RateOption {
  /** Learning rate: a number from 0, under which nothing moves. */
  readonly lr?: number
}

/** What most have. */
export interface BaseOptions extends RateOption {
  /** Goes up the gradient instead of down. */
  readonly maximize?: boolean
}

export type NamedTensor = readonly [name: string, parameter: Tensor]

/** Parameters with options of their own; what is left out is as the optimizer's defaults have it. */
export type GroupSpec<Options> = Partial<Options> & {
  readonly params: Tensor | Iterable<Tensor> | Iterable<NamedTensor>
  /** For people: nothing depends on it. */
  readonly name?: string
}

/** What an optimizer is made for: parameters, such as `model.parameters()`, with or without names, or groups of them. */
export type Params<Options> = Iterable<Tensor> | Iterable<NamedTensor> | Iterable<GroupSpec<Options>>

/** As in torch.optim: 0 is a rate, under which nothing moves. */
function checkRate(rate: unknown): number {
  if (!(typeof rate === 'number' && rate >= 0 && rate < Infinity))
    throw new RangeError(`The learning rate must be a number from 0, not ${String(rate)}.`)
  return rate
}

/**
 * A group as it is. Its options stand beside its parameters as fields, and can be changed: that counts from the next step on;
 * in steps that were captured before, `lr` alone does.
 */
export type ParamGroup<Options extends object = object> = Group & {
  -readonly [Key in Exclude<keyof Options, 'lr'>]: Required<Options>[Key]
}

export function makeGroup<Options extends object>(
  parameters: Parameters,
  lr: number,
  options: Required<Omit<Options, 'lr'>>,
  name?: string,
): ParamGroup<Options> {
  // Assigned right here, under the names of the options.
  return Object.assign(new Group(parameters, lr, Object.keys(options), name), options) as ParamGroup<Options>
}

class Group {
  readonly params: readonly Tensor[]
  readonly paramNames: readonly string[] | undefined
  readonly name: string | undefined
  /** The rate that a schedule starts from, once there is one. */
  initialLr: number | undefined
  /** What schedules keep of it, by PyTorch's names, such as `max_lr`. Saved with the group. */
  readonly scheduled: Record<string, number> = {}
  /** The learning rate on the device, [] float32. */
  readonly rate: Tensor
  #lr: number

  readonly #optionNames: readonly string[]

  constructor(parameters: Parameters, lr: number, optionNames: readonly string[], name?: string) {
    this.#lr = checkRate(lr)
    this.params = parameters.params
    this.paramNames = parameters.names
    this.#optionNames = optionNames
    this.name = name
    const device = this.params[0]!.device
    if (this.params.some((p) => p.device !== device))
      throw new Error('The parameters of a group live on different devices: make a group for each device.')
    this.rate = tensor(lr, { device })
  }

  get lr(): number {
    return this.#lr
  }

  set lr(value: number) {
    checkRate(value)
    if (value === this.#lr) return
    this.#lr = value
    // Steps taken but not yet computed are to use the old rate.
    realizeAssigned(this.rate.device)
    // Written in place: captured steps keep reading the same memory.
    this.rate.device.write(this.rate.node.storage!.buffer, Float32Array.of(value))
  }

  /** Its options but for the rate, as they are now. */
  settings(): Record<string, unknown> {
    return Object.fromEntries(this.#optionNames.map((name) => [name, Reflect.get(this, name)]))
  }

  /** Everything but the parameters by PyTorch's names, as it is saved and printed. */
  described(): Record<string, unknown> {
    const { lr, initialLr, paramNames, name } = this
    const given = Object.entries({ ...this.settings(), lr, initialLr, paramNames, name })
    const own = Object.fromEntries(
      given.flatMap(([key, value]) => (value === undefined ? [] : [[toStateName(key), value]])),
    )
    return { ...own, ...this.scheduled }
  }
}

interface Parameters {
  readonly params: readonly Tensor[]
  readonly names?: readonly string[] | undefined
}

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value

const isNamed = (value: unknown): value is NamedTensor =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && value[1] instanceof Tensor

function described(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value)
  return Array.isArray(value)
    ? 'a list'
    : value instanceof Tensor
      ? 'a tensor'
      : `an ${value.constructor?.name ?? 'object'}`
}

/**
 * The leaves of one group. Errors: TypeError for what is no tensor, Error for none at all, for one that was computed, and for
 * names beside nameless ones. One that stands there twice is warned of, and moved twice, as in PyTorch.
 */
export function readParameters(given: unknown): Parameters {
  const list: readonly unknown[] =
    given instanceof Tensor ? [given] : isIterable(given) ? [...given] : [given]
  if (list.length === 0) throw new Error('An optimizer needs at least one parameter.')
  const named = list.filter(isNamed)
  if (named.length > 0 && named.length < list.length)
    throw new Error('Either all parameters of an optimizer have names, or none.')
  const params = list.map((item) => {
    const parameter: unknown = isNamed(item) ? item[1] : item
    if (!(parameter instanceof Tensor))
      throw new TypeError(`An optimizer takes tensors, and one of its parameters is ${described(parameter)}.`)
    if (!parameter.isLeaf)
      throw new Error('An optimizer moves leaves only: one of its parameters was computed from others.')
    return parameter
  })
  if (new Set(params).size < params.length)
    console.warn('An optimizer has a parameter twice in one group, and moves it twice: list it once.')
  return { params, names: named.length > 0 ? named.map(([name]) => name) : undefined }
}

/** `given` as one group or several. Errors: TypeError for a tensor by itself, or for what cannot be walked. */
export function readGroups<Options>(given: unknown): readonly GroupSpec<Options>[] {
  if (given instanceof Tensor || !isIterable(given))
    throw new TypeError(
      `An optimizer takes a list of tensors or of groups { params, … }, not ${described(given)}.`,
    )
  const list = [...given]
  const isGroup = (item: unknown): item is GroupSpec<Options> =>
    typeof item === 'object' && item !== null && !(item instanceof Tensor) && 'params' in item
  if (list.length > 0 && list.every(isGroup)) return list
  return [{ params: list } as unknown as GroupSpec<Options>]
}
