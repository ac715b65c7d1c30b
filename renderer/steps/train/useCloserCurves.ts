/** The part of a run's curves that is looked at, in as many points as a chart can show of it. */
import { watchDebounced } from '@vueuse/core'
import { computed, shallowRef } from 'vue'
import { stepLossSeries } from '../../../electron/contract/index.ts'
import type { Curves } from '../../../electron/contract/index.ts'
import { call } from '../../api/client.ts'
import { askedPoints, isThinned, noCurves, stepsOfRange } from '../../lib/curves.ts'
import type { Range } from '../../lib/zoom.ts'

export interface Looked {
  readonly runId: string
  readonly isBySteps: boolean
  /** null: the whole, of which there are enough points. */
  readonly range: Range | null
  /** The whole, thinned. */
  readonly curves: Curves
}

/** While one scrolls, what is there already is drawn. */
const patience = 80

export function useCloserCurves(looked: () => Looked) {
  const found = shallowRef<{ readonly key: string; readonly curves: Curves } | null>(null)
  const key = computed(() => `${looked().runId} ${looked().isBySteps}`)
  const wanted = computed(() => {
    const { range, curves, isBySteps } = looked()
    if (range === null || !isThinned(curves)) return null
    const width = range.max - range.min
    // As much on both sides: what one scrolls to next.
    const wider = { min: range.min - width, max: range.max + width }
    return isBySteps
      ? { since: Math.max(0, Math.floor(wider.min)), until: Math.max(0, Math.ceil(wider.max)) }
      : stepsOfRange(curves, wider)
  })
  /** In the order in which they were asked for. */
  let [asked, answered] = [0, 0]
  watchDebounced(
    () => wanted.value && `${key.value} ${wanted.value.since} ${wanted.value.until}`,
    async () => {
      const part = wanted.value
      const { runId, isBySteps } = looked()
      const of = key.value
      if (part === null) return
      const turn = ++asked
      // Without it the thinned curve is still there.
      const curves = await call('runs.curves', {
        runId,
        limit: 3 * askedPoints,
        ...(isBySteps && { series: [stepLossSeries.name] }),
        ...part,
      }).catch(() => null)
      // That of an older range may come after that of a newer one.
      if (curves === null || of !== key.value || turn < answered) return
      answered = turn
      found.value = { key: of, curves }
    },
    { debounce: patience, maxWait: 4 * patience },
  )
  return computed(() =>
    found.value !== null && wanted.value !== null && found.value.key === key.value
      ? found.value.curves
      : noCurves,
  )
}
