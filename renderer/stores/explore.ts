/** Explore step: the profile of the data as the recipe types it. */
import { defineStore } from 'pinia'
import { computed } from 'vue'
import type { ColumnProfile, Finding } from '../../electron/contract/index.ts'
import { call } from '../api/client.ts'
import { createResource } from './resource.ts'
import { useSession } from './session.ts'

export const useExplore = defineStore('explore', () => {
  const session = useSession()
  const profile = createResource(
    () => session.project?.id ?? null,
    (projectId, signal) => call('explore.profile', { projectId }, signal),
  )

  function ensure(): void {
    const { project, recipe, dataset } = session
    if (project && recipe && dataset && session.saving === 0)
      profile.ensure(`${dataset.id}|${JSON.stringify([recipe.data, recipe.task])}`)
  }

  const alerts = computed(() => profile.data?.alerts ?? null)
  const byName = computed(
    () => new Map<string, ColumnProfile>(profile.data?.columns.map((column) => [column.name, column]) ?? []),
  )
  const alertsOf = (column: string): Finding[] =>
    alerts.value?.filter((alert) => alert.columns.includes(column)) ?? []

  return { profile, alerts, byName, alertsOf, ensure }
})
