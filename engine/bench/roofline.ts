/** What share of the machine an operation reaches (Williams, Waterman & Patterson 2009, https://doi.org/10.1145/1498765.1498785). */
import type { Case, OpCase } from './cases.ts'
import type { Measured } from './measure.ts'
import { workOf } from './metrics.ts'

export interface Roofline {
  flopsPerSecond: number
  /** Copies by working set, in bytes and bytes a second. */
  copies: { bytes: number; bytesPerSecond: number }[]
}

/** The bandwidth of the level of memory in which so many bytes find room: that of the smallest copy that is as large. */
export function bandwidthFor({ copies }: Roofline, bytes: number): number | null {
  const sorted = copies.toSorted((a, b) => a.bytes - b.bytes)
  return (sorted.find((copy) => copy.bytes >= bytes) ?? sorted.at(-1))?.bytesPerSecond ?? null
}

/** null where the machine was not measured. */
export function rooflineShare(c: OpCase, seconds: number, roofline: Roofline | undefined): number | null {
  if (!roofline) return null
  const work = workOf(c)
  if ('flops' in work)
    return roofline.flopsPerSecond > 0 ? work.flops / seconds / roofline.flopsPerSecond : null
  const best = bandwidthFor(roofline, work.bytes)
  return best === null ? null : work.bytes / seconds / best
}

/** What the measured case of the workload `machine` tells about our backends, added to what is known of them. */
export function learn(rooflines: Map<string, Roofline>, c: Case, measured: readonly Measured[]): void {
  if (c.kind !== 'roofline') return
  for (const { name, seconds } of measured) {
    const known = rooflines.get(name) ?? { flopsPerSecond: 0, copies: [] }
    const speed = c.amount / seconds
    rooflines.set(
      name,
      c.what === 'multiply-add'
        ? { ...known, flopsPerSecond: speed }
        : { ...known, copies: [...known.copies, { bytes: c.amount, bytesPerSecond: speed }] },
    )
  }
}
