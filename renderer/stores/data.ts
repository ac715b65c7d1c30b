/** Data step: import, table pages, column roles. */
import { defineStore } from 'pinia'
import { computed, ref, shallowReactive, shallowRef } from 'vue'
import type { ColumnKind, ColumnRole, DescentError, Project } from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'
import { targetOf, withColumns } from '../lib/recipe.ts'
import { useNotices } from './notices.ts'
import { useSession } from './session.ts'

export const pageSize = 200
type Cell = string | number | null

export interface ImportOptions {
  delimiter: string | null
  header: boolean | null
}

export const useData = defineStore('data', () => {
  const session = useSession()
  const notices = useNotices()
  const importing = ref<string | null>(null)
  const importError = shallowRef<DescentError | null>(null)
  const pages = shallowReactive(new Map<number, Cell[][]>())
  const pageError = shallowRef<DescentError | null>(null)
  const pending = new Set<number>()
  let pagesOf = ''

  const target = computed(() => targetOf(session.recipe))

  /** The row, or undefined while its page is on the way. */
  function row(index: number): Cell[] | undefined {
    return pages.get(Math.floor(index / pageSize))?.[index % pageSize]
  }

  function ensureRows(first: number, last: number): void {
    const project = session.project
    if (!project?.dataset) return
    if (pagesOf !== project.dataset.id) {
      pages.clear()
      pending.clear()
      pagesOf = project.dataset.id
    }
    for (let page = Math.floor(first / pageSize); page <= Math.floor(last / pageSize); page++) {
      if (!pages.has(page) && !pending.has(page)) void fetchPage(project.id, project.dataset.id, page)
    }
  }

  async function fetchPage(projectId: string, datasetId: string, page: number): Promise<void> {
    pending.add(page)
    try {
      const answer = await call('datasets.page', { projectId, offset: page * pageSize, limit: pageSize })
      if (pagesOf !== datasetId) return
      pages.set(page, answer.rows)
      pageError.value = null
      // Far-away pages are cheap to fetch again and dear to keep.
      if (pages.size > 60) {
        const farthest = [...pages.keys()].sort((a, b) => Math.abs(b - page) - Math.abs(a - page))[0]
        if (farthest !== undefined) pages.delete(farthest)
      }
    } catch (error) {
      pageError.value = toDescentError(error)
    } finally {
      pending.delete(page)
    }
  }

  function retryPages(): void {
    pageError.value = null
    pagesOf = ''
  }

  async function importFile(path: string, options?: ImportOptions): Promise<void> {
    const project = session.project
    if (project) await importInto(project, path, options)
  }

  async function importInto(project: Project, path: string, options?: ImportOptions): Promise<boolean> {
    importing.value = path.split(/[\\/]/).pop() ?? path
    importError.value = null
    try {
      const answer = await call('datasets.import', {
        projectId: project.id,
        path,
        delimiter: options?.delimiter ?? null,
        header: options?.header ?? null,
      })
      pages.clear()
      pagesOf = ''
      if (!session.project || session.project.id === answer.id) session.show(answer)
      return true
    } catch (error) {
      importError.value = toDescentError(error)
      return false
    } finally {
      importing.value = null
    }
  }

  const setTarget = (column: string) =>
    session.act((projectId) => call('datasets.setTarget', { projectId, column }))

  function setRole(names: readonly string[], role: ColumnRole): Promise<void> {
    const name = names[0]
    // A target decides the task as well, which the host works out.
    if (role === 'target' && name) return setTarget(name)
    if (names.includes(target.value ?? '')) {
      notices.info(`“${target.value}” stays the target. Choose another target first, then change its role.`)
      return Promise.resolve()
    }
    return session.editTable((recipe) => withColumns(recipe, names, { role }))
  }
  const setKind = (name: string, kind: ColumnKind) =>
    session.editTable((recipe) => withColumns(recipe, [name], { kind }))

  return {
    importing,
    importError,
    pages,
    pageError,
    target,
    row,
    ensureRows,
    retryPages,
    importFile,
    importInto,
    setTarget,
    setRole,
    setKind,
  }
})
