/**
 * A transform of images is one record. A function has its samples, by which it is held to torchvision; a random transform
 * has its options, how its parameters are drawn, and what is done by them: so what is drawn can be looked at by itself.
 */
import type { Device } from '../../backends/device.ts'
import { numberWithin, oneOf, yesOrNo } from '../../nn/checks.ts'
import { formatShape } from '../../tensor/shape.ts'
import type { Tensor } from '../../tensor/tensor.ts'

/** A number for all images of a batch, or one for each: a tensor [N]. */
export type Each = number | Tensor

export type Extents = readonly [count: number, channels: number, height: number, width: number]

/** Errors: a RangeError for what is no batch of images. */
export function extents(images: Tensor): Extents {
  if (images.ndim !== 4)
    throw new RangeError(`Images come as [N, C, H, W], not ${formatShape(images.shape)}.`)
  return images.shape as unknown as Extents
}

/** So that it goes with images [N, C, H, W]. */
export const perImage = (value: Each): Each =>
  typeof value === 'number' ? value : value.reshape([value.numel(), 1, 1, 1])

/** As a tensor [N, 1, 1, 1], or one that broadcasts to it. */
export const spread = (images: Tensor, value: Each): Tensor =>
  typeof value === 'number' ? images.newFull([1, 1, 1, 1], value) : value.reshape([value.numel(), 1, 1, 1])

// ---- functions ----

/** A value of a sample: the same for all images, or one for each. */
export type SampleValue =
  number | string | boolean | readonly SampleValue[] | { readonly [key: string]: SampleValue }
export interface FunctionSample {
  /** After the images; `{ each: […] }` is a tensor with one number for each image. */
  readonly args: readonly SampleValue[]
  /** The same of one image `x` [1, C, H, W], with the arguments as a0, a1, …, in Python, where F is torchvision.transforms.functional. */
  readonly python: string
  /** What `x` is to torchvision: numbers from 0 to 1, or bytes, whose result is divided by 255. */
  readonly as?: 'floats' | 'bytes'
  readonly images?: 'color' | 'gray'
  /** How far values may be apart, where torchvision rounds to bytes in between. */
  readonly within?: number
}
export interface FunctionRecord {
  /** As it is called here. */
  readonly name: string
  readonly samples: readonly FunctionSample[]
  readonly call: (images: Tensor, ...args: never[]) => Tensor
}
const functions: FunctionRecord[] = []
export const allFunctions = (): readonly FunctionRecord[] => functions

/** The function itself, which is recorded. */
export function imageFunction<Args extends readonly unknown[]>(
  name: string,
  samples: readonly FunctionSample[],
  call: (images: Tensor, ...args: Args) => Tensor,
): (images: Tensor, ...args: Args) => Tensor {
  const checked = (images: Tensor, ...args: Args): Tensor => {
    extents(images)
    return call(images, ...args)
  }
  functions.push({ name, samples, call: checked as unknown as FunctionRecord['call'] })
  return checked
}

// ---- options of random transforms ----

interface Described {
  readonly help: string
}
export type TransformOption = Described &
  (
    | { readonly kind: 'number'; readonly least: number; readonly most: number; readonly start: number }
    | { readonly kind: 'whole'; readonly least: number; readonly most: number; readonly start: number }
    | { readonly kind: 'flag'; readonly start: boolean }
    | { readonly kind: 'choice'; readonly choices: readonly string[]; readonly start: string }
    /** From the first to the second, both included. */
    | {
        readonly kind: 'range'
        readonly least: number
        readonly most: number
        readonly start: readonly [number, number]
      }
  )
export type TransformOptions = Readonly<Record<string, TransformOption>>
type ValueOf<O extends TransformOption> = O extends { readonly kind: 'range' }
  ? readonly [number, number]
  : O extends { readonly kind: 'flag' }
    ? boolean
    : O extends { readonly kind: 'choice'; readonly choices: readonly (infer C)[] }
      ? C
      : number
export type Values<O extends TransformOptions> = { readonly [K in keyof O]: ValueOf<O[K]> }

/** Errors: a RangeError that names the transform and the option. */
function settled<O extends TransformOptions>(name: string, options: O, given: Partial<Values<O>>): Values<O> {
  for (const key of Object.keys(given))
    if (!(key in options)) throw new RangeError(`${name} has no option ${key}.`)
  const values = Object.entries(options).map(([key, option]) => {
    const value: unknown = given[key] ?? option.start
    return [key, checked(`${name}: ${key}`, option, value)] as const
  })
  return Object.fromEntries(values) as Values<O>
}

function checked(what: string, option: TransformOption, value: unknown): unknown {
  switch (option.kind) {
    case 'flag':
      return yesOrNo(what, value)
    case 'choice':
      return oneOf(what, value, option.choices)
    case 'number':
      return numberWithin(what, value, option.least, option.most)
    case 'whole':
      if (!Number.isInteger(value))
        throw new RangeError(`${what} must be a whole number, not ${String(value)}.`)
      return numberWithin(what, value, option.least, option.most)
    case 'range': {
      const [low, high] = (Array.isArray(value) ? value : []) as unknown[]
      numberWithin(`${what} from`, low, option.least, option.most)
      numberWithin(`${what} to`, high, option.least, option.most)
      if ((low as number) > (high as number))
        throw new RangeError(
          `${what} must go from a smaller to a larger number, not from ${String(low)} to ${String(high)}.`,
        )
      return value
    }
  }
}

// ---- random transforms ----

/** What parameters are drawn for. */
export interface Batch {
  readonly count: number
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly device: Device
}
export type Drawn = Readonly<Record<string, Tensor>>

export interface TransformRecord<O extends TransformOptions = TransformOptions, P extends Drawn = Drawn> {
  /** torchvision's name, in camelCase. */
  readonly name: string
  readonly help: string
  readonly source: string
  readonly options: O
  /** One of each for every image: tensors [N]. */
  draw(batch: Batch, options: Values<O>): P
  /** Of images [N, C, H, W] with values from 0 to 1. */
  apply(images: Tensor, drawn: P, options: Values<O>): Tensor
}
const transforms: TransformRecord[] = []
export const allTransforms = (): readonly TransformRecord[] => transforms

export type Transform<O extends TransformOptions, P extends Drawn> = ((
  images: Tensor,
  options?: Partial<Values<O>>,
) => Tensor) & {
  /** What is drawn for a batch, which is what the transform would do by. */
  readonly parameters: (batch: Batch, options?: Partial<Values<O>>) => P
  readonly record: TransformRecord<O, P>
}

/** Draws for each image by itself, and anew at every call of a captured step. */
export function defineTransform<const O extends TransformOptions, P extends Drawn>(
  record: TransformRecord<O, P>,
): Transform<O, P> {
  transforms.push(record as unknown as TransformRecord)
  const transform = (images: Tensor, given: Partial<Values<O>> = {}): Tensor => {
    const options = settled(record.name, record.options, given)
    return record.apply(images, record.draw(batchOf(images), options), options)
  }
  const parameters = (batch: Batch, given: Partial<Values<O>> = {}): P =>
    record.draw(batch, settled(record.name, record.options, given))
  return Object.assign(transform, { parameters, record })
}

/** What transforms draw their parameters for: how many images [N, C, H, W] there are, their size and device. Errors: a RangeError for another shape. */
export function batchOf(images: Tensor): Batch {
  const [count, channels, height, width] = extents(images)
  return { count, channels, height, width, device: images.device }
}
