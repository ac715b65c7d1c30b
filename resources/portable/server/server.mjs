/**
 * The model behind HTTP, without Descent: rows as JSON at /predict, tensors by the Open Inference Protocol, version 2. It needs
 * onnxruntime-node alone, and where files of pictures are sent to it sharp. PORT, HOST and TOKEN say where it listens and who may ask; beyond this machine a token is required.
 */
import { timingSafeEqual, createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createContext, Script } from 'node:vm'
import { answersOf, feedsOf } from './reader.js'

// Its builds for Linux report their use to Microsoft, from 1.29 on, unless this is set before they are loaded.
process.env.ORT_DISABLE_TELEMETRY ??= '1'
const { default: ort } = await import('onnxruntime-node')

const read = (name) => readFileSync(new URL(name, import.meta.url))
const about = JSON.parse(read('about.json'))
const signature = JSON.parse(read('signature.json'))
const { PORT = '8080', HOST = '127.0.0.1', TOKEN = '' } = process.env
const limits = { bytes: 16 * 2 ** 20, rows: 10_000, waiting: 20_000, bodyMs: 30_000, readingMs: 2000 }

const isLoopback = HOST === 'localhost' || HOST === '::1' || /^127(\.\d{1,3}){3}$/.test(HOST)
if (!isLoopback && TOKEN.length < 16) {
  console.error(
    'Others can reach this server, so it needs a token: set TOKEN to at least 16 characters. Put a proxy with TLS before it.',
  )
  process.exit(2)
}

class Refused extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}
const sha256 = (text) => createHash('sha256').update(text).digest()

/** A model without pictures has nobody who decodes them. */
const pictures = signature.inputs.filter(({ dtype }) => dtype === 'uint8')
const decoder = pictures.length > 0 ? await import('./pictures.mjs') : null
/** The only thing that the model takes: a request may be its file. */
const alone = pictures.length === signature.inputs.length && pictures.length === 1 ? pictures[0].name : null

const session = await ort.InferenceSession.create(read('model.onnx'), { logSeverityLevel: 3 })
const counts = { requests: 0, refused: 0, failed: 0, rows: 0, passes: 0, seconds: 0 }

/** So many rows go through the network at once at most: what it holds meanwhile stays bounded. */
const perPass = about.rowsPerPass ?? 64

/** Rows of requests that came while the last pass ran go into the next one together; a large request goes in several. */
const waiting = []
let waitingRows = 0
let busy = false
async function work() {
  if (busy) return
  busy = true
  await new Promise((resolve) => setImmediate(resolve))
  while (waiting.length > 0) {
    const batch = []
    let rows = 0
    while (waiting.length > 0 && (batch.length === 0 || rows + waiting[0].rows <= perPass)) {
      rows += waiting[0].rows
      batch.push(waiting.shift())
    }
    waitingRows -= rows
    try {
      const answers = await answered(joined(batch.map((one) => one.feeds)), rows)
      let from = 0
      for (const one of batch) one.done(answers.slice(from, (from += one.rows)))
      counts.passes++
      counts.rows += rows
    } catch (error) {
      for (const one of batch) one.failed(error)
    }
  }
  busy = false
}

/** Tensors of several pieces as one of all their rows. */
function joined(pieces) {
  if (pieces.length === 1) return pieces[0]
  const names = Object.keys(pieces[0])
  return Object.fromEntries(
    names.map((name) => {
      const parts = pieces.map((piece) => piece[name])
      const [{ dtype, shape, data: first }] = parts
      const rows = parts.reduce((sum, part) => sum + part.shape[0], 0)
      const size = parts.reduce((sum, part) => sum + part.data.length, 0)
      const data = Array.isArray(first) ? parts.flatMap((part) => part.data) : new first.constructor(size)
      let at = 0
      if (!Array.isArray(first))
        for (const part of parts) {
          data.set(part.data, at)
          at += part.data.length
        }
      return [name, { dtype, shape: [rows, ...shape.slice(1)], data }]
    }),
  )
}

async function answered(feeds, rows) {
  const tensors = Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, shape, data }]) => [name, new ort.Tensor(dtype, data, shape)]),
  )
  const results = await session.run(tensors)
  return answersOf(
    signature,
    Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data])),
    rows,
  )
}

async function withPictures(rows) {
  if (decoder === null) return rows
  try {
    return await decoder.withPictures(rows, pictures)
  } catch (error) {
    throw error instanceof decoder.NoPicture ? new Refused(error.status, error.message) : error
  }
}

async function predicted(rows) {
  if (
    !Array.isArray(rows) ||
    rows.length === 0 ||
    !rows.every((row) => typeof row === 'object' && row !== null && !Array.isArray(row))
  )
    throw new Refused(
      400,
      'Send {"rows": [{…}, …]}, a list of rows, or one row: an object with a value for each input.',
    )
  if (rows.length > limits.rows)
    throw new Refused(413, `At most ${limits.rows} rows go into a request: send several.`)
  if (waitingRows + rows.length > limits.waiting)
    throw new Refused(503, 'More rows are waiting than can be predicted soon. Try again in a second.')
  const ready = await withPictures(rows)
  const pieces = []
  try {
    // All of them before any is asked: what is wrong is said to who sent it, not to who waits beside.
    for (let from = 0; from < ready.length; from += perPass) {
      const some = ready.slice(from, from + perPass)
      pieces.push({ rows: some.length, feeds: feedsFrom(some, from) })
    }
  } catch (error) {
    throw new Refused(400, error.message)
  }
  const answers = pieces.map(
    (piece) =>
      new Promise((done, failed) => {
        waiting.push({ ...piece, done, failed })
        waitingRows += piece.rows
      }),
  )
  void work()
  return (await Promise.all(answers)).flat()
}

