/** A file that is imported again: what it has otherwise is shown, and the person decides. */
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { Input, ImportPreview, Project } from '../../electron/contract/index.ts'
import { call } from '../api/client.ts'
import { needsDecision } from '../lib/versions.ts'
import { strings } from '../strings/index.ts'
import { useNotices } from './notices.ts'
import { useSession } from './session.ts'

const words = strings.data.reimport

export interface Reimport {
  readonly projectId: string
  readonly name: string
  readonly preview: ImportPreview
}

export const useReimport = defineStore('reimport', () => {
  const session = useSession()
  const notices = useNotices()
  const waiting = shallowRef<Reimport | null>(null)
  const busy = ref(false)

  /** Whether the open project's table came from a file of this name, or from this address. */
  const isAgain = (projectId: string, name: string, path: string): boolean => {
    if (session.project?.id !== projectId || session.table === null) return false
    const receipt = session.dataset?.receipt
    return receipt?.fileName === name || receipt?.path === path
  }

  /** The project with the file's data; null where a person has to decide first. */
  async function read(request: Input<'datasets.previewImport'>, name: string): Promise<Project | null> {
    const preview = await call('datasets.previewImport', request)
    const { projectId } = request
    if (needsDecision(preview)) {
      waiting.value = { projectId, name, preview }
      return null
    }
    return await call('datasets.acceptImport', { projectId, importId: preview.importId, carry: true })
  }

  async function accept(carry: boolean): Promise<void> {
    const one = waiting.value
    if (!one) return
    const { projectId, preview } = one
    busy.value = true
    const answer = await notices.guard(() =>
      call('datasets.acceptImport', { projectId, importId: preview.importId, carry }),
    )
    busy.value = false
    waiting.value = null
    if (answer && session.project?.id === projectId) session.show(answer)
    if (answer) notices.info(words.accepted(one.name))
  }

  async function discard(): Promise<void> {
    const one = waiting.value
    waiting.value = null
    if (!one) return
    const { projectId, preview } = one
    await notices.guard(() => call('datasets.discardImport', { projectId, importId: preview.importId }))
  }

  return { waiting, busy, isAgain, read, accept, discard }
})
