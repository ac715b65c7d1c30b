import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Case } from '../cases.ts'
import type { Launch, Ran, Reply, Request } from './protocol.ts'

export interface Ready {
  device: string
  version: string
  variants: string[]
}

/** A running contestant. One request at a time: that is what makes the rounds comparable. */
export class ContestantProcess {
  readonly #child: ChildProcess
  readonly #replies: AsyncIterator<string>
  /** Its last words, which say why it ended. */
  #complaint = ''
  readonly #hasSaidAll: Promise<void>

  /** `environment`: added to this process's own. */
  constructor(launch: Exclude<Launch, { missing: string }>, environment: Record<string, string> = {}) {
    this.#child = spawn(launch.command, launch.args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...environment, ...launch.environment },
    })
    this.#replies = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]()
    this.#child.stderr!.on('data', (text) => {
      this.#complaint = (this.#complaint + String(text)).slice(-2000)
    })
    this.#hasSaidAll = new Promise((resolve) => this.#child.stderr!.once('close', resolve))
    // Writing to a contestant that ended is reported by the answer that does not come.
    this.#child.stdin!.on('error', () => {})
    this.#child.on('error', (error) => {
      this.#complaint = error.message
    })
  }

  async prepare(id: string, c: Case): Promise<Ready> {
    const reply = await this.#ask({ kind: 'prepare', id, case: c })
    if (reply.kind !== 'ready') throw new Error(`answered ${reply.kind} to prepare`)
    return reply
  }

  async run(id: string, variant: string, iterations: number): Promise<Ran> {
    const reply = await this.#ask({ kind: 'run', id, variant, iterations })
    if (reply.kind !== 'ran') throw new Error(`answered ${reply.kind} to run`)
    return reply.ran
  }

  async forget(id: string): Promise<void> {
    await this.#ask({ kind: 'forget', id })
  }

  /** Most of and current memory that it holds on this machine, in bytes; null where the system does not say. */
  memory(): { peak: number; now: number } | null {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')
      const bytes = (name: string): number =>
        Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1]) * 1024
      return { peak: bytes('VmHWM'), now: bytes('VmRSS') }
    } catch {
      return null
    }
  }

  stop(): void {
    this.#child.kill()
  }

  /** Lets it end by itself, as a program that is done does: what it wants to keep it writes then. */
  async end(patienceSeconds: number): Promise<void> {
    const exited = new Promise((resolve) => this.#child.once('exit', resolve))
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.stdin!.end()
    const timer = setTimeout(() => this.stop(), patienceSeconds * 1000)
    await exited
    clearTimeout(timer)
  }

  async #ask(request: Request): Promise<Reply> {
    this.#child.stdin!.write(JSON.stringify(request) + '\n')
    for (;;) {
      const line = await this.#replies.next()
      if (line.done) {
        await this.#hasSaidAll
        const said = this.#complaint.trim().split('\n')
        const reason = said.findLast((text) => /error/i.test(text)) ?? said.at(-1)
        throw new Error(`ended without an answer${reason ? `: ${reason.trim()}` : ''}`)
      }
      // Libraries greet on stdout.
      if (!line.value.startsWith('{')) continue
      const reply = JSON.parse(line.value) as Reply
      if (reply.kind === 'failed') throw new Error(reply.reason)
      return reply
    }
  }
}
