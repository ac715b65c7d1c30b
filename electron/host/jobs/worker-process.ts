/** One worker process, as the host sees it. */
import { fork, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { codeCacheEnvironment, trainingFlags } from '../../../engine/node.ts'
import type { Order, Report } from './protocol.ts'

const program = fileURLToPath(new URL('./worker.ts', import.meta.url))

export class WorkerProcess {
  readonly #child: ChildProcess
  #stderr = ''
  #over = false
  #reported: number | null = null
  /** What it last worked on, for the next task on the same finds it warm. */
  topic = ''
  onReport: (report: Report) => void = () => undefined
  /** How it ended, and the last it wrote to stderr. */
  onExit: (signal: string | null, stderr: string) => void = () => undefined

  /** `environment`: added to the host's own. */
  constructor(environment: Readonly<Record<string, string>>) {
    this.#child = fork(program, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Flags of the host's own process (a debugger's port, a test runner's loader) are not the worker's.
      execArgv: trainingFlags,
      env: { ...process.env, ...codeCacheEnvironment(), ...environment },
    })
    const exit = (signal: string | null): void => {
      if (this.#over) return
      this.#over = true
      this.onExit(signal, this.#stderr.trim())
    }
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-4000)
    })
    this.#child.on('message', (message) => {
      const report = message as Report
      if (report.type === 'memory') this.#reported = report.bytes
      else this.onReport(report)
    })
    this.#child.on('error', (error) => {
      this.#stderr += error.message
      exit(null)
    })
    this.#child.on('close', (code, signal) => exit(signal ?? `code ${code}`))
  }

  get over(): boolean {
    return this.#over
  }

  start(order: Order): void {
    if (this.#child.connected) this.#child.send(order, () => undefined)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Bytes that it uses, or null where nobody knows. */
  async memory(): Promise<number | null> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8').catch(() => '')
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]
    return kilobytes === undefined ? this.#reported : Number(kilobytes) * 1024
  }
}
