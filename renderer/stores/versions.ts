/** Corrections of the open project's data, and its versions. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { Correction, DataComparison } from '../../electron/contract/index.ts'
import { call } from '../api/client.ts'
import { dataInWords } from '../lib/versions.ts'
import { strings } from '../strings/index.ts'
import { useNotices } from './notices.ts'
import { createResource } from './resource.ts'
import { useSession } from './session.ts'

const words = strings.data.versions

export const useVersions = defineStore('versions', () => {
  const session = useSession()
  const notices = useNotices()
  const list = createResource(
    () => session.project?.id ?? null,
    (projectId, signal) => call('datasets.versions', { projectId }, signal),
  )
  const comparison = shallowRef<DataComparison | null>(null)
  const comparing = shallowRef<string | null>(null)
  const correcting = computed(() => session.saving > 0)

  function ensureList(): void {
    const { dataset, saving } = session
    if (dataset && saving === 0) list.ensure(dataset.id)
  }

  /** Says what was done; false where it was refused, which is told at the edge of the screen. */
  async function correct(corrections: Correction[], done: string): Promise<boolean> {
    let made = false
    await session.act(async (projectId, stored) => {
      const datasetId = stored?.dataset?.id ?? ''
      const answer = await call('datasets.correct', { projectId, datasetId, corrections })
      made = true
      return answer
    })
    const version = session.dataset?.version
    if (made && version) notices.announce(`${done}; ${dataInWords(version)}.`)
    return made
  }

  async function use(datasetId: string): Promise<void> {
    await session.act((projectId) => call('datasets.useVersion', { projectId, datasetId }))
    const version = session.dataset?.version
    if (version && session.dataset?.id === datasetId) notices.info(words.now(dataInWords(version)))
  }

  /** What `after` has otherwise than `before`. */
  async function compare(before: string, after: string): Promise<void> {
    const projectId = session.project?.id
    if (!projectId) return
    comparing.value = before
    const answer = await notices.guard(() => call('datasets.compareVersions', { projectId, before, after }))
    comparing.value = null
    if (answer && session.project?.id === projectId) comparison.value = answer
  }
  const closeComparison = () => (comparison.value = null)

  return { list, correcting, comparison, comparing, ensureList, correct, use, compare, closeComparison }
})
