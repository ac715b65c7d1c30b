/** A value fetched from the host: what it is, whether it is on its way, and what went wrong. */
import { shallowReactive } from 'vue'
import type { DescentError } from '../../electron/contract/index.ts'
import { isAbort, toDescentError } from '../api/client.ts'

export interface Resource<T> {
  data: T | null
  error: DescentError | null
  loading: boolean
  /** Somebody ended the last attempt; that is no error. */
  cancelled: boolean
  /** Fetches unless what is held (or under way) already has this key. */
  ensure(key: string): void
  /** Stops waiting; what is held stays. */
  cancel(): void
  reload(): void
  clear(): void
}

export function createResource<T>(fetcher: (signal: AbortSignal) => Promise<T>): Resource<T> {
  let wanted = ''
  let controller: AbortController | null = null

  async function load(): Promise<void> {
    controller?.abort()
    const mine = new AbortController()
    controller = mine
    resource.loading = true
    resource.error = null
    resource.cancelled = false
    try {
      const data = await fetcher(mine.signal)
      if (controller === mine) resource.data = data
    } catch (error) {
      if (controller === mine && !isAbort(error)) fail(toDescentError(error))
    } finally {
      if (controller === mine) resource.loading = false
    }
  }

  function fail(error: DescentError): void {
    if (error.code === 'cancelled') {
      resource.cancelled = true
      // Coming back to the page, or asking for it, begins anew.
      wanted = ''
      return
    }
    resource.error = error
    resource.data = null
  }

  const resource: Resource<T> = shallowReactive<Resource<T>>({
    data: null,
    error: null,
    loading: false,
    cancelled: false,
    ensure(key) {
      if (key === wanted) return
      // Another project's numbers must never stand under this one's name.
      if (key.split('|')[0] !== wanted.split('|')[0]) resource.data = null
      wanted = key
      void load()
    },
    cancel() {
      controller?.abort()
      controller = null
      wanted = ''
      if (resource.loading) resource.cancelled = true
      resource.loading = false
    },
    reload() {
      if (wanted) void load()
    },
    clear() {
      resource.cancel()
      resource.data = null
      resource.error = null
      resource.cancelled = false
    },
  })
  return resource
}
