/** Profiles that were computed before: the same question of the same data has the same answer. */
import { createHash } from 'node:crypto'
import packageJson from '../../../package.json' with { type: 'json' }
import { profileSchema, type Dataset, type Profile, type Recipe } from '../../contract/index.ts'
import { parseStored, type Store } from '../store/index.ts'

/** Raised when a profile of the same columns would say something else, e.g. because of another alert. */
const profileVersion = 1
/** Of one dataset: undo and redo come back to the last few. */
const keptAtMost = 8
/** Characters. What is larger would make the database and its backups large. */
const longest = 8_000_000

/** All that decides what a profile says. */
export function questionOf({ receipt }: Dataset, { kind, data }: Recipe): string {
  const asked = [profileVersion, packageJson.version, receipt.sha256, kind, data.columns]
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
