/** A model behind HTTP: plain rows, and the Open Inference Protocol. On loopback it needs no key; elsewhere a token. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isIPv6 } from 'node:net'
import { DescentError, formatCount, httpStatus } from '../../contract/index.ts'
import type { LoadedModel } from '../deploy/folder.ts'
import { exampleRow } from '../deploy/example.ts'
import { outsideTraining, withinCoverage } from '../deploy/predict-file.ts'
import { predictionColumns, type PredictionColumns } from '../deploy/table.ts'
import { withDuckDB, type DuckDBConnection } from '../kinds/table/duckdb.ts'
import { addressOf } from '../server/address.ts'
import { sameSecret } from '../server/auth.ts'
import { refuseBroken } from '../server/broken.ts'
import { securityHeaders } from '../../window-files.ts'
import { bodyOf, callPatience, SlowClient, type Patience } from '../server/patience.ts'
import { shown } from '../server/words.ts'
import { slug } from '../deploy/slug.ts'
import { modelMetadata, rowsOf, tensorsOf, wantedOf, type Tensor } from './inference.ts'
import { Metrics } from './metrics.ts'
import { openApi, page } from './openapi.ts'
import { bodyReaders, Refused, type ReadBody } from './bodies.ts'
import { ModelService, Overloaded } from './service.ts'
import { InputWatch } from './watch.ts'
import { readRows, type JsonRow, type Questions } from './values.ts'
import packageJson from '../../../package.json' with { type: 'json' }

/** Of a request. */
export const mostBytes = 16 * 2 ** 20
export const mostRows = 10_000
/** Rows × the numbers that are said of each. */
const mostAnswers = 2_000_000
/** Of all bodies that are being read and worked on: beyond, a client is asked to come back. */
const mostBytesAtOnce = 8 * mostBytes

export interface RestOptions {
  readonly model: LoadedModel
  /** An address of this machine. */
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** null: everybody who reaches it may ask, which on loopback is this machine's users. */
  readonly token: string | null
  /** Of how many rows the truth is to be within what is said beside a prediction; null: nothing is. */
  readonly coverage: number | null
  readonly patience?: Patience
  log(message: string): void
}

export interface RestServer {
  readonly address: string
  /** How the model is called in addresses. */
  readonly name: string
  /** Takes no more requests, answers those that are there, for at most `graceMs`. */
  close(graceMs?: number): Promise<void>
}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

const isRow = (value: unknown): value is JsonRow =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function checkCount(rows: number): void {
  if (rows > mostRows)
    throw new DescentError(
      'tooLarge',
      `At most ${formatCount(mostRows)} rows go into a request: send several.`,
    )
}

const noRows = (): Refused =>
  new Refused(
    400,
    'Send {"rows": [{…}, …]}, a list of rows, or one row: an object with a value for each input.',
  )

export async function serveModel(options: RestOptions): Promise<RestServer> {
  const { model, host, port, token, coverage } = options
  if (token === null && !isLoopback(host))
    throw new DescentError('badRequest', 'A server that others can reach needs a token.', 'token')
  const service = await ModelService.open(model)
  // What the model cannot promise is said before anybody asks.
  if (coverage !== null) withinCoverage(model, coverage, new Float32Array(service.outputs))
  let release: () => void = () => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  const opened = Promise.withResolvers<DuckDBConnection>()
  // As long as the server lives.
  const database = withDuckDB(async (connection) => {
    opened.resolve(connection)
    await released
  })
  database.catch(opened.reject)
  const rest = new Rest(options, service, await opened.promise)
  const server = createServer(
    { requireHostHeader: false, connectionsCheckingInterval: 15_000 },
    (request, response) => rest.answer(request, response),
  )
  server.headersTimeout = 30_000
  server.requestTimeout = 0
  server.keepAliveTimeout = 30_000
  server.maxConnections = 1000
  server.on('clientError', refuseBroken)
  try {
    await listen(server, host, port)
  } catch (error) {
    release()
    await database
    throw error
  }
  const bound = server.address()
  const actual = typeof bound === 'object' && bound ? bound.port : port
  rest.address = `http://${isIPv6(host) ? `[${host}]` : host}:${actual}`
  return {
    address: rest.address,
    name: rest.name,
    async close(graceMs = 10_000) {
      rest.stopping = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      const deadline = setTimeout(() => server.closeAllConnections(), graceMs)
      await closed
      clearTimeout(deadline)
      release()
      await database
    },
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why: Record<string, string> = {
        EADDRINUSE: `Port ${port} is taken by another program. Choose another with --port.`,
        EADDRNOTAVAIL: `${host} is no address of this machine. Give one that is, or 0.0.0.0 for all of them.`,
        ENOTFOUND: `${host} is no address of this machine. Give one that is, or 0.0.0.0 for all of them.`,
        EACCES: `Port ${port} is for the system’s own programs. Choose one from 1024 on with --port.`,
      }
      const message = why[error.code ?? '']
      reject(message === undefined ? error : new DescentError('conflict', message))
    })
    server.listen({ host, port }, resolve)
  })
}

