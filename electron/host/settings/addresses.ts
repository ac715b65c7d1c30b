/** Where the host has been in the network, for whoever wants to know: addresses that people gave, and where these led. */
import { z } from 'zod'
import { visitedSchema, type Visited } from '../../contract/index.ts'
import { parseStored, type Store } from '../store/index.ts'

const name = 'addresses'
const mostKept = 200

export function addressesOf(store: Store): Visited[] {
  const text = store.db
    .prepare<[string], string>('SELECT value FROM settings WHERE name = ?')
    .pluck()
    .get(name)
  return text === undefined ? [] : (parseStored(z.array(visitedSchema), text) ?? [])
}

/** The newest first, each address once. */
export function noteAddresses(store: Store, addresses: readonly string[], at: number = Date.now()): void {
  if (addresses.length === 0) return
  const fresh = addresses.toReversed().map((address): Visited => ({ address, at }))
  const before = addressesOf(store).filter(({ address }) => !addresses.includes(address))
  store.write(() =>
    store.db
      .prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)')
      .run(name, JSON.stringify([...fresh, ...before].slice(0, mostKept))),
  )
}
