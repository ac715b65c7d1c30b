/** `GET /events`: server-sent events to every connected window. https://html.spec.whatwg.org/multipage/server-sent-events.html */
import type { ServerResponse } from 'node:http'
import { DescentError, protocolVersion, type HostEvent } from '../../contract/index.ts'
import { securityHeaders } from '../../window-files.ts'

export interface EventStreamOptions {
  /** Keeps tunnels and proxies from closing a quiet stream. */
  readonly heartbeatMs?: number
  /** A window that has this many bytes unread is dropped; it reconnects and refetches. */
  readonly maxPending?: number
  /** More windows than anyone has are a mistake of some program, and each may leave `maxPending` unread. */
  readonly maxClients?: number
}

export class EventStream {
  readonly #clients = new Set<ServerResponse>()
  readonly #maxPending: number
  readonly #maxClients: number
  readonly #heartbeat: NodeJS.Timeout

  constructor({
    heartbeatMs = 15_000,
    maxPending = 4 * 1024 * 1024,
    maxClients = 100,
  }: EventStreamOptions = {}) {
    this.#maxPending = maxPending
    this.#maxClients = maxClients
    this.#heartbeat = setInterval(() => this.#send(':\n\n'), heartbeatMs)
    this.#heartbeat.unref()
  }

  get clients(): number {
    return this.#clients.size
  }

  connect(response: ServerResponse): void {
    if (this.#clients.size >= this.#maxClients)
      throw new DescentError(
        'unavailable',
        `Descent is open in ${this.#clients.size} windows already. Close some of them.`,
      )
    response.writeHead(200, {
      ...securityHeaders,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Asks nginx and its kin not to hold events back.
      'x-accel-buffering': 'no',
    })
    const hello: HostEvent = { type: 'hello', protocol: protocolVersion }
    response.write(`retry: 1000\n\n${frame(hello)}`)
    this.#clients.add(response)
    response.once('close', () => this.#clients.delete(response))
  }

  emit(event: HostEvent): void {
    if (this.#clients.size > 0) this.#send(frame(event))
  }

  close(): void {
    clearInterval(this.#heartbeat)
    for (const client of this.#clients) client.end()
    this.#clients.clear()
  }

  #send(text: string): void {
    for (const client of this.#clients) {
      if (client.writableLength + text.length > this.#maxPending) {
        this.#clients.delete(client)
        client.destroy()
      } else client.write(text)
    }
  }
}

const frame = (event: HostEvent): string => `data: ${JSON.stringify(event)}\n\n`
