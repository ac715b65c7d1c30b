/** `descent latency`: how long a saved model takes to answer. */
import { formatBytes, formatCount, formatNumber, type MeasuredLatency } from '../../contract/index.ts'
import { readModelFolder } from '../deploy/folder.ts'
import { measureLatency } from '../deploy/latency/index.ts'
import type { LatencyCommand } from './latency-args.ts'
import { bar } from './progress.ts'
import { plainSpaces, textTable, type Row } from './text-table.ts'

export const latency = async ({ model, options }: LatencyCommand): Promise<MeasuredLatency> =>
  await measureLatency(await readModelFolder(model), options, told).finally(() => told(1))

/** On a terminal, a line that renews itself and is gone at the end. */
function told(share: number): void {
  if (!process.stderr.isTTY) return
  process.stderr.write(share < 1 ? `\r\x1b[2K${bar(share)} measured` : '\r\x1b[2K')
}

const ms = (value: number): string => formatNumber(value, 3)

export function describeLatency({ latency: measured, budget, notes }: MeasuredLatency): string {
  const head: Row = ['computed by', 'rows', 'callers', 'p50', 'p90', 'p95', 'p99', 'rows/s', '']
  const rows = measured.runs.flatMap(({ by, points }) =>
    points.map((one): Row => [
      by,
      formatCount(one.rows),
      formatCount(one.callers),
      ...[one.p50, one.p90, one.p95, one.p99].map(ms),
      formatCount(Math.round(one.perSecond)),
      one.stable ? '' : 'times had not settled',
    ]),
  )
  return [
    `Milliseconds on ${measured.machine}:\n`,
    textTable([head, ...rows], (column) => column === 0 || column === 8),
    `Weights: ${plainSpaces(formatBytes(measured.weights))}; memory of the process: ${plainSpaces(formatBytes(measured.memory))}.\n`,
    ...budget.map(({ isWithin, text }) => plainSpaces(`${isWithin ? '✓' : '!'} ${text}\n`)),
    ...notes.map((note) => `${note}\n`),
  ].join('')
}
