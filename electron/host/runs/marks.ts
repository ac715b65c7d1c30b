/** Tags, stars, notes and the end of many runs at once: each change with what takes it back. */
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { plural, type Marked, type RunFilter, type RunMark, type Undoable } from '../../contract/index.ts'
import type { Store } from '../store/index.ts'
import { matching } from './list.ts'
import { deleteRun } from './repository.ts'

interface Undo {
  readonly id: string
  readonly what: string
  undo(): void
}

/** What can be taken back, by project, the newest last. It is forgotten with the process, like an editor's. */
const done = new WeakMap<Store, Map<string, readonly Undo[]>>()
const mostUndone = 50

const undosOf = (store: Store, projectId: string): readonly Undo[] => done.get(store)?.get(projectId) ?? []

function put(store: Store, projectId: string, undos: readonly Undo[]): void {
  const projects = done.get(store) ?? new Map<string, readonly Undo[]>()
  done.set(store, projects)
  projects.set(projectId, undos.slice(-mostUndone))
}

const listed = 'number IN (SELECT value FROM json_each(@numbers))'

interface Effect {
  readonly numbers: readonly number[]
  readonly what: string
  readonly notes?: readonly string[]
  /** Leaves alone what was said otherwise since. */
  undo(): void
}

/** In one transaction, of those that are not like that already. */
function apply(store: Store, numbers: readonly number[], change: RunMark): Effect {
  const { db } = store
  const about = (some: readonly number[], more: Record<string, unknown> = {}) => ({
    numbers: JSON.stringify(some),
    ...more,
  })
  const among = (condition: string, more: Record<string, unknown> = {}): number[] =>
    db
      .prepare<[object], number>(`SELECT number FROM runs WHERE ${listed} AND ${condition}`)
      .pluck()
      .all(about(numbers, more))
  const write = (sql: string, some: readonly number[], more: Record<string, unknown> = {}): void =>
    void db.prepare(sql).run(about(some, more))

  if ('tag' in change || 'untag' in change) {
    const adds = 'tag' in change
    const tag = adds ? change.tag : change.untag
    const has = 'EXISTS (SELECT 1 FROM run_tags WHERE run = number AND tag = @tag)'
    const some = among(adds ? `NOT ${has}` : has, { tag })
    const add = `INSERT OR IGNORE INTO run_tags (tag, run) SELECT @tag, number FROM runs WHERE ${listed}`
    const remove = 'DELETE FROM run_tags WHERE tag = @tag AND run IN (SELECT value FROM json_each(@numbers))'
    write(adds ? add : remove, some, { tag })
    return {
      numbers: some,
      what: adds
        ? `${plural(some.length, 'run')} tagged “${tag}”`
        : `Tag “${tag}” taken off ${plural(some.length, 'run')}`,
      undo: () => write(adds ? remove : add, some, { tag }),
    }
  }
  if ('starred' in change) {
    const starred = change.starred ? 1 : 0
    const some = among('starred <> @starred', { starred })
    const sql = `UPDATE runs SET starred = @starred WHERE ${listed}`
    write(sql, some, { starred })
    return {
      numbers: some,
      what: change.starred
        ? `${plural(some.length, 'run')} starred`
        : `Star taken off ${plural(some.length, 'run')}`,
      undo: () => write(`${sql} AND starred <> @starred`, some, { starred: 1 - starred }),
    }
  }
  if ('note' in change) {
    const { note } = change
    const some = among('note <> @note', { note })
    const before = db
      .prepare<[object], { number: number; note: string }>(`SELECT number, note FROM runs WHERE ${listed}`)
      .all(about(some))
    write(`UPDATE runs SET note = @note WHERE ${listed}`, some, { note })
    const putBack = db.prepare('UPDATE runs SET note = ? WHERE number = ? AND note = ?')
    return {
      numbers: some,
      what:
        note === ''
          ? `Note of ${plural(some.length, 'run')} removed`
          : `Note of ${plural(some.length, 'run')} written`,
      undo: () => before.forEach((one) => putBack.run(one.note, one.number, note)),
    }
  }
  const some = among(`state IN ('finished', 'stopped', 'interrupted', 'failed', 'imported')`)
  const left = numbers.length - some.length
  const now = Date.now()
  write(`UPDATE runs SET deleted_at = @now WHERE ${listed}`, some, { now })
  return {
    numbers: some,
    what: `${plural(some.length, 'run')} deleted`,
    notes:
      left === 0
        ? []
        : [
            left === 1
              ? '1 run still trains or waits for it, and stays. Stop it first.'
              : `${plural(left, 'run')} still train or wait for it, and stay. Stop them first.`,
          ],
    undo: () => write(`UPDATE runs SET deleted_at = NULL WHERE ${listed}`, some),
  }
}

export function markRuns(store: Store, projectId: string, filter: RunFilter, change: RunMark): Marked {
  const { where, parameters } = matching(store, projectId, filter)
  return store.transaction(() => {
    const numbers = store.db
      .prepare<[object], number>(`SELECT number FROM runs WHERE ${where}`)
      .pluck()
      .all(parameters)
    const { numbers: some, what, notes = [], undo } = apply(store, numbers, change)
    const told = { changed: some.length, done: what, notes: [...notes] }
    if (some.length === 0) return { ...told, undo: null }
    const id = randomUUID()
    put(store, projectId, [...undosOf(store, projectId), { id, what, undo }])
    return { ...told, undo: id }
  })
}

/** The newest of what can be taken back; null: there is nothing. */
export function undoableOf(store: Store, projectId: string): Undoable | null {
  const last = undosOf(store, projectId).at(-1)
  return last === undefined ? null : { undo: last.id, done: last.what }
}

/** What was taken back, in words; null: it was already, or there was nothing. `id` absent: the newest. */
export function unmarkRuns(store: Store, projectId: string, id?: string): string | null {
  const undos = undosOf(store, projectId)
  const meant = id === undefined ? undos.at(-1) : undos.find((one) => one.id === id)
  if (meant === undefined) return null
  store.transaction(() => meant.undo())
  put(
    store,
    projectId,
    undos.filter((one) => one !== meant),
  )
  return meant.what
}

/** Deletes for good what was deleted while the workspace was open before; other calls are answered meanwhile. */
export async function removeDeleted(store: Store): Promise<void> {
  const ids = store.db.prepare<[], string>('SELECT id FROM runs WHERE deleted_at IS NOT NULL').pluck().all()
  for (const id of ids) {
    await nextTurn()
    if (!store.db.open) return
    deleteRun(store, id)
  }
}
