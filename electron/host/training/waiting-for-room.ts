/** Runs that a full disk interrupted, and the changes that could not be written: both are tried again while Descent runs. */
import { statfsSync } from 'node:fs'
import type { Store } from '../store/index.ts'
import { saveUnsaved } from '../runs/repository.ts'

const lookMs = 1000
/** A run whose disk fills again and again is left alone for longer each time. */
const longestMs = 60_000
/** A checkpoint is written before the former one is let go. */
const leastRoom = 16 * 1024 * 1024

interface Waiting {
  since: number
  waitMs: number
}

export class WaitingForRoom {
  readonly #store: Store
  readonly #goOn: (runId: string) => void
  readonly #runs = new Map<string, Waiting>()
  /** They went on by themselves, and how long they would wait were there no room again. */
  readonly #gone = new Map<string, number>()
  readonly #timer: NodeJS.Timeout

  constructor(store: Store, goOn: (runId: string) => void) {
    this.#store = store
    this.#goOn = goOn
    this.#timer = setInterval(() => this.#look(), lookMs)
    this.#timer.unref()
  }

  add(runId: string): void {
    const waitMs = Math.min(longestMs, 2 * (this.#gone.get(runId) ?? lookMs / 2))
    this.#runs.set(runId, { since: performance.now(), waitMs })
  }

  forget(runId: string): void {
    this.#runs.delete(runId)
    this.#gone.delete(runId)
  }

  has(runId: string): boolean {
    return this.#runs.has(runId)
  }

  hasGoneOn(runId: string): boolean {
    return this.#gone.has(runId)
  }

  /** What has not been written yet gets its last chance. */
  close(): void {
    clearInterval(this.#timer)
    if (this.#store.db.open) saveUnsaved(this.#store)
  }

  #look(): void {
    if (!this.#store.db.open || !saveUnsaved(this.#store) || !this.#hasRoom()) return
    for (const [runId, { since, waitMs }] of [...this.#runs]) {
      if (performance.now() - since < waitMs) continue
      this.#runs.delete(runId)
      this.#gone.set(runId, waitMs)
      this.#goOn(runId)
    }
  }

  #hasRoom(): boolean {
    const { bavail, bsize } = statfsSync(this.#store.workspace)
    return bavail * bsize >= leastRoom
  }
}
