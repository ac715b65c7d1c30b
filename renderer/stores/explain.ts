/** Why a run says what it says of a row, and how its answers change with a column. Of one run at a time; kept nowhere. */
import { defineStore } from 'pinia'
import { shallowReactive, shallowRef } from 'vue'
import { jobTopics, keptAs } from '../../electron/contract/index.ts'
import type { Dependence, DescentError, Explained, Explanation } from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'
import { createNewest } from './newest.ts'

export interface AskedRow {
  readonly runId: string
  readonly row: number
  readonly explanation: Explanation
  /** null: what is predicted. */
  readonly answer: string | null
}

/** Nobody waits for it any more; where it has ended by itself, that is as good. */
async function endJob(topic: string): Promise<void> {
  const jobs = await call('jobs.list', {}).catch(() => [])
  const ending = jobs.filter((job) => job.topic === topic)
  await Promise.all(ending.map(({ id }) => call('jobs.cancel', { jobId: id }).catch(() => null)))
}

export const useExplain = defineStore('explain', () => {
  const rows = createNewest<AskedRow, Explained>(
    ({ answer, ...rest }) => call('evaluate.explain', { ...rest, ...(answer !== null && { answer }) }),
    ({ runId, row }) => endJob(jobTopics.explain(runId, row)),
  )

  /** Run id → columns with values to go through, as the run was trained on them: the project's may be others by now. */
  const columns = shallowReactive(new Map<string, readonly string[]>())
  async function learnColumns(runId: string): Promise<void> {
    if (columns.has(runId)) return
    // Without them those that matter are offered, which are known already.
    const run = await call('runs.get', { runId }).catch(() => null)
    if (run === null) return
    const features = run.recipe.data.columns.filter(
      ({ role, kind }) => role === 'feature' && !['text', 'image'].includes(keptAs(kind)),
    )
    columns.set(
      runId,
      features.map(({ name }) => name),
    )
  }

  const dependences = shallowRef(new Map<string, Dependence>())
  const going = shallowReactive(new Set<string>())
  const errors = shallowReactive(new Map<string, DescentError>())
  const keyOf = (runId: string, split: string, column: string): string =>
    JSON.stringify([runId, split, column])
  const dependenceOf = (runId: string, split: 'validation' | 'test', column: string): Dependence | null =>
    dependences.value.get(keyOf(runId, split, column)) ?? null

  async function goThrough(runId: string, split: 'validation' | 'test', column: string): Promise<void> {
    const key = keyOf(runId, split, column)
    if (dependences.value.has(key) || going.has(key)) return
    going.add(key)
    errors.delete(key)
    try {
      const found = await call('evaluate.dependence', { runId, split, column })
      dependences.value = new Map(dependences.value).set(key, found)
    } catch (reason) {
      errors.set(key, toDescentError(reason))
    } finally {
      going.delete(key)
    }
  }

  const isGoing = (...of: Parameters<typeof keyOf>): boolean => going.has(keyOf(...of))
  const dependenceErrorOf = (...of: Parameters<typeof keyOf>): DescentError | null =>
    errors.get(keyOf(...of)) ?? null
  return { rows, columns, learnColumns, dependenceOf, isGoing, dependenceErrorOf, goThrough }
})