/** Somebody's expression cuts texts here: of a text that was made for it, it may try more ways than there is time for. */
const hasExpressions = signature.inputs.some(({ reading }) => ['regex', 'file'].includes(reading?.tokenizer))
const room = createContext({})
const runIn = new Script('run()')
function inTime(read) {
  if (!hasExpressions) return read()
  let made
  room.run = () => {
    made = read()
  }
  try {
    runIn.runInContext(room, { timeout: limits.readingMs })
  } catch (error) {
    if (error?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    throw new Refused(
      422,
      `Cutting these texts into words takes longer than ${limits.readingMs / 1000} seconds, and was ended. Send fewer or shorter ones.`,
    )
  }
  return made
}

/** `first`: which row of its request the first of these is. */
function feedsFrom(rows, first) {
  try {
    return inTime(() => feedsOf(signature, rows).feeds)
  } catch (error) {
    if (error instanceof Refused) throw error
    // The reader counts from the rows that it is given.
    throw new Error(error.message.replace(/\b(row )(\d+)/i, (_, word, row) => word + (first + Number(row))))
  }
}

/** A page of another site may send files without asking; browsers say in this header where they come from. */
function requireOwnOrigin({ origin, host }) {
  if (origin !== undefined && URL.parse(origin)?.host !== host)
    throw new Refused(403, 'Files are not taken from pages of other sites.')
}

const jsonOf = (body) => {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new Refused(400, 'The body is no JSON.')
  }
}

/** What a request asks for; `file`: the name of what may also come as a file. */
async function bodyOf(request, file) {
  const { 'content-type': type = '' } = request.headers
  const isFile = file !== null && decoder.isFileType(type)
  if (isFile) requireOwnOrigin(request.headers)
  else if (!/^application\/json\b/i.test(type))
    throw new Refused(
      415,
      file === null
        ? 'Send JSON, and say so: Content-Type: application/json.'
        : 'Send a picture’s file, or JSON, and say which: Content-Type: image/jpeg, image/png or application/json.',
    )
  const chunks = []
  let size = 0
  const late = setTimeout(() => request.destroy(), limits.bodyMs)
  try {
    for await (const chunk of request) {
      size += chunk.length
      if (size > limits.bytes)
        throw new Refused(
          413,
          `A request has at most ${limits.bytes / 2 ** 20} MiB: send fewer rows at once.`,
        )
      chunks.push(chunk)
    }
  } finally {
    clearTimeout(late)
  }
  const body = Buffer.concat(chunks)
  return isFile ? [{ [file]: body }] : jsonOf(body)
}

const predictRoute = async (body) => {
  const isOne =
    typeof body === 'object' && body !== null && !Array.isArray(body) && !Object.hasOwn(body, 'rows')
  return { predictions: await predicted(isOne ? [body] : Array.isArray(body) ? body : body?.rows) }
}

const datatypes = { float32: 'FP64', float64: 'FP64', string: 'BYTES', uint8: 'UINT8' }
const metadata = () => ({
  name: about.id,
  versions: ['1'],
  platform: 'onnxruntime',
  inputs: signature.inputs.map(({ name, dtype, shape, reading }) => ({
    name,
    datatype: reading ? 'BYTES' : datatypes[dtype],
    shape: dtype === 'uint8' ? [-1, ...shape.slice(1)] : [-1, 1],
  })),
  outputs: about.answers.map(({ name, datatype }) => ({ name, datatype, shape: [-1] })),
})

async function inferRoute(body) {
  const inputs = body?.inputs
  if (!Array.isArray(inputs) || inputs.length === 0)
    throw new Refused(400, 'This is no inference request: it has no inputs.')
  const count = inputs[0]?.shape?.[0]
  const rows = Array.from(
    { length: Number.isInteger(count) && count >= 0 && count <= limits.rows ? count : 0 },
    () => Object.create(null),
  )
  if (rows.length === 0)
    throw new Refused(
      400,
      `The first input’s shape must begin with a number of rows from 1 to ${limits.rows}.`,
    )
  const isNamed = (one) => typeof one === 'object' && one !== null && typeof one.name === 'string'
  if (!inputs.every(isNamed))
    throw new Refused(400, 'Every input is an object with a name, a shape and data.')
  if (Array.isArray(body.outputs) && !body.outputs.every(isNamed))
    throw new Refused(400, 'Every output that is asked for is an object with a name.')
  for (const { name, shape, data } of inputs) {
    const flat = Array.isArray(data) ? data.flat(3) : null
    if (!Array.isArray(shape) || shape[0] !== count || flat === null || flat.length % count !== 0)
      throw new Refused(
        400,
        `“${name}” does not fit: every input has a name, a shape that begins with ${count}, and data.`,
      )
    const width = flat.length / count
    rows.forEach((row, i) => (row[name] = width === 1 ? flat[i] : flat.slice(i * width, (i + 1) * width)))
  }
  const answers = await predicted(rows)
  const wanted = Array.isArray(body.outputs) ? body.outputs.map(({ name }) => name) : Object.keys(answers[0])
  const outputs = wanted.map((name) => {
    if (!Object.hasOwn(answers[0], name)) throw new Refused(400, `There is no output “${name}”.`)
    const data = answers.map((answer) => answer[name])
    return { name, shape: [count], datatype: typeof data[0] === 'number' ? 'FP64' : 'BYTES', data }
  })
  return { model_name: about.id, model_version: '1', ...(body.id !== undefined && { id: body.id }), outputs }
}

