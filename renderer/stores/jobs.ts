/** Work on data that the host does for whoever asked: how far it is, and the way to end it. */
import { defineStore } from 'pinia'
import { computed, shallowReactive } from 'vue'
import type { FirstLook, Job } from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'
import { onHostEvent } from '../api/events.ts'
import { isUnderWay } from '../lib/jobs.ts'
import { useNotices } from './notices.ts'

/** The host tells of a running job five times a second. One that is silent waits, or its end was missed. */
const silentMs = 2000
/** As the host: what is done sooner is not worth showing. */
const worthSeconds = 0.25

export const useJobs = defineStore('jobs', () => {
  const notices = useNotices()
  const byId = shallowReactive(new Map<string, Job>())
  const heard = new Map<string, number>()
  /** Jobs that a page shows itself, and how many times. */
  const onPage = shallowReactive(new Map<string, number>())
  /** What is known of a table that is still being read, by its job. */
  const looks = shallowReactive(new Map<string, FirstLook>())
  let timer: ReturnType<typeof setInterval> | undefined

  const list = computed(() => [...byId.values()])
  const elsewhere = computed(() => list.value.filter(({ id }) => !onPage.has(id)))

  function take(job: Job): void {
    if (isUnderWay(job)) {
      byId.set(job.id, job)
      heard.set(job.id, performance.now())
    } else forget(job.id)
    watchSilence()
  }
  function forget(id: string): void {
    byId.delete(id)
    looks.delete(id)
    heard.delete(id)
  }
  function watchSilence(): void {
    if (byId.size === 0) {
      clearInterval(timer)
      timer = undefined
    } else
      timer ??= setInterval(() => {
        const now = performance.now()
        if ([...heard.values()].some((time) => now - time > silentMs)) void refresh()
      }, silentMs)
  }
  async function refresh(): Promise<void> {
    const jobs = await call('jobs.list', {}).catch(() => null)
    if (!jobs) return
    const present = new Set(jobs.map(({ id }) => id))
    for (const id of [...byId.keys()]) if (!present.has(id)) forget(id)
    for (const job of jobs) if (job.state === 'waiting' || job.seconds >= worthSeconds) take(job)
    watchSilence()
  }
  onHostEvent((event) => {
    if (event.type === 'hello') void refresh()
    else if (event.type === 'job.changed') take(event.job)
    else if (event.type === 'job.firstLook') looks.set(event.jobId, event.look)
  })

  async function cancel(jobId: string): Promise<void> {
    await notices.guard(() =>
      call('jobs.cancel', { jobId }).catch((error: unknown) => {
        // It has just ended by itself, which is as good.
        if (toDescentError(error).code !== 'notFound') throw error
      }),
    )
  }
  /** `by` +1: a page shows it; −1: not any more. */
  function showOnPage(id: string, by: 1 | -1): void {
    const times = (onPage.get(id) ?? 0) + by
    if (times > 0) onPage.set(id, times)
    else onPage.delete(id)
  }
  return { list, elsewhere, looks, refresh, cancel, showOnPage }
})
