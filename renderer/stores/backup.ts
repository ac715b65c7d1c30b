/** The backup that is written, or the restore: both go on, and are told of, whatever page is shown meanwhile. */
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { DescentError, RestoredBackup, WrittenBackup } from '../../electron/contract/index.ts'
import { call, isAbort, toDescentError } from '../api/client.ts'
import type { Chosen } from '../api/files.ts'

type Doing = 'writing' | 'sending' | 'restoring'

export const useBackup = defineStore('backup', () => {
  const doing = ref<Doing | null>(null)
  const error = shallowRef<DescentError | null>(null)
  const written = shallowRef<WrittenBackup | null>(null)
  const restored = shallowRef<RestoredBackup | null>(null)
  /** What somebody ended. */
  const cancelled = ref<'writing' | 'restoring' | null>(null)
  /** The name of the file that is restored, or was when that was ended. */
  const file = ref('')
  let sending = new AbortController()

  async function attempt(first: Doing, work: () => Promise<void>): Promise<void> {
    if (doing.value !== null) return
    doing.value = first
    error.value = null
    written.value = null
    restored.value = null
    cancelled.value = null
    try {
      await work()
    } catch (reason) {
      const failure = toDescentError(reason)
      // What somebody ended has not failed.
      if (!isAbort(reason) && failure.code !== 'cancelled') error.value = failure
      else cancelled.value = first === 'writing' ? 'writing' : 'restoring'
    } finally {
      doing.value = null
    }
  }
  const write = (place: { path: string; overwrite: boolean } | null) =>
    attempt('writing', async () => {
      written.value = await call('workspace.backup', { ...place })
    })
  const restore = (chosen: Chosen) =>
    attempt('sending', async () => {
      file.value = chosen.name
      sending = new AbortController()
      const path = await chosen.path(sending.signal)
      doing.value = 'restoring'
      restored.value = await call('workspace.restore', { path })
    })
  const stopSending = () => sending.abort()
  return { doing, error, written, restored, cancelled, file, write, restore, stopSending }
})
