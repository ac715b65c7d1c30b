/** Long tasks of a page's main thread out of a trace of Chromium. https://web.dev/articles/tbt */

/** https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU */
export interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  readonly ts?: number
  /** Microseconds of the wall's clock, and of the thread on a processor. */
  readonly dur?: number
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

const leastMs = 50

/** Milliseconds on the processor of each task of a page's main thread that kept a person waiting. */
export function longTasks(events: readonly TraceEvent[]): number[] {
  const threads = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  )
  const tasks = events
    .filter(({ name, ph, pid, tid }) => ph === 'X' && /RunTask$/.test(name) && threads.has(`${pid} ${tid}`))
    .sort((a, b) => (a.ts ?? 0) - (b.ts ?? 0) || (b.dur ?? 0) - (a.dur ?? 0))
  const found: number[] = []
  /** When the task that is counted ends, by thread: what begins before is a part of it. */
  const ends = new Map<string, number>()
  for (const { pid, tid, ts = 0, dur = 0, tdur } of tasks) {
    const thread = `${pid} ${tid}`
    if (ts < (ends.get(thread) ?? -1)) continue
    ends.set(thread, ts + dur)
    const ms = (tdur ?? dur) / 1000
    if (ms > leastMs) found.push(ms)
  }
  return found
}