/** DuckDB answers one question at a time; what needs none does not wait for others. */
function oneByOne(connection: DuckDBConnection): Questions {
  let last: Promise<unknown> = Promise.resolve()
  return {
    runAndReadAll: (...question) => {
      const answer = last.then(() => connection.runAndReadAll(...question))
      last = answer.catch(() => undefined)
      return answer
    },
  }
}

class Rest {
  address = ''
  stopping = false
  readonly name: string
  readonly #options: RestOptions
  readonly #service: ModelService
  readonly #questions: Questions
  readonly #metrics = new Metrics()
  readonly #watch: InputWatch
  /** What an answer holds. */
  readonly #answers: readonly Tensor[]
  readonly #types: readonly Tensor['datatype'][]
  readonly #readers: ReturnType<typeof bodyReaders>
  #bytes = 0

  constructor(options: RestOptions, service: ModelService, connection: DuckDBConnection) {
    this.#options = options
    this.#service = service
    this.#questions = oneByOne(connection)
    this.#watch = new InputWatch(options.model.document, options.log)
    if (this.#watch.notice !== null) options.log(this.#watch.notice)
    this.name = slug(options.model.document.name)
    this.#readers = bodyReaders(options.model.document.preparation.columns)
    this.#answers = this.#answersOfZero()
    this.#types = this.#answers.map(({ datatype }) => datatype)
  }

  get #document() {
    return this.#options.model.document
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const started = performance.now()
    const { route, run } = this.#routeOf(request)
    response.on('finish', () =>
      this.#metrics.request(route, response.statusCode, (performance.now() - started) / 1000),
    )
    this.#admit(request)
      .then(() => run(request, response))
      .catch((error: unknown) => this.#fail(request, response, error))
  }

  async #admit({ headers }: IncomingMessage): Promise<void> {
    const { token, host } = this.#options
    if (token === null) {
      // A page of another site whose name leads here has its own name in this header.
      const asked = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
      if (!isLoopback(asked) && asked !== host)
        throw new Refused(403, 'This server answers only to its own address.')
      return
    }
    const given = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1]
    if (given === undefined || !sameSecret(given, token))
      throw new Refused(401, 'Send the server’s token: Authorization: Bearer TOKEN.')
  }

  #routeOf(request: IncomingMessage): Route {
    try {
      return this.#route(request.method ?? 'GET', addressOf(request).pathname)
    } catch (error) {
      return { route: 'other', run: () => Promise.reject(error as Error) }
    }
  }

  #route(method: string, path: string): Route {
    const get = (route: string, value: () => unknown): Route => ({
      route,
      run: async (_, response) => {
        if (method !== 'GET' && method !== 'HEAD') throw new Refused(405, `${shown(path)} can only be read.`)
        send(response, 200, value())
      },
    })
    const post = (route: string, read: ReadBody, work: (body: unknown) => Promise<unknown>): Route => ({
      route,
      run: async (request, response) => {
        if (method !== 'POST') throw new Refused(405, `${shown(path)} is asked by POST.`)
        if (this.stopping) throw new DescentError('unavailable', 'The server is stopping.')
        send(response, 200, await this.#body(request, read, work))
      },
    })
    const own = `/v2/models/${encodeURIComponent(this.name)}`
    const rest = path.startsWith(own) ? path.slice(own.length).replace(/^\/versions\/1(?=\/|$)/, '') : null
    if (path === '/predict') return post('predict', this.#readers.predict, (body) => this.#predict(body))
    if (rest === '/infer') return post('infer', this.#readers.infer, (body) => this.#infer(body))
    if (rest === '') return get('model', () => modelMetadata(this.#document, this.name, this.#answers))
    if (rest === '/ready') return get('ready', () => ({ name: this.name, ready: !this.stopping }))
    if (path === '/v2')
      return get('server', () => ({ name: 'descent', version: packageJson.version, extensions: [] }))
    if (path === '/v2/health/live') return get('health', () => ({ live: true }))
    if (path === '/v2/health/ready' || path === '/health')
      return get('health', () => {
        if (this.stopping) throw new DescentError('unavailable', 'The server is stopping.')
        return { ready: true }
      })
    if (path === '/openapi.json')
      return get('openapi', () =>
        openApi(this.#document, this.name, exampleRow(this.#document), this.#options.token !== null),
      )
    if (path === '/metrics')
      return get(
        'metrics',
        () =>
          new Text(
            'text/plain; version=0.0.4; charset=utf-8',
            this.#metrics.text(this.#service, this.#watch.told()),
          ),
      )
    if (path === '/')
      return get('page', () => {
        const html = page(
          this.#document,
          this.name,
          exampleRow(this.#document),
          this.address,
          this.#options.token !== null,
        )
        return new Text('text/html; charset=utf-8', html)
      })
    return {
      route: 'other',
      run: () =>
        Promise.reject(
          new Refused(
            404,
            `There is nothing at ${shown(path)}. The page at / says what this server can be asked.`,
          ),
        ),
    }
  }

  /** Does the work for a body. */
  async #body(
    request: IncomingMessage,
    read: ReadBody,
    work: (body: unknown) => Promise<unknown>,
  ): Promise<unknown> {
    const reading = read(request.headers)
    if (Number(request.headers['content-length'] ?? 0) > mostBytes) throw tooLarge()
    if (this.#bytes > mostBytesAtOnce) throw new Overloaded()
    const chunks: Buffer[] = []
    let size = 0
    try {
      for await (const chunk of bodyOf(request, this.#options.patience ?? callPatience)) {
        size += chunk.length
        this.#bytes += chunk.length
        if (size > mostBytes) throw tooLarge()
        chunks.push(chunk)
      }
      return await work(await reading(Buffer.concat(chunks)))
    } finally {
      this.#bytes -= size
    }
  }

  async #predict(body: unknown): Promise<unknown> {
    const isOne =
      typeof body === 'object' && body !== null && !Array.isArray(body) && !Object.hasOwn(body, 'rows')
    const rows = Array.isArray(body)
      ? (body as unknown[])
      : isOne
        ? [body]
        : (body as { rows?: unknown } | null)?.rows
    if (!Array.isArray(rows) || rows.length === 0) throw noRows()
    checkCount(rows.length)
    if (!rows.every(isRow)) throw noRows()
    const { columns, notes } = await this.#columns(rows)
    const predictions = rows.map((_, row) =>
      Object.fromEntries(columns.names.map((name, i) => [name, columns.values[i]![row] ?? null])),
    )
    return { predictions, ...(notes.length > 0 && { notes }) }
  }

  async #infer(body: unknown): Promise<unknown> {
    const { id, rows, wanted } = rowsOf(body, this.#document.preparation.columns)
    // Before anything is computed.
    wantedOf(this.#answers, wanted)
    const { columns, notes } = await this.#columns(rows)
    return {
      model_name: this.name,
      model_version: '1',
      ...(id !== undefined && { id }),
      ...(notes.length > 0 && { parameters: { notes: notes.join(' ') } }),
      outputs: wantedOf(tensorsOf(columns, this.#types), wanted),
    }
  }

  async #columns(
    rows: readonly JsonRow[],
  ): Promise<{ columns: PredictionColumns; notes: readonly string[] }> {
    checkCount(rows.length)
    const answers = rows.length * this.#service.outputs
    if (answers > mostAnswers)
      throw new DescentError(
        'tooLarge',
        `${formatCount(rows.length)} rows have ${formatCount(answers)} answers: send at most ${formatCount(Math.floor(mostAnswers / this.#service.outputs))} rows at once.`,
      )
    const { preparation, provenance, inputs } = this.#document
    const { frame, notes, outputs, noted } = await this.#service.predict(rows.length, () =>
      readRows(this.#questions, rows, preparation.columns, provenance.recipe),
    )
    this.#watch.add(frame)
    const names = inputs.map(({ name }) => name)
    const { coverage, model } = this.#options
    const outside = outsideTraining(model, frame)
    const within = coverage === null ? null : withinCoverage(model, coverage, outputs)
    const beside = within === null ? [] : [...within.columns, ...outside.columns]
    return {
      columns: predictionColumns(outputs, preparation, names, beside),
      notes: [...notes, ...noted, ...outside.notes],
    }
  }

  /** That of a row whose outputs are zero. */
  #answersOfZero(): readonly Tensor[] {
    const { preparation, inputs } = this.#document
    const { coverage, model } = this.#options
    const outputs = new Float32Array(this.#service.outputs)
    const within = coverage === null ? [] : withinCoverage(model, coverage, outputs).columns
    const beside = coverage === null ? [] : [...within, { name: 'outside_training', cells: [null] }]
    const names = inputs.map(({ name }) => name)
    return tensorsOf(predictionColumns(outputs, preparation, names, beside))
  }

  #fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (request.destroyed && !request.complete) return void response.destroy()
    const known = error instanceof DescentError ? error : null
    if (known === null) {
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.#options.log(`${request.method} ${shown(request.url ?? '')} failed: ${detail}`)
    }
    const status =
      error instanceof Refused
        ? error.status
        : error instanceof SlowClient
          ? 408
          : known
            ? httpStatus[known.code]
            : 500
    if (response.headersSent) return void response.destroy()
    if (!request.complete) readOn(request, response)
    if (error instanceof Overloaded) response.setHeader('retry-after', '1')
    if (status === 401) response.setHeader('www-authenticate', 'Bearer')
    send(response, status, {
      error: known?.message ?? 'Something went wrong that should not. The server’s log says what.',
    })
  }
}

/** A connection that is closed while its body still comes is reset, and with it the answer lost. */
const drained = { mostBytes: 4 * mostBytes, ms: 10_000 }

/** What is left of a body that nobody wants goes nowhere, if it is not too long; else the connection ends with the answer. */
function readOn(request: IncomingMessage, response: ServerResponse): void {
  const declared = Number(request.headers['content-length'] ?? Infinity)
  if (!(declared <= drained.mostBytes)) return void response.setHeader('connection', 'close')
  const late = setTimeout(() => request.destroy(), drained.ms)
  request.once('close', () => clearTimeout(late))
  request.resume()
}

interface Route {
  /** For the metrics. */
  readonly route: string
  readonly run: (request: IncomingMessage, response: ServerResponse) => Promise<void>
}

const tooLarge = (): Refused =>
  new Refused(413, `A request has at most ${mostBytes / 2 ** 20} MiB: send fewer rows at once.`)

/** What is no JSON. */
class Text {
  readonly type: string
  readonly text: string
  constructor(type: string, text: string) {
    this.type = type
    this.text = text
  }
}

function send(response: ServerResponse, status: number, value: unknown): void {
  const [type, text] =
    value instanceof Text
      ? [value.type, value.text]
      : ['application/json; charset=utf-8', JSON.stringify(value)]
  const body = Buffer.from(text)
  response.writeHead(status, {
    ...securityHeaders,
    'content-type': type,
    'content-length': body.length,
    'cache-control': 'no-store',
  })
  response.end(body)
}
