/** What a workspace sets for itself: how much of what people name is read, and with what is computed. */
import type { z } from 'zod'
import {
  computingSchema,
  limitsSchema,
  retentionSchema,
  sourcesSchema,
  startLimits,
  type Computing,
  type Limits,
  type Retention,
  type Sources,
} from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { probeDevices } from '../devices/index.ts'
import { parseStored, type Store } from '../store/index.ts'
import { addressesOf } from './addresses.ts'
import { requireDevice, requireThreads } from './computing.ts'

function stored<T>(store: Store, group: string, schema: z.ZodType<Partial<T>>): Partial<T> {
  const text = store.db
    .prepare<[string], string>('SELECT value FROM settings WHERE name = ?')
    .pluck()
    .get(group)
  // What cannot be read any more is as good as not set: the start values are safe.
  return text === undefined ? {} : (parseStored(schema, text) ?? {})
}

const storedLimits = (store: Store) => stored(store, 'limits', limitsSchema)
export const limitsOf = (store: Store): Limits => ({ ...startLimits, ...storedLimits(store) })
export const sourcesOf = (store: Store): Sources => stored(store, 'sources', sourcesSchema)
export const retentionOf = (store: Store): Retention => stored(store, 'retention', retentionSchema)
export const computingOf = (store: Store): Computing => stored(store, 'computing', computingSchema)

/** What is kept from a larger machine, or one with a GPU, does not stand in the way of another change. */
async function requirePossible(wanted: Computing, before: Computing): Promise<void> {
  if (wanted.threads !== before.threads) requireThreads(wanted)
  if (wanted.device !== before.device) await requireDevice(wanted, () => probeDevices(before))
}

export function settingsHandlers({
  store,
  emit,
}: HostContext): Pick<Handlers, 'settings.get' | 'settings.set' | 'settings.addresses'> {
  const settings = () => ({
    limits: storedLimits(store),
    computing: computingOf(store),
    sources: sourcesOf(store),
    retention: retentionOf(store),
  })
  return {
    'settings.get': async () => settings(),
    'settings.addresses': async () => addressesOf(store),
    'settings.set': async (wanted) => {
      if (wanted.computing) await requirePossible(wanted.computing, computingOf(store))
      store.write(() => {
        const keep = store.db.prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)')
        for (const [group, values] of Object.entries(wanted)) keep.run(group, JSON.stringify(values))
      })
      emit({ type: 'settings.changed' })
      return settings()
    },
  }
}
