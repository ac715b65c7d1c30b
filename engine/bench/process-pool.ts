/** The contestants' processes: started when first needed, and again when one had to be ended. */
import type { Case } from './cases.ts'
import { ContestantProcess, type Ready } from './contestants/process.ts'
import type { Contestant, Ran } from './contestants/protocol.ts'

const later = (seconds: number, then: () => void): NodeJS.Timeout => setTimeout(then, seconds * 1000)

export class ProcessPool {
  readonly #patience: number
  readonly #environment: Record<string, string>
  readonly #processes = new Map<Contestant, ContestantProcess>()
  /** Why one cannot be started at all, found out once. */
  readonly #unavailable = new Map<Contestant, string>()
  /** By contestant and case; two contestants may have one name. */
  readonly #ready = new Map<Contestant, Map<string, PromiseSettledResult<Ready>>>()

  /** `environment`: what the contestants get beside this process's own. */
  constructor(patienceSeconds: number, environment: Record<string, string> = {}) {
    this.#patience = patienceSeconds
    this.#environment = environment
  }

  async #process(contestant: Contestant): Promise<ContestantProcess> {
    const running = this.#processes.get(contestant)
    if (running) return running
    const known = this.#unavailable.get(contestant)
    if (known !== undefined) throw new Error(known)
    const launch = await contestant.launch()
    if ('missing' in launch) {
      this.#unavailable.set(contestant, launch.missing)
      throw new Error(launch.missing)
    }
    const process = new ContestantProcess(launch, this.#environment)
    this.#processes.set(contestant, process)
    return process
  }

  /** A process that does not answer in time, or ended, is of no more use. */
  async #within<T>(contestant: Contestant, what: string, seconds: number, work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = later(seconds, () => {
        this.#drop(contestant)
        reject(new Error(`too slow: ${what} took more than ${seconds} s`))
      })
    })
    try {
      return await Promise.race([work, late])
    } finally {
      clearTimeout(timer)
    }
  }

  #drop(contestant: Contestant): void {
    this.#processes.get(contestant)?.stop()
    this.#processes.delete(contestant)
  }

  /** Starts getting ready; how it went is what ready() says. */
  async begin(contestant: Contestant, id: string, c: Case): Promise<void> {
    const work = async (): Promise<Ready> => {
      const process = await this.#process(contestant)
      // Importing and making data takes time that nobody measures.
      return this.#within(contestant, 'getting ready', 2 * this.#patience, process.prepare(id, c))
    }
    const [settled] = await Promise.allSettled([work()])
    const cases = this.#ready.get(contestant) ?? new Map<string, PromiseSettledResult<Ready>>()
    this.#ready.set(contestant, cases.set(id, settled))
  }

  async ready(contestant: Contestant, id: string): Promise<Ready> {
    const settled = this.#ready.get(contestant)!.get(id)!
    if (settled.status === 'rejected') throw settled.reason
    return settled.value
  }

  async run(contestant: Contestant, id: string, variant: string, iterations: number): Promise<Ran> {
    const process = await this.#process(contestant)
    const what = `${iterations} iteration${iterations > 1 ? 's' : ''}`
    return this.#within(contestant, what, this.#patience, process.run(id, variant, iterations))
  }

  memory(contestant: Contestant): { peak: number; now: number } | null {
    return this.#processes.get(contestant)?.memory() ?? null
  }

  async forget(contestant: Contestant, id: string): Promise<void> {
    try {
      await this.#processes.get(contestant)?.forget(id)
    } catch {
      this.#drop(contestant)
    }
  }

  /** Waits until all processes have ended as programs do that are done. */
  async end(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((process) => process.end(this.#patience)))
    this.#processes.clear()
  }

  /** Ends all processes; a later case starts new ones. */
  disband(): void {
    for (const contestant of [...this.#processes.keys()]) this.#drop(contestant)
  }
}
