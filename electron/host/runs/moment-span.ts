/** A day or a time, as people write it in a filter: from when to when it is, in milliseconds since the epoch. */

const written =
  /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(Z|[+-]\d{2}:\d{2})?)?$/i

/**
 * As the clock on the wall has it, unless a zone is written. A day is all of its hours, of which it has 23 or 25 where the clock
 * is turned; a time is as long as the last of its parts. null: there is no such moment.
 */
export function momentSpan(text: string): readonly [from: number, to: number] | null {
  const parts = written.exec(text)
  if (parts === null) return null
  const [year = 0, month = 0, day = 0] = parts.slice(1, 4).map(Number)
  // What there is not, such as 31 February, would be taken for a day of the month after it.
  const asUtc = new Date(Date.UTC(year, month - 1, day))
  if (asUtc.getUTCMonth() !== month - 1 || asUtc.getUTCDate() !== day) return null
  const [, , , , hour, , second, fraction] = parts
  if (hour === undefined)
    return [new Date(year, month - 1, day).getTime(), new Date(year, month - 1, day + 1).getTime()]
  const from = Date.parse(text)
  if (!Number.isFinite(from)) return null
  const length = second === undefined ? 60_000 : fraction === undefined ? 1000 : 10 ** (3 - fraction.length)
  return [from, from + length]
}
