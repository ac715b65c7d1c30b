/** A value fetched from the host for one project: what it is, whether it is on its way, and what went wrong. */
import { markRaw, shallowReactive } from 'vue'
import type { DescentError } from '../../electron/contract/index.ts'
import { isAbort, toDescentError } from '../api/client.ts'

export interface Resource<T> {
  readonly data: T | null
  readonly error: DescentError | null
  readonly loading: boolean
  /** Somebody ended the last attempt; that is no error. */
  readonly cancelled: boolean
  /** Fetches for the open project, unless what is held (or under way) already has this key. */
  ensure(key: string): void
  /** Stops waiting; what is held stays. */
  cancel(): void
  reload(): void
  clear(): void
}

interface Held<T> {
  /** The project all of it is about. */
  owner: string | null
  data: T | null
  error: DescentError | null
  loading: boolean
  cancelled: boolean
}

/** `owner`: the open project. What is held for another one is never shown, and a late answer for it is dropped. */
export function createResource<T>(
  owner: () => string | null,
  fetcher: (projectId: string, signal: AbortSignal) => Promise<T>,
): Resource<T> {
  const nothing = { data: null, error: null, loading: false, cancelled: false }
  const held: Held<T> = shallowReactive({ owner: null, ...nothing })
  let wanted = ''
  let controller: AbortController | null = null

  async function load(projectId: string): Promise<void> {
    controller?.abort()
    const mine = new AbortController()
    controller = mine
    held.loading = true
    held.error = null
    held.cancelled = false
    try {
      const data = await fetcher(projectId, mine.signal)
      if (controller === mine) held.data = data
    } catch (error) {
      if (controller === mine && !isAbort(error)) fail(toDescentError(error))
    } finally {
      if (controller === mine) held.loading = false
    }
  }

  function fail(error: DescentError): void {
    if (error.code === 'cancelled') {
      held.cancelled = true
      // Coming back to the page, or asking for it, begins anew.
      wanted = ''
      return
    }
    held.error = error
    held.data = null
  }

  const mine = () => held.owner !== null && held.owner === owner()
  // Raw: a store would make what its getters give reactive to the last cell.
  const resource: Resource<T> = markRaw({
    get data() {
      return mine() ? held.data : null
    },
    get error() {
      return mine() ? held.error : null
    },
    get loading() {
      return mine() && held.loading
    },
    get cancelled() {
      return mine() && held.cancelled
    },
    ensure(key) {
      const projectId = owner()
      if (projectId === null || (projectId === held.owner && key === wanted)) return
      if (projectId !== held.owner) Object.assign(held, nothing, { owner: projectId })
      wanted = key
      void load(projectId)
    },
    cancel() {
      controller?.abort()
      controller = null
      wanted = ''
      if (held.loading) held.cancelled = true
      held.loading = false
    },
    reload() {
      if (wanted && mine() && held.owner !== null) void load(held.owner)
    },
    clear() {
      resource.cancel()
      Object.assign(held, nothing)
    },
  })
  return resource
}
