/** What a person sets for their own window: one definition each, from which come the form, the start value and the stored name. */
import { strings } from '../strings/index.ts'

const words = strings.settings.preferences

interface Choice<V extends string> {
  readonly value: V
  readonly label: string
}
interface PreferenceDefinition {
  readonly label: string
  readonly help: string
  readonly options: readonly Choice<string>[]
  readonly start: string
}

export const preferences = {
  theme: {
    label: words.theme.label,
    help: words.theme.help,
    options: [
      { value: 'auto', label: words.theme.auto },
      { value: 'light', label: words.theme.light },
      { value: 'dark', label: words.theme.dark },
    ],
    start: 'auto',
  },
  numbers: {
    label: words.numbers.label,
    help: words.numbers.help,
    options: [
      { value: 'comma-point', label: '1,234.5' },
      { value: 'space-point', label: '1\u202f234.5' },
      { value: 'point-comma', label: '1.234,5' },
      { value: 'space-comma', label: '1\u202f234,5' },
      { value: 'none-point', label: '1234.5' },
    ],
    start: 'comma-point',
  },
  alarms: {
    label: words.alarms.label,
    help: words.alarms.help,
    options: [
      { value: 'all', label: words.alarms.all },
      { value: 'errors', label: words.alarms.errors },
    ],
    start: 'all',
  },
  endings: {
    label: words.endings.label,
    help: words.endings.help,
    options: [
      { value: 'on', label: words.endings.on },
      { value: 'off', label: words.endings.off },
    ],
    start: 'on',
  },
  singleKeys: {
    label: words.singleKeys.label,
    help: words.singleKeys.help,
    options: [
      { value: 'on', label: words.singleKeys.on },
      { value: 'off', label: words.singleKeys.off },
    ],
    start: 'on',
  },
} as const satisfies Record<string, PreferenceDefinition>

export type PreferenceName = keyof typeof preferences
export type Preference<N extends PreferenceName> = (typeof preferences)[N]['options'][number]['value']
export type Preferences = { readonly [N in PreferenceName]: Preference<N> }
export const preferenceNames = Object.keys(preferences) as PreferenceName[]

/** What was stored, by this version or another; anything unknown is as it starts. */
export function readPreference<N extends PreferenceName>(name: N, stored: unknown): Preference<N> {
  const known = preferences[name].options.some(({ value }) => value === stored)
  return (known ? stored : preferences[name].start) as Preference<N>
}

export interface NumberMarks {
  readonly thousands: string
  readonly decimal: string
}
/** A narrow space does not break. */
const separators = { comma: ',', point: '.', space: '\u202f', none: '' } as const

export function marksOf(numbers: Preference<'numbers'>): NumberMarks {
  const [thousands, decimal] = numbers.split('-') as [keyof typeof separators, keyof typeof separators]
  return { thousands: separators[thousands], decimal: separators[decimal] }
}
