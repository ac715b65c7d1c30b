/** Keeps the host running: starts it, waits until it is ready, restarts it when it dies, ends it at quit. No Electron in here. */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { z } from 'zod'
import { activitySchema, errorSchema, noActivity, protocolVersion, type Activity } from '../contract/index.ts'
import { socketParent } from './places.ts'

const readyLineSchema = z.discriminatedUnion('ready', [
  z.object({ ready: z.literal(true), protocol: z.int() }),
  z.object({ ready: z.literal(false), error: errorSchema }),
])

const activityLineSchema = z.object({ activity: activitySchema })

export interface HostProcessOptions {
  /** The pinned Node. */
  readonly command: string
  /** The host's program and its arguments, but for `--socket`. */
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly readyTimeoutMs?: number
  /** After its stdin has closed, the host has this long to stop jobs at a checkpoint and close the database. */
  readonly stopTimeoutMs?: number
  /** Before the first restart; doubles with every death in a row. */
  readonly restartMs?: number
  log(line: string): void
  /** What is under way in the host is another. */
  onActivity?(activity: Activity): void
  /** The host will not come back: a sentence for people. */
  onGiveUp(message: string): void
}

/** Deaths in a row that are forgiven; a host that has run for a minute starts afresh. */
const maxDeaths = 5
const healthyAfterMs = 60_000

export type AfterDeath = { restartIn: number; deaths: number } | { giveUp: true }

/** What follows the death of a host that had run for `uptimeMs`, after `deaths` earlier ones; delays double. */
export function afterDeath(deaths: number, uptimeMs: number, firstDelayMs: number): AfterDeath {
  const count = uptimeMs >= healthyAfterMs ? 1 : deaths + 1
  return count > maxDeaths ? { giveUp: true } : { restartIn: firstDelayMs * 2 ** (count - 1), deaths: count }
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

export class HostProcess {
  readonly #options: Required<HostProcessOptions>
  /** Only the user can look into it; short, for a socket's path may have 104 bytes on macOS. */
  readonly #folder = mkdtempSync(join(socketParent(), 'descent-'))
  #child: Child | null = null
  #exited: Promise<void> = Promise.resolve()
  #gate = openGate()
  #starts = 0
  #deaths = 0
  #restart: NodeJS.Timeout | null = null
  #over = false

  constructor(options: HostProcessOptions) {
    this.#options = {
      env: process.env,
      readyTimeoutMs: 30_000,
      stopTimeoutMs: 15_000,
      restartMs: 250,
      onActivity: () => {},
      ...options,
    }
  }

  /** The socket of a host that can be called; waits while it starts or restarts. */
  socket(): Promise<string> {
    return this.#gate.promise
  }

  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  start(): void {
    if (this.#over) return
    const { command, args, env, log, readyTimeoutMs } = this.#options
    const socket = this.#socketPath(++this.#starts)
    const started = performance.now()
    const child = spawn(command, [...args, '--socket', socket], { env, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child = child
    // Writing to a host that has died is no news: its exit is.
    child.stdin.on('error', () => {})
    createInterface({ input: child.stderr }).on('line', log)
    const timeout = setTimeout(() => {
      log(`The host was not ready within ${readyTimeoutMs} ms.`)
      child.kill('SIGKILL')
    }, readyTimeoutMs)
    const lines = createInterface({ input: child.stdout })
    lines.once('line', (line) => {
      clearTimeout(timeout)
      this.#heard(line, socket)
      lines.on('line', (later) => {
        const said = activityLineSchema.safeParse(parseJson(later))
        if (said.success) this.#options.onActivity(said.data.activity)
      })
    })
    this.#exited = new Promise((resolve) => {
      const ended = (how: string) => {
        clearTimeout(timeout)
        this.#child = null
        // Its trainings are interrupted, and go on only when somebody says so.
        this.#options.onActivity(noActivity)
        resolve()
        this.#died(how, performance.now() - started)
      }
      child.once('exit', (code, signal) => ended(signal ?? `code ${code}`))
      // Without a process there is no exit.
      child.once('error', (error) => {
        if (child.pid === undefined) ended(error.message)
      })
    })
  }

  /** Closes its stdin, which asks it to end; insists when it does not. */
  async stop(): Promise<void> {
    this.#over = true
    if (this.#restart) clearTimeout(this.#restart)
    this.#shut(new Error('Descent is closing.'))
    const child = this.#child
    if (child) {
      child.stdin.end()
      const insist = setTimeout(() => child.kill('SIGTERM'), this.#options.stopTimeoutMs)
      const force = setTimeout(() => child.kill('SIGKILL'), this.#options.stopTimeoutMs + 2000)
      await this.#exited
      clearTimeout(insist)
      clearTimeout(force)
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #socketPath(start: number): string {
    const name = `${process.pid}-${start}`
    return process.platform === 'win32'
      ? `\\\\.\\pipe\\descent-${name}-${crypto.randomUUID()}`
      : join(this.#folder, name)
  }

  #heard(line: string, socket: string): void {
    const said = readyLineSchema.safeParse(parseJson(line))
    if (!said.success) this.#giveUp(`Its host said something that is not understood: ${line.slice(0, 200)}`)
    // Starting again would end the same way: the workspace is in use, or cannot be written to.
    else if (!said.data.ready) this.#giveUp(said.data.error.message)
    else if (said.data.protocol !== protocolVersion)
      this.#giveUp(
        `Its parts are of different versions (window ${protocolVersion}, host ${said.data.protocol}). Install Descent again.`,
      )
    else this.#gate.resolve(socket)
  }

  #died(how: string, uptimeMs: number): void {
    if (this.#over) return
    this.#options.log(`The host ended (${how}).`)
    const next = afterDeath(this.#deaths, uptimeMs, this.#options.restartMs)
    if ('giveUp' in next) {
      this.#giveUp(`Its host ended ${maxDeaths + 1} times in a row (${how}). The log says more.`)
      return
    }
    this.#deaths = next.deaths
    const waiting = this.#gate
    this.#gate = openGate()
    // Whoever still waits on the host that died waits for the next one; a settled gate ignores this.
    this.#gate.promise.then(waiting.resolve, waiting.reject)
    this.#restart = setTimeout(() => this.start(), next.restartIn)
  }

  #giveUp(message: string): void {
    if (this.#over) return
    this.#over = true
    this.#shut(new Error(message))
    this.#child?.stdin.end()
    this.#options.onGiveUp(message)
  }

  #shut(reason: Error): void {
    this.#gate.reject(reason)
    // A gate that had opened leads to a host that is no more.
    this.#gate = openGate()
    this.#gate.reject(reason)
  }
}

function openGate(): PromiseWithResolvers<string> {
  const gate = Promise.withResolvers<string>()
  // A rejection that nobody waits for yet is not an accident.
  gate.promise.catch(() => {})
  return gate
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
