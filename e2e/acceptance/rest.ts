/**
 * A model that answers over HTTP, under load: 500 requests a second, 200 connections at once, hostile clients between honest ones, and
 * memory that is flat over 100,000 requests, once as many were answered. One request after another is held against onnxruntime alone.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Signature } from '../../electron/host/deploy/exports/signature.ts'
import { onnxruntime } from '../../engine/fixtures/onnxruntime.ts'
import { root, run } from '../checks/process.ts'
import { add, type Tally } from '../checks/reports.ts'
import { said } from './said.ts'

const perSecond = 500
const loadSeconds = 20
const longestMs = 20
const atOnce = 200
/** In the first half V8's heap grows to what it keeps. */
const soak = 200_000
/** What V8 keeps for later varies by as much. */
const growthMiB = 30

/** What a request may take beside onnxruntime alone, which reads no JSON and answers nobody. */
const besideMs = 1
const oneByOne = 2000

interface Answer {
  readonly status: number
  readonly body: string
  readonly ms: number
}

class Client {
  readonly #address: URL
  readonly #agent: Agent

  constructor(address: string, connections: number) {
    this.#address = new URL(address)
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
  }

  ask(path: string, body: string | null, headers: Record<string, string> = {}): Promise<Answer> {
    const started = performance.now()
    return new Promise((resolve, reject) => {
      const asked = request(
        new URL(path, this.#address),
        {
          agent: this.#agent,
          method: body === null ? 'GET' : 'POST',
          headers: {
            ...(body !== null && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(body),
            }),
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString()
            resolve({ status: response.statusCode ?? 0, body: text, ms: performance.now() - started })
          })
        },
      )
      asked.on('error', reject)
      asked.end(body ?? undefined)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** Of sorted times. */
const quantile = (times: readonly number[], share: number): number =>
  times[Math.floor(share * (times.length - 1))] ?? NaN

/** As many a second as are asked for, whether those before have been answered or not. */
async function steady(client: Client, row: string): Promise<Answer[]> {
  const answers: Promise<Answer>[] = []
  const started = performance.now()
  for (let i = 0; i < perSecond * loadSeconds; i++) {
    const wait = started + (i * 1000) / perSecond - performance.now()
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
    answers.push(client.ask('/predict', row))
  }
  return Promise.all(answers)
}

async function memoryOf(client: Client): Promise<number> {
  const { body } = await client.ask('/metrics', null)
  return Number(/^process_resident_memory_bytes (\d+)$/m.exec(body)?.[1]) / 2 ** 20
}

/** Bodies that are wrong in a way of their own, with the status they are to get. */
const hostile = (row: string): [body: string, status: number][] => [
  ['{', 400],
  ['null', 400],
  ['[]', 400],
  ['{"rows":{}}', 400],
  ['{"rows":[{}]}', 400],
  ['['.repeat(50_000), 400],
  [`{"rows":[${Array.from({ length: 10_001 }, () => row).join(',')}]}`, 413],
  [JSON.stringify({ rows: 'x'.repeat(17 * 2 ** 20) }), 413],
]

/** Sends the beginning of a request, and nothing more. */
function hang(address: string): () => void {
  const { hostname, port } = new URL(address)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  socket.write(
    'POST /predict HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
  )
  return () => socket.destroy()
}

/** Milliseconds of one row after another in onnxruntime, in this process. */
async function timesAlone(exported: string, row: Readonly<Record<string, unknown>>): Promise<number[]> {
  const ort = onnxruntime()
  const { inputs } = JSON.parse(readFileSync(join(exported, 'signature.json'), 'utf8')) as Signature
  const session = await ort.InferenceSession.create(readFileSync(join(exported, 'model.onnx')), { logSeverityLevel: 3, intraOpNumThreads: 1 }) // prettier-ignore
  const times: number[] = []
  for (let i = 0; i < 2 * oneByOne; i++) {
    const started = performance.now()
    const feeds = inputs.map(({ name, dtype }) => [name, new ort.Tensor(dtype, dtype === 'string' ? [String(row[name])] : Float32Array.of(Number(row[name])), [1, 1])] as const) // prettier-ignore
    await session.run(Object.fromEntries(feeds))
    times.push(performance.now() - started)
  }
  await session.release()
  return times.slice(oneByOne).sort((a, b) => a - b)
}

async function timesOver(client: Client, row: string): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < oneByOne; i++) times.push((await client.ask('/predict', row)).ms)
  return times.sort((a, b) => a - b)
}

async function under(address: string, exported: string): Promise<Tally> {
  const client = new Client(address, 64)
  const described = JSON.parse((await client.ask('/openapi.json', null)).body) as {
    paths: Record<string, { post: { requestBody: { content: Record<string, { schema: { properties: { rows: { items: { example: Record<string, unknown> } } } } }> } } }> // prettier-ignore
  }
  const { example } =
    described.paths['/predict']!.post.requestBody.content['application/json']!.schema.properties.rows.items
  const row = JSON.stringify(example)
  // V8 compiles what is asked often.
  for (let i = 0; i < 2000; i += 20)
    await Promise.all(Array.from({ length: 20 }, () => client.ask('/predict', row)))

  const answers = await steady(client, row)
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b)
  const failed = answers.filter(({ status }) => status !== 200).length
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(times, share).toFixed(2))
  let total = said(
    `${perSecond} requests a second, the slowest hundredth below ${longestMs} ms`,
    failed === 0 && quantile(times, 0.99) < longestMs,
    `${failed} failed; p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`,
  )

  const [over, alone] = [await timesOver(client, row), await timesAlone(exported, example)]
  const [overHalf, aloneHalf] = [over, alone].map((sorted) => quantile(sorted, 0.5))
  total = add(
    total,
    said(
      `one after another, a request takes at most ${besideMs} ms more than onnxruntime alone`,
      overHalf! - aloneHalf! <= besideMs,
      `half of them within ${overHalf!.toFixed(2)} ms, of onnxruntime's within ${aloneHalf!.toFixed(2)} ms`,
    ),
  )

  const crowd = new Client(address, atOnce)
  const many = await Promise.all(Array.from({ length: 5 * atOnce }, () => crowd.ask('/predict', row)))
  crowd.close()
  const refused = many.filter(({ status }) => status !== 200).length
  total = add(
    total,
    said(`${atOnce} connections at once`, refused === 0, `${refused} of ${many.length} refused`),
  )

  const hanging = Array.from({ length: 20 }, () => hang(address))
  const wrong: string[] = []
  for (const [body, status] of hostile(row)) {
    const answer = await client.ask('/predict', body).catch(() => ({ status: 0, body: '' }))
    const hasSentence = /^\{"error":"[^"]/.test(answer.body)
    if (answer.status !== status || !hasSentence) wrong.push(`${body.slice(0, 20)}… got ${answer.status}`)
    if ((await client.ask('/predict', row)).status !== 200)
      wrong.push('an honest request was refused after it')
  }
  for (const end of hanging) end()
  total = add(
    total,
    said('hostile requests get a sentence, honest ones an answer', wrong.length === 0, wrong.join('; ')),
  )

  let [early, done] = [0, 0]
  for (; done < soak; done += 50) {
    await Promise.all(Array.from({ length: 50 }, () => client.ask('/predict', row)))
    if (done === soak / 2) early = await memoryOf(client)
  }
  const late = await memoryOf(client)
  client.close()
  return add(
    total,
    said(
      `memory is flat over the last ${(soak / 2).toLocaleString('en-US')} of ${soak.toLocaleString('en-US')} requests`,
      late - early < growthMiB,
      `${early.toFixed(0)} MiB after half, ${late.toFixed(0)} MiB at the end`,
    ),
  )
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.on('close', (code) => resolve(code)))

export async function holdRest(): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'descent-acceptance-'))
  try {
    const out = join(folder, 'run')
    const how = ['--target', 'churned', '--seed', '1', '--effort', 'quick', '--baselines', 'none']
    const trained = await run(process.execPath, ['electron/host/cli.ts', 'run', 'resources/samples/churn.csv', ...how, '--out', out]) // prettier-ignore
    if (trained.code !== 0) return said('a model to serve', false, trained.output.slice(-300))
    const exported = join(folder, 'onnx')
    const made = await run(process.execPath, ['electron/host/cli.ts', 'export', join(out, 'model'), '--format', 'onnx', '--set', 'certificate=100', '--out', exported]) // prettier-ignore
    if (made.code !== 0) return said('its ONNX file', false, made.output.slice(-300))
    const child = spawn(
      process.execPath,
      ['electron/host/cli.ts', 'deploy', join(out, 'model'), '--port', '0'],
      { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const stopped = ended(child)
    try {
      const line = await new Promise<string>((resolve) =>
        child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
      )
      return await under((JSON.parse(line) as { address: string }).address, exported)
    } finally {
      child.kill('SIGTERM')
      await stopped
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
