/** Train step: what there is to say of the shown run's training, asked anew after every epoch that is told, and every second of it. */
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import type { Finding, RunSummary } from '../../electron/contract/index.ts'
import { call } from '../api/client.ts'
import { onHostEvent } from '../api/events.ts'

const askEveryMs = 1000

export const useAlarms = defineStore('alarms', () => {
  const byRun = shallowReactive(new Map<string, readonly Finding[]>())
  /** The moment of each run that was last asked about. */
  const asked = new Map<string, string>()

  async function ensure({ id, state, epoch }: Pick<RunSummary, 'id' | 'state' | 'epoch'>): Promise<void> {
    shown = id
    const moment = `${state} ${epoch}`
    if (asked.get(id) === moment) return
    asked.set(id, moment)
    try {
      const found = await call('runs.alarms', { runId: id })
      if (asked.get(id) === moment) byRun.set(id, found)
    } catch {
      // Its curves, asked for at the same moment, say why. The next epoch, or coming back, asks again.
      if (asked.get(id) === moment) asked.delete(id)
    }
  }

  /** Within an epoch, runs whose steps are watched are asked about now and then. */
  const waiting = new Map<string, ReturnType<typeof setTimeout>>()
  /** The one that is looked at: nobody sees the others'. */
  let shown: string | null = null
  /** Of long runs the host looks longer: it is asked the less often. */
  let every = askEveryMs
  async function askAgain(runId: string): Promise<void> {
    waiting.delete(runId)
    const begun = performance.now()
    const found = await call('runs.alarms', { runId }).catch(() => null)
    every = Math.max(askEveryMs, 10 * (performance.now() - begun))
    if (found !== null) byRun.set(runId, found)
  }
  function askSoon(runId: string): void {
    if (runId !== shown || waiting.has(runId)) return
    waiting.set(
      runId,
      setTimeout(() => void askAgain(runId), every),
    )
  }

  onHostEvent((event) => {
    if (event.type === 'run.steps') askSoon(event.runId)
    if (event.type !== 'run.deleted') return
    clearTimeout(waiting.get(event.runId))
    waiting.delete(event.runId)
    asked.delete(event.runId)
    byRun.delete(event.runId)
  })

  return { byRun, ensure }
})
