import { expect, test } from 'vitest'
import { timed } from './timing.ts'

/** Calls that take these times, on a clock that they alone move. */
function calling(times: (call: number) => number) {
  let [now, calls] = [0, 0]
  return {
    clock: { now: () => now },
    call: async () => {
      now += times(calls++)
      await Promise.resolve()
    },
  }
}

test('percentiles and throughput are those of the calls after the warm-up', async () => {
  // The first thirty are slow, as where a compiler is at work; then one in twenty takes ten times as long.
  const { call, clock } = calling((i) => (i < 30 ? 60 - 1.8 * i : i % 20 === 0 ? 10 : 1))
  const point = await timed(call, { rows: 4, callers: 1, seconds: 2 }, clock)
  expect(point).toMatchObject({ rows: 4, callers: 1, stable: true, p50: 1, p90: 1, p99: 10 })
  expect(point.warmUp).toBeGreaterThanOrEqual(40)
  expect(point.perSecond).toBeCloseTo(4 * (1000 / 1.45), -2)
})

test('times that never settle are measured all the same, and said to be so', async () => {
  const { call, clock } = calling((i) => 1.2 ** Math.floor(i / 10))
  const point = await timed(call, { rows: 1, callers: 1, seconds: 0.1 }, clock)
  expect(point.stable).toBe(false)
  expect(point.calls).toBeGreaterThanOrEqual(20)
})

test('of slow calls no more are made than somebody waits for, and one at least is timed', async () => {
  const slow = calling(() => 300)
  const brief = { warmUpMs: 400, mostMs: 600 }
  const how = { rows: 1, callers: 1, seconds: 0.3 }
  expect(await timed(slow.call, how, slow.clock, brief)).toMatchObject({ calls: 2, warmUp: 2, p99: 300 })
  expect(slow.clock.now()).toBe(1200)
  const slower = calling(() => 5000)
  expect(await timed(slower.call, how, slower.clock, brief)).toMatchObject({ calls: 1, warmUp: 1 })
  expect(slower.clock.now()).toBe(10_000)
})
