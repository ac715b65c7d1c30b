import { expect, it } from 'vitest'
import type { Case, OpCase, TrainCase } from './cases.ts'
import { iterationsFor, judge, median, type Measured } from './measure.ts'
import { metricOf, ratioToBest, workOf } from './metrics.ts'
import { figure, quantitiesOf, rowsOf } from './report.ts'
import { memoryAccess, multiplyAdds, onGpu, rooflineOf, Rooflines } from './roofline.ts'
import { shareOf } from './run.ts'
import { select } from './selection.ts'
import { workloads } from './workloads/index.ts'
import { tabularMlp } from './workloads/tabular-mlp.ts'

const training = tabularMlp.cases[''] as TrainCase
const product: OpCase = { kind: 'op', op: 'matmul', sizes: [10, 20, 30], gradient: false }

const result = (name: string, seconds: number, more: Partial<Measured> = {}): Measured => ({
  name,
  contestant: {
    name,
    ours: name.startsWith('descent'),
    kinds: ['train', 'op'],
    launch: () => Promise.resolve({ missing: '' }),
  },
  device: name,
  version: '1',
  seconds,
  probe: 1,
  result: 0.1,
  iterations: 1000,
  waiting: null,
  peak: null,
  ...more,
})

it('relates our time to the fastest peer, above 1 when we are faster', () => {
  const measured = [result('descent wasm', 0.002), result('a', 0.003), result('b', 0.008)]
  const [row] = rowsOf('tabular-mlp', quantitiesOf(training, ''), measured)
  expect(row).toEqual({
    workload: 'tabular-mlp',
    backend: 'wasm',
    device: 'descent wasm',
    metric: 'step time',
    unit: 'ms',
    ours: 2,
    peers: { a: 3, b: 8 },
    ratio: 1.5,
  })
})

it('relates our speed to the fastest peer where more is better', () => {
  const measured = [result('descent wasm', 1e-6), result('a', 2e-6), result('b', 4e-6)]
  const [row] = rowsOf('matmul', quantitiesOf(product, '10×20×30'), measured)
  expect(row).toMatchObject({ metric: 'speed 10×20×30', unit: 'GFLOP/s', peers: { a: 6, b: 3 }, ratio: 2 })
  expect(row!.ours).toBeCloseTo(12)
})

it('has no ratio without a peer, nor of what is not above zero', () => {
  expect(ratioToBest('lower', 1, {})).toBeNull()
  expect(ratioToBest('lower', -3, { a: 1 })).toBeNull()
  expect(ratioToBest('higher', 3, { a: 0 })).toBeNull()
})

it('gives peak memory a row of its own, where the system tells it', () => {
  const measured = [
    result('descent wasm', 1, { peak: 2 ** 20 }),
    result('a', 1, { peak: 2 ** 22 }),
    result('b', 1),
  ]
  const rows = rowsOf('tabular-mlp', quantitiesOf(training, ''), measured)
  expect(rows[1]).toMatchObject({ metric: 'peak memory', unit: 'MiB', ours: 1, peers: { a: 4 }, ratio: 4 })
})

it('tells images a second, an epoch, and how much of it is waiting', () => {
  const c: Case = { kind: 'data-path', train: { ...training, batch: 60 }, folder: '' }
  const rows = rowsOf('data-path', quantitiesOf(c, ''), [result('descent wasm', 0.5, { waiting: 0.25 })])
  expect(rows.map(({ ours, unit }) => `${ours} ${unit}`)).toEqual(['120 images/s', '500 s', '25 %'])
})

it('counts the work of operations', () => {
  expect(workOf(product)).toEqual({ flops: 12_000 })
  expect(workOf({ ...product, gradient: true })).toEqual({ flops: 36_000 })
  expect(workOf({ ...product, op: 'softmax', sizes: [2, 8] })).toEqual({ bytes: 128 })
  expect(workOf({ ...product, op: 'elementwise', sizes: [2, 8] })).toEqual({ bytes: 256 })
  expect(workOf({ ...product, op: 'conv', sizes: [1, 2, 4, 4, 3, 3] })).toEqual({ flops: 2 * 16 * 3 * 2 * 9 })
})

it('tells latency at batch 1 and throughput at larger ones', () => {
  const inference = (batch: number): Case => ({ kind: 'inference', model: training.model, batch })
  expect(metricOf(inference(1), 'x').value(0.5)).toBe(500)
  expect(metricOf(inference(64), 'x').value(0.5)).toBe(128)
})

