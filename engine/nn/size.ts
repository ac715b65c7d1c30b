/** A whole number for both directions, or one for down and one for across. */
export type Size2d = number | readonly [number, number]

/** Errors: a RangeError that names the option, for what is not a whole number of at least `least`. */
export function pair(what: string, size: Size2d, least: number): readonly [number, number] {
  const both = typeof size === 'number' ? ([size, size] as const) : size
  if (both.length !== 2 || !both.every((n) => Number.isInteger(n) && n >= least)) {
    throw new RangeError(
      `${what} must be a whole number of at least ${least}, or two of them, not ${both.join(' × ')}.`,
    )
  }
  return both
}
