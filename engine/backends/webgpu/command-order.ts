/** Commands run in the order in which they were given, also when one must wait for what it needs. */

interface Waiting {
  readonly ready: Promise<void> | null
  readonly command: () => void
}

export class CommandOrder {
  #waiting: Waiting[] = []
  #drained: Promise<void> = Promise.resolve()
  #isDraining = false
  readonly #report: (error: unknown) => void

  /** `report` hears of commands that failed after their caller had gone on. */
  constructor(report: (error: unknown) => void) {
    this.#report = report
  }

  get isIdle(): boolean {
    return !this.#isDraining
  }

  /** Runs `command` once `ready`, which must not reject, and everything given before are done; now, where that is now. */
  add(command: () => void, ready: Promise<void> | null = null): void {
    if (this.isIdle && !ready) return command()
    this.#waiting.push({ ready, command })
    if (this.isIdle) {
      this.#isDraining = true
      this.#drained = this.#drain()
    }
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      for (const { ready, command } of batch) {
        if (ready) await ready
        try {
          command()
        } catch (error) {
          this.#report(error)
        }
      }
    }
    this.#isDraining = false
  }

  /** Resolves when everything given so far has run. */
  done(): Promise<void> {
    return this.#drained
  }
}
