/** Requests of which one comes after the other: what the newest one gives is shown, under its name. */
import { shallowReactive } from 'vue'
import type { DescentError } from '../../electron/contract/index.ts'
import { toDescentError } from '../api/client.ts'

export interface Newest<A, T> {
  /** What is under way. */
  readonly asking: A | null
  readonly found: { readonly asked: A; readonly result: T } | null
  /** How the newest one failed, or that somebody ended it; null: it did not. */
  readonly failed: { readonly asked: A; readonly error: DescentError } | null
  ask(asked: A): Promise<void>
}

/** `end`: ends what is under way for an older request, as well as that can be done. */
export function createNewest<A, T>(
  fetcher: (asked: A) => Promise<T>,
  end: (asked: A) => Promise<void>,
): Newest<A, T> {
  const held = shallowReactive({
    asking: null as A | null,
    found: null as Newest<A, T>['found'],
    failed: null as Newest<A, T>['failed'],
    async ask(asked: A): Promise<void> {
      const older = held.asking
      held.asking = asked
      held.failed = null
      if (older !== null) await end(older)
      const isNewest = () => held.asking === asked
      if (!isNewest()) return
      try {
        const result = await fetcher(asked)
        if (isNewest()) held.found = { asked, result }
      } catch (reason) {
        if (isNewest()) held.failed = { asked, error: toDescentError(reason) }
      } finally {
        if (isNewest()) held.asking = null
      }
    },
  })
  return held
}
