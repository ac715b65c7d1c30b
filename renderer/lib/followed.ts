/** Small curves of what is said of single examples. */
import type { Followed, FollowedExample } from '../../electron/contract/index.ts'
import type { TableData } from './table-data.ts'

/** A place within a box of these bounds, drawn from the lower left. */
interface Frame {
  readonly width: number
  readonly height: number
  readonly low: number
  readonly high: number
}

/** Of the numbers that are known, as an SVG path; where some are missing, it begins anew. */
export function pathOf(
  epochs: readonly number[],
  values: readonly (number | null)[],
  { width, height, low, high }: Frame,
): string {
  const first = epochs[0] ?? 0
  const along = Math.max(1, (epochs.at(-1) ?? 0) - first)
  const up = high - low || 1
  let isOpen = false
  const parts = values.map((value, i) => {
    if (value === null) {
      isOpen = false
      return ''
    }
    const x = ((epochs[i]! - first) / along) * width
    const y = height - ((value - low) / up) * height
    const command = isOpen ? 'L' : 'M'
    isOpen = true
    return `${command}${x.toFixed(1)} ${y.toFixed(1)}`
  })
  return parts.join('')
}

/** Shares reach from 0 to 1; numbers as far as they and the truth do, with a little room. */
export function boundsOf({ truth, said }: FollowedExample): { low: number; high: number } {
  if (typeof truth !== 'number') return { low: 0, high: 1 }
  const known = [truth, ...said.filter((value) => value !== null)]
  const [low, high] = [Math.min(...known), Math.max(...known)]
  const room = (high - low || Math.abs(high) || 1) * 0.08
  return { low: low - room, high: high + room }
}

/** The newest of what was said, with what is strongest beside it. */
export function newest({ names }: Followed, { said, ofOther, other }: FollowedExample) {
  const place = other.at(-1)
  return {
    said: said.at(-1) ?? null,
    ofOther: ofOther.at(-1) ?? null,
    other: place === null || place === undefined ? '' : (names[place] ?? ''),
  }
}

interface Words {
  readonly epoch: string
  said(row: number, truth: string): string
  other(row: number): string
}

/** Epoch by epoch, two columns for each example; of numbers one. */
export function followedTable(
  { epochs, names, examples }: Followed,
  words: Words,
  truthOf: (example: FollowedExample) => string,
): TableData {
  return {
    columns: [
      { name: words.epoch },
      ...examples.flatMap((one) => [
        { name: words.said(one.row, truthOf(one)), numeric: true },
        ...(one.other.length > 0 ? [{ name: words.other(one.row) }] : []),
      ]),
    ],
    rows: epochs.map((epoch, at) => [
      epoch,
      ...examples.flatMap(({ said, other }) => [
        said[at] ?? null,
        ...(other.length > 0 ? [names[other[at] ?? -1] ?? null] : []),
      ]),
    ]),
  }
}
