/** The job that a page waits for: found among all of the host's, and left out of the list in the top bar. */
import { computed, onScopeDispose, watch } from 'vue'
import type { ComputedRef } from 'vue'
import type { Job } from '../../electron/contract/index.ts'
import { useJobs } from '../stores/jobs.ts'

const askMs = 750

export function usePageJob(matches: (job: Job) => boolean): ComputedRef<Job | null> {
  const jobs = useJobs()
  const job = computed(() => jobs.list.findLast(matches) ?? null)
  watch(
    () => job.value?.id,
    (id, before) => {
      if (before) jobs.showOnPage(before, -1)
      if (id) jobs.showOnPage(id, 1)
    },
    { immediate: true },
  )
  // The host says nothing of a job that waits for others: it has to be asked.
  const timer = setInterval(() => {
    if (!job.value) void jobs.refresh()
  }, askMs)
  onScopeDispose(() => {
    clearInterval(timer)
    if (job.value) jobs.showOnPage(job.value.id, -1)
  })
  return job
}
