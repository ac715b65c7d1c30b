/** Evaluate step: results per run and split. The test split is asked for only when the user opens it. */
import { defineStore } from 'pinia'
import { ref, shallowReactive, shallowRef } from 'vue'
import type { DescentError, Evaluation } from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'
import { useTrain } from './train.ts'

export type EvaluatedSplit = Evaluation['split']

export const useEvaluate = defineStore('evaluate', () => {
  const train = useTrain()
  const results = shallowReactive(new Map<string, Evaluation>())
  const loading = ref<string | null>(null)
  const error = shallowRef<DescentError | null>(null)
  /** The last attempt was ended by somebody. */
  const cancelled = ref(false)

  const keyOf = (runId: string, split: EvaluatedSplit) => `${runId}/${split}`
  const get = (runId: string, split: EvaluatedSplit) => results.get(keyOf(runId, split)) ?? null

  async function evaluate(runId: string, split: EvaluatedSplit): Promise<void> {
    const key = keyOf(runId, split)
    if (results.has(key) || loading.value === key) return
    loading.value = key
    error.value = null
    cancelled.value = false
    try {
      results.set(key, await call('evaluate.run', { runId, split }))
      if (split === 'test') train.put(await call('runs.get', { runId }))
    } catch (reason) {
      const failure = toDescentError(reason)
      if (failure.code === 'cancelled') cancelled.value = true
      else error.value = failure
    } finally {
      if (loading.value === key) loading.value = null
    }
  }
  return { results, loading, error, cancelled, get, evaluate }
})
