/** From what was measured to rows for people and for files. */
import type { Case } from './cases.ts'
import type { Measured, Outcome } from './measure.ts'
import { metricOf, ratioToBest, type Metric } from './metrics.ts'

export interface Row {
  workload: string
  backend: string
  device: string
  metric: string
  unit: string
  ours: number
  /** In the same unit. */
  peers: Record<string, number>
  /** How many times better ours is than the best peer; null where there is nothing to compare. */
  ratio: number | null
  /** Single operations: share of what the machine gives at best. */
  roofline?: number
}

export interface Quantity {
  metric: string
  unit: string
  better: Metric['better']
  /** null where a contestant has no such figure. */
  of: (m: Measured) => number | null
}

const backendOf = (m: Measured): string => m.contestant.name.replace('descent ', '')
const MiB = 1024 ** 2

/** Everything that a case tells. */
export function quantitiesOf(c: Case, label: string): Quantity[] {
  const { metric, unit, better, value } = metricOf(c, label)
  const main: Quantity = { metric, unit, better, of: (m) => value(m.seconds) }
  const named = (what: string): string => [what, label].filter(Boolean).join(' ')
  if (c.kind === 'train') {
    const peak = (m: Measured): number | null => (m.peak === null ? null : m.peak / MiB)
    return [main, { metric: named('peak memory'), unit: 'MiB', better: 'lower', of: peak }]
  }
  if (c.kind === 'data-path') {
    const epoch = (m: Measured): number => (m.seconds / c.train.batch) * 60_000
    const waiting = (m: Measured): number | null => (m.waiting === null ? null : m.waiting * 100)
    return [
      main,
      { metric: named('epoch of 60,000 images'), unit: 's', better: 'lower', of: epoch },
      { metric: named('time the step waits'), unit: '%', better: 'lower', of: waiting },
    ]
  }
  return [main]
}

export function rowsOf(
  workload: string,
  quantities: readonly Quantity[],
  measured: readonly Measured[],
): Row[] {
  return quantities.flatMap(({ metric, unit, better, of }) => {
    const peers: Record<string, number> = {}
    for (const m of measured) {
      const value = m.contestant.ours ? null : of(m)
      if (value !== null) peers[m.name] = value
    }
    return measured.flatMap((m): Row[] => {
      const ours = m.contestant.ours ? of(m) : null
      if (ours === null) return []
      const ratio = ratioToBest(better, ours, peers)
      return [{ workload, backend: backendOf(m), device: m.device, metric, unit, ours, peers, ratio }]
    })
  })
}

/** Three significant digits, as people read them. */
export function figure(value: number): string {
  const size = Math.abs(value)
  if (size >= 1000) return Math.round(value).toLocaleString('en')
  return size === 0 ? '0' : value.toFixed(Math.max(0, Math.min(4, 2 - Math.floor(Math.log10(size)))))
}

function comparison(row: Row, better: Metric['better']): string {
  const ratios = Object.entries(row.peers).map(([name, value]) => {
    const ratio = ratioToBest(better, row.ours, { [name]: value })
    return ratio === null ? '' : `${ratio.toFixed(2)}× ${name}`
  })
  return ratios.filter(Boolean).join(', ')
}

const ofRoofline = (ours: number, share: number, unit: string): string =>
  `${Math.round(share * 100)} % of the roofline, ${figure(ours / share)} ${unit}`

/** One quantity for people: everybody's value, ours with how it compares. */
export function lines(quantity: Quantity, outcome: Outcome, rows: readonly Row[]): string[] {
  const nameWidth = Math.max(24, ...outcome.measured.map(({ name }) => name.length))
  return outcome.measured.flatMap((m) => {
    const value = quantity.of(m)
    if (value === null) return []
    const row = rows.find(
      (r) => m.contestant.ours && r.metric === quantity.metric && r.backend === backendOf(m),
    )
    const share = row?.roofline === undefined ? '' : ofRoofline(row.ours, row.roofline, row.unit)
    const versus = [row ? comparison(row, quantity.better) : '', share].filter(Boolean).join('; ')
    return [
      `  ${m.name.padEnd(nameWidth)} ${`${figure(value)} ${quantity.unit}`.padStart(18)}${versus ? `   ${versus}` : ''}`,
    ]
  })
}
