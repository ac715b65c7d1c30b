/** From seconds to what is reported. Work is counted by formula, the same for everybody: what must be computed and moved at least. */
import type { Case, OpCase } from './cases.ts'

export interface Metric {
  metric: string
  unit: string
  better: 'lower' | 'higher'
  /** From one iteration's seconds. */
  value: (seconds: number) => number
}

type Work = { flops: number } | { bytes: number }

const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1)
const floatBytes = 4

export function workOf({ op, sizes, gradient }: OpCase): Work {
  const [a = 0, b = 0, c = 0] = sizes
  switch (op) {
    // Either gradient of a product is a product of the same size.
    case 'matmul':
      return { flops: 2 * product(sizes) * (gradient ? 3 : 1) }
    case 'conv': {
      const [n = 0, channels = 0, h = 0, w = 0, outputs = 0, kernel = 0] = sizes
      return { flops: 2 * n * h * w * outputs * channels * kernel * kernel * (gradient ? 3 : 1) }
    }
    case 'elementwise':
      return { bytes: floatBytes * a * b * 4 }
    case 'reduce-all':
      return { bytes: floatBytes * a * b * (gradient ? 2 : 1) }
    case 'reduce-rows':
      return { bytes: floatBytes * (a * b + a) * (gradient ? 2 : 1) }
    case 'reduce-columns':
      return { bytes: floatBytes * (a * b + b) * (gradient ? 2 : 1) }
    // Forward reads and writes once; backward reads two tensors and writes one.
    case 'softmax':
    case 'layer-norm':
      return { bytes: floatBytes * a * b * (gradient ? 5 : 2) }
    // Forward reads once; backward reads once more and writes.
    case 'cross-entropy':
      return { bytes: floatBytes * a * b * (gradient ? 3 : 1) }
    // Backward reads what comes back and writes a gradient of the whole table.
    case 'embedding':
      return { bytes: floatBytes * (2 * b * c + c + (gradient ? b * c + a * b : 0)) }
  }
}

const rate = (metric: string, unit: string, amount: number): Metric => ({
  metric,
  unit,
  better: 'higher',
  value: (seconds) => amount / seconds,
})
const time = (metric: string, unit: string, perSecond: number): Metric => ({
  metric,
  unit,
  better: 'lower',
  value: (seconds) => seconds * perSecond,
})

/** The case's own metric; `label` tells apart the cases of one workload. */
export function metricOf(c: Case, label: string): Metric {
  const named = (what: string): string => [what, label].filter(Boolean).join(' ')
  switch (c.kind) {
    case 'train':
      return time(named('step time'), 'ms', 1e3)
    case 'inference':
      return c.batch === 1
        ? time(named('latency'), 'ms', 1e3)
        : rate(named('throughput'), 'samples/s', c.batch)
    case 'op':
    case 'reduced-op': {
      const work = workOf(c)
      return 'flops' in work
        ? rate(named('speed'), 'GFLOP/s', work.flops / 1e9)
        : rate(named('bandwidth'), 'GB/s', work.bytes / 1e9)
    }
    case 'dispatch':
    case 'encode':
      return time(named('time per kernel'), 'µs', 1e6 / c.kernels)
    case 'data-path':
      return rate(named('images'), 'images/s', c.train.batch)
    case 'roofline':
      return rate(label, c.what === 'multiply-add' ? 'GFLOP/s' : 'GB/s', c.amount / 1e9)
  }
}

/** Our value over the best peer's, so that above 1 is better than all of them; null where nothing can be divided. */
export function ratioToBest(
  better: Metric['better'],
  ours: number,
  peers: Readonly<Record<string, number>>,
): number | null {
  const values = Object.values(peers)
  const best = better === 'lower' ? Math.min(...values) : Math.max(...values)
  if (values.length === 0 || !(ours > 0) || !(best > 0)) return null
  return better === 'lower' ? best / ours : ours / best
}
