/** The steps that a table goes through once it is read: tried first, and applied when a person has seen what comes of them. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { DescentError, Output, ShapingStep } from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'
import { strings } from '../strings/index.ts'
import { useNotices } from './notices.ts'
import { useSession } from './session.ts'

const words = strings.data.shape

interface Tried {
  readonly projectId: string
  readonly preview: Output<'datasets.previewShape'>
}

export const useShape = defineStore('shape', () => {
  const session = useSession()
  const notices = useNotices()
  const tried = shallowRef<Tried | null>(null)
  const failed = shallowRef<{ projectId: string; error: DescentError } | null>(null)
  const busy = shallowRef(false)
  const ofProject = <T extends { projectId: string }>(one: T | null): T | null =>
    one !== null && one.projectId === session.project?.id ? one : null
  const preview = computed(() => ofProject(tried.value)?.preview ?? null)
  const error = computed(() => ofProject(failed.value)?.error ?? null)

  async function discard(): Promise<void> {
    const one = tried.value
    tried.value = null
    failed.value = null
    if (one)
      await notices.guard(() =>
        call('datasets.discardImport', { projectId: one.projectId, importId: one.preview.importId }),
      )
  }

  async function read(shape: readonly ShapingStep[]): Promise<void> {
    const projectId = session.project?.id
    if (projectId === undefined) return
    await discard()
    busy.value = true
    try {
      const answer = await call('datasets.previewShape', { projectId, shape: [...shape] })
      tried.value = { projectId, preview: answer }
    } catch (reason) {
      const found = toDescentError(reason)
      if (found.code !== 'cancelled') failed.value = { projectId, error: found }
    } finally {
      busy.value = false
    }
  }

  async function apply(): Promise<void> {
    const one = tried.value
    if (!one) return
    busy.value = true
    const { projectId, preview: chosen } = one
    const answer = await notices.guard(() =>
      call('datasets.acceptImport', { projectId, importId: chosen.importId, carry: true }),
    )
    busy.value = false
    tried.value = null
    if (!answer) return
    if (session.project?.id === projectId) session.show(answer)
    notices.info(words.done(strings.counts.rows(answer.dataset?.rows ?? 0)))
  }

  return { preview, error, busy, read, apply, discard }
})
