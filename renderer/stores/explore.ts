/** Explore step: the profile of the data as the recipe types it. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { isCategorical } from '../../electron/contract/index.ts'
import type { Column, ColumnProfile, Finding, Profile, RowFilter } from '../../electron/contract/index.ts'
import { call } from '../api/client.ts'
import { createResource } from './resource.ts'
import { useSession } from './session.ts'

/** Rows behind a finding or a part of a picture. */
export interface RowsAsked {
  readonly title: string
  readonly about: string
  readonly where: readonly RowFilter[]
}

/** Smaller tables are there in full as quickly. */
const largeFrom = 250_000

export const useExplore = defineStore('explore', () => {
  const session = useSession()
  const profile = createResource(
    () => session.project?.id ?? null,
    (projectId, signal) => call('explore.profile', { projectId }, signal),
  )

  /** Of a part of a large table, until the whole is there. */
  const first = createResource(
    () => session.project?.id ?? null,
    (projectId, signal) => call('explore.glance', { projectId }, signal),
  )
  /** What is shown: the whole, or the glance while there is nothing else. */
  const shown = computed<Profile | null>(() => profile.data ?? (profile.loading ? first.data : null))

  /** The rows that are looked at. */
  const rows = ref<RowsAsked | null>(null)

  function ensure(): void {
    const { project, recipe, dataset } = session
    if (!project || !recipe || !dataset || session.saving > 0) return
    const key = `${dataset.id}|${JSON.stringify([recipe.data, recipe.task, recipe.target.separator])}`
    if (recipe.kind === 'table' && dataset.rows >= largeFrom && profile.data === null) first.ensure(key)
    profile.ensure(key)
  }

  const alerts = computed(() => shown.value?.alerts ?? null)
  const byName = computed(
    () => new Map<string, ColumnProfile>(shown.value?.columns.map((column) => [column.name, column]) ?? []),
  )
  /** The values that a column of categories has, in its order or the most frequent first, as far as they are known. */
  const valuesOf = ({ name, kind, levels }: Column): readonly string[] =>
    isCategorical(kind) ? (levels ?? (byName.value.get(name)?.top ?? []).map(({ value }) => value)) : []
  const alertsOf = (column: string): Finding[] =>
    alerts.value?.filter((alert) => alert.columns.includes(column)) ?? []

  const openRows = (asked: RowsAsked): void => void (rows.value = asked)
  const closeRows = (): void => void (rows.value = null)

  return { profile, shown, alerts, byName, valuesOf, alertsOf, rows, openRows, closeRows, ensure }
})
