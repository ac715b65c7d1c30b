/** Times of a call, once they are stable: by percentiles, for so many callers at once. */
import { fewestCalls, type LatencyPoint } from '../../../contract/index.ts'
import { percentile } from '../../evaluate/paired.ts'

/** Medians of so many calls are held against each other. */
const windowCalls = 10
/** They are stable from this part of the median on. */
const stableWithin = 0.05
/** A percentile of few calls is none, but of a call that takes seconds nobody waits for many. */
export interface Patience {
  readonly warmUpMs: number
  readonly mostMs: number
}
const patient: Patience = { warmUpMs: 3000, mostMs: 20_000 }

const median = (times: readonly number[]): number => percentile(Float64Array.from(times).sort(), 0.5)

export interface Clock {
  now(): number
}

async function warmedUp(
  call: () => Promise<void>,
  clock: Clock,
  mostWarmUpMs: number,
): Promise<{ calls: number; stable: boolean }> {
  const began = clock.now()
  let before: number | null = null
  for (let calls = 0; ;) {
    const times: number[] = []
    while (times.length < windowCalls) {
      // A call that takes seconds has nothing to warm up.
      if (calls > 0 && clock.now() - began > mostWarmUpMs) return { calls, stable: false }
      const start = clock.now()
      await call()
      times.push(clock.now() - start)
      calls++
    }
    const now = median(times)
    if (before !== null && Math.abs(now - before) <= stableWithin * before) return { calls, stable: true }
    if (clock.now() - began > mostWarmUpMs) return { calls, stable: false }
    before = now
  }
}

/** `call`: asks about `rows` rows. `clock`: for tests. One call warms up and one is timed however long they take. */
export async function timed(
  call: () => Promise<void>,
  { rows, callers, seconds }: { readonly rows: number; readonly callers: number; readonly seconds: number },
  clock: Clock = performance,
  { warmUpMs, mostMs }: Patience = patient,
): Promise<LatencyPoint> {
  const warm = await warmedUp(call, clock, warmUpMs)
  const times: number[] = []
  const began = clock.now()
  const until = began + 1000 * seconds
  const late = Math.max(until, began + mostMs)
  const lane = async (): Promise<void> => {
    while (clock.now() < until || (times.length < fewestCalls && clock.now() < late)) {
      const start = clock.now()
      await call()
      times.push(clock.now() - start)
    }
  }
  await Promise.all(Array.from({ length: callers }, lane))
  const taken = (clock.now() - began) / 1000
  const sorted = Float64Array.from(times).sort()
  const at = (share: number): number => percentile(sorted, share)
  return {
    rows,
    callers,
    calls: times.length,
    warmUp: warm.calls,
    stable: warm.stable,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    perSecond: (rows * times.length) / taken,
  }
}
