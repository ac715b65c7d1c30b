/** Compare: which runs stand beside each other. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { call } from '../api/client.ts'
import { createResource } from './resource.ts'
import { useSession } from './session.ts'

export const useCompare = defineStore('compare', () => {
  const session = useSession()
  const selected = ref<string[]>([])
  const comparison = createResource(
    () => session.project?.id ?? null,
    (_, signal) => call('compare.runs', { runIds: selected.value }, signal),
  )

  function select(runIds: string[]): void {
    selected.value = runIds
  }
  /** `version` changes whenever one of the runs does. */
  function ensure(version: string): void {
    if (selected.value.length > 0) comparison.ensure(`${selected.value.join()}|${version}`)
    else comparison.clear()
  }
  return { selected, comparison, select, ensure }
})
