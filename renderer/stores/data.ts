/** Data step: table pages, column roles. Imports are imports.ts: other pages import, too. */
import { defineStore } from 'pinia'
import { computed, shallowReactive, shallowRef, watch } from 'vue'
import { isCategorical, kindLabel, taskOf } from '../../electron/contract/index.ts'
import type {
  ColumnKind,
  ColumnRole,
  DataPage,
  DescentError,
  Parser,
  Task,
  TypedTable,
} from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'
import { targetMoved, targetNames, targetOf } from '../lib/recipe.ts'
import { withColumns, withSensitive } from '../lib/recipe-edits.ts'
import { strings } from '../strings/index.ts'
import { useImports } from './imports.ts'
import { useNotices } from './notices.ts'
import { useSession } from './session.ts'

const words = strings.data.columnNotices

export const pageSize = 200
type Cell = string | number | null

/** A row of the version that is shown. */
export interface ShownRow {
  /** In the import, from 0. */
  number: number
  cells: Cell[]
  /** What was imported in the cells that were corrected, by column. */
  was: ReadonlyMap<string, string | null> | undefined
}

const corrected = new WeakMap<DataPage, Map<number, Map<string, string | null>>>()

function wasOf(page: DataPage): Map<number, Map<string, string | null>> {
  const known = corrected.get(page)
  if (known) return known
  const found = new Map<number, Map<string, string | null>>()
  for (const { row, column, was } of page.corrected)
    found.set(row, (found.get(row) ?? new Map<string, string | null>()).set(column, was))
  corrected.set(page, found)
  return found
}

