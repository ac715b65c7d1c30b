/** The one sentence with which Descent refuses what is larger than it was told to read. */
import {
  describeLimit,
  DescentError,
  limits as definitions,
  parseLimit,
  type LimitName,
  type Limits,
} from '../../contract/index.ts'

const sizes = ['KB', 'MB', 'GB', 'TB'] as const

/** A round value that `needed` fits into, as `--limit` takes it: `16GB`, `30000`. */
function rounded(needed: number, unit: 'bytes' | 'count' | 'seconds'): string {
  if (unit !== 'bytes') {
    const digit = 10 ** Math.floor(Math.log10(needed))
    return String(Math.ceil(needed / digit) * digit)
  }
  const doubled = 2 ** Math.ceil(Math.log2(needed))
  const size = Math.min(sizes.length, Math.max(1, Math.floor(Math.log2(doubled) / 10)))
  return `${doubled / 1024 ** size}${sizes[size - 1]}`
}

/**
 * `what`: the subject and verb, such as “a.csv has”. `found`: how much it is, or null where reading stopped before that
 * was known.
 */
export function limitError(
  name: LimitName,
  limits: Limits,
  what: string,
  found: number | null,
  field = 'path',
): DescentError {
  const { unit, label, most } = definitions[name]
  const limit = limits[name]
  const needed = Math.max(found ?? 2 * limit, limit + 1)
  const amount = found === null ? 'more' : describeLimit(unit, found)
  // Two that print alike would read as a contradiction.
  const shown = amount === describeLimit(unit, limit) ? `${found?.toLocaleString('en')} ${unit}` : amount
  const suggested = rounded(needed, unit)
  const advice =
    (parseLimit(suggested) ?? Infinity) > most
      ? `Descent reads no more than ${describeLimit(unit, most)}`
      : `Raise “${label}” in Settings, or add --limit ${name}=${suggested}`
  return new DescentError(
    'tooLarge',
    `${what} ${shown} ${found === null ? 'than' : 'and the limit is'} ${describeLimit(unit, limit)}. ${advice}.`,
    field,
  )
}
