/** Deploy step: save the model, find those that were saved, load one, predict with it. */
import { defineStore } from 'pinia'
import { computed, ref, shallowReactive, shallowRef } from 'vue'
import type {
  DescentError,
  Exported,
  Explanation,
  ExportFormat,
  ModelInfo,
  Output,
  Predictions,
  Tried,
} from '../../electron/contract/index.ts'
import { call, isAbort, toDescentError } from '../api/client.ts'
import type { Chosen } from '../api/files.ts'
import { useNotices } from './notices.ts'
import { createResource } from './resource.ts'
import { useSession } from './session.ts'

type Doing = 'save' | 'load' | 'convert' | 'predict' | 'try' | 'measure'

export const useDeploy = defineStore('deploy', () => {
  const session = useSession()
  const notices = useNotices()
  /** Run id → where its model was just saved, and why there. */
  const savedTo = shallowReactive(new Map<string, Output<'deploy.save'>>())
  /** What was ever saved from the open project. */
  const saved = createResource(
    () => session.project?.id ?? null,
    (projectId, signal) => call('deploy.list', { projectId }, signal),
  )
  const model = shallowRef<ModelInfo | null>(null)
  /** What the model in use was written as. */
  const exported = shallowRef<Exported | null>(null)
  const predictions = shallowRef<Predictions | null>(null)
  /** What goes on, of which one is no reason that another be hidden, and the newest attempt at each. */
  const going = shallowReactive(new Map<Doing, number>())
  const isBusy = (what: Doing): boolean => going.has(what)
  const errors = shallowReactive<Record<Doing, DescentError | null>>({
    save: null,
    load: null,
    convert: null,
    predict: null,
    try: null,
    measure: null,
  })
  /** What somebody ended. */
  const cancelled = shallowReactive(new Set<Doing>())
  /** Another project begins another one: what ends late is not shown there. */
  let visit = 0
  let attempts = 0

  async function doing(what: Doing, action: (isHere: () => boolean) => Promise<void>): Promise<void> {
    const mine = visit
    const attempt = ++attempts
    const isHere = () => mine === visit && going.get(what) === attempt
    going.set(what, attempt)
    errors[what] = null
    cancelled.delete(what)
    try {
      await action(isHere)
    } catch (reason) {
      const failure = toDescentError(reason)
      const ended = isAbort(reason) || failure.code === 'cancelled'
      if (isHere()) {
        if (ended) cancelled.add(what)
        else errors[what] = failure
      } else if (!ended) notices.add('error', failure.message)
    } finally {
      if (isHere()) going.delete(what)
    }
  }

  const save = (runId: string, path: string | null) =>
    doing('save', async (isHere) => {
      const info = await call('deploy.save', { runId, ...(path ? { path } : {}) })
      savedTo.set(runId, info)
      if (!isHere()) return
      use(info)
      saved.reload()
    })
  const load = (path: string) =>
    doing('load', async (isHere) => {
      const info = await call('deploy.load', { path })
      if (isHere()) use(info)
    })
  const exportAs = (modelPath: string, chosen: ExportFormat, path: string | null) =>
    doing('convert', async (isHere) => {
      exported.value = null
      const projectId = session.project?.id
      if (projectId === undefined) return
      const place = path === null ? {} : { path }
      const written = await call('deploy.export', { projectId, modelPath, export: chosen, ...place })
      if (!isHere()) return
      // Another model may have been loaded meanwhile.
      if (model.value?.path === modelPath) exported.value = written
      saved.reload()
    })
  /** Of how many rows the truth is to be within what is said beside predictions; null: nothing is said. */
  const coverage = ref<number | null>(null)
  /** The file of the prediction under way. */
  const predicting = ref('')
  const controller = shallowRef<AbortController | null>(null)
  /** It is still on its way to the host. */
  const sending = computed(() => controller.value !== null)
  const stopSending = () => controller.value?.abort()

  const predict = (chosen: Chosen) =>
    doing('predict', async (isHere) => {
      if (!model.value) return
      const modelPath = model.value.path
      predictions.value = null
      predicting.value = chosen.name
      const answer = await call('deploy.predict', {
        modelPath,
        dataPath: await sent(chosen, controller),
        ...(coverage.value !== null && { coverage: coverage.value }),
      })
      if (isHere() && model.value?.path === modelPath) predictions.value = answer
    })
  const latencyNotes = shallowRef<readonly string[]>([])
  const measure = () =>
    doing('measure', async (isHere) => {
      const measured = model.value
      if (!measured) return
      const { latency, budget, notes } = await call('deploy.measure', { modelPath: measured.path })
      if (!isHere() || model.value?.path !== measured.path) return
      model.value = { ...model.value, latency, budget }
      latencyNotes.value = notes
    })

  // ---- one example ----

  const tried = shallowRef<Tried | null>(null)
  const tryIt = (
    {
      row,
      picture,
      pictures = {},
    }: {
      readonly row: Record<string, string | null> | null
      readonly picture: Chosen | null
      /** Beside the values of a row, by the names of their columns. */
      readonly pictures?: Readonly<Record<string, Chosen | undefined>>
    },
    explanation: Explanation | null,
    answer: string | null,
  ) =>
    doing('try', async (isHere) => {
      if (!model.value) return
      const modelPath = model.value.path
      const paths: Record<string, string> = {}
      for (const [column, chosen] of Object.entries(pictures))
        if (chosen) paths[column] = await sent(chosen, shallowRef(null))
      const found = await call('deploy.try', {
        modelPath,
        ...(row && { row }),
        ...(picture && { picture: await sent(picture, shallowRef(null)) }),
        ...(Object.keys(paths).length > 0 && { pictures: paths }),
        ...(explanation && { explanation }),
        ...(answer !== null && { answer }),
      })
      if (isHere() && model.value?.path === modelPath) tried.value = found
    })
  /** `by`: has what stops it while it is on its way. */
  async function sent(chosen: Chosen, by: { value: AbortController | null }): Promise<string> {
    by.value = new AbortController()
    try {
      return await chosen.path(by.value.signal)
    } finally {
      by.value = null
    }
  }

  function use(info: ModelInfo): void {
    if (model.value?.path !== info.path) {
      predictions.value = null
      exported.value = null
      tried.value = null
      latencyNotes.value = []
    }
    model.value = info
  }
  const ensureSaved = () => saved.ensure('saved')
  /** A model of this run is in its folder, as far as is known. */
  const isSaved = (runId: string): boolean =>
    savedTo.has(runId) ||
    (saved.data?.some((one) => one.runId === runId && one.format === null && one.present) ?? false)

  function reset(): void {
    visit++
    going.clear()
    model.value = null
    predictions.value = null
    exported.value = null
    tried.value = null
    errors.save = errors.load = errors.convert = errors.predict = errors.try = errors.measure = null
    cancelled.clear()
  }
  return {
    savedTo,
    exported,
    saved,
    model,
    predictions,
    tried,
    tryIt,
    measure,
    latencyNotes,
    coverage,
    isBusy,
    errors,
    cancelled,
    predicting,
    sending,
    stopSending,
    save,
    exportAs,
    load,
    predict,
    ensureSaved,
    isSaved,
    reset,
  }
})
