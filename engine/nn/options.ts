/**
 * What a layer's constructor takes, as data. From the one list come the arguments' order, types, checks and defaults, the line
 * of PyTorch, forms and the page of the docs. It stands in PyTorch's order; what has no default comes first.
 */
import type { Device } from '../backends/device.ts'
import type { Arguments } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** What may be given. Bounds count themselves in. */
type Kind =
  | { readonly kind: 'whole'; readonly least: number }
  /** A whole number that may be negative, such as a dimension counted from the end. */
  | { readonly kind: 'index' }
  | { readonly kind: 'number'; readonly least?: number; readonly most?: number }
  | { readonly kind: 'flag' }
  | { readonly kind: 'choice'; readonly choices: readonly string[]; readonly orFunction?: boolean }
  /** One whole number for every direction, or `count` of them, or one of some words. */
  | {
      readonly kind: 'extents'
      readonly count: 1 | 2 | 3
      readonly least: number
      readonly words?: readonly string[]
      /** null in the place of a number keeps the extent as it is. */
      readonly orKept?: boolean
    }
  /** An extent or a list of them. */
  | {
      readonly kind: 'shape'
      /** One of them may be −1: what the others leave. */
      readonly orRest?: boolean
    }
  /** A whole number for all sides, or one for each, the last dimension's first; negative ones cut off. */
  | { readonly kind: 'sides'; readonly count: 2 | 4 | 6 }
  /** What somebody writes; what it may be, its reader says. */
  | { readonly kind: 'text' }
  | { readonly kind: 'tensor' }
  | { readonly kind: 'module' }
  /** PyTorch has it, the engine only with its default. */
  | { readonly kind: 'fixed' }
  | { readonly kind: 'device' }

/** One argument of a constructor, as plain data. */
export type OptionDescriptor = Kind & {
  /** PyTorch's name, in camelCase. */
  readonly name: string
  /** A sentence for whoever chooses. */
  readonly help: string
  /** What stands where nothing is given; without one, and without `like`, it has to be given. */
  readonly default?: unknown
  /** The option whose value is the default. */
  readonly like?: string
  /** Taken by name only, as after Python's `*`. */
  readonly byName?: boolean
  /** null is a value of its own, instead of leaving the option out. */
  readonly nullable?: boolean
  /** In PyTorch's source it stands with its name, though it has to be given. */
  readonly spelled?: boolean
  /** PyTorch has it only since 2.0. */
  readonly newer?: boolean
  /** PyTorch's default is a float, which it prints as one though it is a whole number. */
  readonly decimal?: boolean
}

/** A descriptor with its types, which nobody finds while it runs. */
type Option<Name extends string, Value, D> = OptionDescriptor & {
  readonly name: Name
  readonly types?: {
    readonly value: Value | (D extends { readonly nullable: true } ? null : never)
    readonly optional: D extends { readonly default: unknown } | { readonly like: string } ? true : false
    readonly byName: D extends { readonly byName: true } ? true : false
  }
}

type Details = Omit<OptionDescriptor, 'kind' | 'name'> & {
  readonly least?: number
  readonly most?: number
}

/** Makes descriptors of a kind, whose values have type Value. */
const of =
  <Value>(kind: Kind) =>
  <const Name extends string, const D extends Details>(name: Name, details: D): Option<Name, Value, D> => ({
    ...kind,
    ...details,
    name,
  })

/** A whole number, from 1 where no other bound is given. */
export const whole = of<number>({ kind: 'whole', least: 1 })
export const index = of<number>({ kind: 'index' })
export const real = of<number>({ kind: 'number' })
export const flag = of<boolean>({ kind: 'flag' })
export const shape = of<number | readonly number[]>({ kind: 'shape' })
export const shapeOrRest = of<number | readonly number[]>({ kind: 'shape', orRest: true })
export const sides = (count: 2 | 4 | 6) => of<number | readonly number[]>({ kind: 'sides', count })
export const weights = of<Tensor | undefined>({ kind: 'tensor' })
export const child = <Value>() => of<Value>({ kind: 'module' })
export const choice = <const C extends string>(...choices: readonly C[]) => of<C>({ kind: 'choice', choices })
export const choiceOrFunction = <const C extends string, Function>(...choices: readonly C[]) =>
  of<C | Function>({ kind: 'choice', choices, orFunction: true })

type Extent<Words extends string> = number | readonly [number] | Words
type Extents<Words extends string> = number | readonly [number, number] | Words
/** Of a row: one whole number. */
export const extent = of<Extent<never>>({ kind: 'extents', count: 1, least: 1 })
export const extentOr = <const W extends string>(...words: readonly W[]) =>
  of<Extent<W>>({ kind: 'extents', count: 1, least: 1, words })
