/**
 * A worker process: reads what people bring, so that a file that is too large, never ends or fells a library takes
 * neither the host nor its database along. It does one task at a time and leaves when its channel closes.
 */
import { toErrorValue } from '../server/errors.ts'
import type { Order, Report } from './protocol.ts'
import { tasks, type TaskContext, type TaskName } from './tasks.ts'

const progressMs = 100
const memoryMs = 500

const tell = (report: Report): void => void process.send?.(report, undefined, undefined, () => undefined)

function contextOf({ limits, scratch }: Pick<Order, 'limits' | 'scratch'>): TaskContext {
  let last = -Infinity
  return {
    limits,
    scratch,
    firstLook: (look) => tell({ type: 'firstLook', look }),
    learned: (hashes) => {
      if (Object.keys(hashes).length > 0) tell({ type: 'learned', hashes })
    },
    progress: (share) => {
      const now = performance.now()
      if (now - last < progressMs) return
      last = now
      tell({ type: 'progress', share: Math.min(1, Math.max(0, share)) })
    },
  }
}

async function work({ task, input, ...means }: Order): Promise<void> {
  try {
    // The name decides the input's type, which TypeScript cannot follow through the table.
    const perform = tasks[task] as (input: unknown, context: TaskContext) => Promise<unknown>
    tell({ type: 'done', value: await perform(input, contextOf(means)) })
  } catch (error) {
    const { value, unexpected } = toErrorValue(error, 'that was asked for')
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
    tell({ type: 'failed', error: value, detail: unexpected ? detail : null })
  }
}

if (process.platform !== 'linux')
  setInterval(() => tell({ type: 'memory', bytes: process.memoryUsage.rss() }), memoryMs).unref()

process.on('message', (order: Order<TaskName>) => void work(order))
process.on('disconnect', () => process.exit(0))
// Ctrl-C in a terminal reaches the whole group: the host decides when a worker stops.
process.on('SIGINT', () => undefined)
