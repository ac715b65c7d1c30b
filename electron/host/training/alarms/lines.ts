/** What alarms ask of a line. */
import type { EpochValue, Line } from './evidence.ts'

/** The first of the lowest; null where there is none. */
export const lowestOf = (line: Line): EpochValue | null =>
  line.reduce<EpochValue | null>((low, one) => (low === null || one.value < low.value ? one : low), null)

export const lastEpochOf = (line: Line): number => line.at(-1)?.epoch ?? 0

/** Those after the epoch `from`, up to the epoch `to`. */
export const between = (line: Line, from: number, to: number): Line =>
  line.filter(({ epoch }) => epoch > from && epoch <= to)

const mean = (line: Line): number => line.reduce((sum, { value }) => sum + value, 0) / line.length

/** Over so many epochs at the end; of a line that was thinned, over those of them that are left. */
export const meanOfLast = (line: Line, epochs: number): number =>
  mean(between(line, lastEpochOf(line) - epochs, Infinity))

export const meanBetween = (line: Line, from: number, to: number): number => mean(between(line, from, to))

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2
}
export const medianOf = (line: Line): number => median(line.map(({ value }) => value))

/** The value in this epoch, or in the last one before it that is known. */
export const valueAt = (line: Line, at: number): number | null =>
  line.findLast(({ epoch }) => epoch <= at)?.value ?? null
