/** Runs that wait for room to train, in the order in which they will begin. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { call } from '../api/client.ts'
import { onHostEvent } from '../api/events.ts'
import { useNotices } from './notices.ts'

export const useQueue = defineStore('queue', () => {
  const notices = useNotices()
  const ids = shallowRef<readonly string[]>([])
  let asking = false
  let again = false

  /** Many change at once: they are asked for once more when the answer is there, and not once for each. */
  async function refresh(): Promise<void> {
    again = asking
    if (asking) return
    asking = true
    ids.value = await call('training.queue', {}).catch(() => ids.value)
    asking = false
    if (again) await refresh()
  }
  onHostEvent((event) => {
    if (event.type === 'hello' || event.type === 'queue.changed') void refresh()
    // It has come into the queue, or has left it.
    else if (
      event.type === 'run.changed' &&
      (event.run.state === 'queued') !== ids.value.includes(event.run.id)
    )
      void refresh()
  })
  void refresh()

  async function move(runId: string, to: 'first' | 'up' | 'down'): Promise<void> {
    const moved = await notices.guard(() => call('training.move', { runId, to }))
    if (moved) ids.value = moved
  }
  return { ids, move }
})