export const useData = defineStore('data', () => {
  const session = useSession()
  const notices = useNotices()
  const imports = useImports()
  const pages = shallowReactive(new Map<number, DataPage>())
  /** Of one data set: what is wrong with it says nothing of another project's. */
  const failure = shallowRef<{ datasetId: string; error: DescentError } | null>(null)
  const pageError = computed(() =>
    failure.value && failure.value.datasetId === session.dataset?.id ? failure.value.error : null,
  )
  const pending = new Set<number>()
  /** Pages of an earlier version, shown until the present one is here: most rows are the same. */
  const stale = new Set<number>()
  /** Counts the pages that came. */
  const fetched = shallowRef(0)
  let pagesOf = ''
  let pagesAs = ''
  let importOf = ''

  // At once: rows of what was imported before are not shown as the new ones.
  watch(
    () => imports.arrived,
    () => {
      pages.clear()
      pagesOf = ''
    },
    { flush: 'sync' },
  )

  const targets = computed(() => targetNames(session.recipe))
  const target = computed(() => targetOf(session.recipe))

  /** The row, or undefined while its page is on the way. */
  function row(index: number): ShownRow | undefined {
    const page = pages.get(Math.floor(index / pageSize))
    const at = index % pageSize
    const cells = page?.rows[at]
    return page && cells && { number: page.numbers[at]!, cells, was: wasOf(page).get(page.numbers[at]!) }
  }

  /** Whether a row, by its number in the import, is of a test file. */
  function isTested(number: number): boolean {
    const { rowsRead = 0, test } = session.dataset?.receipt ?? {}
    return test !== undefined && number >= rowsRead - test.rows
  }

  function ensureRows(first: number, last: number): void {
    const project = session.project
    if (!project?.dataset) return
    const { id, version } = project.dataset
    if (pagesOf !== id) {
      if (pagesOf !== '' && importOf === version.importId) for (const page of pages.keys()) stale.add(page)
      else pages.clear()
      pending.clear()
      pagesOf = id
      pagesAs = readAs.value
      importOf = version.importId
    }
    for (let page = Math.floor(first / pageSize); page <= Math.floor(last / pageSize); page++) {
      if ((!pages.has(page) || stale.has(page)) && !pending.has(page)) void fetchPage(project.id, id, page)
    }
  }

  /** The first rows, or all of them, for a file: asked for in order, and kept nowhere. */
  async function readRows(most = Number.POSITIVE_INFINITY): Promise<Cell[][]> {
    const project = session.project
    const rows: Cell[][] = []
    const count = Math.min(most, project?.dataset?.rows ?? 0)
    while (project && rows.length < count) {
      const limit = Math.min(500, count - rows.length)
      const page = await call('datasets.page', { projectId: project.id, offset: rows.length, limit })
      if (page.rows.length === 0) break
      rows.push(...page.rows)
    }
    return rows
  }

  async function fetchPage(projectId: string, datasetId: string, page: number): Promise<void> {
    pending.add(page)
    try {
      const answer = await call('datasets.page', { projectId, offset: page * pageSize, limit: pageSize })
      if (pagesOf !== datasetId) return
      pages.set(page, answer)
      stale.delete(page)
      fetched.value++
      failure.value = null
      // Far-away pages are cheap to fetch again and dear to keep.
      if (pages.size > 60) {
        const farthest = [...pages.keys()].sort((a, b) => Math.abs(b - page) - Math.abs(a - page))[0]
        if (farthest !== undefined) pages.delete(farthest)
      }
    } catch (error) {
      failure.value = { datasetId, error: toDescentError(error) }
    } finally {
      if (pagesOf === datasetId) pending.delete(page)
    }
  }

  /** How columns are read, which changes what their cells are. */
  const readAs = computed(() =>
    JSON.stringify(session.recipe?.data.columns.map(({ kind, parser }) => [kind, parser])),
  )
  // Also by undo, and by another window.
  watch(
    () => (session.saving === 0 ? readAs.value : null),
    (now) => {
      if (now === null || now === pagesAs) return
      pagesAs = now
      void reread()
    },
  )
  /** The same pages once more. */
  async function reread(): Promise<void> {
    const project = session.project
    const id = project?.dataset?.id
    if (project && id !== undefined && pagesOf === id)
      await Promise.all([...pages.keys()].map((page) => fetchPage(project.id, id, page)))
  }

  function retryPages(): void {
    failure.value = null
    pagesOf = ''
  }

  /** An empty table with these columns; false where it was refused, which is told at the edge of the screen. */
  async function createTable(table: TypedTable): Promise<boolean> {
    let made = false
    await session.act(async (projectId) => {
      const answer = await call('datasets.create', { projectId, table })
      made = true
      return answer
    })
    return made
  }

  /**
   * `choose`: of the targets as they are once what was asked before is done. `task` absent: the one that the values of the
   * columns ask for.
   */
  async function setTargets(
    choose: (now: readonly string[]) => readonly string[],
    task?: Task,
  ): Promise<void> {
    const before = targets.value
    await session.act((projectId, stored) =>
      call('datasets.setTarget', {
        projectId,
        columns: [...choose(targetNames(stored?.recipe ?? null))],
        ...(task && { task }),
      }),
    )
    const moved = targetMoved(before, session.recipe)
    if (moved) notices.info(moved)
  }

  const setSensitive = (name: string, sensitive: boolean): Promise<void> =>
    session.editTable((recipe) => withSensitive(recipe, name, sensitive))

  /** A target decides the task as well, which the host works out. */
  function setRole(names: readonly string[], role: ColumnRole): Promise<void> {
    const now = targets.value
    const task = session.table?.task
    if (role === 'target')
      return task && taskOf(task).several && now.length > 0
        ? setTargets((present) => [...new Set([...present, ...names])], task)
        : setTargets(() => names.slice(0, 1))
    const kept = now.filter((name) => !names.includes(name))
    if (kept.length === now.length) return session.editTable((recipe) => withColumns(recipe, names, { role }))
    if (kept.length === 0) {
      notices.info(words.staysTarget(target.value ?? ''))
      return Promise.resolve()
    }
    // A former target is a feature, and then what was asked for.
    return setTargets(() => kept, task).then(() =>
      role === 'feature' ? undefined : session.editTable((recipe) => withColumns(recipe, names, { role })),
    )
  }
  function setKind(name: string, kind: ColumnKind): Promise<void> {
    if (targets.value.includes(name) && kind !== 'number' && !isCategorical(kind)) {
      notices.info(words.isPredicted(name, kindLabel(kind)))
      return Promise.resolve()
    }
    return session.editTable((recipe) => withColumns(recipe, [name], { kind }))
  }
  /** `levels`: from the lowest on; null: by name. */
  const setLevels = (name: string, levels: string[] | null): Promise<void> =>
    session.editTable((recipe) => withColumns(recipe, [name], { levels: levels ?? undefined }))
  /** What is written in a column means something else then. */
  const setParser = (name: string, parser: Parser): Promise<void> =>
    session.editTable((recipe) => withColumns(recipe, [name], { parser }))

  return {
    pages,
    fetched,
    pageError,
    target,
    targets,
    row,
    ensureRows,
    readRows,
    retryPages,
    createTable,
    isTested,
    setTargets,
    setRole,
    setSensitive,
    setKind,
    setParser,
    setLevels,
  }
})
