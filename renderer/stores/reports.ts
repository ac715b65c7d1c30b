/** Train step: what is known of runs beside their curves, such as what was changed while they trained. */
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import type { Adjustment, BranchStart, RunSummary, TrainingReport } from '../../electron/contract/index.ts'
import { call } from '../api/client.ts'
import { onHostEvent } from '../api/events.ts'
import { useNotices } from './notices.ts'
import { useSession } from './session.ts'
import { useTrain } from './train.ts'

export const useReports = defineStore('reports', () => {
  const notices = useNotices()
  const session = useSession()
  const train = useTrain()
  const byRun = shallowReactive(new Map<string, TrainingReport>())
  const asked = new Set<string>()

  async function ensure(runId: string): Promise<void> {
    if (asked.has(runId)) return
    asked.add(runId)
    byRun.delete(runId)
    const found = await notices.guard(() => call('runs.report', { runId }))
    // What events brought meanwhile is newer.
    if (found) byRun.set(runId, { ...found, ...byRun.get(runId) })
    else asked.delete(runId)
  }
  const of = (runId: string): TrainingReport => byRun.get(runId) ?? {}

  onHostEvent((event) => {
    if (event.type === 'hello')
      for (const runId of [...asked]) {
        asked.delete(runId)
        void ensure(runId)
      }
    if (event.type === 'run.report') byRun.set(event.runId, { ...of(event.runId), ...event.report })
    if (event.type === 'run.deleted') {
      asked.delete(event.runId)
      byRun.delete(event.runId)
    }
  })

  const adjust = (runId: string, adjustment: Adjustment) =>
    notices.guard(() => call('training.adjust', { runId, adjustment }))
  const checkpoint = (runId: string) => notices.guard(() => call('training.checkpoint', { runId }))

  /** What is said of this validation row, counted from 0, is kept from now on, or no more. */
  const follow = (runId: string, row: number, isFollowed: boolean) =>
    notices.guard(() => call('training.follow', { runId, row, follow: isFollowed }))

  /** The run that goes on from there, which is shown; what stands against it is thrown. */
  async function branch(runId: string, from: BranchStart): Promise<RunSummary> {
    const run = await call('training.branch', { runId, from })
    if (session.project?.id === run.projectId) train.choose(run)
    return run
  }

  return { of, ensure, adjust, checkpoint, follow, branch }
})
