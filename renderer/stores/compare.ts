/** Compare: the project's runs in pages, as they are sorted and filtered, and which of them stand beside each other. */
import { refDebounced } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, shallowReactive, shallowRef, watch } from 'vue'
import {
  classification,
  measuredOn,
  metricsFor,
  primaryFor,
  readSearch,
  validationLossSeries,
} from '../../electron/contract/index.ts'
import type {
  DescentError,
  ListedRun,
  RunFilter,
  RunMark,
  RunMoment,
  RunOrder,
  Task,
  Undoable,
} from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'
import { onHostEvent } from '../api/events.ts'
import { withSlots } from '../lib/color-slots.ts'
import { emptyForm, filterOf, type FilterForm } from '../lib/run-filter.ts'
import { strings } from '../strings/index.ts'
import { createResource } from './resource.ts'
import { useNotices } from './notices.ts'
import { useSession } from './session.ts'
import { useTrain } from './train.ts'

const words = strings.compare.marks

const pageSize = 100
/** More cannot be told apart in a chart. */
export const mostSelected = 50
/** So many stand beside each other before anybody chooses. */
const selectedAtFirst = 8
/** While runs train, their rows come anew so often. */
const refreshMs = 1000

export interface Sorting {
  readonly order: RunOrder
  readonly descending: boolean
}
const newestFirst: Sorting = { order: { field: 'number' }, descending: true }

/** What a table of runs of this task shows at first. */
const firstSeries = (task: Task): string[] => {
  const [first = primaryFor(task)] = metricsFor(task)
  return [
    validationLossSeries.name,
    measuredOn('validation', primaryFor(task)).name,
    measuredOn('test', first).name,
  ]
}

/** What is wrong with a line; null: it can be read. */
function lineError(line: string): string | null {
  try {
    readSearch(line)
    return null
  } catch (reason) {
    return toDescentError(reason).message
  }
}

