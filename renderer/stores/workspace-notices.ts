/** What the workspace tells about its files, until it is dismissed: kept by the host, and the same in every window. */
import { useLocalStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, shallowReactive, shallowRef } from 'vue'
import type { Notice } from '../../electron/contract/index.ts'
import { call } from '../api/client.ts'
import { onHostEvent } from '../api/events.ts'
import { noticeKey, toAnnounce } from '../lib/notices.ts'
import { useNotices } from './notices.ts'

export const useWorkspaceNotices = defineStore('workspaceNotices', () => {
  const toasts = useNotices()
  /** Newest first. */
  const list = shallowRef<readonly Notice[]>([])
  /** The panel that lists them. */
  const open = ref(false)
  /** Those that were looked at need no banner, in this window or the next one. */
  const seen = useLocalStorage<string[]>('descent-seen-notices', [])
  /** Sentences that the page says itself, with what helps: a banner above would say them twice. */
  const onPage = shallowReactive(new Map<symbol, string>())
  const announced = computed(() => {
    const said = new Set(onPage.values())
    return toAnnounce(list.value, new Set(seen.value)).filter(({ message }) => !said.has(message))
  })

  async function load(): Promise<void> {
    const fresh = await call('notices.list', {}).catch(() => null)
    if (fresh) show(fresh)
  }
  function show(notices: readonly Notice[]): void {
    list.value = notices
    const present = new Set(notices.map(noticeKey))
    if (seen.value.some((key) => !present.has(key))) seen.value = seen.value.filter((key) => present.has(key))
  }
  onHostEvent((event) => {
    if (event.type === 'hello') void load()
    else if (event.type === 'notice.added') {
      show([event.notice, ...list.value.filter(({ id }) => id !== event.notice.id)])
      if (open.value) look()
    } else if (event.type === 'notice.dismissed') show(list.value.filter(({ id }) => id !== event.noticeId))
  })

  function look(): void {
    open.value = true
    seen.value = [...new Set([...seen.value, ...list.value.map(noticeKey)])]
  }
  async function dismiss(notices: readonly Notice[]): Promise<void> {
    for (const { id } of notices)
      if (await toasts.guard(() => call('notices.dismiss', { noticeId: id })))
        show(list.value.filter((notice) => notice.id !== id))
  }
  return { list, open, onPage, announced, load, look, dismiss }
})
