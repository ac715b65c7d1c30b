/**
 * A public function is one record: its name, its options in PyTorch's order, what it computes, and samples by which it is
 * held to PyTorch, through the call that people make. It needs no gradient: that comes from the ops it is made of.
 * Those that take a tensor first are methods of tensors too.
 */
import { readArguments, refuseSurplus, type Arguments } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/core.ts'
import type { SampleInput } from '../ops/samples.ts'
import { widening } from './widening.ts'

/** An argument of a sample: a tensor is described, as an op's sample inputs are. */
export type SampleArgument =
  | SampleInput
  | number
  | string
  | boolean
  | null
  | readonly SampleArgument[]
  | { readonly [option: string]: SampleArgument }

export interface FunctionInfo {
  /** PyTorch's name, in camelCase, after the namespace where it has one (`linalg.norm`); unique. */
  readonly name: string
  /** Arguments of calls that are compared with PyTorch's. */
  readonly samples: readonly (readonly SampleArgument[])[]
  /** Where PyTorch has it: `torch` by default, or another place such as `torch.Tensor` or `torch.nn.functional`; '' for nowhere. */
  readonly torch?: string
  /** Where PyTorch 1.13, which is asked, has no such function: the same in Python. */
  readonly python?: string
  /** No tensor comes first, or PyTorch has no such method. */
  readonly isMethod?: boolean
  /**
   * Names of the arguments after the tensor, in order, each of which may also be given by name in the object at the end; those
   * with a second name in PyTorch have both, the first one ours: `src|value`.
   */
  readonly lead?: readonly string[]
  /** It is made of several operations, which of float16 compute in float32 and round once; `alone`: never beside float32. */
  readonly widens?: true | 'alone'
}

/** How the function is called: the tensor's method, or the function itself. */
interface Registered extends FunctionInfo {
  readonly call: (...args: never[]) => unknown
}

const registry = new Map<string, Registered>()

/** All public functions, by name: for tests, documentation and the methods of tensors. */
export const allFunctions = (): ReadonlyMap<string, Registered> => registry

function register<F extends (...args: never[]) => unknown>(info: FunctionInfo, call: F): F {
  if (registry.has(info.name)) throw new Error(`Function ${info.name} is defined twice`)
  registry.set(info.name, { ...info, call })
  Object.defineProperty(call, 'name', { value: info.name })
  return call
}

/** What follows the tensor, with those arguments in their places that were given by name. */
function inPlaces({ name, lead = [] }: FunctionInfo, args: readonly unknown[]): readonly unknown[] {
  const last = args.at(-1)
  if (typeof last !== 'object' || last === null || Object.getPrototypeOf(last) !== Object.prototype)
    return args
  const rest: Record<string, unknown> = { ...last }
  const placed: unknown[] = args.slice(0, -1)
  if (placed.length >= lead.length) return args
  for (const names of lead.slice(placed.length)) {
    const given = names.split('|').find((one) => one in rest)
    if (given === undefined)
      throw new TypeError(`${name} needs ${names.split('|')[0]}, by position or by name.`)
    placed.push(rest[given])
    Reflect.deleteProperty(rest, given)
  }
  return Object.keys(rest).length === 0 ? placed : [...placed, rest]
}

/** The arguments of a function, or the tensor alone and all others by name. */
export type OrByName<Args extends readonly [unknown, ...unknown[]], Named> =
  Args | [self: Args[0], named: Named]

const widenedBy = <Args extends readonly unknown[], Result>({
  name,
  widens,
  call,
}: FunctionInfo & { readonly call: (...args: Args) => Result }): ((...args: Args) => Result) =>
  widens ? widening(name, call, widens === 'alone') : call

/** A function with arguments by position only, all of them required. */
export function defineFunction<Args extends readonly unknown[], Result>(
  info: FunctionInfo & { readonly call: (...args: Args) => Result },
): (...args: Args) => Result {
  const { name } = info
  const call = widenedBy(info)
  const takes = call.length
  return register(info, (...args: Args): Result => {
    if (args.length > takes)
      refuseSurplus(
        name,
        takes - (info.isMethod === false ? 0 : 1),
        args.slice(info.isMethod === false ? 0 : 1),
      )
    return call(...args)
  })
}

/**
 * A function whose last parameter is an object of options, which are also taken by position in the order given.
 * `named`: those that PyTorch takes by name only.
 */
