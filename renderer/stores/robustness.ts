/** How runs do where something happens to their rows: what is known, and what is being measured. */
import { defineStore } from 'pinia'
import { shallowReactive, watch } from 'vue'
import type { DescentError, Robustness } from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'
import { useEvaluate, type EvaluatedSplit } from './evaluate.ts'

export const useRobustness = defineStore('robustness', () => {
  const evaluate = useEvaluate()
  const known = shallowReactive(new Map<string, Robustness>())
  const measuring = shallowReactive(new Set<string>())
  const errors = shallowReactive(new Map<string, DescentError>())
  const keyOf = (runId: string, split: EvaluatedSplit): string => `${runId}/${split}`

  /** What the host has already; without it somebody may ask for it. */
  async function recall(runId: string, split: EvaluatedSplit): Promise<void> {
    const key = keyOf(runId, split)
    if (known.has(key) || measuring.has(key)) return
    const found = await call('evaluate.knownRobustness', { runId, split }).catch(() => null)
    if (found !== null && !measuring.has(key)) known.set(key, found)
  }

  async function measure(runId: string, split: EvaluatedSplit): Promise<void> {
    const key = keyOf(runId, split)
    if (known.has(key) || measuring.has(key)) return
    measuring.add(key)
    errors.delete(key)
    try {
      known.set(key, await call('evaluate.robustness', { runId, split }))
    } catch (reason) {
      errors.set(key, toDescentError(reason))
    } finally {
      measuring.delete(key)
    }
  }

  // By another threshold the run answers otherwise: what was measured is of the one before. The host knows whether it was set.
  watch(
    () => evaluate.deciding,
    (_, runId) => {
      if (runId === null) return
      for (const split of ['validation', 'test'] as const) {
        known.delete(keyOf(runId, split))
        void recall(runId, split)
      }
    },
  )

  return {
    recall,
    measure,
    of: (runId: string, split: EvaluatedSplit): Robustness | null => known.get(keyOf(runId, split)) ?? null,
    isMeasured: (runId: string, split: EvaluatedSplit): boolean => measuring.has(keyOf(runId, split)),
    errorOf: (runId: string, split: EvaluatedSplit): DescentError | null =>
      errors.get(keyOf(runId, split)) ?? null,
  }
})
