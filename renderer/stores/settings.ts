/** What the workspace sets for itself: what differs from where it starts. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { startLimits } from '../../electron/contract/index.ts'
import type { Computing, DescentError, LimitName, Limits, Output } from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'
import { onHostEvent } from '../api/events.ts'
import { useNotices } from './notices.ts'

export const useSettings = defineStore('settings', () => {
  const notices = useNotices()
  const stored = shallowRef<Output<'settings.get'> | null>(null)
  const error = shallowRef<DescentError | null>(null)
  const computing = computed<Computing | null>(() => stored.value && stored.value.computing)
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
  async function setLimit(name: LimitName, value: number): Promise<boolean> {
    const next = { ...stored.value?.limits, [name]: value }
    if (value === startLimits[name]) delete next[name]
    return await store({ limits: next })
  }
  const setComputing = (next: Computing): Promise<boolean> => store({ computing: next })

  async function store(changed: Partial<Output<'settings.get'>>): Promise<boolean> {
    const answer = await notices.guard(() => call('settings.set', changed))
    if (answer) stored.value = answer
    return answer !== null
  }
  return { limits, computing, error, load, setLimit, setComputing }
})
