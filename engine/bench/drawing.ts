/** Ratios as horizontal bars on a logarithmic axis: to the right of 1 we are better than the best peer, to the left not. */
import { figure, type Row } from './report.ts'

const width = 1160
const rowHeight = 20
const bar = 12
const left = 320
const right = 450
const plot = width - left - right

export interface Scale {
  from: number
  to: number
  /** Where a ratio stands, from 0 at the left end to 1 at the right. */
  at: (ratio: number) => number
  ticks: number[]
}

/** Logarithmic, around 1, with room for the extremes: whole steps of 1, 2, 5, 10 and so on. */
export function logScale(ratios: readonly number[]): Scale {
  const steps = [-3, -2, -1, 0, 1, 2, 3].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power))
  const [least, most] = [Math.min(0.5, ...ratios), Math.max(2, ...ratios)]
  const from = steps.findLast((step) => step <= least) ?? steps[0]!
  const to = steps.find((step) => step >= most) ?? steps.at(-1)!
  const at = (ratio: number): number =>
    Math.log(Math.max(from, Math.min(to, ratio)) / from) / Math.log(to / from)
  const within = steps.filter((step) => step >= from && step <= to)
  const ticks = within.length > 10 ? within.filter((step) => Number.isInteger(Math.log10(step))) : within
  return { from, to, at, ticks }
}

/** Every comparison, the best peer named with it. */
interface Bar {
  workload: string
  label: string
  ratio: number
  note: string
  backend: string
}

/** Of the peers, the one that the ratio is against. */
export function bestPeer({ peers, ours, ratio }: Row): [name: string, value: number] | undefined {
  const entries = Object.entries(peers)
  if (ratio === null || entries.length === 0) return undefined
  const isBest = ([, value]: [string, number]): boolean => {
    const [up, down] = [ours / value, value / ours]
    return Math.min(Math.abs(up - ratio), Math.abs(down - ratio)) < 1e-9 * ratio
  }
  return entries.find(isBest)
}

function barsOf(rows: readonly Row[]): Bar[] {
  return rows.flatMap((row): Bar[] => {
    const best = bestPeer(row)
    if (row.ratio === null || !best) return []
    const { workload, backend, metric, unit, ours, ratio } = row
    return [
      {
        workload,
        backend,
        ratio,
        label: metric,
        note: `${figure(ours)} : ${figure(best[1])} ${unit}, ${best[0]}`,
      },
    ]
  })
}

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const style = `
  text { font: 12px system-ui, sans-serif; fill: #24292f; font-variant-numeric: tabular-nums }
  .title { font-weight: 600; font-size: 15px }
  .workload, .ratio { font-weight: 600 }
  .quiet { fill: #57606a }
  .grid { stroke: #d0d7de }
  .one { stroke: #24292f; stroke-width: 1.5 }
  .wasm { fill: #3f6fd8 }
  .webgpu { fill: #0f9d8a }
  .behind { fill-opacity: 0.45 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .grid { stroke: #3d444d }
    .one { stroke: #e6edf3 }
    .wasm { fill: #7ba2f5 }
    .webgpu { fill: #4fd1be }
  }`

const text = (x: number, y: number, content: string, more = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${more}>${escape(content)}</text>`

function drawBar(entry: Bar, y: number, scale: Scale, isFirst: boolean): string[] {
  const place = (ratio: number): number => left + plot * scale.at(ratio)
  const [from, to] = [place(1), place(entry.ratio)].toSorted((a, b) => a - b) as [number, number]
  const kind = `${entry.backend}${entry.ratio < 1 ? ' behind' : ''}`
  const baseline = y + bar - 2
  return [
    ...(isFirst ? [text(8, baseline, entry.workload, ' class="workload"')] : []),
    text(left - 8, baseline, entry.label, ' text-anchor="end"'),
    `<rect class="${kind}" x="${from.toFixed(1)}" y="${y}" width="${Math.max(1, to - from).toFixed(1)}" height="${bar}" rx="2"/>`,
    text(left + plot + 66, baseline, `${entry.ratio.toFixed(2)} ×`, ' text-anchor="end" class="ratio"'),
    text(left + plot + 76, baseline, entry.note, ' class="quiet"'),
  ]
}

function drawLegend(backends: readonly string[], y: number): string[] {
  return backends.flatMap((backend, i) => {
    const x = left + i * 110
    return [
      `<rect class="${backend}" x="${x}" y="${y - 10}" width="12" height="12" rx="2"/>`,
      text(x + 18, y, backend === 'wasm' ? 'WebAssembly' : 'WebGPU'),
    ]
  })
}

/** An SVG of its own, for light and dark pages. */
export function drawChart(rows: readonly Row[]): string {
  const bars = barsOf(rows)
  const scale = logScale(bars.map(({ ratio }) => ratio))
  const top = 86
  const height = top + bars.length * rowHeight + 40
  const bottom = height - 32
  const devices = [...new Set(rows.map(({ device }) => device))].join(' · ')
  const axis = scale.ticks.flatMap((tick) => {
    const x = left + plot * scale.at(tick)
    const line = `<line class="${tick === 1 ? 'one' : 'grid'}" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${top - 6}" y2="${bottom}"/>`
    return [line, text(x, bottom + 16, `${tick} ×`, ' text-anchor="middle" class="quiet"')]
  })
  const drawn = bars.flatMap((entry, i) =>
    drawBar(entry, top + i * rowHeight + 2, scale, entry.workload !== bars[i - 1]?.workload),
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    '<title>How many times better than the best peer, by workload</title>',
    `<style>${style}</style>`,
    text(8, 22, 'How many times better than the best peer', ' class="title"'),
    text(8, 42, devices, ' class="quiet"'),
    ...drawLegend([...new Set(bars.map(({ backend }) => backend))], 66),
    text(left + plot + 12, 66, 'ratio, ours : best peer', ' class="quiet"'),
    ...axis,
    ...drawn,
    '</svg>',
    '',
  ].join('\n')
}