it('throws out who computed something else and who did not learn', () => {
  const { measured, missing } = judge(
    [
      result('descent wasm', 1),
      result('pytorch', 1),
      result('a', 1, { probe: 2 }),
      result('b', 1, { result: 0.69 }),
      result('c', 1, { result: 0.69, iterations: 20 }),
    ],
    [],
    training,
  )
  expect(measured.map(({ name }) => name)).toEqual(['descent wasm', 'pytorch', 'c'])
  expect(missing.map(({ name }) => name)).toEqual(['a', 'b'])
})

it('believes PyTorch where results differ, us too', () => {
  const { measured } = judge([result('descent wasm', 1, { probe: 2 }), result('pytorch', 1)], [], product)
  expect(measured.map(({ name }) => name)).toEqual(['pytorch'])
})

it('holds products against multiply-adds, reductions against reading and the rest against copying as much', () => {
  const softmax: OpCase = { ...product, op: 'softmax', sizes: [2, 4] }
  const reduction: OpCase = { ...product, op: 'reduce-all', sizes: [2, 4] }
  expect(rooflineOf(product)).toEqual(multiplyAdds('all'))
  expect(rooflineOf(softmax)).toEqual(memoryAccess('copy', 64))
  expect(rooflineOf(reduction)).toEqual(memoryAccess('read', 32))
  expect(rooflineOf({ ...reduction, gradient: true })).toEqual(memoryAccess('copy', 64))
})

it('knows shares of what was measured, each backend of its own', () => {
  const rooflines = new Rooflines()
  const peak = multiplyAdds('all')
  expect(rooflines.knows(peak)).toBe(false)
  rooflines.learn(peak, [result('descent wasm', peak.amount / 24_000)])
  expect(rooflines.knows(peak)).toBe(true)
  expect(rooflines.share(product, result('descent wasm', 1))).toBe(0.5)
  expect(rooflines.share(product, result('descent webgpu', 1))).toBeNull()
  rooflines.learn(peak, [result('descent wasm', peak.amount / 48_000)])
  rooflines.learn(peak, [result('descent wasm', peak.amount / 12_000)])
  expect(rooflines.share(product, result('descent wasm', 1))).toBe(0.25)
})

it('goes through small working sets often, through large ones once', () => {
  expect(memoryAccess('copy', 2 ** 15).amount).toBe(2 ** 26)
  expect(memoryAccess('read', 2 ** 27).amount).toBe(2 ** 27)
})

it('gives a GPU more multiply-adds at a time, and as many bytes', () => {
  expect(onGpu(multiplyAdds('all')).amount).toBe(2 ** 34)
  expect(onGpu(memoryAccess('copy', 2 ** 27))).toEqual(memoryAccess('copy', 2 ** 27))
})

it('takes the middle, or the mean of the two middle ones', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
})

it('fills a turn with iterations, within bounds', () => {
  expect(iterationsFor(0.01, 0.5)).toBe(50)
  expect(iterationsFor(10, 0.5)).toBe(1)
})

it('prints three significant digits', () => {
  expect([0, 0.01234, 1.234, 12.34, 123.4, 12345].map(figure)).toEqual(['0', '0.0123', '1.23', '12.3', '123', '12,345']) // prettier-ignore
})

it('selects by name', () => {
  const names = (wanted: string[], quick = false): string[] =>
    select(workloads, wanted, quick).map(({ workload }) => workload.name)
  expect(names(['cnn'])).toEqual(['cnn'])
  expect(names(['matmul', 'machine'])).toEqual(['machine', 'matmul'])
  expect(names([])).toHaveLength(workloads.length)
  expect(names([], true)).not.toContain('memory')
  expect(names(['memory'], true)).toEqual(['memory'])
  expect(() => select(workloads, ['nothing'], false)).toThrow('There is no workload nothing.')
})

it('leaves time for later workloads', () => {
  expect(shareOf(100, 40, 6)).toBe(70)
  expect(shareOf(100, 40, 2)).toBe(100)
  expect(shareOf(Infinity, 40, 6)).toBe(Infinity)
})

it('measures in --quick, and leaves to GPUs, only cases that exist', () => {
  for (const { cases, quick = [], large = [] } of workloads)
    expect(Object.keys(cases)).toEqual(expect.arrayContaining([...quick, ...large]))
})
