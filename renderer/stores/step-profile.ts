/** Train step: where the time of a run's step goes. Measured when asked for; what was measured before is fetched. */
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import type { DescentError, StepProfile } from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'

export const useStepProfile = defineStore('stepProfile', () => {
  /** By run; null: never measured. */
  const profiles = shallowReactive(new Map<string, StepProfile | null>())
  const errors = shallowReactive(new Map<string, DescentError>())
  /** Runs that are being measured. */
  const measuring = shallowReactive(new Set<string>())

  async function keep(runId: string, profile: Promise<StepProfile | null>): Promise<void> {
    errors.delete(runId)
    try {
      profiles.set(runId, await profile)
    } catch (reason) {
      errors.set(runId, toDescentError(reason))
    }
  }

  async function ensure(runId: string): Promise<void> {
    if (!profiles.has(runId)) await keep(runId, call('runs.profile', { runId }))
  }

  async function measure(runId: string): Promise<void> {
    if (measuring.has(runId)) return
    measuring.add(runId)
    await keep(runId, call('training.profile', { runId }))
    measuring.delete(runId)
  }

  return { profiles, errors, measuring, ensure, measure }
})
