/** Curves of the runs that were looked at: fetched once, then kept up to date by events. */
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import type { Curves } from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'
import { onHostEvent } from '../api/events.ts'
import { askedPoints, noCurves, withFetched, withPoints } from '../lib/curves.ts'
import { useNotices } from './notices.ts'

/** `within`: what is recorded within epochs, instead of what is recorded once in each. */
function followedCurves(within: boolean) {
  const notices = useNotices()
  const byRun = shallowReactive(new Map<string, Curves>())
  /** Asked for, and therefore followed. */
  const followed = new Set<string>()
  /** Asked for, and not answered yet. */
  const pending = shallowReactive(new Set<string>())

  async function ensure(runId: string): Promise<void> {
    if (followed.has(runId)) return
    followed.add(runId)
    byRun.set(runId, noCurves)
    pending.add(runId)
    try {
      const fetched = await call('runs.curves', { runId, limit: askedPoints, ...(within && { within }) })
      byRun.set(runId, withFetched(fetched, byRun.get(runId) ?? noCurves))
    } catch (reason) {
      followed.delete(runId)
      notices.add('error', toDescentError(reason).message)
    } finally {
      pending.delete(runId)
    }
  }
  const of = (runId: string): Curves => byRun.get(runId) ?? noCurves

  onHostEvent((event) => {
    switch (event.type) {
      case 'hello':
        // Whatever was recorded while the connection was down has been missed.
        for (const runId of [...followed]) {
          followed.delete(runId)
          void ensure(runId)
        }
        break
      case 'run.metrics':
      case 'run.steps':
        if ((event.type === 'run.steps') === within && followed.has(event.runId))
          byRun.set(event.runId, withPoints(of(event.runId), event.points))
        break
      case 'run.deleted':
        followed.delete(event.runId)
        byRun.delete(event.runId)
        break
    }
  })
  const isLoading = (runId: string): boolean => pending.has(runId)

  return { ensure, of, isLoading }
}

export const useCurves = defineStore('curves', () => followedCurves(false))
export const useStepCurves = defineStore('stepCurves', () => followedCurves(true))
