/** Thumbnails of the open project's pictures: fetched together, as they come into sight, and kept while the data is the same. */
import { defineStore } from 'pinia'
import { shallowReactive, shallowRef, watch } from 'vue'
import { call, toDescentError } from '../api/client.ts'
import { useSession } from './session.ts'

/** In one call. */
const atOnce = 100
/** While one scrolls, pictures come into sight in bursts. */
const patience = 40
/** A screen holds some hundred; older ones are fetched again. */
const most = 4000

/** By what the cells of a column call it. `tested`: those of a test file's rows. */
export interface Picture {
  readonly column: string
  readonly tested: boolean
  readonly name: string
}

export const usePictures = defineStore('pictures', () => {
  const session = useSession()
  /** null: there is none; absent: it is on its way. */
  const shown = shallowReactive(new Map<string, string | null>())
  /** Why those could not be fetched that are asked for again when they come into sight again. */
  const failed = shallowReactive(new Map<string, string>())
  const waiting = new Map<string, Picture>()
  let timer: ReturnType<typeof setTimeout> | null = null
  /** The picture that is looked at whole. */
  const opened = shallowRef<Picture | null>(null)

  watch(
    // One by one: a list of both would be another list whenever the project is read anew.
    [() => session.project?.id, () => session.dataset?.version.importId],
    () => {
      shown.clear()
      failed.clear()
      waiting.clear()
      opened.value = null
    },
  )

  const keyOf = ({ column, tested, name }: Picture): string => `${column}\0${tested ? 1 : 0}\0${name}`

  function ask(picture: Picture): void {
    const key = keyOf(picture)
    if (shown.has(key)) return
    failed.delete(key)
    waiting.set(key, picture)
    timer ??= setTimeout(() => {
      timer = null
      void fetchWaiting()
    }, patience)
  }

  async function fetchWaiting(): Promise<void> {
    const projectId = session.project?.id
    const importId = session.dataset?.version.importId
    // What came into sight last is what is looked at.
    const groups = Map.groupBy([...waiting.values()].reverse(), (one) => keyOf({ ...one, name: '' }))
    const batches = [...groups.values()].flatMap((all) =>
      Array.from({ length: Math.ceil(all.length / atOnce) }, (_, i) =>
        all.slice(i * atOnce, (i + 1) * atOnce),
      ),
    )
    waiting.clear()
    if (projectId === undefined) return
    for (const batch of batches) {
      const { column, tested } = batch[0]!
      const names = batch.map(({ name }) => name)
      const isStill = (): boolean =>
        session.project?.id === projectId && session.dataset?.version.importId === importId
      try {
        const answer = await call('datasets.thumbnails', { projectId, column, tested, names })
        if (!isStill()) return
        if (shown.size > most) shown.clear()
        for (const one of answer) shown.set(keyOf({ column, tested, name: one.name }), one.shown)
      } catch (error) {
        if (!isStill()) return
        // A picture that cannot be shown is no reason to stop working: it says so in its place.
        for (const one of batch) failed.set(keyOf(one), toDescentError(error).message)
      }
    }
  }

  const of = (picture: Picture): string | null | undefined => shown.get(keyOf(picture))
  const whyNot = (picture: Picture): string | undefined => failed.get(keyOf(picture))
  const open = (picture: Picture): void => void (opened.value = picture)
  const close = (): void => void (opened.value = null)

  return { of, whyNot, ask, opened, open, close }
})
