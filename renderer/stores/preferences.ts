/** What a person sets for their own window. Kept where the window runs, so that it is there before the host answers. */
import { useLocalStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, watchEffect } from 'vue'
import { useTheme } from '../components/theme.ts'
import { numberMarks } from '../lib/format.ts'
import { marksOf, preferences, readPreference } from '../lib/preferences.ts'
import type { Preference, PreferenceName, Preferences } from '../lib/preferences.ts'

export const usePreferences = defineStore('preferences', () => {
  const stored = {
    theme: useTheme().choice,
    numbers: useLocalStorage<string>('descent-numbers', preferences.numbers.start),
    alarms: useLocalStorage<string>('descent-alarms', preferences.alarms.start),
    endings: useLocalStorage<string>('descent-endings', preferences.endings.start),
    singleKeys: useLocalStorage<string>('descent-single-keys', preferences.singleKeys.start),
  }
  const values = computed<Preferences>(() => ({
    theme: readPreference('theme', stored.theme.value),
    numbers: readPreference('numbers', stored.numbers.value),
    alarms: readPreference('alarms', stored.alarms.value),
    endings: readPreference('endings', stored.endings.value),
    singleKeys: readPreference('singleKeys', stored.singleKeys.value),
  }))
  watchEffect(() => (numberMarks.value = marksOf(values.value.numbers)))

  function set<N extends PreferenceName>(name: N, value: Preference<N>): void {
    ;(stored[name] as { value: string }).value = value
  }
  return { values, set }
})
