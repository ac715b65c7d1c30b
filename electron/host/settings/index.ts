/** What a workspace sets for itself: so far, how much of what people name is read. */
import { limitsSchema, startLimits, type Limits } from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { parseStored, type Store } from '../store/index.ts'

const limitsName = 'limits'
type SetLimits = ReturnType<typeof limitsSchema.parse>

function storedLimits(store: Store): SetLimits {
  const text = store.db
    .prepare<[string], string>('SELECT value FROM settings WHERE name = ?')
    .pluck()
    .get(limitsName)
  // What cannot be read any more is as good as not set: the start values are safe.
  return text === undefined ? {} : (parseStored(limitsSchema, text) ?? {})
}

export const limitsOf = (store: Store): Limits => ({ ...startLimits, ...storedLimits(store) })

export function settingsHandlers({ store }: HostContext): Pick<Handlers, 'settings.get' | 'settings.set'> {
  return {
    'settings.get': async () => ({ limits: storedLimits(store) }),
    'settings.set': async ({ limits }) => {
      store.write(() =>
        store.db
          .prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)')
          .run(limitsName, JSON.stringify(limits)),
      )
      return { limits: storedLimits(store) }
    },
  }
}
