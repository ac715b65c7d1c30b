/** What the databases of a restored workspace say of places: those in the former workspace are in this one now. */
import Database from 'better-sqlite3'
import { join } from 'node:path'
import { databases } from '../projects/file/contents.ts'

/** Where there are documents with places in them, and places. */
const documents = [
  ['projects', 'recipe'],
  ['recipe_history', 'recipe'],
  ['datasets', 'receipt'],
  ['run_recipes', 'recipe'],
  ['searches', 'document'],
  ['search_trials', 'trial'],
  ['baselines', 'document'],
  ['models', 'info'],
] as const

const uploaded = /[\\/](uploads[\\/]u\w+[\\/][^\\/]+)$/

/** A workspace may have been opened by several names: its uploads are known by the name of their folder. */
export function mover(former: string, place: string, uploads: ReadonlySet<string>): (path: string) => string {
  return (path) => {
    const rest = former !== '' && path.startsWith(former) ? path.slice(former.length) : ''
    const upload = /^[a-z][\w+.-]+:\/\//i.test(path) ? null : uploaded.exec(path)?.[1]?.replaceAll('\\', '/')
    const below = /^[\\/]/.test(rest) ? rest.split(/[\\/]/) : null
    if (below !== null && !below.includes('..')) return join(place, ...below)
    return upload && uploads.has(upload) ? join(place, ...upload.split('/')) : path
  }
}

/** All texts of a document. */
function withTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((each) => withTexts(each, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withTexts(each, change)]))
}

function withMoved(document: string, moved: (path: string) => string): string {
  try {
    const value: unknown = JSON.parse(document)
    const text = JSON.stringify(withTexts(value, moved))
    // As it was, to the letter, where nothing is to be changed.
    return text === JSON.stringify(value) ? document : text
  } catch {
    // Whoever reads it is told.
    return document
  }
}

/** Its daily copies stayed where they were. */
export function settle(folder: string, former: string, place: string): void {
  const db = new Database(join(folder, databases[0]), { fileMustExist: true })
  try {
    const uploads = db.prepare<[], string>("SELECT path FROM files WHERE path LIKE 'uploads/%'").pluck().all()
    const moved = mover(former, place, new Set(uploads))
    db.function('moved_document', { deterministic: true }, (text: unknown) => withMoved(String(text), moved))
    db.function('moved_path', { deterministic: true }, (text: unknown) => moved(String(text)))
    db.transaction(() => {
      db.exec('DELETE FROM backups')
      const isThere = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?")
      for (const [table, column] of documents.filter(([name]) => isThere.get(name) !== undefined))
        db.exec(`UPDATE ${table} SET ${column} = moved_document(${column}) WHERE ${column} IS NOT NULL`)
      db.exec('UPDATE OR REPLACE models SET path = moved_path(path)')
    })()
    db.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    db.close()
  }
}
