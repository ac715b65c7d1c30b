/** Thumbnails of the open project's pictures: fetched together, as they come into sight, and kept while the data is the same. */
import { defineStore } from 'pinia'
import { shallowReactive, shallowRef, watch } from 'vue'
import { call } from '../api/client.ts'
import { useSession } from './session.ts'

/** In one call. */
const atOnce = 100
/** While one scrolls, pictures come into sight in bursts. */
const patience = 40
/** A screen holds some hundred; older ones are fetched again. */
const most = 4000

export const usePictures = defineStore('pictures', () => {
  const session = useSession()
  /** By column and name. null: there is none; absent: it is on its way. */
  const shown = shallowReactive(new Map<string, string | null>())
  const waiting = new Map<string, Set<string>>()
  let timer: ReturnType<typeof setTimeout> | null = null
  /** The picture that is looked at whole. */
  const opened = shallowRef<{ column: string; name: string } | null>(null)

  watch(
    () => [session.project?.id, session.dataset?.version.importId],
    () => {
      shown.clear()
      waiting.clear()
      opened.value = null
    },
  )

  const keyOf = (column: string, name: string): string => `${column}\0${name}`

  function ask(column: string, name: string): void {
    if (shown.has(keyOf(column, name))) return
    const names = waiting.get(column) ?? new Set<string>()
    waiting.set(column, names.add(name))
    timer ??= setTimeout(() => {
      timer = null
      void fetchWaiting()
    }, patience)
  }

  async function fetchWaiting(): Promise<void> {
    const projectId = session.project?.id
    const importId = session.dataset?.version.importId
    const batches = [...waiting].flatMap(([column, names]) => {
      // What came into sight last is what is looked at.
      const all = [...names].reverse()
      return Array.from({ length: Math.ceil(all.length / atOnce) }, (_, i) => ({
        column,
        names: all.slice(i * atOnce, (i + 1) * atOnce),
      }))
    })
    waiting.clear()
    if (projectId === undefined) return
    for (const { column, names } of batches) {
      // A picture that cannot be shown is no reason to stop working: its name stands there.
      const answer = await call('datasets.thumbnails', { projectId, column, names }).catch(() =>
        names.map((name) => ({ name, shown: null })),
      )
      if (session.project?.id !== projectId || session.dataset?.version.importId !== importId) return
      if (shown.size > most) shown.clear()
      for (const one of answer) shown.set(keyOf(column, one.name), one.shown)
    }
  }

  const of = (column: string, name: string): string | null | undefined => shown.get(keyOf(column, name))
  const open = (column: string, name: string): void => void (opened.value = { column, name })
  const close = (): void => void (opened.value = null)

  return { of, ask, opened, open, close }
})
