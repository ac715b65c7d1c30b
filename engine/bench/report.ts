import type { Measured } from './measure.ts'
import type { Workload } from './workloads/workload.ts'

export interface Row {
  workload: string
  backend: string
  device: string
  metric: 'step time'
  unit: 'ms'
  ours: number
  /** Step time of each peer, in the same unit. */
  peers: Record<string, number>
  /** Step time of the fastest peer ÷ ours: above 1 we are faster than all of them. null without peers. */
  ratio: number | null
  ratios: Record<string, number>
}

export function toRows(workload: Workload, measured: Measured[]): Row[] {
  const peers = Object.fromEntries(
    measured.filter((m) => !m.contestant.ours).map((m) => [m.contestant.name, m.milliseconds]),
  )
  return measured
    .filter((m) => m.contestant.ours)
    .map((m) => {
      const ratios = Object.fromEntries(
        Object.entries(peers).map(([name, milliseconds]) => [name, milliseconds / m.milliseconds]),
      )
      return {
        workload: workload.name,
        backend: m.contestant.name.replace('descent ', ''),
        device: m.device,
        metric: 'step time',
        unit: 'ms',
        ours: m.milliseconds,
        peers,
        ratio: Object.keys(ratios).length === 0 ? null : Math.min(...Object.values(ratios)),
        ratios,
      }
    })
}

export function table(measured: Measured[], rows: Row[]): string {
  const lines = measured.map((m) => {
    const row = rows.find((r) => m.contestant.ours && r.backend === m.contestant.name.replace('descent ', ''))
    const ratios = Object.entries(row?.ratios ?? {}).map(([name, ratio]) => `${ratio.toFixed(2)}× ${name}`)
    return [
      m.contestant.name.padEnd(16),
      `${m.milliseconds.toFixed(3)} ms/step`.padStart(16),
      `  ${m.device} (${m.version})`,
      ratios.length > 0 ? `  speed: ${ratios.join(', ')}` : '',
    ].join('')
  })
  return lines.join('\n')
}
