/** A real server on a folder of its own, for tests; signed in as a browser would be. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DescentError, procedures, type ProcedureName } from '../../contract/index.ts'
import type { Handlers } from '../context.ts'
import { EventStream, startServer, type RunningServer, type ServerOptions } from './index.ts'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
  json(): unknown
}

interface Call {
  body?: string | Buffer
  headers?: Record<string, string>
  signedIn?: boolean
}

/** Procedures that a test does not call say so. */
export function handlersWith(some: Partial<Handlers>): Handlers {
  const refuse = (name: string) => async () => {
    throw new DescentError('unavailable', `This test has no ${name}.`)
  }
  const rest = Object.fromEntries(Object.keys(procedures).map((name) => [name, refuse(name)]))
  return { ...(rest as Record<ProcedureName, () => Promise<never>>), ...some }
}

export class Trial {
  readonly folder = mkdtempSync(join(tmpdir(), 'descent-server-'))
  readonly workspace = join(this.folder, 'workspace')
  readonly logged: string[] = []
  /** Printed after each sign-in. */
  readonly addresses: string[] = []
  events = new EventStream({ maxPending: 1024 * 1024 })
  #server: RunningServer | null = null
  /** `name=value` */
  cookie = ''

  constructor() {
    mkdirSync(join(this.folder, 'window/assets'), { recursive: true })
    mkdirSync(this.workspace)
    writeFileSync(join(this.folder, 'window/index.html'), '<title>Descent</title>')
    writeFileSync(join(this.folder, 'window/assets/app-1234.js'), 'export {}')
    writeFileSync(join(this.folder, 'secret.txt'), 'secret')
  }

  async start(some: Partial<Handlers> = {}, more: Partial<ServerOptions> = {}): Promise<void> {
    this.#server = await startServer({
      door: { kind: 'loopback', port: 0 },
      handlers: handlersWith(some),
      events: this.events,
      workspace: this.workspace,
      scratch: this.workspace,
      staticFolder: join(this.folder, 'window'),
      onSignIn: (address) => this.addresses.push(address),
      log: (message, cause) => this.logged.push(`${message} ${String(cause)}`),
      ...more,
    })
    if (more.door?.kind === 'socket') return
    const { pathname, search } = new URL(this.server.address)
    const [cookie = ''] =
      (await this.call('GET', pathname + search, { signedIn: false })).headers['set-cookie'] ?? []
    this.cookie = cookie.split(';')[0]!
    this.addresses.length = 0
  }

  get server(): RunningServer {
    if (!this.#server) throw new Error('The server has not been started.')
    return this.#server
  }

  get port(): number {
    return Number(new URL(this.server.address).port)
  }

  /** Plain node:http, because fetch forbids setting Host and Origin. */
  call(method: string, path: string, { body, headers = {}, signedIn = true }: Call = {}): Promise<Answer> {
    const cookie: Record<string, string> = signedIn ? { cookie: this.cookie } : {}
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        { host: '127.0.0.1', port: this.port, method, path, headers: { ...cookie, ...headers } },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString()
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text,
              json: () => JSON.parse(text),
            })
          })
          response.on('error', reject)
        },
      )
      request.on('error', reject)
      request.end(body)
    })
  }

  /** The beginning of a signed-in request, byte by byte what a test wants it to be. */
  head(method: string, path: string, ...headers: string[]): string {
    const lines = [`${method} ${path} HTTP/1.1`, `Host: 127.0.0.1:${this.port}`, `Cookie: ${this.cookie}`]
    return [...lines, ...headers, '', ''].join('\r\n')
  }

  /** A bare connection, and all that comes back until it is closed. */
  raw(): { socket: Socket; heard: Promise<string> } {
    const socket = connect(this.port, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.on('error', () => {})
    return { socket, heard: new Promise((resolve) => socket.once('close', () => resolve(text))) }
  }

  async close(): Promise<void> {
    await this.#server?.close(100)
    rmSync(this.folder, { recursive: true, force: true })
  }
}
