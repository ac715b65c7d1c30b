/** Train step: the project's runs, their metrics and progress; lives on the host's events. */
import { defineStore } from 'pinia'
import { computed, ref, shallowReactive, shallowRef, watch } from 'vue'
import type { DescentError, MetricPoint, Progress, Run } from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'
import { onHostEvent } from '../api/events.ts'
import { mergeMetrics } from '../lib/chart-data.ts'
import { currentRunOf, isActive, isTrained } from '../lib/rail.ts'
import { useNotices } from './notices.ts'
import { useSession } from './session.ts'

export const useTrain = defineStore('train', () => {
  const session = useSession()
  const notices = useNotices()
  const byId = shallowReactive(new Map<string, Run>())
  const metrics = shallowReactive(new Map<string, readonly MetricPoint[]>())
  const progress = shallowReactive(new Map<string, Progress>())
  const loaded = ref(false)
  const error = shallowRef<DescentError | null>(null)
  const starting = ref(false)
  const startError = shallowRef<DescentError | null>(null)
  /** The run shown by the Train step; null follows the newest. */
  const chosen = ref<string | null>(null)
  const fetched = new Set<string>()

  /** Newest first. */
  const runs = computed(() =>
    [...byId.values()]
      .filter((run) => run.projectId === session.project?.id)
      .sort((a, b) => b.createdAt - a.createdAt),
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
      if (projectId) void load(projectId)
    },
    { immediate: true },
  )

  async function load(projectId: string): Promise<void> {
    error.value = null
    try {
      const list = await call('runs.list', { projectId })
      const present = new Set(list.map((run) => run.id))
      for (const run of byId.values())
        if (run.projectId === projectId && !present.has(run.id)) byId.delete(run.id)
      for (const run of list) byId.set(run.id, run)
      if (session.project?.id === projectId) loaded.value = true
    } catch (reason) {
      error.value = toDescentError(reason)
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
        byId.set(event.run.id, event.run)
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
      if (!byId.has(run.id)) byId.set(run.id, run)
      chosen.value = run.id
    } catch (reason) {
      startError.value = toDescentError(reason)
    } finally {
      starting.value = false
    }
  }

  async function control(action: 'pause' | 'resume' | 'stop', runId: string): Promise<void> {
    const run = await notices.guard(() => call(`training.${action}`, { runId }))
    if (run) byId.set(run.id, run)
  }

  async function rename(runId: string, name: string): Promise<void> {
    const run = await notices.guard(() => call('runs.rename', { runId, name }))
    if (run) byId.set(run.id, run)
  }

  async function remove(runId: string): Promise<void> {
    if (await notices.guard(() => call('runs.delete', { runId }))) forget(runId)
  }

  function put(run: Run): void {
    byId.set(run.id, run)
  }

  return {
    runs,
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
    ensureMetrics,
    load,
    start,
    control,
    rename,
    remove,
    put,
  }
})
