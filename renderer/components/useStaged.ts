/** What a page shows below its first panels comes one panel per task: a person scrolls and types between two of them. */
import { useEventListener } from '@vueuse/core'
import { computed, onScopeDispose, ref, watch } from 'vue'
import type { ComputedRef } from 'vue'

export interface Staged {
  /** Places come from 0 on: with the top one first, nothing that is there moves when the next one comes. */
  has: (place: number) => boolean
  done: ComputedRef<boolean>
}

/** A task of its own behind the next frame, whose layout would else be that of several panels. Hidden windows have no frames. */
function behindFrame(run: () => void): void {
  if (document.hidden) setTimeout(run)
  else requestAnimationFrame(() => setTimeout(run))
}

/** `ready`: there is something to show. Panels that have come stay, whatever they show next. */
export function useStaged(
  ready: () => boolean,
  count: number,
  later: (run: () => void) => void = behindFrame,
): Staged {
  const shown = ref(0)
  const done = computed(() => shown.value >= count)
  let waits = false
  let left = false
  function next(): void {
    waits = false
    if (left || done.value || !ready()) return
    shown.value += 1
    ask()
  }
  function ask(): void {
    if (waits || done.value) return
    waits = true
    later(next)
  }
  watch(ready, (is) => is && ask(), { immediate: true })
  // Vue draws what has changed before the browser prints it.
  useEventListener('beforeprint', () => (shown.value = count))
  onScopeDispose(() => (left = true))
  return { has: (place) => shown.value > place, done }
}
