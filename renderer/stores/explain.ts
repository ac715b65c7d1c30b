/** Why a run says what it says of a row, and how its answers change with a column. Of one run at a time; kept nowhere. */
import { defineStore } from 'pinia'
import { ref, shallowReactive, shallowRef } from 'vue'
import type { Dependence, DescentError, Explained, Explanation } from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'

export interface AskedRow {
  readonly runId: string
  readonly row: number
  readonly explanation: Explanation
  /** null: what is predicted. */
  readonly answer: string | null
}

export const useExplain = defineStore('explain', () => {
  const explained = shallowRef<{ readonly asked: AskedRow; readonly found: Explained } | null>(null)
  const explaining = ref(false)
  const explainError = shallowRef<DescentError | null>(null)

  async function explain(asked: AskedRow): Promise<void> {
    if (explaining.value) return
    explaining.value = true
    explainError.value = null
    const { answer, ...rest } = asked
    try {
      const found = await call('evaluate.explain', { ...rest, ...(answer !== null && { answer }) })
      explained.value = { asked, found }
    } catch (reason) {
      explainError.value = toDescentError(reason)
    } finally {
      explaining.value = false
    }
  }

  const dependences = shallowRef(new Map<string, Dependence>())
  const going = shallowReactive(new Set<string>())
  const dependenceError = shallowRef<{ readonly key: string; readonly error: DescentError } | null>(null)
  const keyOf = (runId: string, split: string, column: string): string =>
    JSON.stringify([runId, split, column])
  const dependenceOf = (runId: string, split: 'validation' | 'test', column: string): Dependence | null =>
    dependences.value.get(keyOf(runId, split, column)) ?? null

  async function goThrough(runId: string, split: 'validation' | 'test', column: string): Promise<void> {
    const key = keyOf(runId, split, column)
    if (dependences.value.has(key) || going.has(key)) return
    going.add(key)
    dependenceError.value = null
    try {
      const found = await call('evaluate.dependence', { runId, split, column })
      dependences.value = new Map(dependences.value).set(key, found)
    } catch (reason) {
      dependenceError.value = { key, error: toDescentError(reason) }
    } finally {
      going.delete(key)
    }
  }

  const isGoing = (...of: Parameters<typeof keyOf>): boolean => going.has(keyOf(...of))
  const dependenceErrorOf = (...of: Parameters<typeof keyOf>): DescentError | null =>
    dependenceError.value?.key === keyOf(...of) ? dependenceError.value.error : null
  return { explained, explaining, explainError, explain, dependenceOf, isGoing, dependenceErrorOf, goThrough }
})
