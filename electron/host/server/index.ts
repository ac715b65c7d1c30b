/** The host's door: one small HTTP server, on a socket only the user can open or on loopback behind a key. */
import { chmod, mkdir, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { dirname } from 'node:path'
import { DescentError, type DescentErrorValue } from '../../contract/index.ts'
import { callAreas } from '../../window-files.ts'
import type { Handlers } from '../context.ts'
import { addressOf, decoded } from './address.ts'
import { refuseBroken } from './broken.ts'
import { Entrance } from './entrance.ts'
import { toErrorValue } from './errors.ts'
import type { EventStream } from './events.ts'
import { handleDownload, handleStatic, handleUpload } from './files.ts'
import { callPatience, SlowClient, uploadPatience, type Patience } from './patience.ts'
import { sendError } from './reply.ts'
import { handleRpc } from './rpc.ts'
import { shown } from './words.ts'

export { forwardingPage } from './entrance.ts'
export { EventStream } from './events.ts'

export type Door =
  /** A path, or a `\\.\pipe\…` name on Windows, whose default rights let only its creator write. */
  | { readonly kind: 'socket'; readonly path: string }
  /** Port 0 lets the system choose. */
  | { readonly kind: 'loopback'; readonly port: number }

export interface Patiences {
  readonly headersMs: number
  readonly call: Patience
  readonly upload: Patience
}

export interface ServerOptions {
  readonly door: Door
  readonly handlers: Handlers
  readonly events: EventStream
  readonly workspace: string
  /** Uploads wait here until data is made of them. */
  readonly scratch: string
  /** The built window; null serves calls only. */
  readonly staticFolder: string | null
  /** A browser has used the address; this one is for the next. */
  onSignIn?(address: string): void
  readonly patience?: Partial<Patiences>
  log(message: string, cause?: unknown): void
}

export interface RunningServer {
  /** Where it listens: the socket's path, or `http://127.0.0.1:port/?token=…`, another one after each sign-in. */
  readonly address: string
  /** Lets calls that are under way finish, for at most `graceMs`. */
  close(graceMs?: number): Promise<void>
}

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { door, events } = options
  const patience = { headersMs: 60_000, call: callPatience, upload: uploadPatience, ...options.patience }
  let entrance: Entrance | null = null
  const server = createServer(
    {
      connectionsCheckingInterval: Math.min(30_000, patience.headersMs / 2),
      // Node would refuse without a sentence; the entrance does it with one.
      requireHostHeader: false,
    },
    (request, response) => void answer(request, response, { ...options, patience }, entrance),
  )
  server.headersTimeout = patience.headersMs
  // Node's one limit for all requests would end large uploads through a tunnel: each kind of body has its own.
  server.requestTimeout = 0
  server.on('clientError', refuseBroken)
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const message = `Descent cannot do what the call expects: “${shown(request.headers.expect ?? '')}”.`
    sendError(request, response, { code: 'badRequest', message }, 417)
  })
  if (door.kind === 'socket') await listenOnSocket(server, door.path)
  else {
    await listen(server, { host: '127.0.0.1', port: door.port })
    entrance = new Entrance(portOf(server), (address) => options.onSignIn?.(address))
  }
  return {
    get address() {
      return door.kind === 'socket' ? door.path : entrance!.address
    },
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
  return typeof address === 'object' && address ? address.port : 0
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
  // Node binds before `listen` returns: there is no moment in which others could connect, whatever the umask was.
  const umask = process.umask(0o177)
  const listening = listen(server, { path })
  process.umask(umask)
  await listening
  await chmod(path, 0o600)
}

interface Context extends ServerOptions {
  readonly patience: Patiences
}

/** `entrance` is null where the door is a socket: who can open it has been let in. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  context: Context,
  entrance: Entrance | null,
): Promise<void> {
  try {
    const url = addressOf(request)
    if (entrance && !entrance.admits(request, response, url)) return
    await route(request, response, url, context)
  } catch (error) {
    fail(request, response, error, context)
  }
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  { handlers, events, workspace, scratch, staticFolder, patience }: Context,
): Promise<void> {
  const [, area = '', name = '', ...more] = url.pathname.split('/')
  const endpoint = `${request.method} /${area}`
  if (more.length === 0 && name !== '') {
    if (endpoint === 'POST /rpc') return handleRpc(request, response, decoded(name), handlers, patience.call)
    if (endpoint === 'PUT /upload')
      return handleUpload(request, response, decoded(name), scratch, patience.upload)
  }
  // Nobody reads a body from here on, so nobody would notice one that never ends: the connection ends with the answer.
  if (hasBody(request)) response.setHeader('connection', 'close')
  if (name === '' && endpoint === 'GET /events') return events.connect(response)
  if (name === '' && endpoint === 'GET /download')
    return handleDownload(request, response, url.searchParams.get('path'), workspace)
  const refuse = (message: string): void => {
    const value: DescentErrorValue = { code: 'badRequest', message }
    sendError(request, response, value, 405)
  }
  if (callAreas.includes(area)) return refuse(`There is no call ${request.method} ${shown(url.pathname)}.`)
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refuse(`What is at ${shown(url.pathname)} can only be read.`)
  await handleStatic(request, response, decoded(url.pathname), staticFolder)
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  (headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined

function fail(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  options: ServerOptions,
): void {
  // The window went away in the middle of a file: nobody is left to tell.
  const { code } = (error ?? {}) as Partial<NodeJS.ErrnoException>
  if ((request.destroyed && !request.complete) || code === 'ERR_STREAM_PREMATURE_CLOSE')
    return void response.destroy()
  if (error instanceof SlowClient) return sendError(request, response, error.toValue(), 408)
  const { value, unexpected } = toErrorValue(error, options.workspace)
  if (unexpected) options.log(`${request.method} ${shown(request.url?.split('?')[0] ?? '')} failed`, error)
  sendError(request, response, value)
}
