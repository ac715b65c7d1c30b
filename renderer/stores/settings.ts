/** What the workspace sets for itself: what differs from where it starts. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { startLimits } from '../../electron/contract/index.ts'
import type { Computing, DescentError, LimitName, Limits, Output } from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'
import { onHostEvent } from '../api/events.ts'
import { useNotices } from './notices.ts'

type Stored = Output<'settings.get'>

export const useSettings = defineStore('settings', () => {
  const notices = useNotices()
  const stored = shallowRef<Stored | null>(null)
  const error = shallowRef<DescentError | null>(null)
  const computing = computed<Computing | null>(() => stored.value && stored.value.computing)
  /** null: public sets come from their owners. */
  const mirror = computed(() => stored.value?.sources.mirror ?? null)
  const retention = computed(() => stored.value?.retention ?? {})
  const limits = computed<Limits | null>(() => stored.value && { ...startLimits, ...stored.value.limits })

  async function load(): Promise<void> {
    try {
      stored.value = await call('settings.get', {})
      error.value = null
    } catch (reason) {
      error.value = toDescentError(reason)
    }
  }
  onHostEvent(({ type }) => (type === 'hello' || type === 'settings.changed') && stored.value && void load())

  /** True once it is stored. One that is as it starts is not stored, so that a better start reaches it. */
  const setLimit = (name: LimitName, value: number): Promise<boolean> =>
    store((now) => {
      const next = { ...now?.limits, [name]: value }
      if (value === startLimits[name]) delete next[name]
      return { limits: next }
    })
  /** undefined: automatic, which is not stored. */
  const setComputing = <Name extends keyof Computing>(
    name: Name,
    value: Computing[Name] | undefined,
  ): Promise<boolean> =>
    store((now) => {
      const { [name]: _, ...others } = { ...now?.computing }
      return { computing: (value === undefined ? others : { ...others, [name]: value }) as Computing }
    })

  /** null: none. */
  const setMirror = (value: string | null): Promise<boolean> =>
    store(() => ({ sources: value === null ? {} : { mirror: value } }))

  /** Whether last checkpoints stay, as they do from the start, which is not stored. */
  const setRetention = (lastCheckpoints: boolean): Promise<boolean> =>
    store(() => ({ retention: lastCheckpoints ? {} : { lastCheckpoints } }))

  let last: Promise<unknown> = Promise.resolve()
  /** One after the other: each changes what the one before it has stored. */
  function store(change: (now: Stored | null) => Partial<Stored>): Promise<boolean> {
    const work = last.then(async () => {
      const answer = await notices.guard(() => call('settings.set', change(stored.value)))
      if (answer) stored.value = answer
      return answer !== null
    })
    last = work
    return work
  }
  return {
    limits,
    computing,
    mirror,
    retention,
    error,
    load,
    setLimit,
    setComputing,
    setMirror,
    setRetention,
  }
})
