/** What one click would make of the network: other sizes, and ideas of others. Worked out for the network as it is. */
import { defineStore } from 'pinia'
import { computed } from 'vue'
import type { NetworkGiven, NetworkProposal } from '../../electron/contract/index.ts'
import { call } from '../api/client.ts'
import { useModel } from './model.ts'
import { createResource } from './resource.ts'
import { useSession } from './session.ts'

export const useAdvice = defineStore('advice', () => {
  const session = useSession()
  const model = useModel()

  /** The network, where it fits its data; null: nobody can tell yet, or it has to be mended first. */
  const given = computed((): NetworkGiven | null => {
    const { loading, data } = model.summary
    const { recipe } = session
    if (!recipe || loading || !data || data.problems.length > 0 || session.saving > 0) return null
    return { model: recipe.model, facts: data.facts }
  })
  const misfits = computed(() => (model.summary.data?.problems.length ?? 0) > 0)

  const owner = () => session.project?.id ?? null
  const asked = (projectId: string) => ({ projectId, ...given.value! })
  const sizes = createResource(owner, (id, signal) => call('model.sizes', asked(id), signal))
  const ideas = createResource(owner, (id, signal) => call('model.ideas', asked(id), signal))

  const key = computed(() => (given.value ? JSON.stringify(given.value) : null))
  function ensureSizes(): void {
    if (key.value !== null) sizes.ensure(key.value)
  }
  function ensureIdeas(): void {
    if (key.value !== null) ideas.ensure(key.value)
  }
  /** Only of the network that it was worked out for. */
  function apply(proposal: NetworkProposal): void {
    if (given.value && 'model' in proposal) model.replace(proposal.model)
  }
  return { given, misfits, sizes, ideas, ensureSizes, ensureIdeas, apply }
})