/** Of an image: one whole number, or one for down and one for across. */
export const extents = of<Extents<never>>({ kind: 'extents', count: 2, least: 1 })
export const extentsOr = <const W extends string>(...words: readonly W[]) =>
  of<Extents<W>>({ kind: 'extents', count: 2, least: 1, words })
export const keptExtents = of<number | readonly [number | null, number | null]>({
  kind: 'extents',
  count: 2,
  least: 1,
  orKept: true,
})

type Volume<Words extends string> = number | readonly [number, number, number] | Words
/** Of a volume: one whole number, or one for each of depth, height and width. */
export const extents3 = of<Volume<never>>({ kind: 'extents', count: 3, least: 1 })
export const extents3Or = <const W extends string>(...words: readonly W[]) =>
  of<Volume<W>>({ kind: 'extents', count: 3, least: 1, words })
type Kept = number | null
export const keptExtents3 = of<number | readonly [Kept, Kept, Kept]>({
  kind: 'extents',
  count: 3,
  least: 1,
  orKept: true,
})

const onlyUsual = 'PyTorch has it; here it can only stay as it is.'
export const fixed = <const Name extends string, const Value>(
  name: Name,
  usual: Value,
  details: { readonly byName?: boolean } = {},
): Option<Name, Value, { readonly default: Value }> => ({
  kind: 'fixed',
  name,
  default: usual,
  help: onlyUsual,
  ...details,
})
export const fixedLike = <const Name extends string>(
  name: Name,
  like: string,
): Option<Name, number, { readonly like: string }> => ({ kind: 'fixed', name, like, help: onlyUsual })

// ---- what layers share ----

/** Of tables of rows. */
export const lengths = [
  real('maxNorm', {
    default: null,
    nullable: true,
    least: 0,
    help: 'Rows that are looked up and longer are shortened to it, in the table itself.',
  }),
  real('normType', { default: 2, decimal: true, help: 'Which norm measures their length.' }),
  flag('scaleGradByFreq', {
    default: false,
    help: "Whether a row's gradient is divided by how often it is looked up.",
  }),
] as const

export const device: Option<
  'device',
  Device | 'cpu' | undefined,
  { readonly default: undefined; readonly byName: true }
> = { kind: 'device', name: 'device', default: undefined, byName: true, help: 'Where the weights are made.' }

export const bias = flag('bias', { default: true, help: 'Whether an offset is learned, too.' })
export const inplace = flag('inplace', {
  default: false,
  help: 'Whether the result is put into the input as well.',
})
export const eps = real('eps', {
  default: 1e-5,
  least: 0,
  help: 'Is added to the variance, so that nothing is divided by zero.',
})
export const probability = real('p', {
  default: 0.5,
  least: 0,
  most: 1,
  help: 'The probability with which an element is zeroed.',
})

// ---- the types that come from a list ----

type AnyOption = OptionDescriptor & {
  readonly types?: { readonly value: unknown; readonly optional: boolean; readonly byName: boolean }
}
export type OptionTuple = readonly AnyOption[]

type Types<D extends AnyOption> = NonNullable<D['types']>
type Optional<List extends OptionTuple> = Extract<
  List[number],
  { readonly types?: { readonly optional: true } }
>

/** Every option by name, each with a value. */
export type Settled<List extends OptionTuple> = {
  readonly [D in List[number] as D['name']]: Types<D>['value']
}
/** The options that may be left out. */
export type Given<List extends OptionTuple> = {
  readonly [D in Optional<List> as D['name']]?: Types<D>['value']
}
/** The values that have to be given, in order. */
export type Lead<List> = List extends readonly [infer D extends AnyOption, ...infer Others]
  ? Types<D>['optional'] extends false
    ? [Types<D>['value'], ...Lead<Others>]
    : []
  : []
type Order<List> = List extends readonly [infer D extends AnyOption, ...infer Others]
  ? [Types<D>['optional'], Types<D>['byName']] extends [true, false]
    ? [D['name'], ...Order<Others>]
    : Order<Others>
  : []

/** What may follow the arguments that have to be given, by the list of a layer's options. */
export type Rest<L extends { readonly options: OptionTuple }> = After<L['options']>
export type After<List extends OptionTuple> =
  Order<List> extends infer Names extends readonly (keyof Given<List>)[]
    ? Arguments<Given<List>, Names>
    : never
