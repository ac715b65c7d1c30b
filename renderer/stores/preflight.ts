/** Train step: what was tried before the next training, and whether the settings are still those it was tried with. */
import { defineStore } from 'pinia'
import { computed } from 'vue'
import { call } from '../api/client.ts'
import { createResource } from './resource.ts'
import { useSession } from './session.ts'

export const usePreflight = defineStore('preflight', () => {
  const session = useSession()
  const key = computed(() => `${session.dataset?.id}|${JSON.stringify(session.recipe)}`)
  const tried = createResource(
    () => session.project?.id ?? null,
    async (projectId, signal) => {
      const of = key.value
      return { of, result: await call('training.preflight', { projectId }, signal) }
    },
  )
  /** It was tried with other settings. */
  const isOutdated = computed(() => tried.data !== null && tried.data.of !== key.value)
  function start(): void {
    if (tried.data?.of === key.value || tried.error) tried.reload()
    else tried.ensure(key.value)
  }
  return { tried, isOutdated, start }
})
