/** Searches of the open project: what is about to be searched, and what came of those that were started. */
import { defineStore } from 'pinia'
import { ref, shallowRef, watch } from 'vue'
import {
  asha,
  begin,
  contestOf,
  searchableIn,
  searches as kinds,
  type DescentError,
  type Dimension,
  type SearchDetail,
  type SearchKind,
  type SearchSummary,
} from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'
import { onHostEvent } from '../api/events.ts'
import { strings } from '../strings/index.ts'
import { useEndings } from './endings.ts'
import { useNotices } from './notices.ts'
import { useSession } from './session.ts'

const words = strings.search.status

/** Between two looks at a search that tells of itself all the time. */
const lookMs = 500

export const useSearch = defineStore('search', () => {
  const session = useSession()
  const notices = useNotices()
  const endings = useEndings()
  const kind = shallowRef<SearchKind>(begin(kinds, asha.name))
  const space = shallowRef<readonly Dimension[]>([])
  const list = shallowRef<readonly SearchSummary[]>([])
  const shown = shallowRef<SearchDetail | null>(null)
  const loaded = ref(false)
  const starting = ref(false)
  const error = shallowRef<DescentError | null>(null)
  const startError = shallowRef<DescentError | null>(null)
  /** Chosen last: what comes late of another one is only put into the list. */
  let wanted: string | null = null
  /** Whose draft and list these are. */
  let owner: string | null = null

  watch(
    () => session.project?.id ?? null,
    (id) => {
      if (id === owner) return
      owner = id
      loaded.value = false
      list.value = []
      unchoose()
      startError.value = null
      kind.value = begin(kinds, asha.name)
      space.value = usual()
    },
    { immediate: true },
  )

  /** With the learning rate, which matters most of all. */
  function usual(): readonly Dimension[] {
    const { recipe } = session
    if (!recipe) return []
    const [first] = searchableIn(recipe).filter(({ path }) => path === 'training.optimizer.learningRate')
    return first ? [first.dimension] : []
  }
  function ensureSpace(): void {
    if (space.value.length === 0) space.value = usual()
  }
  function choose(name: SearchKind['kind']): void {
    kind.value = begin(kinds, name)
  }

  async function load(): Promise<void> {
    const projectId = session.project?.id
    if (!projectId) return
    try {
      const found = await call('search.list', { projectId })
      if (session.project?.id !== projectId) return
      list.value = found
      error.value = null
      const next = found.find(({ id }) => id === wanted) ?? found[0]
      if (next) await look(next.id)
      else unchoose()
    } catch (reason) {
      if (session.project?.id === projectId) error.value = toDescentError(reason)
    } finally {
      loaded.value = true
    }
  }

  function unchoose(): void {
    wanted = null
    shown.value = null
  }
  async function look(searchId: string): Promise<void> {
    wanted = searchId
    const detail = await call('search.get', { searchId })
    if (detail.projectId === session.project?.id) take(detail)
  }
  async function show(searchId: string): Promise<void> {
    await notices.guard(() => look(searchId))
    // The one that could not be had is not waited for.
    if (wanted === searchId) wanted = shown.value?.id ?? null
  }
  function take(detail: SearchDetail): void {
    if (detail.id === wanted) shown.value = detail
    list.value = list.value.some(({ id }) => id === detail.id)
      ? list.value.map((one) => (one.id === detail.id ? detail : one))
      : [detail, ...list.value]
  }

  let looking: ReturnType<typeof setTimeout> | undefined
  onHostEvent((event) => {
    if (event.type === 'hello' && loaded.value) void load()
    if (event.type !== 'search.changed' || event.projectId !== session.project?.id || !loaded.value) return
    if (!list.value.some(({ id }) => id === event.searchId)) void load()
    else if (event.searchId === wanted)
      looking ??= setTimeout(() => {
        looking = undefined
        if (wanted !== null) void look(wanted).catch(() => load())
      }, lookMs)
  })

  /** True: it has begun. */
  async function start(): Promise<boolean> {
    const projectId = session.project?.id
    if (!projectId) return false
    starting.value = true
    startError.value = null
    endings.ask()
    try {
      const searched = contestOf(kind.value) === null ? [...space.value] : []
      const detail = await call('search.start', { projectId, search: kind.value, space: searched })
      if (session.project?.id === projectId) {
        wanted = detail.id
        take(detail)
      }
      return true
    } catch (reason) {
      startError.value = toDescentError(reason)
      return false
    } finally {
      starting.value = false
    }
  }

  async function act(action: 'stop' | 'resume', searchId: string): Promise<void> {
    const detail = await notices.guard(() => call(`search.${action}`, { searchId }))
    if (detail && detail.projectId === session.project?.id) take(detail)
  }
  async function forget({ id, name }: SearchSummary): Promise<void> {
    if (!(await notices.guard(() => call('search.delete', { searchId: id })))) return
    list.value = list.value.filter((one) => one.id !== id)
    if (wanted === id) unchoose()
    notices.info(words.deleted(name))
    await load()
  }
  /** The settings of one of its runs become the project's, as any edit does. */
  async function use(searchId: string, number: number): Promise<void> {
    const before = session.recipe
    await session.act(() => call('search.use', { searchId, number }))
    if (session.recipe !== before) notices.info(words.used(number))
  }

  return {
    kind,
    space,
    list,
    shown,
    loaded,
    starting,
    error,
    startError,
    ensureSpace,
    choose,
    load,
    show,
    start,
    act,
    forget,
    use,
  }
})
