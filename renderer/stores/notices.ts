/**
 * Short messages at the edge of the screen, about what the person has just done; errors stay until dismissed. What the
 * workspace keeps telling about its files is in `workspace-notices.ts`.
 */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { isAbort, toDescentError } from '../api/client.ts'
import { strings } from '../strings/index.ts'

const words = strings.shell.notifications

export interface Toast {
  id: number
  kind: 'info' | 'error'
  message: string
}

export const useNotices = defineStore('notices', () => {
  const notices = ref<Toast[]>([])
  /** What screen readers say: the window's one live region. */
  const spoken = ref('')
  let nextId = 1

  /** A region that already holds the sentence would stay silent. */
  function announce(message: string): void {
    spoken.value = ''
    setTimeout(() => (spoken.value = message), 50)
  }
  function add(kind: Toast['kind'], message: string): void {
    if (notices.value.some((notice) => notice.message === message)) return
    const id = nextId++
    notices.value = [...notices.value.slice(-3), { id, kind, message }]
    announce(kind === 'error' ? words.error(message) : message)
    if (kind === 'info') setTimeout(() => dismiss(id), 5000)
  }
  function dismiss(id: number): void {
    notices.value = notices.value.filter((notice) => notice.id !== id)
  }
  /** Runs an action whose failure belongs nowhere in particular; null when it failed. */
  async function guard<T>(action: () => Promise<T>): Promise<T | null> {
    try {
      return await action()
    } catch (error) {
      if (isAbort(error)) return null
      const { code, message } = toDescentError(error)
      // What somebody ended has not failed.
      add(code === 'cancelled' ? 'info' : 'error', message)
      return null
    }
  }
  return { notices, spoken, announce, info: (message: string) => add('info', message), add, dismiss, guard }
})
