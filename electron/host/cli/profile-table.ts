/** A step's profile as text: by layer, and the kernels that take longest. */
import {
  formatFixed,
  formatPercent,
  type KernelProfile,
  type LayerProfile,
  type StepProfile,
} from '../../contract/index.ts'
import { textTable, type Row } from './text-table.ts'

/** Kernels beyond these hardly matter. */
const kernelsShown = 15
const opsShown = 5

/** Three digits, but no more than microseconds. */
const ms = (value: number): string => {
  if (value === 0) return '–'
  return formatFixed(value, value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3)
}
const rate = (value: number | null): string => (value === null ? '–' : formatFixed(value, 1))

const nameOf = ({ layer, type }: Pick<LayerProfile, 'layer' | 'type'>): string =>
  type === '' ? layer : `${layer} ${type}`

function layerRow(row: LayerProfile): Row {
  const { forward, backward, optimizer, milliseconds, share } = row
  return [nameOf(row), ms(forward), ms(backward), ms(optimizer), ms(milliseconds), formatPercent(share)]
}

const shownOps = (ops: readonly string[]): string =>
  [...ops.slice(0, opsShown), ...(ops.length > opsShown ? ['…'] : [])].join(' ')

function kernelRow({ kernel, ops, parts, milliseconds, share, gflops, gbps }: KernelProfile): Row {
  const where = parts.map(({ layer, pass }) => (pass === 'backward' ? `${layer} backward` : layer)).join(', ')
  return [ms(milliseconds), formatPercent(share), rate(gflops), rate(gbps), kernel, where, shownOps(ops)]
}

/** For people: ends with a line break. */
export function describeProfile(profile: StepProfile): string {
  const { batchSize, steps, stepMilliseconds, kernelMilliseconds, clock, kernels, layers } = profile
  const slowest = kernels.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, kernelsShown)
  const clocks = { device: "the device's clock", host: 'the host, starting and waiting included' }
  return [
    `One step of ${batchSize} examples: ${ms(stepMilliseconds)} ms; its ${kernels.length} kernels one by one: ` +
      `${ms(kernelMilliseconds)} ms (timed by ${clocks[clock]}; medians of ${steps})\n`,
    '\nTime by layer\n',
    textTable(
      [['', 'forward ms', 'backward ms', 'optimizer ms', 'all ms', 'share'], ...layers.map(layerRow)],
      (column) => column === 0,
    ),
    `\nTime by kernel${kernels.length > kernelsShown ? `, the ${kernelsShown} slowest` : ''}\n`,
    textTable(
      [['ms', 'share', 'GFLOP/s', 'GB/s', 'kernel', 'layers', 'operations'], ...slowest.map(kernelRow)],
      (column) => column > 3,
    ),
  ].join('')
}
