/** Train step: the project's runs, their metrics and progress; lives on the host's events. */
import { defineStore } from 'pinia'
import { computed, ref, shallowReactive, shallowRef, watch } from 'vue'
import type { Damaged, DescentError, MetricPoint, Progress, Run } from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'
import { onHostEvent } from '../api/events.ts'
import { mergeMetrics } from '../lib/chart-data.ts'
import { currentRunOf, isActive, isTrained } from '../lib/rail.ts'
import { orderRuns } from '../lib/runs.ts'
import { useNotices } from './notices.ts'
import { createResource } from './resource.ts'
import { useSession } from './session.ts'

export const useTrain = defineStore('train', () => {
  const session = useSession()
  const notices = useNotices()
  const byId = shallowReactive(new Map<string, Run>())
  /** Of all projects, newest first. */
  const order = shallowRef<readonly string[]>([])
  /** Runs of the open project that cannot be read any more. */
  const damaged = shallowRef<readonly Damaged[]>([])
  const metrics = shallowReactive(new Map<string, readonly MetricPoint[]>())
  const progress = shallowReactive(new Map<string, Progress>())
  const loaded = ref(false)
  const error = shallowRef<DescentError | null>(null)
  const starting = ref(false)
  const startError = shallowRef<DescentError | null>(null)
  /** The run shown by the Train step; null follows the newest. */
  const chosen = ref<string | null>(null)
  /** The run that somebody is asked about before it is stopped for good. */
  const stopping = ref<string | null>(null)
  const fetched = new Set<string>()

  /** The learning rates that the recipe's schedule plans. */
  const plan = createResource(
    () => session.project?.id ?? null,
    async (_, signal) => {
      const { schedule, optimizer, epochs } = session.recipe!.training
      const { learningRate } = optimizer
      return await call('training.learningRates', { schedule, learningRate, epochs }, signal)
    },
  )
  function ensurePlan(): void {
    const training = session.recipe?.training
    if (!training || session.problem) return
    const { schedule, optimizer, epochs } = training
    plan.ensure(JSON.stringify([schedule, optimizer.learningRate, epochs]))
  }

  /** Newest first. */
  const runs = computed(() =>
    order.value.flatMap((id) => {
      const run = byId.get(id)
      return run?.projectId === session.project?.id && run ? [run] : []
    }),
  )
  /** Across projects: what the top bar shows. */
  const activeRuns = computed(() => [...byId.values()].filter(isActive))
  const trainedRuns = computed(() => runs.value.filter(isTrained))
  const currentRun = computed(() => currentRunOf(session.project, runs.value))
  const shownRun = computed(() => runs.value.find((run) => run.id === chosen.value) ?? runs.value[0] ?? null)

  watch(
    () => session.project?.id,
    (projectId) => {
      chosen.value = null
      loaded.value = false
      damaged.value = []
      error.value = null
      startError.value = null
      if (projectId) void load(projectId)
    },
    { immediate: true },
  )

  async function load(projectId: string): Promise<void> {
    error.value = null
    const mine = () => order.value.filter((id) => byId.get(id)?.projectId === projectId)
    const known = new Set(mine())
    try {
      const [list, unreadable] = await Promise.all([
        call('runs.list', { projectId }),
        call('runs.damaged', { projectId }),
      ])
      const before = mine()
      const ids = orderRuns(
        list.map((run) => run.id),
        known,
        before,
      )
      for (const id of before) if (!ids.includes(id)) byId.delete(id)
      for (const run of list) byId.set(run.id, run)
      order.value = [...order.value.filter((id) => !before.includes(id) && byId.has(id)), ...ids]
      if (session.project?.id !== projectId) return
      damaged.value = unreadable
      loaded.value = true
    } catch (reason) {
      if (session.project?.id === projectId) error.value = toDescentError(reason)
    }
  }

  /** Fetches a run's curves once; afterwards its events keep them up to date. */
  async function ensureMetrics(runId: string): Promise<void> {
    if (fetched.has(runId)) return
    fetched.add(runId)
    try {
      const points = await call('runs.metrics', { runId })
      metrics.set(runId, mergeMetrics(points, metrics.get(runId) ?? []))
    } catch (reason) {
      fetched.delete(runId)
      notices.add('error', toDescentError(reason).message)
    }
  }

  onHostEvent((event) => {
    switch (event.type) {
      case 'hello':
        // Whatever happened while the connection was down has been missed.
        for (const runId of fetched) {
          fetched.delete(runId)
          void ensureMetrics(runId)
        }
        if (session.project) void load(session.project.id)
        break
      case 'run.changed':
        put(event.run)
        if (!isActive(event.run)) progress.delete(event.run.id)
        break
      case 'run.deleted':
        forget(event.runId)
        break
      case 'run.metrics':
        metrics.set(event.runId, mergeMetrics(metrics.get(event.runId) ?? [], event.points))
        break
      case 'run.progress':
        progress.set(event.runId, event.progress)
        break
    }
  })

  function forget(runId: string): void {
    byId.delete(runId)
    order.value = order.value.filter((id) => id !== runId)
    damaged.value = damaged.value.filter(({ id }) => id !== runId)
    metrics.delete(runId)
    progress.delete(runId)
    fetched.delete(runId)
  }

  async function start(name?: string): Promise<void> {
    const projectId = session.project?.id
    if (!projectId) return
    starting.value = true
    startError.value = null
    try {
      const run = await call('training.start', { projectId, ...(name ? { name } : {}) })
      // An event may have brought a later state already.
      if (!byId.has(run.id)) put(run)
      if (session.project?.id === projectId) chosen.value = run.id
    } catch (reason) {
      const failure = toDescentError(reason)
      if (failure.code === 'cancelled') notices.info(failure.message)
      else if (session.project?.id === projectId) startError.value = failure
      // Its own page is no longer there to say it.
      else notices.add('error', failure.message)
    } finally {
      starting.value = false
    }
  }

  async function control(action: 'pause' | 'resume' | 'stop', runId: string): Promise<void> {
    const run = await notices.guard(() => call(`training.${action}`, { runId }))
    if (run) put(run)
  }

  async function rename(runId: string, name: string): Promise<void> {
    const run = await notices.guard(() => call('runs.rename', { runId, name }))
    if (run) put(run)
  }

  async function remove(runId: string): Promise<void> {
    const name = byId.get(runId)?.name ?? damaged.value.find(({ id }) => id === runId)?.name ?? 'The run'
    if (!(await notices.guard(() => call('runs.delete', { runId })))) return
    forget(runId)
    notices.info(`“${name}” was deleted.`)
  }

  /** What nobody has seen before is new. */
  function put(run: Run): void {
    if (!byId.has(run.id)) order.value = [run.id, ...order.value]
    byId.set(run.id, run)
  }

  return {
    plan,
    ensurePlan,
    runs,
    damaged,
    activeRuns,
    trainedRuns,
    currentRun,
    shownRun,
    metrics,
    progress,
    loaded,
    error,
    starting,
    startError,
    chosen,
    stopping,
    ensureMetrics,
    load,
    start,
    control,
    rename,
    remove,
    put,
  }
})
