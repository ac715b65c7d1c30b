import { expect, test } from 'vitest'
import { longTasks, type TraceEvent } from './long-tasks.ts'

const task = (event: Partial<TraceEvent>): TraceEvent => ({
  name: 'ThreadControllerImpl::RunTask',
  ph: 'X',
  pid: 7,
  tid: 1,
  ...event,
})
const named = (tid: number, name: string): TraceEvent =>
  task({ name: 'thread_name', ph: 'M', tid, args: { name } })

test('tasks of the page’s main thread are counted by processor time, and short ones and others’ are not', () => {
  const events = [
    named(1, 'CrRendererMain'),
    named(2, 'ThreadPoolForegroundWorker'),
    task({ ts: 0, dur: 400_000, tdur: 120_000 }),
    // Chromium tells of it twice, from without and from within.
    task({ ts: 0, dur: 399_000, tdur: 119_000 }),
    // It waited for a processor, not on one.
    task({ ts: 400_000, dur: 400_000, tdur: 30_000 }),
    task({ ts: 800_000, dur: 80_000 }),
    task({ ts: 900_000, dur: 50_000, tdur: 50_000 }),
    task({ tid: 2, dur: 900_000, tdur: 900_000 }),
    task({ name: 'Layout', dur: 900_000, tdur: 900_000 }),
  ]
  expect(longTasks(events)).toEqual([120, 80])
})
