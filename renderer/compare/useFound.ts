/** What the host says of all runs that are found, asked anew when the filter, or what is asked, has changed. */
import { onBeforeUnmount, shallowRef, watch } from 'vue'
import type { DescentError, RunFilter } from '../../electron/contract/index.ts'
import { isAbort, toDescentError } from '../api/client.ts'
import { useCompare } from '../stores/compare.ts'
import { useSession } from '../stores/session.ts'
import { useTrain } from '../stores/train.ts'

export function useFound<T>(
  key: () => string,
  ask: (projectId: string, filter: RunFilter, signal: AbortSignal) => Promise<T>,
) {
  const compare = useCompare()
  const session = useSession()
  const train = useTrain()
  const data = shallowRef<T | null>(null)
  const error = shallowRef<DescentError | null>(null)
  const loading = shallowRef(false)
  let controller: AbortController | null = null

  async function load(): Promise<void> {
    const projectId = session.project?.id
    controller?.abort()
    if (!projectId || compare.problem !== null) return
    const mine = new AbortController()
    controller = mine
    loading.value = true
    error.value = null
    try {
      const answer = await ask(projectId, compare.filter, mine.signal)
      if (controller === mine) data.value = answer
    } catch (reason) {
      if (controller === mine && !isAbort(reason)) error.value = toDescentError(reason)
    } finally {
      if (controller === mine) loading.value = false
    }
  }
  watch(
    () => [
      key(),
      session.project?.id,
      compare.problem,
      JSON.stringify(compare.filter),
      compare.marked,
      train.count.all,
      // A run that has ended has a curve of another length.
      train.runs.map(({ state }) => state).join(),
    ],
    (now, before) => JSON.stringify(now) !== JSON.stringify(before) && void load(),
    { immediate: true },
  )
  onBeforeUnmount(() => controller?.abort())
  return { data, error, loading, reload: load }
}
