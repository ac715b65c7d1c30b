/** Imports of this window: what is being read into which project, and what came of it. */
import { defineStore } from 'pinia'
import { computed, shallowReactive, shallowRef } from 'vue'
import type { DescentError, PictureReading, Reading, ShapingStep } from '../../electron/contract/index.ts'
import { call, isAbort, toDescentError } from '../api/client.ts'
import { chosenPath, projectNameOf } from '../api/files.ts'
import type { Chosen } from '../api/files.ts'
import type { ReadAgain } from '../lib/read-again.ts'
import { targetMoved, targetNames } from '../lib/recipe.ts'
import { strings } from '../strings/index.ts'
import { useJobs } from './jobs.ts'
import { useNotices } from './notices.ts'
import { useReimport } from './reimport.ts'
import { useSession } from './session.ts'

/** How a table's file is read; what is absent is found out. */
export type ImportOptions = Partial<Reading> & {
  test?: string
  password?: string
  trust?: boolean
  shape?: ShapingStep[]
  pictures?: Partial<PictureReading>
}

/** An import of this window, by what it has come to. */
type Import =
  | { state: 'sending' | 'reading'; name: string; controller: AbortController }
  | { state: 'cancelled'; name: string }
  | {
      state: 'failed'
      name: string
      error: DescentError
      /** The same once more. */
      again: (more: Pick<ImportOptions, 'password' | 'trust'>) => Promise<unknown>
    }

export const useImports = defineStore('imports', () => {
  const session = useSession()
  const notices = useNotices()
  const jobs = useJobs()
  const reimport = useReimport()
  /** Counts the data that has come: whoever keeps rows of what was there before asks for them again. */
  const arrived = shallowRef(0)
  /** The last import into each project, until it has succeeded. */
  const imports = shallowReactive(new Map<string, Import>())
  const here = computed(() => imports.get(session.project?.id ?? '') ?? null)
  /** The name of the file that is being read into the open project, be it for another window. */
  const importing = computed(() => {
    const one = here.value
    if (one?.state === 'sending' || one?.state === 'reading') return one.name
    const job = jobs.list.find(
      ({ kind, projectId }) => kind === 'import' && projectId === session.project?.id,
    )
    return job?.label.replace(/^Reading /, '') ?? null
  })
  const importError = computed(() => (here.value?.state === 'failed' ? here.value.error : null))
  /** A server was asked for its table. */
  const wantsPassword = computed(() => importError.value?.field === 'password')
  /** A public set is another file than it was. */
  const wantsTrust = computed(() => importError.value?.field === 'sha256')
  async function importWith(more: Pick<ImportOptions, 'password' | 'trust'>): Promise<void> {
    if (here.value?.state === 'failed') await here.value.again(more)
  }
  const importCancelled = computed(() => (here.value?.state === 'cancelled' ? here.value.name : null))
  /** How a file may be read is for whoever reads one again. */
  const readAgain = () => import('../lib/read-again.ts')
  const targetsNow = (): string[] => targetNames(session.recipe)

  async function importFile(chosen: Chosen | null, options?: ImportOptions): Promise<void> {
    const project = session.project
    if (project && chosen) await importInto(project.id, chosen, options)
  }

  /** Says what came of it; the reason of a failure is with the project, in `outcomeOf`. */
  async function importInto(projectId: string, chosen: Chosen, options?: ImportOptions): Promise<boolean> {
    const { name } = chosen
    const controller = new AbortController()
    const before = session.project?.id === projectId ? targetsNow() : []
    imports.set(projectId, { state: 'sending', name, controller })
    try {
      const path = await chosen.path(controller.signal)
      imports.set(projectId, { state: 'reading', name, controller })
      // The same file again goes through the same steps.
      const shape = reimport.isAgain(projectId, name, path) ? session.table?.data.source.shape : undefined
      const request = { projectId, path, ...(shape && { shape }), ...options }
      const answer = reimport.isAgain(projectId, name, path)
        ? await reimport.read(request, name)
        : await call('datasets.import', request)
      if (answer === null) {
        imports.delete(projectId)
        return true
      }
      arrived.value++
      imports.delete(projectId)
      if (!session.project || session.project.id === answer.id) session.show(answer)
      // Nobody has called it anything yet: it is called as its data is.
      if (answer.name === strings.shell.files.untitled && session.project?.id === answer.id)
        await session.rename(projectNameOf(name))
      const moved = targetMoved(before, answer.recipe)
      if (moved) notices.info(moved)
      return true
    } catch (reason) {
      const error = toDescentError(reason)
      const cancelled = isAbort(reason) || error.code === 'cancelled'
      const again = (more: ImportOptions) => importInto(projectId, chosen, { ...options, ...more })
      imports.set(
        projectId,
        cancelled ? { state: 'cancelled', name } : { state: 'failed', name, error, again },
      )
      return false
    }
  }

  /** While a file is still on its way to the host there is no job to be ended. */
  function stopSending(projectId: string): void {
    const one = imports.get(projectId)
    if (one?.state === 'sending') one.controller.abort()
  }
  /** The file of the open project once more, with the options it was read with; `asked`: but for these. */
  async function importAgain(asked: ReadAgain = {}): Promise<void> {
    const source = session.recipe?.data.source
    const path = source?.path ?? session.dataset?.receipt.path
    const { againAs } = await readAgain()
    if (path) await importFile(chosenPath(path), againAs(source, asked))
  }
  /** The file of the open project once more, with a file of its own for the test. The target stays. */
  async function addTestFile(chosen: Chosen | null, password?: string): Promise<void> {
    const { project, table } = session
    if (!project || !table || !chosen) return
    const { source } = table.data
    const { readingOf } = await readAgain()
    const { name } = chosen
    const controller = new AbortController()
    imports.set(project.id, { state: 'sending', name, controller })
    try {
      const test = await chosen.path(controller.signal)
      imports.set(project.id, { state: 'reading', name, controller })
      const [target] = targetsNow()
      const answer = await call('datasets.import', {
        projectId: project.id,
        path: source.path,
        ...readingOf(source),
        ...(source.shape && { shape: source.shape }),
        ...(source.pictures && { pictures: source.pictures }),
        test,
        ...(target !== undefined && { target }),
        ...(password !== undefined && { password }),
      })
      arrived.value++
      imports.delete(project.id)
      if (session.project?.id === answer.id) session.show(answer)
    } catch (reason) {
      const error = toDescentError(reason)
      const cancelled = isAbort(reason) || error.code === 'cancelled'
      const again = (more: ImportOptions) => addTestFile(chosen, more.password)
      imports.set(
        project.id,
        cancelled ? { state: 'cancelled', name } : { state: 'failed', name, error, again },
      )
    }
  }
  const outcomeOf = (projectId: string) => imports.get(projectId) ?? null
  const forgetOutcome = (projectId: string) => imports.delete(projectId)

  return {
    arrived,
    importing,
    importError,
    wantsPassword,
    wantsTrust,
    importWith,
    importCancelled,
    importFile,
    importInto,
    importAgain,
    addTestFile,
    stopSending,
    outcomeOf,
    forgetOutcome,
  }
})
