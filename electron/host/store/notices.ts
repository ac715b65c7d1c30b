/** What people should know about their files: kept in the database until dismissed, and in memory where it cannot be written. */
import type { Notice } from '../../contract/index.ts'
import type { Connection } from './database.ts'

type Severity = Notice['severity']

interface NoticeRow {
  id: number
  created_at: number
  severity: Severity
  message: string
}

export class Notices {
  readonly #db: Connection
  /** The disk was full or the database unreadable: told all the same, as long as this process lives. */
  readonly #unsaved = new Map<number, Notice>()
  readonly #listeners = new Set<(notice: Notice) => void>()

  constructor(db: Connection) {
    this.#db = db
  }

  /** The same message twice is one notice. */
  add(severity: Severity, message: string): void {
    if (this.list().some((notice) => notice.message === message)) return
    const notice = this.#save({ createdAt: Date.now(), severity, message })
    for (const listener of this.#listeners) listener(notice)
  }

  #save(notice: Omit<Notice, 'id'>): Notice {
    try {
      const { lastInsertRowid } = this.#db
        .prepare('INSERT INTO notices (created_at, severity, message) VALUES (?, ?, ?)')
        .run(notice.createdAt, notice.severity, notice.message)
      return { ...notice, id: Number(lastInsertRowid) }
    } catch {
      const unsaved = { ...notice, id: -1 - this.#unsaved.size }
      this.#unsaved.set(unsaved.id, unsaved)
      return unsaved
    }
  }

  /** Newest first, but for those that were dismissed. */
  list(): Notice[] {
    return [...[...this.#unsaved.values()].reverse(), ...this.#stored()]
  }

  #stored(): Notice[] {
    try {
      return this.#db
        .prepare<[], NoticeRow>('SELECT * FROM notices WHERE dismissed_at IS NULL ORDER BY id DESC')
        .all()
        .map((row) => ({
          id: row.id,
          createdAt: row.created_at,
          severity: row.severity,
          message: row.message,
        }))
    } catch {
      return []
    }
  }

  dismiss(id: number): void {
    if (this.#unsaved.delete(id)) return
    this.#db.prepare('UPDATE notices SET dismissed_at = ? WHERE id = ?').run(Date.now(), id)
  }

  onAdded(listener: (notice: Notice) => void): void {
    this.#listeners.add(listener)
  }
}
