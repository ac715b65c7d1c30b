/** Deploy step: save the model, load one, predict with it. */
import { defineStore } from 'pinia'
import { computed, ref, shallowReactive, shallowRef } from 'vue'
import type { DescentError, ModelInfo, Output, Predictions } from '../../electron/contract/index.ts'
import { call, isAbort, toDescentError } from '../api/client.ts'
import type { Chosen } from '../api/files.ts'

type Busy = 'export' | 'load' | 'predict'

export const useDeploy = defineStore('deploy', () => {
  /** Run id → where its model was saved, and why there. */
  const exported = shallowReactive(new Map<string, Output<'deploy.export'>>())
  const model = shallowRef<ModelInfo | null>(null)
  const predictions = shallowRef<Predictions | null>(null)
  const busy = ref<Busy | null>(null)
  const errors = shallowReactive<Record<Busy, DescentError | null>>({
    export: null,
    load: null,
    predict: null,
  })
  /** What somebody ended. */
  const cancelled = ref<Busy | null>(null)

  async function doing(what: Busy, action: () => Promise<void>): Promise<void> {
    busy.value = what
    errors[what] = null
    cancelled.value = null
    try {
      await action()
    } catch (reason) {
      const failure = toDescentError(reason)
      if (isAbort(reason) || failure.code === 'cancelled') cancelled.value = what
      else errors[what] = failure
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
  /** The file of the prediction under way. */
  const predicting = ref('')
  const controller = shallowRef<AbortController | null>(null)
  /** It is still on its way to the host. */
  const sending = computed(() => controller.value !== null)
  const stopSending = () => controller.value?.abort()

  const predict = (chosen: Chosen) =>
    doing('predict', async () => {
      if (!model.value) return
      predictions.value = null
      predicting.value = chosen.name
      predictions.value = await call('deploy.predict', {
        modelPath: model.value.path,
        dataPath: await sent(chosen),
      })
    })
  async function sent(chosen: Chosen): Promise<string> {
    controller.value = new AbortController()
    try {
      return await chosen.path(controller.value.signal)
    } finally {
      controller.value = null
    }
  }

  function use(info: ModelInfo): void {
    if (model.value?.path !== info.path) predictions.value = null
    model.value = info
  }
  function reset(): void {
    model.value = null
    predictions.value = null
    errors.export = errors.load = errors.predict = null
    cancelled.value = null
  }
  return {
    exported,
    model,
    predictions,
    busy,
    errors,
    cancelled,
    predicting,
    sending,
    stopSending,
    save,
    load,
    predict,
    reset,
  }
})
