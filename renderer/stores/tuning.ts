/** Train step: what learning rate and batch size were found, and whether the settings are still those they were found for. */
import { defineStore } from 'pinia'
import { computed } from 'vue'
import type { Recipe } from '../../electron/contract/index.ts'
import { call } from '../api/client.ts'
import { createResource } from './resource.ts'
import { useSession } from './session.ts'

/** All that what is found depends on: the two settings themselves are not part of it. */
const keyOf = (recipe: Recipe | null): string => {
  if (recipe === null) return ''
  const {
    optimizer,
    batchSize: _,
    epochs: __,
    schedule: ___,
    earlyStopping: ____,
    ...training
  } = recipe.training
  const { learningRate: _____, ...chosen } = optimizer
  return JSON.stringify({ ...recipe, training: { ...training, optimizer: chosen } })
}

export const useTuning = defineStore('tuning', () => {
  const session = useSession()
  const key = computed(() => `${session.dataset?.id}|${keyOf(session.recipe)}`)
  const found = createResource(
    () => session.project?.id ?? null,
    async (projectId, signal) => {
      const of = key.value
      return { of, result: await call('training.tune', { projectId }, signal) }
    },
  )
  /** It was found for other settings. */
  const isOutdated = computed(() => found.data !== null && found.data.of !== key.value)
  function start(): void {
    if (found.data?.of === key.value || found.error) found.reload()
    else found.ensure(key.value)
  }
  const setTraining = (next: Partial<Recipe['training']>) =>
    session.edit((recipe) => ({ ...recipe, training: { ...recipe.training, ...next } }))
  const useRate = (learningRate: number) =>
    session.edit((recipe) => ({
      ...recipe,
      training: { ...recipe.training, optimizer: { ...recipe.training.optimizer, learningRate } },
    }))
  const useBatchSize = (batchSize: number) => setTraining({ batchSize })
  return { found, isOutdated, start, useRate, useBatchSize }
})
