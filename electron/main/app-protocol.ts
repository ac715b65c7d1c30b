/**
 * `app://descent/…` → a Response: the window's own files from where they lie, so that the page loads while the host still starts;
 * everything else over the host's socket, streamed both ways. No Electron in here: it is Request and Response.
 */
import { readFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import type { DescentErrorValue } from '../contract/index.ts'
import { callAreas, windowFile } from '../window-files.ts'
import { isAppUrl } from './policy.ts'

/** They belong to one connection, and the window's is not the host's. RFC 9110, 7.6.1. */
const connectionHeaders = new Set([
  // What comes over app:// nobody unpacks.
  'accept-encoding',
  'connection',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const refusal = (status: number, value: DescentErrorValue): Response => Response.json(value, { status })

/** What stands behind `app://`. */
export interface Behind {
  /** Resolves once the host can be called, and rejects when it never will. */
  hostSocket(): Promise<string>
  /** The folder of the built window, once it is known to be as it was packaged; null where it is not. */
  windowFolder(): Promise<string | null>
}

export function answerFrom({ hostSocket, windowFolder }: Behind): (request: Request) => Promise<Response> {
  return async (request) => {
    if (!isAppUrl(request.url)) return refusal(404, { code: 'notFound', message: 'There is nothing here.' })
    try {
      return (await ownFile(request, windowFolder)) ?? (await forward(request, await hostSocket()))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return refusal(503, {
        code: 'unavailable',
        message: `The part of Descent that does the work is not there: ${reason}`,
      })
    }
  }
}

/** null: it is none, and the host says what there is to say. */
async function ownFile(
  { method, url }: Request,
  windowFolder: Behind['windowFolder'],
): Promise<Response | null> {
  const { pathname } = new URL(url)
  if (method !== 'GET' || callAreas.includes(pathname.split('/')[1]!)) return null
  const folder = await windowFolder()
  if (folder === null) return null
  const { path, headers } = windowFile(folder, decoded(pathname))
  const content = path === null ? null : await readFile(path).catch(() => null)
  return content === null ? null : new Response(content, { headers })
}

/** What cannot be decoded names no file. */
function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return pathname
  }
}

async function forward(request: Request, socketPath: string): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const outgoing = httpRequest({
    socketPath,
    method: request.method,
    path: pathname + search,
    headers: Object.fromEntries([...request.headers].filter(([name]) => !connectionHeaders.has(name))),
  })
  const abort = () => outgoing.destroy()
  request.signal.addEventListener('abort', abort, { once: true })
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve)
    outgoing.once('error', reject)
  })
  if (request.body)
    // A host that answers before the body has ended breaks the pipe; the answer is what counts.
    pipeline(Readable.fromWeb(request.body as NodeReadableStream), outgoing).catch(() => {})
  else outgoing.end()
  const incoming = await answer
  // Later breaks reach the reader through the body.
  outgoing.on('error', () => {})
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming.headers))
    if (value !== undefined && !connectionHeaders.has(name)) headers.set(name, String(value))
  const status = incoming.statusCode ?? 502
  const bodiless = status === 204 || status === 304 || request.method === 'HEAD'
  if (bodiless) incoming.resume()
  // Node's and the DOM's declarations of the same stream differ in a detail.
  const body = bodiless ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array<ArrayBuffer>>)
  return new Response(body, { status, headers })
}
