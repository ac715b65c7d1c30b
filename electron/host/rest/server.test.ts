/** A trained model behind HTTP, asked as programs ask: what it answers is what `descent predict` writes. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { perform } from '../cli/command.ts'
import { readModelFolder } from '../deploy/folder.ts'
import { mostBytes, serveModel, type RestServer } from './server.ts'

let folder: string
let server: RestServer
const logged: string[] = []
/** Some tests ask about the same row very often, which is nothing like the training. */
afterEach(() => expect(logged.filter((message) => !/^(Drift|No drift)/.test(message))).toEqual([]))

const shapes = ['round', 'square', 'NA']
/** Amounts as people write them, a date, a category with a mark for what is missing, and a gap. */
const lineOf = (i: number): string =>
  [
    `"€ 1.${String(100 + ((i * 37) % 900))},50"`,
    i % 9 === 4 ? '' : String((i * 7919) % 100),
    shapes[i % 3],
    `0${1 + (i % 9)}.03.2024`,
    (i * 7919) % 100 > 50 ? 'big' : 'small',
  ].join(',')

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-rest-'))
  const lines = Array.from({ length: 200 }, (_, i) => lineOf(i))
  writeFileSync(join(folder, 'parts.csv'), ['price,width,shape,day,size', ...lines, ''].join('\n'))
  const args = ['run', join(folder, 'parts.csv'), '--target', 'size', '--seed', '1', '--epochs', '3', '--no-preflight'] // prettier-ignore
  const out = join(folder, 'run')
  const silent = [process.stdout.write, process.stderr.write] as const
  process.stdout.write = process.stderr.write = () => true
  try {
    expect(
      await perform([...args, '--baselines', 'none', '--backend', 'wasm', '--effort', 'quick', '--out', out]),
    ).toBe(0)
  } finally {
    ;[process.stdout.write, process.stderr.write] = silent
  }
  server = await serveModel({
    model: await readModelFolder(join(folder, 'run/model')),
    host: '127.0.0.1',
    port: 0,
    token: null,
    coverage: null,
    log: (message) => logged.push(message),
  })
})
afterAll(async () => {
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

const json = { 'content-type': 'application/json' }
const post = (path: string, body: unknown, headers: Record<string, string> = json): Promise<Response> =>
  fetch(server.address + path, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const rowOf = (i: number): Record<string, string | null> => {
  const [, price, rest] = /^"(.*)",(.*)$/.exec(lineOf(i))!
  const [width, shape, day] = rest!.split(',')
  return { price: price!, width: width === '' ? null : width!, shape: shape!, day: day! }
}
/** The sentence of a refusal. */
async function refusal(response: Response): Promise<[number, string]> {
  const { error } = (await response.json()) as { error: string }
  return [response.status, error]
}

test('rows are predicted as descent predict does it, however they are spelled and batched', async () => {
  const lines = Array.from({ length: 100 }, (_, i) => lineOf(i + 300))
  const inputs = lines.map((line) => line.slice(0, line.lastIndexOf(',')))
  writeFileSync(join(folder, 'new.csv'), ['price,width,shape,day', ...inputs, ''].join('\n'))
  expect(
    await perform([
      'predict',
      join(folder, 'run/model'),
      join(folder, 'new.csv'),
      '-o',
      join(folder, 'out.csv'),
    ]),
  ).toBe(0)
  const [header, ...wanted] = readFileSync(join(folder, 'out.csv'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(',').slice(-3))
  const rows = lines.map((_, i) => rowOf(i + 300))
  const whole = (await (await post('/predict', { rows })).json()) as {
    predictions: Record<string, string | number>[]
  }
  const told = whole.predictions.map((one) => header!.map((name) => String(one[name])))
  const near = (told: string[][], tolerance: number): void => {
    told.forEach((cells, i) => {
      expect(cells[0]).toBe(wanted[i]![0])
      for (const k of [1, 2])
        expect(Math.abs(Number(cells[k]) - Number(wanted[i]![k]))).toBeLessThanOrEqual(tolerance)
    })
  }
  near(told, 1e-6)
  // One by one, all at once: they share passes of another size.
  const alone = await Promise.all(
    rows.map(async (row) => (await (await post('/predict', row)).json()) as typeof whole),
  )
  near(
    alone.map(({ predictions: [one] }) => header!.map((name) => String(one![name]))),
    1e-6,
  )
})

test('tensors of the Open Inference Protocol say the same', async () => {
  const rows = [0, 1, 4].map(rowOf)
  const inputs = Object.keys(rows[0]!).map((name, i) => ({
    name,
    datatype: 'BYTES',
    shape: i % 2 ? [3] : [3, 1],
    data: rows.map((row) => (i === 2 ? [row[name]] : row[name])),
  }))
  const path = `/v2/models/${server.name}`
  const answer = await (await post(`${path}/versions/1/infer`, { id: 'x', inputs })).json()
  const { predictions } = (await (await post('/predict', rows)).json()) as {
    predictions: Record<string, unknown>[]
  }
  expect(answer).toMatchObject({ id: 'x', model_name: server.name, model_version: '1' })
  expect(answer.outputs).toEqual(
    Object.keys(predictions[0]!).map((name, i) => ({
      name,
      shape: [3],
      datatype: i === 0 ? 'BYTES' : 'FP64',
      data: predictions.map((one) => one[name]),
    })),
  )
  const one = await (await post(`${path}/infer`, { inputs, outputs: [{ name: 'prediction' }] })).json()
  expect(one.outputs).toEqual([answer.outputs[0]])
  // What is to be said of the rows comes along.
  const wide = inputs.map((input) =>
    input.name === 'width' ? { ...input, data: ['1e6', '1', 'wide'] } : input,
  )
  const noted = await (await post(`${path}/infer`, { inputs: wide })).json()
  expect(noted.parameters.notes).toContain('"width": 1 value of 3 is no number')
  expect(noted.parameters.notes).toMatch(/outside of what training saw \(.*width/)
  const about = await (await fetch(server.address + path)).json()
  expect(about.inputs.map(({ name }: { name: string }) => name)).toEqual(['price', 'width', 'shape', 'day'])
  expect(
    about.outputs.map(({ name, datatype }: { name: string; datatype: string }) => [name, datatype]),
  ).toEqual(Object.keys(predictions[0]!).map((name, i) => [name, i === 0 ? 'BYTES' : 'FP64']))
  for (const path of ['/v2', '/v2/health/live', '/v2/health/ready', `/v2/models/${server.name}/ready`])
    expect((await fetch(server.address + path)).status).toBe(200)
  const wrong: [unknown, string][] = [
    [{}, 'no inference request'],
    [{ inputs: [{ ...inputs[0], shape: [2, 2] }] }, 'every input is a column'],
    [{ inputs: [{ ...inputs[0], data: ['€ 1'] }] }, 'has 1 values, and its shape [3, 1] says 3'],
    [{ inputs: [inputs[0], inputs[0]] }, 'there twice'],
    [{ inputs: [inputs[0]] }, 'lacks "width", "shape", "day"'],
    [{ inputs, outputs: [{ name: 'other' }] }, 'no output “other”: prediction'],
  ]
  for (const [body, sentence] of wrong) {
    const [status, error] = await refusal(await post(`${path}/infer`, body))
    expect([status, error]).toEqual([400, expect.stringContaining(sentence)])
  }
})

test('what is wrong is said, and the server goes on', async () => {
  const row = rowOf(1)
  const wrong: [body: unknown, status: number, sentence: string][] = [
    ['{"rows": [', 400, 'The body of the call is not JSON'],
    ['', 400, 'The body of the call is not JSON'],
    ['1', 400, 'Send {"rows"'],
    [{ rows: [] }, 400, 'Send {"rows"'],
    [{ rows: [1] }, 400, 'Send {"rows"'],
    [{ width: 1 }, 400, 'Row 1 lacks "price", "shape", "day"'],
    [{ ...row, width: 'wide' }, 400, '"width" is a number in training, and “wide” is none'],
    [{ ...row, width: [1] }, 400, '"width" of row 1 is a list'],
    [{ ...row, day: 3 }, 400, '"day" is a date: give it as a text'],
    [{ ...row, day: '\ud800' }, 400, 'half a character'],
    [
      { ...row, shape: true },
      400,
      '"shape" of row 1 is true: say it as a text, as the table had it. Training had “',
    ],
    ['['.repeat(200) + ']'.repeat(200), 400, 'nested more than'],
    [Array.from({ length: 10_001 }, () => row), 413, 'At most 10,000 rows'],
    ['"' + 'x'.repeat(mostBytes) + '"', 413, 'at most 16 MiB'],
  ]
  for (const [body, status, sentence] of wrong)
    expect(await refusal(await post('/predict', body))).toEqual([status, expect.stringContaining(sentence)])
  expect(await refusal(await post('/predict', row, { 'content-type': 'text/plain' }))).toEqual([
    415,
    expect.stringContaining('Content-Type: application/json'),
  ])
  expect((await refusal(await fetch(server.address + '/predict')))[0]).toBe(405)
  expect((await refusal(await post('/v2', {})))[0]).toBe(405)
  expect((await refusal(await fetch(server.address + '/v2/models/other')))[0]).toBe(404)
  // A value that is no number among others is missing, as in a file, and said.
  const mixed = (await (await post('/predict', [row, { ...row, width: 'wide' }])).json()) as {
    notes: string[]
  }
  expect(mixed.notes.join(' ')).toContain('"width": 1 value of 2 is no number')
  // What belongs to no object of JSON's.
  const odd = await post(
    '/predict',
    `{"rows":[${JSON.stringify(row).replace('{', '{"__proto__":{"price":1},')}]}`,
  )
  expect(odd.status).toBe(200)
})

test(
  'a page of another site cannot ask, and a client that never ends is let go',
  { tags: 'thorough' },
  async () => {
    const status = await new Promise((resolve, reject) => {
      const { port } = new URL(server.address)
      const asked = httpRequest({ port, host: '127.0.0.1', path: '/v2', headers: { host: 'evil.example' } })
      asked.on('response', (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      asked.on('error', reject)
      asked.end()
    })
    expect(status).toBe(403)
    const slow = await serveModel({
      model: await readModelFolder(join(folder, 'run/model')),
      host: '127.0.0.1',
      port: 0,
      token: null,
      coverage: null,
      patience: { idleMs: 200, graceMs: 200, bytesPerSecond: null },
      log: () => undefined,
    })
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(slow.address).port), '127.0.0.1')
      let text = ''
      socket.on('data', (chunk) => (text += chunk.toString()))
      socket.on('close', () => resolve(text))
      socket.write(
        `POST /predict HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`,
      )
    })
    expect(answer).toContain('408')
    expect(answer).toContain('too slow')
    await slow.close()
  },
)

test('two hundred connections at once are answered, in few passes', { tags: 'thorough' }, async () => {
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) => post('/predict', rowOf(i)).then((one) => one.status)),
  )
  expect(new Set(answers)).toEqual(new Set([200]))
  const metrics = await (await fetch(server.address + '/metrics')).text()
  const valueOf = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(metrics)![1])
  expect(valueOf('descent_passes_total')).toBeLessThan(valueOf('descent_predicted_rows_total'))
  expect(metrics).toContain('descent_requests_total{route="predict",status="200"}')
  expect(metrics).toMatch(/descent_prediction_seconds_bucket\{le="\+Inf"\} \d+/)
})

