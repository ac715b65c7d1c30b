import type { Axis } from './chart-model.ts'
import { formatPercent } from './format.ts'

const isWhole = (percent: number): boolean => Math.abs(percent - Math.round(percent)) < 1e-6

/** From nothing to all, as shares are written elsewhere; marks at round places have no decimals. */
export const shareAxis = (title: string): Axis => ({
  title,
  min: 0,
  max: 1,
  text: (value) => formatPercent(value, isWhole(100 * value) ? 0 : 1),
})
