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
  function askSoon(runId: string): void {
    if (!asked.has(runId) || waiting.has(runId)) return
    waiting.set(
      runId,
      setTimeout(() => {
        waiting.delete(runId)
        void call('runs.alarms', { runId })
          .then((found) => byRun.set(runId, found))
          .catch(() => undefined)
      }, askEveryMs),
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