export const useCompare = defineStore('compare', () => {
  const session = useSession()
  const notices = useNotices()
  const train = useTrain()
  const sorting = shallowRef<Sorting>(newestFirst)
  const form = ref<FilterForm>({ ...emptyForm })
  const filter = computed(() => filterOf(form.value))
  /** Whence the values of the table are. */
  const moment = shallowRef<RunMoment>('bestEpoch')
  /** What the host says of a line that can be read but means nothing here. */
  const refused = ref<string | null>(null)
  const problem = computed(() => lineError(form.value.where) ?? refused.value)
  /** Not at every letter that is typed. */
  const settled = refDebounced(filter, 250)
  /** Columns of the table; null: those of the task. */
  const chosenSeries = shallowRef<readonly string[] | null>(null)
  const allSettings = ref(false)
  const pages = shallowReactive(new Map<number, readonly ListedRun[]>())
  /** null: not counted yet. */
  const total = ref<number | null>(null)
  const error = shallowRef<DescentError | null>(null)
  const selected = ref<readonly string[]>([])
  const slots = shallowRef<ReadonlyMap<string, number>>(new Map())

  const comparison = createResource(
    () => session.project?.id ?? null,
    (_, signal) => call('compare.runs', { runIds: [...selected.value] }, signal),
  )
  const columns = createResource(
    () => session.project?.id ?? null,
    (projectId, signal) => call('runs.columns', { projectId }, signal),
  )

  const task = computed(() => session.recipe?.task ?? classification.name)
  const series = computed(() => chosenSeries.value ?? firstSeries(task.value))
  const differing = computed(() => comparison.data?.differing.map(({ path }) => path) ?? [])
  const settings = computed(() =>
    allSettings.value ? (columns.data?.settings ?? []) : selected.value.length > 1 ? differing.value : [],
  )
  const isFiltered = computed(() => Object.keys(settled.value).length > 0)

  /** Of each column the best of all that are found. */
  const best = createResource(
    () => session.project?.id ?? null,
    (projectId, signal) =>
      call('runs.best', { projectId, filter: settled.value, series: [...series.value] }, signal),
  )

  // ---- pages ----

  /** Raised whenever the answers on their way have become those to another question. */
  let turn = 0
  const pending = new Set<number>()
  let shown: readonly [first: number, last: number] = [0, 0]

  const row = (index: number): ListedRun | undefined =>
    pages.get(Math.floor(index / pageSize))?.[index % pageSize]

  const askPage = (projectId: string, page: number) =>
    call('runs.list', {
      projectId,
      offset: page * pageSize,
      limit: pageSize,
      filter: settled.value,
      series: [...series.value],
      settings: [...settings.value].slice(0, 500),
      moment: moment.value,
      ...sorting.value,
    })

  /** The first runs, or all of them, as they are sorted and filtered: for a file, and kept nowhere. */
  async function readRuns(most = Number.POSITIVE_INFINITY): Promise<ListedRun[]> {
    const projectId = session.project?.id
    const runs: ListedRun[] = []
    for (let page = 0; projectId && runs.length < most; page++) {
      const answer = await askPage(projectId, page)
      runs.push(...answer.runs)
      if (answer.runs.length === 0 || runs.length >= answer.total) break
    }
    return runs.slice(0, most)
  }

  async function fetchPage(projectId: string, page: number): Promise<void> {
    const mine = turn
    pending.add(page)
    try {
      const answer = await askPage(projectId, page)
      if (mine !== turn || session.project?.id !== projectId) return
      total.value = answer.total
      pages.set(page, answer.runs)
      error.value = null
      refused.value = null
    } catch (reason) {
      if (mine !== turn) return
      const failure = toDescentError(reason)
      // A line that means nothing is told where it is typed; what was found before stays.
      if (failure.field === 'filter.where') refused.value = failure.message
      else error.value = failure
    } finally {
      if (mine === turn) pending.delete(page)
    }
  }

  function ensureRows(first: number, last: number): void {
    shown = [first, last]
    const projectId = session.project?.id
    if (!projectId || error.value) return
    for (let page = Math.floor(first / pageSize); page <= Math.floor(last / pageSize); page++)
      if (!pages.has(page) && !pending.has(page)) void fetchPage(projectId, page)
  }

  /** Asks again for what is seen; it stays until the answer is there. */
  async function refresh(): Promise<void> {
    const projectId = session.project?.id
    if (!projectId || lineError(settled.value.where ?? '') !== null) return
    turn++
    pending.clear()
    error.value = null
    ensureBest()
    const [first, last] = shown.map((index) => Math.floor(index / pageSize)) as [number, number]
    for (const page of [...pages.keys()]) if (page < first || page > last) pages.delete(page)
    const wanted = Array.from({ length: last - first + 1 }, (_, i) => first + i)
    await Promise.all(wanted.map((page) => fetchPage(projectId, page)))
  }
  let refreshing: ReturnType<typeof setTimeout> | undefined
  function refreshSoon(): void {
    refreshing ??= setTimeout(() => {
      refreshing = undefined
      if (total.value !== null) void refresh()
    }, refreshMs)
  }

  watch(
    () => session.project?.id,
    () => {
      turn++
      pending.clear()
      pages.clear()
      total.value = null
      error.value = null
      shown = [0, 0]
      sorting.value = newestFirst
      form.value = { ...emptyForm }
      chosenSeries.value = null
      moment.value = 'bestEpoch'
      refused.value = null
      lastMark.value = null
      select([])
    },
  )
  watch([series, settings], ([names, paths], [oldNames, oldPaths]) => {
    if (names.join() !== oldNames.join() || paths.join() !== oldPaths.join()) void refresh()
  })
  watch([sorting, moment, () => JSON.stringify(settled.value)], () => {
    shown = [0, 0]
    void refresh()
  })

  onHostEvent((event) => {
    switch (event.type) {
      case 'hello':
        refreshSoon()
        break
      case 'run.changed':
        if (event.run.projectId === session.project?.id) refreshSoon()
        break
      case 'runs.marked':
        if (event.projectId !== session.project?.id) break
        marked.value++
        columns.reload()
        comparison.reload()
        void ensureUndo()
        void refresh()
        break
      case 'run.deleted':
        if (selected.value.includes(event.runId)) select(selected.value.filter((id) => id !== event.runId))
        refreshSoon()
        break
    }
  })

  // ---- what is said of many at once ----

  /** The newest of what can be taken back. */
  const lastMark = shallowRef<Undoable | null>(null)
  const marking = ref(false)
  /** Raised whenever runs were marked, by whomever. */
  const marked = ref(0)

  /** Which runs an action is about: those that are ticked, or all that are found. */
  const scope = ref<'ticked' | 'found'>('ticked')
  const scoped = computed<RunFilter>(() =>
    scope.value === 'ticked' ? { ids: [...selected.value] } : settled.value,
  )

  /** As the host knows it, which another window may have told. */
  async function ensureUndo(): Promise<void> {
    const projectId = session.project?.id
    if (!projectId) return
    const newest = await notices.guard(() => call('runs.undoable', { projectId }))
    if (session.project?.id === projectId) lastMark.value = newest
  }

  /** Whether the host has done it. */
  async function mark(change: RunMark, filter: RunFilter = scoped.value): Promise<boolean> {
    const projectId = session.project?.id
    if (!projectId) return false
    marking.value = true
    const answer = await notices.guard(() => call('runs.mark', { projectId, filter, change }))
    marking.value = false
    if (!answer) return false
    // What changed nothing is nothing to take back: the one before it still is.
    if (answer.undo !== null) lastMark.value = { undo: answer.undo, done: answer.done }
    if ('deleted' in change) select(await stillThere(projectId, selected.value))
    for (const note of answer.notes) notices.add('info', note)
    notices.announce(answer.done)
    return true
  }
  async function unmark(): Promise<void> {
    const projectId = session.project?.id
    const undo = lastMark.value?.undo
    if (!projectId || undo === undefined) return
    const answer = await notices.guard(() => call('runs.unmark', { projectId, undo }))
    if (answer) notices.info(answer.undone === null ? words.nothingToUndo : words.undone(answer.undone))
    await ensureUndo()
  }
  async function stillThere(projectId: string, ids: readonly string[]): Promise<string[]> {
    const answer = await notices.guard(() =>
      call('runs.list', { projectId, filter: { ids: [...ids] }, limit: 500, series: [] }),
    )
    const there = new Set(answer?.runs.map(({ id }) => id))
    return ids.filter((id) => there.has(id))
  }

  // ---- what stands beside each other ----

  function select(runIds: readonly string[]): void {
    slots.value = withSlots(runIds, slots.value)
    selected.value = runIds
  }
  function toggle(runId: string): void {
    select(
      selected.value.includes(runId)
        ? selected.value.filter((id) => id !== runId)
        : [...selected.value, runId].slice(-mostSelected),
    )
  }
  /** The first of those that are found, as many as can be told apart; none where they are ticked already. */
  async function tickFound(): Promise<void> {
    const runs = await notices.guard(() => readRuns(mostSelected))
    if (runs) select(runs.map(({ id }) => id))
  }

  /** The newest ones, where nobody has chosen yet. */
  function selectFirst(): void {
    if (selected.value.length === 0) select(train.runs.slice(0, selectedAtFirst).map(({ id }) => id))
  }
  /** Its runs as they are now, in the order in which they were ticked. */
  const selectedRuns = computed(() =>
    (comparison.data?.runs ?? [])
      .filter(({ id }) => selected.value.includes(id))
      .map((detail) => ({ ...detail, ...train.runs.find(({ id }) => id === detail.id) })),
  )
  const importedRuns = computed(() =>
    (comparison.data?.imported ?? []).filter(({ id }) => selected.value.includes(id)),
  )
  function ensure(): void {
    const known = new Map(train.runs.map((run) => [run.id, run.state]))
    const version = selected.value.map((id) => `${id}:${known.get(id) ?? ''}`).join()
    if (selected.value.length > 0) comparison.ensure(version)
    else comparison.clear()
  }
  const ensureBest = () =>
    best.ensure(
      JSON.stringify([series.value, settled.value, train.runs.map(({ id, state }) => `${id}${state}`), turn]),
    )
  const ensureColumns = () => columns.ensure(`${train.count.all}`)

  return {
    sorting,
    form,
    filter: settled,
    moment,
    problem,
    best,
    scope,
    mark,
    unmark,
    ensureUndo,
    marking,
    marked,
    lastMark,
    isFiltered,
    series,
    chosenSeries,
    allSettings,
    settings,
    columns,
    total,
    error,
    selected,
    selectedRuns,
    importedRuns,
    slots,
    comparison,
    row,
    ensureRows,
    readRuns,
    refresh,
    select,
    toggle,
    tickFound,
    selectFirst,
    ensure,
    ensureColumns,
  }
})
