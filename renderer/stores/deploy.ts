/** Deploy step: save the model, load one, predict with it. */
import { defineStore } from 'pinia'
import { ref, shallowReactive, shallowRef } from 'vue'
import type { DescentError, ModelInfo, Predictions } from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'

type Busy = 'export' | 'load' | 'predict'

export const useDeploy = defineStore('deploy', () => {
  /** Run id → where its model was saved. */
  const exported = shallowReactive(new Map<string, ModelInfo>())
  const model = shallowRef<ModelInfo | null>(null)
  const predictions = shallowRef<Predictions | null>(null)
  const busy = ref<Busy | null>(null)
  const errors = shallowReactive<Record<Busy, DescentError | null>>({
    export: null,
    load: null,
    predict: null,
  })

  async function doing(what: Busy, action: () => Promise<void>): Promise<void> {
    busy.value = what
    errors[what] = null
    try {
      await action()
    } catch (reason) {
      errors[what] = toDescentError(reason)
    } finally {
      busy.value = null
    }
  }

  const save = (runId: string, path: string | null) =>
    doing('export', async () => {
      const info = await call('deploy.export', { runId, ...(path ? { path } : {}) })
      exported.set(runId, info)
      use(info)
    })
  const load = (path: string) =>
    doing('load', async () => {
      use(await call('deploy.load', { path }))
    })
  const predict = (dataPath: string) =>
    doing('predict', async () => {
      if (!model.value) return
      predictions.value = null
      predictions.value = await call('deploy.predict', { modelPath: model.value.path, dataPath })
    })

  function use(info: ModelInfo): void {
    if (model.value?.path !== info.path) predictions.value = null
    model.value = info
  }
  function reset(): void {
    model.value = null
    predictions.value = null
    errors.export = errors.load = errors.predict = null
  }
  return { exported, model, predictions, busy, errors, save, load, predict, doing, use, reset }
})
