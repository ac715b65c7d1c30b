/** Compare: which runs stand beside each other. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { call } from '../api/client.ts'
import { createResource } from './resource.ts'

export const useCompare = defineStore('compare', () => {
  const selected = ref<string[]>([])
  const comparison = createResource((signal) => call('compare.runs', { runIds: selected.value }, signal))

  function select(runIds: string[]): void {
    selected.value = runIds
  }
  /** `version` changes whenever one of the runs does. */
  function ensure(projectId: string, version: string): void {
    if (selected.value.length > 0) comparison.ensure(`${projectId}|${selected.value.join()}|${version}`)
    else comparison.clear()
  }
  return { selected, comparison, select, ensure }
})
