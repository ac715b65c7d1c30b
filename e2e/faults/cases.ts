/** What an attack found: every case by name, so that one that fails can be run again alone. */

export interface AttackOptions {
  readonly rounds: number
  readonly seed: number
  /** The first round: with `rounds` 1, that one alone. */
  readonly from: number
  /** Only cases whose name holds this. */
  readonly only: string
  say(line: string): void
}

export interface Result {
  readonly passed: number
  readonly failed: string[]
  /** What could not be run, and why. */
  readonly notRun?: string[]
}

export class Cases {
  readonly #options: Pick<AttackOptions, 'say' | 'only'>
  passed = 0
  readonly failed: string[] = []
  readonly notRun: string[] = []

  constructor(options: Pick<AttackOptions, 'say' | 'only'>) {
    this.#options = options
  }

  /** Counts a case: whatever `work` throws, or the complaints that it returns, is a failure. */
  async run(name: string, work: () => Promise<readonly string[] | void>): Promise<boolean> {
    if (!name.includes(this.#options.only)) return true
    const start = performance.now()
    let complaints: readonly string[]
    try {
      complaints = (await work()) ?? []
    } catch (error) {
      complaints = [error instanceof Error ? (error.stack ?? error.message) : String(error)]
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    if (complaints.length === 0) {
      this.passed++
      this.#options.say(`✓ ${name} (${seconds} s)`)
      return true
    }
    this.fail(name, complaints.join('\n    '))
    return false
  }

  fail(name: string, why: string): void {
    this.failed.push(`${name}: ${why}`)
    this.#options.say(`✗ ${name}: ${why}`)
  }

  skip(name: string, why: string): void {
    if (!name.includes(this.#options.only)) return
    this.notRun.push(`${name}: ${why}`)
    this.#options.say(`– ${name}: not run, ${why}`)
  }

  result(): Result {
    return { passed: this.passed, failed: this.failed, notRun: this.notRun }
  }
}
