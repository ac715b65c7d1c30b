/** Profiles that were computed before: the same question of the same data has the same answer. */
import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import packageJson from '../../../package.json' with { type: 'json' }
import { profileSchema, type Profile } from '../../contract/index.ts'
import { hashOfImport } from '../datasets/hash-of-import.ts'
import type { DatasetSource } from '../jobs/source.ts'
import { parseStored, type Store } from '../store/index.ts'

/** Raised when a profile of the same columns would say something else, e.g. because of another alert. */
const profileVersion = 7
/** Of one dataset: undo and redo come back to the last few. */
const keptAtMost = 8
/** Characters. What is larger would make the database and its backups large. */
const longest = 8_000_000

/** Changes whenever anybody writes to the file, whatever they write. */
function stateOf(path: string): string {
  const at = statSync(path, { bigint: true, throwIfNoEntry: false })
  return at === undefined ? 'gone' : `${at.ino}:${at.size}:${at.mtimeNs}:${at.ctimeNs}`
}

/**
 * All that decides what a profile says. Files that were touched make it another question, so that damage is found by
 * whoever reads them and not hidden behind what was found out before.
 */
export function questionOf({ dataset, recipe: { kind, data, target }, files }: DatasetSource): string {
  const states = files.map(({ path }) => stateOf(path))
  const asked = [
    profileVersion,
    packageJson.version,
    hashOfImport(dataset.receipt),
    states,
    kind,
    data.columns,
    target.separator,
  ]
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex')
}

export function storedProfile(store: Store, datasetId: string, question: string): Profile | null {
  const text = store.db
    .prepare<[string, string], string>('SELECT result FROM data_profiles WHERE dataset_id = ? AND asked = ?')
    .pluck()
    .get(datasetId, question)
  return text === undefined ? null : (parseStored(profileSchema, text) ?? null)
}

/** Best effort: on a full disk, or once the data has gone, it is computed again the next time. */
export function keepProfile(store: Store, datasetId: string, question: string, profile: Profile): void {
  const text = JSON.stringify(profile)
  if (text.length > longest) return
  try {
    store.transaction(() => {
      store.db
        .prepare(
          'INSERT OR REPLACE INTO data_profiles (dataset_id, asked, result, created_at) VALUES (?, ?, ?, ?)',
        )
        .run(datasetId, question, text, Date.now())
      store.db
        .prepare(
          `DELETE FROM data_profiles WHERE dataset_id = ? AND rowid NOT IN
             (SELECT rowid FROM data_profiles WHERE dataset_id = ? ORDER BY rowid DESC LIMIT ?)`,
        )
        .run(datasetId, datasetId, keptAtMost)
    })
  } catch {
    // As above.
  }
}