export function defineWithOptions<
  Options extends object,
  const Order extends readonly (keyof Options & string)[],
  Lead extends readonly unknown[],
  Result,
>(
  info: FunctionInfo & {
    readonly positional: Order
    readonly named?: readonly (keyof Options & string)[]
    readonly call: (...args: [...lead: Lead, options: Options]) => Result
  },
): (...args: [...Lead, ...Arguments<Options, Order>]) => Result {
  const call = widenedBy(info)
  const lead = call.length - 1
  return register(info, (...given: [...Lead, ...Arguments<Options, Order>]): Result => {
    const args: readonly unknown[] = info.lead ? [given[0], ...inPlaces(info, given.slice(1))] : given
    const options = readArguments<Options>(info, args.slice(lead))
    const leading = args.slice(0, lead)
    while (leading.length < lead) leading.push(undefined)
    // As many as the function has before its options.
    return call(...([...leading, options] as unknown as [...Lead, Options]))
  })
}

/** A function of any number of arguments, which reads them itself. */
export function defineVariadic<Args extends readonly unknown[], Result>(
  info: FunctionInfo & { readonly call: (...args: Args) => Result },
): (...args: Args) => Result {
  const call = widenedBy(info)
  return register(info, (...args: Args): Result => call(...args))
}

/** The same function under another name. `torch`: where PyTorch has it, if no tensor has it as a method. */
export const alias = <Args extends readonly unknown[], Result>(
  name: string,
  call: (...args: Args) => Result,
  samples: FunctionInfo['samples'],
  info: Pick<FunctionInfo, 'isMethod' | 'torch'> = {},
): ((...args: Args) => Result) =>
  defineVariadic<Args, Result>({ name, ...info, samples, call: (...args: Args): Result => call(...args) })

type AfterFirst<Args> = Args extends readonly [unknown, ...infer Rest] ? Rest : never

/** A family of functions as methods of the tensor that they take first. */
export type Methods<Family> = {
  [Name in keyof Family]: Family[Name] extends (...args: infer Args) => infer Result
    ? (...args: AfterFirst<Args>) => Result
    : never
}

/** As `Methods`, for those that write their result into that tensor. */
export type InPlaceMethods<Family> = {
  [Name in keyof Family & string as `${Name}_`]: Family[Name] extends (...args: infer Args) => unknown
    ? (...args: AfterFirst<Args>) => Tensor
    : never
}

/** Gives tensors the functions as methods; those of `inPlace` also under a name with _ at its end, which changes the tensor. */
export function installMethods(prototype: Tensor, inPlace: readonly string[]): void {
  const install = (name: string, method: (this: Tensor, ...args: never[]) => unknown): void => {
    Object.defineProperty(method, 'name', { value: name })
    Object.defineProperty(prototype, name, { value: method, writable: true, configurable: true })
  }
  for (const [name, { call, isMethod }] of registry) {
    if (isMethod === false) continue
    const compute = (self: Tensor, args: never[]): unknown => call(...([self, ...args] as never[]))
    install(name, function (...args) {
      return compute(this, args)
    })
    if (!inPlace.includes(name)) continue
    install(`${name}_`, function (...args) {
      // The functions of these families give one tensor.
      return this.assign(compute(this, args) as Tensor, `${name}_`)
    })
  }
}

/** Sizes as PyTorch takes them: one list, or numbers one after the other. */
export type Sizes = readonly number[] | readonly [readonly number[]]

export function sizesOf(name: string, given: readonly unknown[]): readonly number[] {
  const list: readonly unknown[] = given.length === 1 && Array.isArray(given[0]) ? given[0] : given
  for (const size of list)
    if (typeof size !== 'number' || !Number.isInteger(size))
      throw new RangeError(`${name} takes whole numbers, or one list of them, not ${String(size)}.`)
  return list as readonly number[]
}

/** Several results in a list that has them under their names too, as PyTorch's named tuples. */
export type Results<Names extends string> = Readonly<Record<Names, Tensor>> &
  Iterable<Tensor> & { readonly [index: number]: Tensor; readonly length: number }

export function results<Names extends string>(named: Readonly<Record<Names, Tensor>>): Results<Names> {
  return Object.assign(Object.values(named), named) as unknown as Results<Names>
}
