/** What layers ask of their arguments. Each says in one sentence which argument is wrong and how. */
import { formatShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'

export { yesOrNo } from '../tensor/arguments.ts'

/** A whole number for both directions, or one for down and one for across. */
export type Size2d = number | readonly [number, number]

/** Errors: a RangeError that names the option, for what is not a whole number of at least `least`. */
export function pair(what: string, size: Size2d, least: number): readonly [number, number] {
  const both: readonly unknown[] = Array.isArray(size) ? size : [size, size]
  if (both.length !== 2 || !both.every((n) => typeof n === 'number' && Number.isInteger(n) && n >= least)) {
    throw new RangeError(
      `${what} must be a whole number of at least ${least}, or two of them, not ${both.map(String).join(' × ')}.`,
    )
  }
  return both as readonly [number, number]
}

/** A size for each of `count` dimensions: one serves all of them. */
export function eachDimension<T>(size: T | readonly T[], count: number): T[] {
  const sizes = [size].flat() as readonly T[]
  return Array.from({ length: count }, (_, i) => sizes[i % sizes.length]!)
}

/** Errors: a RangeError that names the channels, which groups must divide. */
export function requireGroups(channels: Readonly<Record<string, number>>, groups: number): void {
  for (const [what, count] of Object.entries(channels))
    if (count % groups !== 0)
      throw new RangeError(`${what} must be divisible by the ${groups} groups, which ${count} is not.`)
}

/** Errors: a RangeError that names the argument, for what is no number from `least` to `most`. */
export function numberWithin(what: string, value: unknown, least: number, most = Infinity): number {
  if (typeof value === 'number' && value >= least && value <= most && value !== Infinity) return value
  const bounds = `between ${least} and ${most}`
  const range = most < Infinity ? bounds : least > -Infinity ? `a number from ${least}` : 'a number'
  throw new RangeError(`${what} must be ${range}, not ${String(value)}.`)
}

/** Errors: a RangeError that names the argument, for what is none of these. */
export function oneOf<T extends string>(what: string, value: unknown, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value)
  if (found !== undefined) return found
  throw new RangeError(`${what} must be ${choices.map((c) => `'${c}'`).join(' or ')}, not ${String(value)}.`)
}

/**
 * Lets options of PyTorch's that the engine has not got pass where they ask for nothing.
 * Errors: a RangeError that names the option, where it asks for something.
 */
export function onlyDefaults<Options extends object>(
  layer: string,
  options: Options,
  defaults: { readonly [Key in keyof Options]?: unknown },
): void {
  for (const [key, usual] of Object.entries(defaults)) {
    const value: unknown = Reflect.get(options, key)
    if (value !== undefined && value !== usual)
      throw new RangeError(
        `${layer} cannot have ${key} ${String(value)} here yet: leave it at ${String(usual)}.`,
      )
  }
}

/** Errors: a RangeError that names the layer, for anything else than [rows, numbers]. */
export function requireRows(layer: string, { shape }: Tensor): void {
  if (shape.length === 2) return
  throw new RangeError(`${layer} takes [rows, numbers]; the input is ${formatShape(shape)}.`)
}
