/**
 * The host's event stream, read through fetch because EventSource does not cover app://.
 * Reconnects for ever; every (re)connection begins with `hello`, upon which stores refetch what they show.
 */
import type { HostEvent } from '../../electron/contract/index.ts'
import { reconnectDelay, sseParser } from './sse.ts'

type Listener = (event: HostEvent) => void
const listeners = new Set<Listener>()

/** Returns the function that stops listening. */
export function onHostEvent(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function connectEvents(onConnection: (connected: boolean) => void): void {
  void listenForever(onConnection)
}

async function listenForever(onConnection: (connected: boolean) => void): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      const response = await fetch('/events', {
        credentials: 'same-origin',
        headers: { accept: 'text/event-stream' },
      })
      if (response.ok && response.body) {
        onConnection(true)
        attempt = 0
        await read(response.body)
      }
    } catch {
      // A broken connection is the normal end of a stream; the loop tries again.
    }
    onConnection(false)
    await new Promise((resolve) => setTimeout(resolve, reconnectDelay(attempt)))
  }
}

async function read(body: ReadableStream<Uint8Array>): Promise<void> {
  const parse = sseParser()
  const decoder = new TextDecoder()
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    for (const data of parse(decoder.decode(value, { stream: true }))) {
      // As of answers, what the host says is what the contract says: its tests hold it to the schemas, and a window that did so
      // again would make all of these before it shows anything.
      const event = JSON.parse(data) as HostEvent
      for (const listener of listeners) listener(event)
    }
  }
}
