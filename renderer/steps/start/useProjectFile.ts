/** A whole project from a file: sent first where the host cannot see the person's disk, then read there. */
import { ref } from 'vue'
import type { Project } from '../../../electron/contract/index.ts'
import { call, isAbort, toDescentError } from '../../api/client.ts'
import type { Chosen } from '../../api/files.ts'
import { useNotices } from '../../stores/notices.ts'

interface Opening {
  readonly name: string
  readonly state: 'sending' | 'reading'
}

export function useProjectFile() {
  const notices = useNotices()
  const opening = ref<Opening | null>(null)
  /** The name of the file that was given up. */
  const cancelled = ref<string | null>(null)
  let sending = new AbortController()

  /** null where nothing came of it that could be shown. Throws why not. */
  async function open(chosen: Chosen): Promise<Project | null> {
    const { name } = chosen
    cancelled.value = null
    sending = new AbortController()
    opening.value = { name, state: 'sending' }
    try {
      const path = await chosen.path(sending.signal)
      opening.value = { name, state: 'reading' }
      const { projectId, notes } = await call('projects.import', { path })
      // They stay until they are read.
      for (const note of notes) notices.add('error', note)
      return await call('projects.get', { projectId })
    } catch (reason) {
      const { code } = toDescentError(reason)
      if (isAbort(reason) || code === 'cancelled') {
        cancelled.value = name
        return null
      }
      // It is there, listed as damaged with what can be done about it.
      if (code === 'damaged') return null
      throw reason
    } finally {
      opening.value = null
    }
  }
  return { opening, cancelled, open, stopSending: () => sending.abort() }
}