const metricsText = () =>
  Object.entries({
    requests: counts.requests,
    requests_refused: counts.refused,
    requests_failed: counts.failed,
    rows: counts.rows,
    passes: counts.passes,
    request_seconds: counts.seconds,
  })
    .map(([name, value]) => `# TYPE descent_${name}_total counter\ndescent_${name}_total ${value}\n`)
    .join('') +
  `# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes ${process.memoryUsage.rss()}\n`

const own = `/v2/models/${encodeURIComponent(about.id)}`
const posts = {
  '/predict': predictRoute,
  [`${own}/infer`]: inferRoute,
  [`${own}/versions/1/infer`]: inferRoute,
}
const gets = {
  '/': () => ({
    name: about.name,
    about: about.about,
    ask: 'POST /predict',
    example: { rows: [about.example] },
    // Columns that a file does not have: by which expression each is computed, in SQL.
    ...(about.computed && { computed: about.computed }),
    inputs: signature.inputs.map(({ name }) => name),
  }),
  '/health': () => ({ ready: true }),
  '/v2': () => ({ name: 'descent', version: about.version, extensions: [] }),
  '/v2/health/live': () => ({ live: true }),
  '/v2/health/ready': () => ({ ready: true }),
  [own]: metadata,
  [`${own}/ready`]: () => ({ name: about.id, ready: true }),
  '/metrics': metricsText,
}

let stopping = false
async function route(request) {
  const path = URL.parse(request.url ?? '/', 'http://model')?.pathname ?? '/'
  if (TOKEN !== '') {
    const given = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if (!timingSafeEqual(sha256(given), sha256(TOKEN)))
      throw new Refused(401, 'Send the server’s token: Authorization: Bearer TOKEN.')
  } else {
    // A page of another site whose name leads here has its own name in this header.
    const asked = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
    if (asked !== 'localhost' && asked !== '::1' && !/^127(\.\d{1,3}){3}$/.test(asked))
      throw new Refused(403, 'This server answers only to its own address.')
  }
  if (stopping) throw new Refused(503, 'The server is stopping.')
  if (Object.hasOwn(posts, path)) {
    if (request.method !== 'POST') throw new Refused(405, `${path} is asked by POST.`)
    return posts[path](await bodyOf(request, path === '/predict' ? alone : null))
  }
  if (!Object.hasOwn(gets, path))
    throw new Refused(404, 'There is nothing at this address. / says what this server can be asked.')
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw new Refused(405, `${path} can only be read.`)
  return gets[path]()
}

function send(response, status, value) {
  const body = typeof value === 'string' ? value : JSON.stringify(value)
  response.writeHead(status, {
    'content-type':
      typeof value === 'string'
        ? 'text/plain; version=0.0.4; charset=utf-8'
        : 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 503 && { 'retry-after': '1' }),
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    ...(status === 413 && { connection: 'close' }),
  })
  response.end(body)
}

const server = createServer(async (request, response) => {
  const started = performance.now()
  counts.requests++
  try {
    send(response, 200, await route(request))
  } catch (error) {
    if (response.destroyed || response.headersSent) return
    if (error instanceof Refused) counts.refused++
    else {
      counts.failed++
      console.error(error)
    }
    send(response, error.status ?? 500, {
      error:
        error instanceof Refused
          ? error.message
          : 'Something went wrong that should not. The server’s log says what.',
    })
  } finally {
    counts.seconds += (performance.now() - started) / 1000
  }
})
server.headersTimeout = 30_000
server.maxConnections = 1000

for (const signal of ['SIGTERM', 'SIGINT'])
  process.once(signal, () => {
    stopping = true
    server.close(() => process.exit(0))
    server.closeIdleConnections()
    setTimeout(() => process.exit(0), 10_000).unref()
  })

// No request waits for what the first pass sets up.
await answered(feedsOf(signature, await withPictures([about.example])).feeds, 1)
server.listen(Number(PORT), HOST, () => {
  const { port } = server.address()
  console.log(
    JSON.stringify({
      ready: true,
      address: `http://${HOST.includes(':') ? `[${HOST}]` : HOST}:${port}`,
      model: about.id,
    }),
  )
})
