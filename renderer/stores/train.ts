/** Train step: the newest runs of the project, those that somebody chose, and their progress; lives on the host's events. */
import { defineStore } from 'pinia'
import { computed, ref, shallowReactive, shallowRef, watch } from 'vue'
import type {
  Damaged,
  DescentError,
  Input,
  Progress,
  ProposedRun,
  RunDetail,
  RunFilter,
  RunSummary,
} from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'
import { onHostEvent } from '../api/events.ts'
import { activeStates, currentRunOf, isActive, isTrained } from '../lib/rail.ts'
import { strings } from '../strings/index.ts'
import { useEndings } from './endings.ts'
import { useNotices } from './notices.ts'
import { createResource } from './resource.ts'
import { useSession } from './session.ts'

const words = strings.train.notices

/** Runs that are listed where one is picked; others are found by their name. */
const pickedFrom = 100
/** Between an event that changes how many runs there are, and counting them. */
const countMs = 300

export const useTrain = defineStore('train', () => {
  const session = useSession()
  const notices = useNotices()
  const endings = useEndings()
  /** Those that are known here: of every project that was opened the newest, and whatever was chosen or trains. */
  const byId = shallowReactive(new Map<string, RunSummary>())
  const details = shallowReactive(new Map<string, RunDetail>())
  /** How many runs the open project has, and how many of them have weights. */
  const count = shallowRef({ all: 0, trained: 0 })
  /** Runs of the open project that cannot be read any more. */
  const damaged = shallowRef<readonly Damaged[]>([])
  const progress = shallowReactive(new Map<string, Progress>())
  const loaded = ref(false)
  const error = shallowRef<DescentError | null>(null)
  const starting = ref(false)
  const startError = shallowRef<DescentError | null>(null)
  /** The run shown by the Train step; null follows the newest. */
  const chosen = ref<string | null>(null)
  /** The run that somebody is asked about before it is stopped for good. */
  const stopping = ref<string | null>(null)

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

  /** The known ones of the open project that were trained here, newest first. */
  const runs = computed(() =>
    [...byId.values()]
      .filter(({ projectId, state }) => projectId === session.project?.id && state !== 'imported')
      .sort((a, b) => b.number - a.number),
  )
  /** Across projects: what the top bar shows. */
  const activeRuns = computed(() => [...byId.values()].filter(isActive).sort((a, b) => b.number - a.number))
  const trainedRuns = computed(() => runs.value.filter(isTrained))
  /** The best run so far, which Evaluate and Deploy are about until somebody chooses another. */
  const proposed = shallowRef<ProposedRun | null>(null)
  async function propose(): Promise<void> {
    const projectId = session.project?.id
    if (!projectId) return
    const answer = await call('runs.proposed', { projectId }).catch(() => null)
    if (session.project?.id !== projectId) return
    proposed.value = answer
    if (answer) await ensureRuns(projectId, [answer.runId]).catch(() => undefined)
  }
  const currentRun = computed(() => currentRunOf(session.project, runs.value, proposed.value?.runId ?? null))
  const shownRun = computed(() => runs.value.find((run) => run.id === chosen.value) ?? runs.value[0] ?? null)

  watch(
    () => session.project?.id,
    (projectId) => {
      chosen.value = null
      proposed.value = null
      loaded.value = false
      damaged.value = []
      count.value = { all: 0, trained: 0 }
      error.value = null
      startError.value = null
      if (projectId) void load(projectId)
    },
    { immediate: true },
  )
  watch(
    () => session.project?.selectedRun,
    (id) => {
      if (id && loaded.value && session.project)
        void notices.guard(() => ensureRuns(session.project!.id, [id]))
    },
  )

  /** Newest first; those of a name by their names, so that “Run 17” comes before “Run 170”. */
  const find = (projectId: string, filter: RunFilter) =>
    call('runs.list', {
      projectId,
      filter,
      limit: pickedFrom,
      ...(filter.text !== undefined && { order: { field: 'name' }, descending: false }),
    })

  /** Reading every recipe takes a while where there are many: nothing waits for it. */
  async function loadDamaged(projectId: string): Promise<void> {
    const unreadable = await call('runs.damaged', { projectId }).catch(() => [])
    if (session.project?.id === projectId) damaged.value = unreadable
  }

  async function load(projectId: string): Promise<void> {
    error.value = null
    const before = [...byId.values()].filter((run) => run.projectId === projectId)
    try {
      const [newest, trained, active] = await Promise.all([
        find(projectId, {}),
        find(projectId, { trained: true }),
        find(projectId, { states: activeStates }),
      ])
      const listed = new Map(
        [...active.runs, ...trained.runs, ...newest.runs].map((run) => [run.id, run] as const),
      )
      for (const { id } of before) if (!listed.has(id)) byId.delete(id)
      for (const [id, run] of listed) byId.set(id, run)
      if (session.project?.id !== projectId) return
      count.value = { all: newest.total, trained: trained.total }
      await ensureRuns(projectId, [session.project.selectedRun, chosen.value])
      await propose()
      loaded.value = true
      void loadDamaged(projectId)
    } catch (reason) {
      if (session.project?.id === projectId) error.value = toDescentError(reason)
    }
  }

  let counting: ReturnType<typeof setTimeout> | undefined
  function countSoon(): void {
    clearTimeout(counting)
    counting = setTimeout(() => void countRuns(), countMs)
  }
  async function countRuns(): Promise<void> {
    const projectId = session.project?.id
    if (!projectId) return
    const total = async (filter: RunFilter) =>
      (await call('runs.list', { projectId, filter, limit: 1 })).total
    const [all, trained] = await Promise.all([total({}), total({ trained: true })]).catch(() => [])
    if (all !== undefined && trained !== undefined && session.project?.id === projectId)
      count.value = { all, trained }
  }

  /** Those that are older than the listed ones; what is gone or damaged stays unknown. */
  async function ensureRuns(projectId: string, runIds: readonly (string | null)[]): Promise<void> {
    const ids = runIds.filter((id) => id !== null && !byId.has(id)) as string[]
    if (ids.length === 0) return
    const { runs: found } = await find(projectId, { ids })
    for (const run of found) if (!byId.has(run.id)) byId.set(run.id, run)
  }
  /** With its recipe, which does not change. */
  async function ensureDetail(runId: string): Promise<void> {
    if (details.has(runId)) return
    const run = await notices.guard(() => call('runs.get', { runId }))
    if (run) details.set(runId, run)
  }

  onHostEvent((event) => {
    switch (event.type) {
      case 'hello':
        // Whatever happened while the connection was down has been missed.
        if (session.project) void load(session.project.id)
        break
      case 'run.changed':
        put(event.run)
        if (!isActive(event.run)) progress.delete(event.run.id)
        break
      case 'run.deleted':
        forget(event.runId)
        break
      case 'runs.marked':
        if (event.projectId === session.project?.id) void load(event.projectId)
        break
      case 'run.progress':
        progress.set(event.runId, event.progress)
        break
    }
  })

  function choose(run: RunSummary): void {
    if (!byId.has(run.id)) byId.set(run.id, run)
    chosen.value = run.id
  }

  function put(run: RunSummary): void {
    const before = byId.get(run.id)
    byId.set(run.id, run)
    if (before === undefined || isTrained(before) !== isTrained(run)) {
      countSoon()
      void propose()
    }
  }

  function forget(runId: string): void {
    byId.delete(runId)
    details.delete(runId)
    damaged.value = damaged.value.filter(({ id }) => id !== runId)
    progress.delete(runId)
    countSoon()
    void propose()
  }

  async function start(name?: string): Promise<void> {
    const projectId = session.project?.id
    if (!projectId) return
    starting.value = true
    startError.value = null
    endings.ask()
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

  /** A run for each fold of the recipe's split. */
  async function startFolds(name?: string): Promise<void> {
    const projectId = session.project?.id
    if (!projectId) return
    starting.value = true
    startError.value = null
    try {
      const started = await call('training.startFolds', { projectId, ...(name ? { name } : {}) })
      for (const run of started) if (!byId.has(run.id)) put(run)
      if (session.project?.id === projectId) chosen.value = started[0]?.id ?? null
    } catch (reason) {
      const failure = toDescentError(reason)
      if (session.project?.id === projectId) startError.value = failure
      else notices.add('error', failure.message)
    } finally {
      starting.value = false
    }
  }

  /** A run for each, on one split; those that were started, or null. What was refused is said. */
  async function startEach(
    variants: Input<'training.startEach'>['variants'],
    refused: (label: string, why: string) => string,
  ): Promise<RunSummary[] | null> {
    const projectId = session.project?.id
    if (!projectId) return null
    starting.value = true
    startError.value = null
    try {
      const answer = await call('training.startEach', { projectId, variants })
      for (const run of answer.started) if (!byId.has(run.id)) put(run)
      for (const { label, message } of answer.refused) notices.add('error', refused(label, message))
      return answer.started
    } catch (reason) {
      const failure = toDescentError(reason)
      if (failure.code !== 'cancelled') startError.value = failure
      return null
    } finally {
      starting.value = false
    }
  }

  async function control(action: 'pause' | 'resume' | 'stop', runId: string): Promise<void> {
    const run = await notices.guard(() => call(`training.${action}`, { runId }))
    if (run) put(run)
  }

  async function remove({ id, name }: { id: string; name: string }): Promise<void> {
    if (!(await notices.guard(() => call('runs.delete', { runId: id })))) return
    forget(id)
    notices.info(words.deleted(name))
  }

  return {
    plan,
    ensurePlan,
    runs,
    details,
    count,
    damaged,
    activeRuns,
    trainedRuns,
    currentRun,
    proposed,
    shownRun,
    progress,
    loaded,
    error,
    starting,
    startError,
    chosen,
    choose,
    stopping,
    find,
    ensureDetail,
    load,
    start,
    startFolds,
    startEach,
    control,
    remove,
    put,
  }
})
