/**
 * Calls as PyTorch has them: its positional order, any of which may be given by name in an options object that comes last.
 * TypeScript checks a project's own calls; a script that is not type-checked gets the same answers while it runs, because
 * an argument that nobody reads is a setting that is silently ignored.
 */

/** What may follow the required arguments: leading options by position, then the others by name. */
export type Arguments<Options extends object, Order extends readonly (keyof Options)[] = []> =
  | []
  | [options: Options]
  | (Order extends readonly [
      infer Key extends keyof Options,
      ...infer Rest extends readonly (keyof Options)[],
    ]
      ? [value: Options[Key] | null | undefined, ...rest: Arguments<Options, Rest>]
      : never)

export interface Signature<Options extends object> {
  /** As the caller wrote it, such as `Conv2d`. */
  readonly name: string
  /** In PyTorch's order. */
  readonly positional: readonly (keyof Options & string)[]
  /** That can be given by name alone, as after Python's `*`. */
  readonly named?: readonly (keyof Options & string)[]
  /** Whose null says something of its own, such as batch norm's momentum; elsewhere null leaves the argument out. */
  readonly nullable?: readonly (keyof Options & string)[]
}

/** Plain data of options: no tensor, list or device. */
function isOptions(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '))

/**
 * The options that were given, by position or by name; undefined and, but for `nullable` ones, null (Python's None) leave one out.
 * Errors: a TypeError for a surplus or unknown argument, and for one that is given twice.
 */
export function readArguments<Options extends object>(
  { name, positional, named = [], nullable = [] }: Signature<Options>,
  values: readonly unknown[],
): Options {
  const last = values.at(-1)
  const options = isOptions(last) ? last : {}
  const leading = isOptions(last) ? values.slice(0, -1) : values
  if (leading.length > 0 && positional.length === 0 && named.length > 0)
    throw new TypeError(`${name} takes options by name only, as { ${named[0]} }. It has: ${list(named)}.`)
  if (leading.length > positional.length) {
    throw new TypeError(
      `${name} takes at most ${positional.length} options by position, not ${leading.length}: in this order, ${list(positional)}` +
        (named.length > 0 ? `; by name only: ${list(named)}.` : '.'),
    )
  }
  const read: Record<string, unknown> = {}
  const isGiven = (key: string, value: unknown): boolean =>
    value !== undefined && (value !== null || (nullable as readonly string[]).includes(key))
  leading.forEach((value, i) => {
    if (isGiven(positional[i]!, value)) read[positional[i]!] = value
  })
  for (const [key, value] of Object.entries(options)) {
    if (!(positional as readonly string[]).includes(key) && !(named as readonly string[]).includes(key))
      throw new TypeError(`${name} has no option "${key}". It has: ${list([...positional, ...named])}.`)
    if (key in read) throw new TypeError(`${name}: "${key}" is given twice, by position and by name.`)
    if (isGiven(key, value)) read[key] = value
  }
  // Every key is one of the signature's; what the values are is for the caller to check, as for a required argument.
  return read as Options
}

/** Errors: a TypeError for arguments beyond those that a function without options takes. */
export function refuseSurplus(name: string, takes: number, values: ArrayLike<unknown>): void {
  if (values.length > takes) {
    throw new TypeError(
      `${name} takes ${takes === 0 ? 'no arguments' : takes === 1 ? 'one argument' : `${takes} arguments`}, not ${values.length}.`,
    )
  }
}

/** Errors: a RangeError that names the argument, for what is not a whole number from `least`. */
export function wholeNumber(name: string, value: unknown, least: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least)
    throw new RangeError(`${name} must be a whole number from ${least}, not ${String(value)}.`)
  return value
}

/** Errors: a RangeError that names the argument, for what is neither true nor false. */
export function yesOrNo(what: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new RangeError(`${what} must be true or false, not ${String(value)}.`)
}
