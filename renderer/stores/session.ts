/** The open project and the app around it. All edits of the recipe go through `edit`. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { protocolVersion } from '../../electron/contract/index.ts'
import { dataInWords } from '../lib/versions.ts'
import type {
  AppInfo,
  DescentError,
  Project,
  Recipe,
  StepName,
  TableRecipe,
} from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'
import { connectEvents, onHostEvent } from '../api/events.ts'
import type { RecipeProblem } from '../lib/recipe.ts'
import { strings } from '../strings/index.ts'
import { useNotices } from './notices.ts'

const words = strings.shell.history

export const useSession = defineStore('session', () => {
  const notices = useNotices()
  const info = shallowRef<AppInfo | null>(null)
  /** null until the first attempt has an outcome. */
  const connected = ref<boolean | null>(null)
  /** Window and host were built from different versions. */
  const outdated = ref(false)
  const project = shallowRef<Project | null>(null)
  const loading = ref(false)
  const loadError = shallowRef<DescentError | null>(null)
  /** Why the recipe shown is not (yet) the one that is stored. */
  const problem = shallowRef<RecipeProblem | null>(null)
  const saving = ref(0)

  const recipe = computed(() => project.value?.recipe ?? null)
  /** The recipe, where the data is a table. */
  const table = computed(() => (recipe.value?.kind === 'table' ? recipe.value : null))
  const dataset = computed(() => project.value?.dataset ?? null)

  let saved: Project | null = null
  /** The project that was asked for last: an earlier one that arrives late is not shown. */
  let opening = ''
  let queue: Promise<unknown> = Promise.resolve()
  let edits = 0
  /** The answer that was asked for last counts: an earlier one may still wait for a graphics driver. */
  let infoAsked = 0
  /** Says what is wrong with an edit before it is sent; until it is here, the host alone does. */
  let problemOf: (recipe: Recipe) => RecipeProblem | null = () => null

  function show(next: Project): void {
    saved = next
    project.value = next
    problem.value = null
  }

  /** The schemas of everything that can be chosen are most of what there is to load: only whoever opens a project needs them. */
  const loadProblemOf = (): Promise<void> =>
    import('../lib/recipe-problem.ts').then(
      ({ recipeProblem }) => void (problemOf = recipeProblem),
      () => undefined,
    )

  async function open(projectId: string): Promise<void> {
    void loadProblemOf()
    if (project.value?.id === projectId) return
    close()
    opening = projectId
    loading.value = true
    loadError.value = null
    try {
      const answer = await call('projects.get', { projectId })
      if (opening === projectId) show(answer)
    } catch (error) {
      if (opening === projectId) loadError.value = toDescentError(error)
    } finally {
      if (opening === projectId) loading.value = false
    }
  }

  function close(): void {
    opening = ''
    loading.value = false
    project.value = null
    saved = null
    problem.value = null
    loadError.value = null
  }

  /** Shows the edit at once, then stores it; edits are stored one after the other, the last one wins the screen. */
  function edit(change: (recipe: Recipe) => Recipe): Promise<void> {
    const current = project.value
    if (!current?.recipe) return Promise.resolve()
    const next = change(current.recipe)
    if (JSON.stringify(next) === JSON.stringify(current.recipe)) return Promise.resolve()
    project.value = { ...current, recipe: next }
    problem.value = problemOf(next)
    if (problem.value) return Promise.resolve()
    // What was sent before may have changed the recipe otherwise than is shown yet: the edit is of what has come of it.
    return enqueue(current.id, (stored) =>
      call('projects.setRecipe', {
        projectId: current.id,
        recipe: stored?.id === current.id && stored.recipe ? change(stored.recipe) : next,
      }),
    )
  }

  /** For settings that only tables have; of other data it changes nothing. */
  const editTable = (change: (recipe: TableRecipe) => TableRecipe): Promise<void> =>
    edit((current) => (current.kind === 'table' ? change(current) : current))

  /** Stores what `send` does and shows the project it answers with, unless the user has moved on meanwhile. */
  function enqueue(projectId: string, send: (stored: Project | null) => Promise<Project>): Promise<void> {
    const mine = ++edits
    saving.value++
    const work = queue.then(async () => {
      try {
        const answer = await send(saved)
        if (saved?.id === projectId) saved = answer
        if (mine === edits && project.value?.id === projectId) show(answer)
      } catch (error) {
        const reason = toDescentError(error)
        if (mine === edits && project.value?.id === projectId && saved) {
          // Back to what is stored, with the reason beside the field.
          project.value = saved
          problem.value = reason.field ? { field: reason.field, message: reason.message } : null
        }
        notices.add('error', reason.message)
      } finally {
        saving.value--
      }
    })
    queue = work
    return work
  }

  /** `stored`: the project as the host has it, after all that was sent before. */
  function act(send: (projectId: string, stored: Project | null) => Promise<Project>): Promise<void> {
    const current = project.value
    return current ? enqueue(current.id, (stored) => send(current.id, stored)) : Promise.resolve()
  }
  /** What it changed may be on another page. */
  async function travel(
    tell: (what: string) => string,
    send: (projectId: string) => Promise<Project>,
  ): Promise<void> {
    const [id, before, data] = [project.value?.id, recipe.value, dataset.value]
    await act(send)
    if (project.value?.id !== id || recipe.value === before) return
    const version = dataset.value?.version
    const isOther =
      version && data && version.importId === data.version.importId && dataset.value?.id !== data.id
    const after = recipe.value
    // The names of all settings come with it.
    const { changeInWords } = await import('../lib/settings.ts')
    notices.info(tell(isOther ? dataInWords(version) : changeInWords(before, after)))
  }
  const undo = () => travel(words.undone, (projectId) => call('projects.undo', { projectId }))
  const redo = () => travel(words.redone, (projectId) => call('projects.redo', { projectId }))
  const rename = (name: string) => act((projectId) => call('projects.rename', { projectId, name }))
  const selectRun = (runId: string) => act((projectId) => call('projects.selectRun', { projectId, runId }))

  function rememberStep(step: StepName): void {
    const projectId = project.value?.id
    if (projectId) void notices.guard(() => call('projects.setStep', { projectId, step }))
  }

  async function refresh(): Promise<void> {
    const current = project.value
    if (!current || saving.value > 0) return
    const fresh = await call('projects.get', { projectId: current.id }).catch(() => null)
    if (fresh && project.value?.id === fresh.id && saving.value === 0 && !problem.value) {
      if (fresh.updatedAt !== saved?.updatedAt || JSON.stringify(fresh) !== JSON.stringify(saved)) show(fresh)
    }
  }

  async function loadInfo(): Promise<void> {
    const mine = ++infoAsked
    const answer = await call('app.info', {}).catch(() => info.value)
    if (mine === infoAsked) info.value = answer
  }

  function start(): void {
    onHostEvent((event) => {
      if (event.type === 'hello') {
        outdated.value = event.protocol !== protocolVersion
        void loadInfo()
        void refresh()
      } else if (event.type === 'settings.changed') {
        // The devices and threads in force are among it.
        void loadInfo()
      } else if (event.type === 'project.changed' && event.projectId === project.value?.id) {
        void refresh()
      }
    })
    connectEvents((value) => (connected.value = value))
    void loadInfo()
  }

  return {
    info,
    connected,
    outdated,
    project,
    recipe,
    table,
    dataset,
    loading,
    loadError,
    problem,
    saving,
    open,
    close,
    show,
    edit,
    editTable,
    act,
    undo,
    redo,
    rename,
    selectRun,
    rememberStep,
    start,
  }
})
