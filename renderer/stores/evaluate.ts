/** Evaluate step: results per run and split. The test split is asked for only when the user opens it. */
import { defineStore } from 'pinia'
import { ref, shallowReactive, shallowRef } from 'vue'
import type {
  BesideBaselines,
  DescentError,
  Evaluation,
  Examined,
  ThresholdRule,
} from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'
import { strings } from '../strings/index.ts'
import { useTrain } from './train.ts'

export type EvaluatedSplit = Evaluation['split']

export const useEvaluate = defineStore('evaluate', () => {
  const train = useTrain()
  const results = shallowReactive(new Map<string, Evaluation>())
  const loading = ref<string | null>(null)
  /** What came of the last attempt where it brought no result: of that run and split alone. */
  const failure = shallowRef<{ key: string; error: DescentError } | null>(null)

  const keyOf = (runId: string, split: EvaluatedSplit) => `${runId}/${split}`
  const get = (runId: string, split: EvaluatedSplit) => results.get(keyOf(runId, split)) ?? null

  function errorOf(runId: string, split: EvaluatedSplit): DescentError | null {
    const last = failure.value
    return last?.key === keyOf(runId, split) && last.error.code !== 'cancelled' ? last.error : null
  }
  /** The last attempt was ended by somebody. */
  const wasCancelled = (runId: string, split: EvaluatedSplit): boolean =>
    failure.value?.key === keyOf(runId, split) && failure.value.error.code === 'cancelled'

  async function evaluate(runId: string, split: EvaluatedSplit): Promise<void> {
    const key = keyOf(runId, split)
    // What was only recalled may be of an earlier version, and is then measured anew.
    if (results.get(key)?.intervals !== undefined || loading.value === key) return
    loading.value = key
    failure.value = null
    try {
      results.set(key, await call('evaluate.run', { runId, split }))
      train.put(await call('runs.get', { runId }))
    } catch (reason) {
      failure.value = { key, error: toDescentError(reason) }
    } finally {
      if (loading.value === key) loading.value = null
    }
  }
  // ---- the threshold ----

  const deciding = ref<string | null>(null)
  const decideError = shallowRef<{ runId: string; error: DescentError } | null>(null)
  /** Whether it was set. What stands beside the run is held against it again. */
  async function setThreshold(runId: string, rule: ThresholdRule): Promise<boolean> {
    if (deciding.value !== null) return false
    deciding.value = runId
    decideError.value = null
    try {
      const found = await call('evaluate.setThreshold', { runId, rule })
      for (const split of ['validation', 'test'] as const) {
        const key = keyOf(runId, split)
        results.delete(key)
        besides.delete(key)
        besideFailures.delete(key)
        examinations.delete(key)
      }
      for (const one of found) results.set(keyOf(runId, one.split), one)
      train.put(await call('runs.get', { runId }))
      return true
    } catch (reason) {
      decideError.value = { runId, error: toDescentError(reason) }
      return false
    } finally {
      deciding.value = null
    }
  }

  // ---- beside baselines ----

  const besides = shallowReactive(new Map<string, BesideBaselines>())
  const held = shallowReactive(new Set<string>())
  const besideFailures = shallowReactive(new Map<string, DescentError>())
  const besideOf = (runId: string, split: EvaluatedSplit) => besides.get(keyOf(runId, split)) ?? null
  /** They are being trained, or the run is held against them. */
  const isHeld = (runId: string, split: EvaluatedSplit): boolean => held.has(keyOf(runId, split))
  function besideProblemOf(runId: string, split: EvaluatedSplit): string | null {
    const error = besideFailures.get(keyOf(runId, split))
    if (error === undefined) return null
    return error.code === 'cancelled' ? strings.evaluate.baselines.cancelled : error.message
  }
  async function holdAgainst(runId: string, split: EvaluatedSplit): Promise<void> {
    const key = keyOf(runId, split)
    if (besides.has(key) || held.has(key)) return
    held.add(key)
    besideFailures.delete(key)
    try {
      besides.set(key, await call('evaluate.baselines', { runId, split }))
    } catch (reason) {
      besideFailures.set(key, toDescentError(reason))
    } finally {
      held.delete(key)
    }
  }

  // ---- what is found out beyond metrics ----

  const examinations = shallowReactive(new Map<string, Examined>())
  const examining = shallowReactive(new Set<string>())
  const examineFailures = shallowReactive(new Map<string, DescentError>())
  const examinedOf = (runId: string, split: EvaluatedSplit) => examinations.get(keyOf(runId, split)) ?? null
  const isExamined = (runId: string, split: EvaluatedSplit): boolean => examining.has(keyOf(runId, split))
  const examineErrorOf = (runId: string, split: EvaluatedSplit) =>
    examineFailures.get(keyOf(runId, split)) ?? null
  async function examine(runId: string, split: EvaluatedSplit): Promise<void> {
    const key = keyOf(runId, split)
    if (examinations.has(key) || examining.has(key)) return
    examining.add(key)
    examineFailures.delete(key)
    try {
      examinations.set(key, await call('evaluate.examine', { runId, split }))
    } catch (reason) {
      examineFailures.set(key, toDescentError(reason))
    } finally {
      examining.delete(key)
    }
  }

  /** What the host has of these runs already, without measuring any. */
  async function recall(runIds: readonly string[], split: EvaluatedSplit): Promise<void> {
    const unknown = runIds.filter((id) => !results.has(keyOf(id, split)))
    if (unknown.length === 0) return
    const known = await call('evaluate.known', { runIds: unknown, split }).catch(() => [])
    for (const one of known) results.set(keyOf(one.runId, split), one)
  }
  return {
    results,
    loading,
    get,
    errorOf,
    wasCancelled,
    deciding,
    decideError,
    setThreshold,
    evaluate,
    recall,
    besideOf,
    isHeld,
    besideProblemOf,
    holdAgainst,
    examinedOf,
    isExamined,
    examineErrorOf,
    examine,
  }
})
