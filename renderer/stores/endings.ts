/** Notifications of the system when a training ends that nobody looks at. */
import { defineStore } from 'pinia'
import { onHostEvent } from '../api/events.ts'
import { Endings } from '../lib/endings.ts'
import { usePreferences } from './preferences.ts'

export const useEndings = defineStore('endings', () => {
  const preferences = usePreferences()
  const endings = new Endings()

  onHostEvent((event) => {
    const ending = endings.hear(event)
    if (ending === null || preferences.values.endings === 'off' || document.hasFocus()) return
    if (!('Notification' in window) || Notification.permission !== 'granted') return
    const shown = new Notification(ending.title, { body: ending.text, tag: ending.key })
    shown.onclick = () => window.focus()
  })

  /** Browsers ask the person, and only after something they have done. */
  function ask(): void {
    if (preferences.values.endings === 'off' || !('Notification' in window)) return
    if (Notification.permission === 'default') void Notification.requestPermission().catch(() => undefined)
  }
  return { ask }
})
