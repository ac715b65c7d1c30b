/** What every attack needs: the real host as a child process, calls to it as a browser makes them, and patience. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import {
  DescentError,
  errorSchema,
  procedures,
  type HostEvent,
  type Input,
  type Output,
  type ProcedureName,
} from '../../electron/contract/index.ts'

export const root = resolve(import.meta.dirname, '../..')
const hostProgram = join(root, 'electron/host/main.ts')
export const commandLine = join(root, 'electron/descent.mjs')
export const sample = (name: string): string => join(root, 'resources/samples', `${name}.csv`)

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** A folder of its own for whatever is attacked. */
export const freshFolder = (): string => mkdtempSync(join(tmpdir(), 'descent-faults-'))
export const removeFolder = (path: string): void =>
  rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })

/** Numbers in [0, 1) that depend on the seeds alone (mulberry32). */
export function randomOf(...seeds: number[]): () => number {
  let state = seeds.reduce((sum, seed) => Math.imul(sum ^ seed, 0x9e3779b1) + 0x7f4a7c15, 1) | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export const pick = <T>(random: () => number, list: readonly T[]): T =>
  list[Math.floor(random() * list.length)]!

/**
 * How much slower everything is than on an idle machine: what is promised in seconds is promised for one that has them.
 * Never less than one.
 */
export const slowness = (): number => Math.min(10, Math.max(1, loadavg()[0]! / availableParallelism()))

/** Resolves with what `look` finds, or rejects after `limitMs` with `what` was waited for. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  limitMs = 30_000,
  everyMs = 50,
): Promise<T> {
  const start = performance.now()
  for (;;) {
    const found = await look()
    if (found !== null && found !== undefined && found !== false) return found
    const waited = performance.now() - start
    if (waited > limitMs * slowness())
      throw new Error(`${what} did not happen within ${(waited / 1000).toFixed(0)} s`)
    await sleep(everyMs)
  }
}

export async function inTime<T>(what: string, promise: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const most = limitMs * slowness()
    timer = setTimeout(() => reject(new Error(`${what} took more than ${(most / 1000).toFixed(0)} s`)), most)
  })
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** The connection broke: the host is gone, or went while it was called. */
export class Gone extends Error {}

export const messageOf = (error: unknown): string =>
  error instanceof DescentError
    ? `${error.code}: ${error.message}`
    : error instanceof Error
      ? error.message
      : String(error)

/** What the call was refused with; undefined where it was granted. */
export async function refusalOf(call: Promise<unknown>): Promise<DescentError | undefined> {
  try {
    await call
    return undefined
  } catch (error) {
    if (error instanceof DescentError) return error
    throw error
  }
}

const mark = 'DESCENT_FAULTS_MARK'

/** Every process that inherited the mark, whoever its parent is by now. Linux only. */
function marked(value: string): number[] {
  const wanted = `${mark}=${value}\0`
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/environ`, 'latin1').includes(wanted) &&
          !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))
        )
      } catch {
        return false
      }
    })
    .map(Number)
}

/** Empty where it has ended. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}

export function killed(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

export interface HostOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly umask?: number
  /** Arguments of Node itself. */
  readonly node?: readonly string[]
  /** A program, with its arguments, that starts Node. */
  readonly under?: readonly string[]
}

let hosts = 0
const living = new Set<Host>()

/** Whatever an attack left running ends with it. */
export function endHosts(): void {
  for (const host of living) host.killAll()
}

export class Host {
  readonly #child: ChildProcess
  readonly #mark: string
  readonly workspace: string
  readonly #events: HostEvent[] = []
  readonly #stdout: Record<string, unknown>[] = []
  stderr = ''
  url = ''
  cookie = ''
  exited: { code: number | null; signal: string | null } | null = null

  private constructor(workspace: string, { env, umask, node = [], under = [] }: HostOptions) {
    this.workspace = workspace
    this.#mark = `${process.pid}-${++hosts}`
    const command = [
      ...under,
      process.execPath,
      ...node,
      hostProgram,
      '--workspace',
      workspace,
      '--port',
      '0',
    ]
    const before = umask === undefined ? undefined : process.umask(umask)
    this.#child = spawn(command[0]!, command.slice(1), {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, [mark]: this.#mark, ...env },
    })
    if (before !== undefined) process.umask(before)
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr = (this.stderr + chunk.toString()).slice(-20_000)
    })
    this.#child.stdin?.on('error', () => undefined)
    this.#child.on('exit', (code, signal) => {
      this.exited = { code, signal }
    })
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      try {
        this.#stdout.push(JSON.parse(line) as Record<string, unknown>)
      } catch {
        this.#stdout.push({ line })
      }
    })
    living.add(this)
  }

  /** Throws the error value where the host says why it cannot start. */
  static async start(workspace: string, options: HostOptions = {}): Promise<Host> {
    const host = new Host(workspace, options)
    try {
      const [line] = await until(
        'a host that is ready',
        () => {
          if (host.#stdout.length > 0) return host.#stdout
          if (host.exited === null) return null
          throw new Error(`the host ended before it was ready: ${host.stderr.slice(-2000)}`)
        },
        60_000,
        10,
      )
      if (line?.ready !== true) {
        const { code, message, field } = errorSchema.parse(line?.error)
        throw new DescentError(code, message, field)
      }
      host.url = String(line.url)
      const response = await fetch(host.url, { redirect: 'manual' })
      host.cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
      if (response.status !== 303 || host.cookie === '') throw new Error('the printed address lets nobody in')
      return host
    } catch (error) {
      host.killAll()
      throw error
    }
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** The address for the next browser, printed when one has signed in. */
  nextAddress(): Promise<string> {
    return until('another address', () => this.#stdout.find((line) => 'address' in line)?.address as string)
  }

  /** The host's processes below itself: trainers and workers, by the program they run. */
  children(): { pid: number; program: 'trainer' | 'worker' | 'other' }[] {
    return marked(this.#mark)
      .filter((pid) => pid !== this.pid)
      .map((pid) => {
        const line = commandOf(pid)
        const program = line.includes('trainer.ts')
          ? 'trainer'
          : line.includes('worker.ts')
            ? 'worker'
            : 'other'
        return { pid, program }
      })
  }

  processes(): number[] {
    return marked(this.#mark)
  }

  async fetch(path: string, init: RequestInit & { duplex?: 'half' } = {}): Promise<Response> {
    try {
      return await fetch(new URL(path, this.url), {
        ...init,
        // A connection that is kept may be closed by the host the very moment it is used again.
        headers: { cookie: this.cookie, connection: 'close', ...(init.headers as Record<string, string>) },
      })
    } catch (error) {
      await sleep(200)
      const how = this.exited === null ? 'it runs' : `it ended, ${JSON.stringify(this.exited)}`
      const cause = messageOf((error as Error).cause ?? '')
      throw new Gone(`${path}: ${messageOf(error)} ${cause} (${how}): ${this.stderr.slice(-300).trim()}`)
    }
  }

  async #json(path: string, init: RequestInit): Promise<unknown> {
    const response = await this.fetch(path, init)
    let value: unknown
    try {
      value = await response.json()
    } catch (error) {
      throw new Gone(`${path}: ${messageOf(error)}`)
    }
    if (response.status === 200) return value
    const { code, message, field } = errorSchema.parse(value)
    const log =
      code === 'internal' ? `\n    its log: ${(await sleep(50), this.stderr.slice(-300).trim())}` : ''
    throw new DescentError(code, message + log, field)
  }

  /** Throws a DescentError where it is refused, and Gone where nobody answers. What is answered holds to the contract. */
  async call<N extends ProcedureName>(name: N, input: Input<N>): Promise<Output<N>> {
    const value = await this.#json(`/rpc/${name}`, { method: 'POST', body: JSON.stringify(input) })
    return procedures[name].output.parse(value) as Output<N>
  }

  /** Returns the path at which the host keeps it. */
  async upload(name: string, body: string | Uint8Array): Promise<string> {
    const value = await this.#json(`/upload/${encodeURIComponent(name)}`, {
      method: 'PUT',
      body: body as BodyInit,
    })
    return (value as { path: string }).path
  }

  /** From now on, whatever the host says unasked is in `events`. */
  async listen(): Promise<HostEvent[]> {
    const response = await this.fetch('/events')
    const stream = response.body!.pipeThrough(new TextDecoderStream())
    void (async () => {
      let text = ''
      try {
        for await (const chunk of stream) {
          text += chunk
          const lines = text.split('\n')
          text = lines.pop() ?? ''
          for (const line of lines)
            if (line.startsWith('data: ')) this.#events.push(JSON.parse(line.slice(6)) as HostEvent)
        }
      } catch {
        // The host is gone.
      }
    })()
    await until('the first event', () => this.#events.length > 0)
    return this.#events
  }

  /** In good order, as when the window closes. */
  async end(): Promise<void> {
    this.#child.stdin?.end()
    if (this.exited === null) await inTime('closing the host', once(this.#child, 'exit'), 30_000)
    await this.gone()
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  killAll(): void {
    for (let round = 0; round < 5; round++) {
      const pids = this.processes()
      if (pids.length === 0) break
      pids.forEach(killed)
    }
    living.delete(this)
  }

  /** Resolves when nothing of it runs any more; how long that took. */
  async gone(limitMs = 5000): Promise<number> {
    const start = performance.now()
    try {
      await until('the end of all processes', () => this.processes().length === 0, limitMs, 20)
    } catch (error) {
      throw new Error(`${messageOf(error)}: ${this.processes().map(commandOf).join('; ')}`)
    }
    living.delete(this)
    return performance.now() - start
  }
}

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly timedOut: boolean
}

/** A program of the product to its end, or to its kill after `limitMs`. */
export async function program(
  args: readonly string[],
  {
    limitMs = 60_000,
    cwd = root,
    env = {},
  }: { limitMs?: number; cwd?: string; env?: Record<string, string> } = {},
): Promise<Finished> {
  const value = `${process.pid}-${++hosts}`
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env, [mark]: value },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-200_000)))
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    marked(value).forEach(killed)
  }, limitMs)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return { code: code ?? 128, stdout, stderr, timedOut }
}
