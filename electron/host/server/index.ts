/** The host's door: one small HTTP server, on a socket only the user can open or on loopback behind a token. */
import { chmod, mkdir, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import { DescentError, type DescentErrorValue } from '../../contract/index.ts'
import type { Handlers } from '../context.ts'
import { authorize } from './auth.ts'
import { toErrorValue } from './errors.ts'
import type { EventStream } from './events.ts'
import { handleDownload, handleStatic, handleUpload } from './files.ts'
import { securityHeaders } from './headers.ts'
import { sendError } from './reply.ts'
import { handleRpc } from './rpc.ts'

export { newToken } from './auth.ts'
export { EventStream } from './events.ts'

export type Door =
  /** A path, or a `\\.\pipe\…` name on Windows, whose default rights let only its creator write. */
  | { readonly kind: 'socket'; readonly path: string }
  /** Port 0 lets the system choose. */
  | { readonly kind: 'loopback'; readonly port: number; readonly token: string }

export interface ServerOptions {
  readonly door: Door
  readonly handlers: Handlers
  readonly events: EventStream
  readonly workspace: string
  /** The built window; null serves calls only. */
  readonly staticFolder: string | null
  log(message: string, cause?: unknown): void
}

export interface RunningServer {
  /** Where it listens: the socket's path, or `http://127.0.0.1:port/?token=…`. */
  readonly address: string
  /** Lets calls that are under way finish, for at most `graceMs`. */
  close(graceMs?: number): Promise<void>
}

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { door, events } = options
  const server = createServer((request, response) => {
    void answer(request, response, options, portOf(server))
  })
  // A large file through a tunnel takes longer than Node's five minutes; slow headers still time out.
  server.requestTimeout = 0
  await (door.kind === 'socket'
    ? listenOnSocket(server, door.path)
    : listen(server, { host: '127.0.0.1', port: door.port }))
  const address =
    door.kind === 'socket' ? door.path : `http://127.0.0.1:${portOf(server)}/?token=${door.token}`
  return {
    address,
    async close(graceMs = 2000) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      events.close()
      server.closeIdleConnections()
      const deadline = setTimeout(() => server.closeAllConnections(), graceMs)
      await closed
      clearTimeout(deadline)
    },
  }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address ? (address satisfies AddressInfo).port : 0
}

function listen(server: Server, where: { path: string } | { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE' && 'port' in where
      reject(
        taken
          ? new DescentError(
              'conflict',
              `Port ${where.port} is taken by another program. Choose another with --port.`,
            )
          : error,
      )
    })
    server.listen(where, resolve)
  })
}

async function listenOnSocket(server: Server, path: string): Promise<void> {
  if (process.platform === 'win32') return listen(server, { path })
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  // Left behind by a host that was killed; the workspace's lock has already shown that none is running.
  await rm(path, { force: true })
  await listen(server, { path })
  await chmod(path, 0o600)
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServerOptions,
  port: number,
): Promise<void> {
  try {
    const url = requestUrl(request)
    if (options.door.kind === 'loopback') {
      const verdict = authorize(
        {
          method: request.method ?? '',
          url,
          host: request.headers.host,
          origin: request.headers.origin,
          cookie: request.headers.cookie,
        },
        port,
        options.door.token,
      )
      if (verdict.kind === 'deny') {
        sendError(request, response, { code: 'unauthorized', message: verdict.message }, verdict.status)
        return
      }
      if (verdict.kind === 'signIn') {
        response.writeHead(303, {
          ...securityHeaders,
          'set-cookie': verdict.setCookie,
          location: verdict.location,
          'cache-control': 'no-store',
        })
        response.end()
        return
      }
    }
    await route(request, response, url, options)
  } catch (error) {
    fail(request, response, error, options)
  }
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  { handlers, events, workspace, staticFolder }: ServerOptions,
): Promise<void> {
  const [, area = '', name = '', ...more] = url.pathname.split('/')
  const endpoint = `${request.method} /${area}`
  if (more.length === 0 && name !== '') {
    if (endpoint === 'POST /rpc') return handleRpc(request, response, decode(name), handlers)
    if (endpoint === 'PUT /upload') return handleUpload(request, response, decode(name), workspace)
  }
  if (name === '' && endpoint === 'GET /events') return events.connect(response)
  if (name === '' && endpoint === 'GET /download')
    return handleDownload(request, response, url.searchParams.get('path'), workspace)
  if (['rpc', 'upload', 'events', 'download'].includes(area)) {
    const value: DescentErrorValue = {
      code: 'badRequest',
      message: `${request.method} ${url.pathname} is not a call.`,
    }
    return sendError(request, response, value, 405)
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const value: DescentErrorValue = { code: 'badRequest', message: `${url.pathname} can only be read.` }
    return sendError(request, response, value, 405)
  }
  await handleStatic(request, response, decode(url.pathname), staticFolder)
}

function requestUrl(request: IncomingMessage): URL {
  // The base is only there to make the parser happy; a leading // would otherwise be read as a host name.
  const url = URL.parse(`http://descent${(request.url ?? '').replace(/^[^/]+/, '')}`)
  if (!url) throw new DescentError('badRequest', 'The address of the call is malformed.')
  return url
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new DescentError('badRequest', 'The address of the call is malformed.')
  }
}

function fail(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  options: ServerOptions,
): void {
  // The window went away in the middle of a file: nobody is left to tell.
  if (request.destroyed && !request.complete) return void response.destroy()
  const { value, unexpected } = toErrorValue(error, options.workspace)
  if (unexpected) options.log(`${request.method} ${request.url?.split('?')[0]} failed`, error)
  sendError(request, response, value)
}