test('the page and the description for programs name every input, escaped', async () => {
  const page = await (await fetch(server.address)).text()
  for (const name of ['price', 'width', 'shape', 'day']) expect(page).toContain(`<td>${name}<td>`)
  expect(page).toContain(`curl ${server.address}/predict`)
  const described = await (await fetch(server.address + '/openapi.json')).json()
  const { example, required } =
    described.paths['/predict'].post.requestBody.content['application/json'].schema.properties.rows.items
  expect(required).toEqual(['price', 'width', 'shape', 'day'])
  // What is given to copy works.
  expect((await post('/predict', { rows: [example] })).status).toBe(200)
})

test('the command asks for a token where others can reach it, and answers what was asked before it ends', async () => {
  const program = fileURLToPath(new URL('../cli.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    [program, 'deploy', join(folder, 'run/model'), '--port', '0', '--host', '0.0.0.0'],
    { env: { ...process.env, DESCENT_TOKEN: 'a-token-for-this-test' } },
  )
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const line = await new Promise<string>((resolve) =>
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
  )
  const { address } = JSON.parse(line) as { address: string }
  const { port } = new URL(address)
  const at = `http://127.0.0.1:${port}`
  expect(said).toContain('is not encrypted')
  expect(said).not.toContain('a-token-for-this-test')
  const body = JSON.stringify(rowOf(1))
  expect((await fetch(`${at}/predict`, { method: 'POST', headers: json, body })).status).toBe(401)
  const headers = { ...json, authorization: 'Bearer a-token-for-this-test' }
  expect((await fetch(`${at}/predict`, { method: 'POST', headers, body })).status).toBe(200)
  // Under way when the signal comes: its body arrives afterwards.
  const ended = new Promise((resolve) => child.on('close', resolve))
  const last = new Promise<number | undefined>((resolve, reject) => {
    const asked = httpRequest(`${at}/predict`, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    })
    asked.on('response', (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    asked.on('error', reject)
    asked.write(body.slice(0, 5))
    setTimeout(() => child.kill('SIGTERM'), 300)
    setTimeout(() => asked.end(body.slice(5)), 700)
  })
  expect(await last).toBe(200)
  expect(await ended).toBe(0)
})

test('columns that come in otherwise than in training are gauges, and a line of the log', async () => {
  const said: string[] = []
  const model = await readModelFolder(join(folder, 'run/model'))
  const own = await serveModel({ model, host: '127.0.0.1', port: 0, token: null, coverage: null, log: (message) => said.push(message) }) // prettier-ignore
  const gauges = async (name: string): Promise<Record<string, number>> => {
    const text = await (await fetch(`${own.address}/metrics`)).text()
    const found = text.matchAll(new RegExp(`^${name}\\{column="([^"]*)"\\} (\\S+)$`, 'gm'))
    return Object.fromEntries([...found].map(([, column, value]) => [column!, Number(value)]))
  }
  const ask = async (rowOf: (i: number) => Record<string, unknown>): Promise<void> => {
    const rows = Array.from({ length: 200 }, (_, i) => rowOf(i))
    const answer = await fetch(`${own.address}/predict`, { method: 'POST', headers: json, body: JSON.stringify({ rows }) }) // prettier-ignore
    expect(answer.status).toBe(200)
  }
  const asTrained = (i: number) => ({ price: `€ 1.${100 + ((i * 37) % 900)},50`, width: i % 9 === 4 ? null : (i * 7919) % 100, shape: ['round', 'square', null][i % 3], day: `0${1 + (i % 9)}.03.2024` }) // prettier-ignore
  try {
    await ask(asTrained)
    expect(said).toEqual([])
    expect(await gauges('descent_input_drifts')).toEqual({ price: 0, width: 0, shape: 0 })
    await ask((i) => ({ ...asTrained(i), width: 95 + (i % 5), shape: 'round' }))
    expect(said).toEqual([expect.stringMatching(/^Drift: .*“width” \(Kolmogorov–Smirnov D 0\.\d\d\)/)])
    expect(await gauges('descent_input_drifts')).toMatchObject({ price: 0, width: 1 })
    expect((await gauges('descent_input_drift'))['width']).toBeGreaterThan(0.3)
  } finally {
    await own.close()
  }
  const { reference, ...document } = model.document
  expect(reference).toBeDefined()
  const before: string[] = []
  const older = await serveModel({ model: { ...model, document }, host: '127.0.0.1', port: 0, token: null, coverage: null, log: (message) => before.push(message) }) // prettier-ignore
  await older.close()
  expect(before).toEqual([expect.stringContaining('saved by an earlier version')])
})
