/** What the inspector explains: the topic under the pointer or the focus. */
import { defineStore } from 'pinia'
import { ref } from 'vue'

/** Long enough to cross the screen to the inspector without changing what it shows. */
const dwell = 180

export const useInspector = defineStore('inspector', () => {
  const topic = ref<string | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined

  function point(next: string | null, immediately = false): void {
    clearTimeout(timer)
    if (next === null || next === topic.value) return
    if (immediately) topic.value = next
    else timer = setTimeout(() => (topic.value = next), dwell)
  }
  /** Elements say what they are about with `data-explain`. */
  function follow(event: Event): void {
    const target = event.target
    const element = target instanceof Element ? target.closest('[data-explain]') : null
    point(element?.getAttribute('data-explain') ?? null, event.type === 'focusin')
  }
  function reset(): void {
    clearTimeout(timer)
    topic.value = null
  }
  return { topic, point, follow, reset }
})
