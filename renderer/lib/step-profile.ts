/** Times of kernels and layers as the Train step shows them. */
import type { KernelProfile, LayerProfile, Pass } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import { formatFixed } from './format.ts'

const words = strings.train.passes

export const passes = [
  { pass: 'forward', label: words.forward, color: 1 },
  { pass: 'backward', label: words.backward, color: 2 },
  { pass: 'optimizer', label: words.optimizer, color: 3 },
] as const satisfies readonly { pass: Pass; label: string; color: number }[]

/** Decimals that a column of times needs for its largest value to show about four digits. */
export function decimalsFor(milliseconds: number): number {
  if (milliseconds >= 1000) return 0
  if (milliseconds >= 100) return 1
  return milliseconds >= 10 ? 2 : 3
}

/** The parts of a layer's bar, in percent of the longest bar; passes that took no time are left out. */
export function segments(
  row: LayerProfile,
  longest: number,
): { label: string; color: number; width: number; milliseconds: number }[] {
  return passes
    .map(({ pass, label, color }) => ({ label, color, milliseconds: row[pass] }))
    .filter(({ milliseconds }) => milliseconds > 0)
    .map((segment) => ({ ...segment, width: (100 * segment.milliseconds) / longest }))
}

/** `forward 1.20 ms, backward 3.40 ms`. */
export const describeSegments = (row: LayerProfile, decimals: number): string =>
  segments(row, 1)
    .map(({ label, milliseconds }) => words.time(label.toLowerCase(), formatFixed(milliseconds, decimals)))
    .join(', ')

export interface KernelLayers {
  pass: Pass
  layers: string[]
}

/** What a kernel computes for, by pass. */
export function layersByPass({ parts }: KernelProfile): KernelLayers[] {
  return passes
    .map(({ pass }) => ({
      pass,
      layers: parts.filter((part) => part.pass === pass).map(({ layer }) => layer),
    }))
    .filter(({ layers }) => layers.length > 0)
}
