/** Pictures behind HTTP, sent as programs send them: what is answered is what `descent predict` writes of the same files. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { begin, explanations, exportFormats, picturesFound } from '../../contract/index.ts'
import { onnxruntimeModules } from '../../../engine/fixtures/onnxruntime.ts'
import { perform } from '../cli/command.ts'
import { exportedFiles } from '../deploy/exports/index.ts'
import { readModelFolder } from '../deploy/folder.ts'
import { measureLatency } from '../deploy/latency/index.ts'
import { tryExample } from '../deploy/try.ts'
import { plainContext } from '../kinds/kind.ts'
import { speckled } from '../pictures/testing.ts'
import { mostFiles, pictureColumns } from './pictures.ts'
import { serveModel, type RestServer } from './server.ts'
import { ModelService } from './service.ts'

let folder: string
const servers: RestServer[] = []
const [red, blue] = [
  [210, 50, 50],
  [50, 50, 210],
]

async function quietly(...args: string[]): Promise<void> {
  const silent = [process.stdout.write, process.stderr.write] as const
  process.stdout.write = process.stderr.write = () => true
  try {
    expect(await perform(args)).toBe(0)
  } finally {
    ;[process.stdout.write, process.stderr.write] = silent
  }
}
const quick = ['--epochs', '4', '--no-preflight', '--baselines', 'none', '--backend', 'wasm', '--seed', '1']

/** A folder that was exported, started as its Dockerfile starts it. */
async function exportedServer(place: string): Promise<{ address: string; stop: () => Promise<void> }> {
  const child = spawn(process.execPath, ['server.mjs'], { cwd: place, env: { ...process.env, PORT: '0', TOKEN: '' }, stdio: ['ignore', 'pipe', 'inherit'] }) // prettier-ignore
  const [ready] = (await once(child.stdout, 'data')) as [Buffer]
  const stop = async (): Promise<void> => {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
  return { ...(JSON.parse(String(ready)) as { address: string }), stop }
}

async function served(name: string): Promise<RestServer> {
  const model = await readModelFolder(join(folder, name, 'model'))
  const server = await serveModel({
    model,
    host: '127.0.0.1',
    port: 0,
    token: null,
    coverage: null,
    log: () => undefined,
  })
  servers.push(server)
  return server
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-rest-pictures-'))
  mkdirSync(join(folder, 'photos'))
  const lines: string[] = []
  for (const [name, color] of [
    ['red', red!],
    ['blue', blue!],
  ] as const) {
    mkdirSync(join(folder, 'colors', name), { recursive: true })
    for (let i = 0; i < 20; i++) {
      const picture = speckled(20, 16, color, i)
      await picture
        .clone()
        .jpeg()
        .toFile(join(folder, 'colors', name, `${i}.jpg`))
      await picture.png().toFile(join(folder, 'photos', `${name}${i}.png`))
      const price = (name === 'red' ? 1000 : 0) + 100 * (i % 5) + i
      lines.push(`${i % 5},${i % 2 ? 'quiet street' : 'busy road'},photos/${name}${i}.png,${price}`)
    }
  }
  writeFileSync(join(folder, 'houses.csv'), ['rooms,told,photo,price', ...lines, ''].join('\n'))
  writeFileSync(join(folder, 'new.jpg'), await speckled(37, 50, red!, 500).jpeg().toBuffer())
  writeFileSync(join(folder, 'new.png'), await speckled(20, 16, blue!, 501).png().toBuffer())
  await quietly(
    'run',
    join(folder, 'colors'),
    '--model',
    'cnn',
    '--set',
    'data.source.pictures.size=16',
    ...quick,
    '--out',
    join(folder, 'colors-run'),
  )
  await quietly('run', join(folder, 'houses.csv'), '--target', 'price', '--set', 'data.source.pictures.size=16', ...quick, '--effort', 'quick', '--out', join(folder, 'houses-run')) // prettier-ignore
}, 120_000)
afterAll(async () => {
  for (const server of servers) await server.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Answer {
  readonly predictions: Record<string, string | number>[]
}
const answerOf = async (response: Response): Promise<Answer> => {
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}
async function refusal(response: Response): Promise<[number, string]> {
  return [response.status, ((await response.json()) as { error: string }).error]
}
const near = (told: Record<string, unknown>, wanted: readonly string[], header: readonly string[]): void =>
  header.forEach((name, i) => {
    if (Number.isNaN(Number(wanted[i]))) expect(told[name]).toBe(wanted[i])
    else expect(Math.abs(Number(told[name]) - Number(wanted[i]))).toBeLessThanOrEqual(2e-6)
  })

/** What `descent predict` writes of a file beside its columns. */
async function predicted(run: string, file: string): Promise<{ header: string[]; rows: string[][] }> {
  const out = join(folder, `${run}.out.csv`)
  rmSync(out, { force: true })
  await quietly('predict', join(folder, run, 'model'), file, '-o', out)
  const [header, ...rows] = readFileSync(out, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','))
  const from = header!.indexOf('prediction') < 0 ? 1 : header!.indexOf('prediction')
  return { header: header!.slice(from), rows: rows.map((cells) => cells.slice(from)) }
}

test('a picture is answered whichever way it comes, as descent predict answers it', async () => {
  const server = await served('colors-run')
  const wanted = await predicted('colors-run', join(folder, 'new.jpg'))
  const jpeg = readFileSync(join(folder, 'new.jpg'))
  const ask = (body: BodyInit, headers: Record<string, string> = {}) =>
    fetch(`${server.address}/predict`, { method: 'POST', body, headers })
  const json = { 'content-type': 'application/json' }
  const form = new FormData()
  form.append('any', new File([jpeg], 'new.jpg', { type: 'image/jpeg' }))
  form.append('any', new File([readFileSync(join(folder, 'new.png'))], 'new.png'))
  const [column] = (await readModelFolder(join(folder, 'colors-run/model'))).document.inputs
  const base64 = jpeg.toString('base64')
  for (const response of [
    await ask(jpeg, { 'content-type': 'image/jpeg' }),
    await ask(jpeg, { 'content-type': 'application/octet-stream' }),
    await ask(form),
    await ask(JSON.stringify({ rows: [{ [column!.name]: base64 }] }), json),
    await ask(JSON.stringify([{ [column!.name]: `data:image/jpeg;base64,${base64}` }]), json),
  ])
    near((await answerOf(response)).predictions[0]!, wanted.rows[0]!, wanted.header)
  expect((await answerOf(await ask(form))).predictions).toMatchObject([
    { prediction: 'red' },
    { prediction: 'blue' },
  ])

  const infer = (tensor: object) =>
    fetch(`${server.address}/v2/models/${server.name}/infer`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ inputs: [{ name: column!.name, ...tensor }] }),
    })
  const { outputs } = (await (await infer({ shape: [1], datatype: 'BYTES', data: [base64] })).json()) as {
    outputs: { name: string; data: (string | number)[] }[]
  }
  near(Object.fromEntries(outputs.map(({ name, data }) => [name, data[0]])), wanted.rows[0]!, wanted.header)
  // As the network takes it: of the training's own size.
  const { data: pixels } = await speckled(20, 16, blue!, 501).raw().toBuffer({ resolveWithObject: true })
  const { architecture, preparation } = (await readModelFolder(join(folder, 'colors-run/model'))).document
  const size = architecture.inputs / 3
  const encoder = preparation.columns[0]!.encoder as unknown as { height: number; width: number }
  expect(size).toBe(encoder.height * encoder.width)
  const planes = Array.from(
    { length: 3 * size },
    (_, i) => pixels[(i % size) * 3 + Math.floor(i / size)] ?? 0,
  )
  const shape = [1, 3, encoder.height, encoder.width]
  const raw = (await (await infer({ shape, datatype: 'UINT8', data: planes })).json()) as typeof outputs & {
    outputs: typeof outputs
  }
  expect(raw.outputs[0]!.data).toEqual(['blue'])
  expect(await refusal(await infer({ shape: [1, 3, 2, 2], datatype: 'UINT8', data: planes }))).toEqual([
    400,
    expect.stringContaining(`pictures as UINT8 are [N, 3, ${encoder.height}, ${encoder.width}]`),
  ])
  expect(await refusal(await infer({ shape, datatype: 'UINT8', data: planes.map(() => 256) }))).toEqual([
    400,
    expect.stringContaining('no whole numbers from 0 to 255'),
  ])
  expect(await refusal(await infer({ shape: [1], datatype: 'FP32', data: [1] }))).toEqual([
    400,
    expect.stringContaining('not FP32'),
  ])
})

test('what is no picture, cut off, too large or from elsewhere is refused in a sentence', async () => {
  const { address } = servers[0]!
  const ask = async (body: BodyInit, headers: Record<string, string> = {}) =>
    refusal(await fetch(`${address}/predict`, { method: 'POST', body, headers }))
  const jpeg = readFileSync(join(folder, 'new.jpg'))
  const image = { 'content-type': 'image/jpeg' }
  expect(await ask(jpeg.subarray(0, 300), image)).toEqual([
    400,
    expect.stringContaining('damaged or cut off'),
  ])
  expect(await ask('hello there', image)).toEqual([400, expect.stringContaining('is text, not a picture')])
  expect(await ask('', image)).toEqual([400, expect.stringContaining('is empty')])
  expect(await ask(jpeg, { 'content-type': 'text/plain' })).toEqual([
    415,
    expect.stringContaining('image/jpeg'),
  ])
  expect(await ask('--x\r\n', { 'content-type': 'multipart/form-data; boundary=x' })).toEqual([
    400,
    expect.stringContaining('The form is cut off'),
  ])
  expect(await ask(jpeg, { ...image, origin: 'https://elsewhere.example' })).toEqual([
    403,
    expect.stringContaining('pages of other sites'),
  ])
  const json = { 'content-type': 'application/json' }
  const name = (await readModelFolder(join(folder, 'colors-run/model'))).document.inputs[0]!.name
  for (const [cell, why] of [
    ['/etc/passwd.jpg', 'no base64'],
    [null, 'is missing'],
    [{}, 'is no picture'],
    [[1, 2, 300], 'whole numbers from 0 to 255'],
    [[1, 2, 3], 'has 3 bytes'],
    ['data:image/png,%89PNG', 'not in base64'],
  ] as const)
    expect(await ask(JSON.stringify([{ [name]: cell }]), json)).toEqual([400, expect.stringContaining(why)])
  // A file of a few kilobytes that says it has more pixels than memory has room for.
  const bomb = Buffer.from(await speckled(8, 8, red!, 1).png().toBuffer())
  bomb.writeUInt32BE(60_000, 16)
  bomb.writeUInt32BE(60_000, 20)
  expect((await ask(bomb, { 'content-type': 'image/png' }))[0]).toBe(400)
})

test('a table that holds pictures and texts beside numbers takes a form, or base64 among JSON', async () => {
  const server = await served('houses-run')
  const columns = ['rooms', 'told', 'photo']
  const cells = ['3', 'busy road', 'new.jpg']
  writeFileSync(join(folder, 'new.csv'), [columns.join(), cells.join(), ''].join('\n'))
  const wanted = await predicted('houses-run', join(folder, 'new.csv'))
  const form = new FormData()
  form.set('rooms', '3')
  form.set('told', 'busy road')
  form.set('photo', new File([readFileSync(join(folder, 'new.jpg'))], 'x.jpg'))
  const { predictions } = await answerOf(
    await fetch(`${server.address}/predict`, { method: 'POST', body: form }),
  )
  const told = Object.values(predictions[0]!)[0] as number
  const json = JSON.stringify({ rooms: 3, told: 'busy road', photo: readFileSync(join(folder, 'new.jpg')).toString('base64') }) // prettier-ignore
  const again = await answerOf(
    await fetch(`${server.address}/predict`, { method: 'POST', body: json, headers: { 'content-type': 'application/json' } }), // prettier-ignore
  )
  expect(again.predictions).toEqual(predictions)
  expect(Math.abs(told - Number(wanted.rows[0]![0]))).toBeLessThanOrEqual(1e-3)
  form.set('rooms', new File(['x'], 'x'))
  const refused = await fetch(`${server.address}/predict`, { method: 'POST', body: form })
  expect(await refusal(refused)).toEqual([400, expect.stringContaining('“rooms” is a file')])
  const { paths } = (await (await fetch(`${server.address}/openapi.json`)).json()) as {
    paths: Record<
      string,
      { post: { requestBody: { content: Record<string, { schema: { properties: object } }> } } }
    >
  }
  const { content } = paths['/predict']!.post.requestBody
  expect(Object.keys(content)).toEqual(['application/json', 'multipart/form-data'])
  expect(content['multipart/form-data']!.schema.properties).toMatchObject({ photo: { format: 'binary' } })
  expect(await (await fetch(server.address)).text()).toContain('photo=@picture.jpg')
})

test('forms are told what they lack, and which of their fields is no picture', async () => {
  const [colors, houses] = servers as [RestServer, RestServer]
  const ask = (server: RestServer, fields: Record<string, string | File>) => {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    return fetch(`${server.address}/predict`, { method: 'POST', body: form })
  }
  const jpeg = readFileSync(join(folder, 'new.jpg'))
  const file = new File([jpeg], 'new.jpg')
  const none = new File([], '')
  const base64 = jpeg.toString('base64')
  for (const picture of [file, base64, `data:image/jpeg;base64,${base64}`])
    await answerOf(await ask(colors, { any: picture }))
  for (const [fields, why] of [
    [{ picture: file, csrf: 'hello' }, '“csrf” of the form is a text'],
    [{ picture: file, second: none }, '“second” of the form is empty'],
  ] as const)
    expect(await refusal(await ask(colors, fields))).toEqual([400, expect.stringContaining(why)])

  expect(await refusal(await ask(houses, { rooms: '3', told: '' }))).toEqual([
    400,
    expect.stringMatching(/^The form lacks “photo”, .* leave it empty/),
  ])
  // As browsers send what nobody chose; what is no input is left alone, as in JSON.
  const empty = await answerOf(await ask(houses, { rooms: '3', told: '', photo: none, csrf: 'hello' }))
  const json = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const body = JSON.stringify({ rooms: 3, told: null, photo: null, csrf: 'hello' })
  const missing = await answerOf(await fetch(`${houses.address}/predict`, { ...json, body }))
  expect(empty.predictions).toEqual(missing.predictions)
})

test('many pictures are decoded while others are answered, and too many are refused before any is', async () => {
  const { address } = servers[1]!
  const tiny = (await speckled(1, 1, red!, 1).png().toBuffer()).toString('base64')
  const ask = (rows: object[]) =>
    fetch(`${address}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(rows),
    })
  const row = { rooms: 3, told: 'busy road', photo: tiny }
  const rows = Array.from({ length: mostFiles }, () => row)
  const order: string[] = []
  const many = ask(rows).then((response) => (order.push('many'), response))
  // It is at work by then.
  await new Promise((resolve) => setTimeout(resolve, 50))
  const few = ask([{ ...row, photo: null }, row]).then((response) => (order.push('few'), response))
  expect((await answerOf(await few)).predictions).toHaveLength(2)
  expect((await answerOf(await many)).predictions).toHaveLength(mostFiles)
  expect(order).toEqual(['few', 'many'])
  expect(await refusal(await ask([...rows, row]))).toEqual([
    413,
    expect.stringContaining('at most 1,000 pictures to decode'),
  ])
})

test('more pictures than the model ever takes at once are refused for good, before any is read', async () => {
  const service = await ModelService.open(await readModelFolder(join(folder, 'colors-run/model')))
  const read = (): never => {
    throw new Error('They were read.')
  }
  await expect(service.predict(20_001, read)).rejects.toMatchObject({
    code: 'tooLarge',
    message: '20,001 rows with pictures are more than the model takes at once: send at most 20,000.',
  })
  // The room of those that could not be read is free again.
  for (let i = 0; i < 2; i++) await expect(service.predict(20_000, read)).rejects.toThrow('They were read.')
})

test('pixels are counted over all pictures of a request', async () => {
  const background = { r: 210, g: 50, b: 50 }
  const create = { width: 8000, height: 6500, channels: 3, background } as const
  const photo = await sharp({ create }).png({ compressionLevel: 1 }).toBuffer()
  const column = (await readModelFolder(join(folder, 'houses-run/model'))).document.preparation.columns.find(
    ({ name }) => name === 'photo',
  )!
  const columns = ['one', 'two'].map((name) => ({ ...column, name }))
  await expect(pictureColumns(columns, [{ one: photo, two: photo }], picturesFound, false)).rejects.toThrow(
    'at most 100,000,000 pixels together',
  )
})

test('one example of a table with texts and pictures is tried and explained; a picture may be missing', async () => {
  const model = await readModelFolder(join(folder, 'houses-run/model'))
  const explaining = { explanation: begin(explanations, 'shapley'), answer: null }
  const ask = (pictures: Record<string, string>) =>
    tryExample(
      model,
      { row: { rooms: '3', told: 'busy road' }, picture: null, pictures },
      explaining,
      folder,
      plainContext,
    )
  const { explained, cells, notes, seen } = await ask({ photo: join(folder, 'new.jpg') })
  expect(explained?.columns.map(({ name }) => name)).toEqual(['rooms', 'told', 'photo'])
  expect(explained?.columns.map(({ told }) => told)).toEqual(['3', 'busy road', '16 × 16 pixels'])
  expect(seen).toEqual([{ column: 'photo', shown: expect.stringMatching(/^data:image\/png;base64,/) as string, width: 16, height: 16 }]) // prettier-ignore
  const wanted = await predicted('houses-run', join(folder, 'new.csv'))
  expect(Math.abs(Number(cells[0]!.value) - Number(wanted.rows[0]![0]))).toBeLessThanOrEqual(1e-3)
  expect(notes.join(' ')).not.toContain('photo')
  const without = await ask({})
  expect(without.notes.join(' ')).toContain('photo')
  expect([without.seen, without.explained?.columns.at(-1)?.told]).toEqual([[], null])
  await expect(ask({ photo: join(folder, 'new.csv') })).rejects.toThrow(
    /“photo” of row 1 is text, not a picture/,
  )
  await expect(ask({ photo: join(folder, 'new.jpg'), poto: join(folder, 'new.jpg') })).rejects.toThrow(
    'no column “poto” that holds pictures: they stand in “photo”',
  )
  await expect(ask({ photo: join(folder, 'nowhere.png') })).rejects.toMatchObject({ field: 'pictures' })
})

test('how quick models of pictures are is measured as of others', { tags: 'thorough' }, async () => {
  for (const run of ['colors-run', 'houses-run']) {
    const options = { batches: [1, 4], concurrency: [1, 2], seconds: 0.1 }
    const { latency, notes } = await measureLatency(
      await readModelFolder(join(folder, run, 'model')),
      options,
    )
    expect(notes).toEqual([])
    expect(latency.runs.map(({ points }) => points.map(({ rows, callers }) => [rows, callers]))).toEqual([
      [[1, 1], [1, 2], [4, 1], [4, 2]],
      [[1, 1], [4, 1]],
    ]) // prettier-ignore
  }
})

test('an exported server takes the same files where there is no Descent, and bytes alone where there is no sharp', async () => {
  const model = await readModelFolder(join(folder, 'colors-run/model'))
  const { files } = await exportedFiles(model, begin(exportFormats, 'server', { certificate: 16 }))
  const place = join(folder, 'exported')
  mkdirSync(join(place, 'node_modules'), { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(place, name), content)
  const modules = onnxruntimeModules()
  for (const name of ['onnxruntime-node', 'onnxruntime-common'])
    symlinkSync(join(modules, name), join(place, 'node_modules', name))
  const input = model.document.inputs[0]!.name
  const json = { 'content-type': 'application/json' }
  const ask = (address: string, body: BodyInit, headers: Record<string, string>) =>
    fetch(`${address}/predict`, { method: 'POST', body, headers })
  const base64 = readFileSync(join(folder, 'new.jpg')).toString('base64')

  // What npm leaves out where there is no build of it for a system.
  const bare = await exportedServer(place)
  expect(await refusal(await ask(bare.address, JSON.stringify([{ [input]: base64 }]), json))).toEqual([400, expect.stringContaining('sharp is not installed')]) // prettier-ignore
  const example = JSON.stringify(JSON.parse(files['about.json'] as string).example)
  expect((await ask(bare.address, example, json)).status).toBe(200)
  await bare.stop()

  symlinkSync(join(import.meta.dirname, '../../../node_modules/sharp'), join(place, 'node_modules/sharp'))
  const server = await exportedServer(place)
  try {
    // Turned by its EXIF, half transparent, gray, of another shape; each as descent predict reads it.
    const odd = {
      'turned.jpg': await speckled(40, 20, red!, 7).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
      'clear.png': await speckled(33, 21, blue!, 8).ensureAlpha(0.4).png().toBuffer(),
      'gray.webp': await speckled(16, 64, red!, 9).grayscale().webp().toBuffer(),
      'palette.gif': await speckled(24, 24, blue!, 10).gif().toBuffer(),
      'new.jpg': readFileSync(join(folder, 'new.jpg')),
    }
    for (const [name, bytes] of Object.entries(odd)) {
      writeFileSync(join(folder, name), bytes)
      const { header, rows } = await predicted('colors-run', join(folder, name))
      const type = { 'content-type': `image/${name.split('.')[1]!.replace('jpg', 'jpeg')}` }
      const cell = JSON.stringify([{ [input]: `data:image/png;base64,${bytes.toString('base64')}` }])
      for (const response of [
        await ask(server.address, bytes, type),
        await ask(server.address, cell, json),
      ]) {
        const answer = (await answerOf(response)).predictions[0]!
        header.forEach((column, i) => {
          if (Number.isNaN(Number(rows[0]![i]))) expect(answer[column], name).toBe(rows[0]![i])
          else expect(Math.abs(Number(answer[column]) - Number(rows[0]![i])), name).toBeLessThanOrEqual(1e-5)
        })
      }
    }
    const jpeg = odd['new.jpg']
    const bomb = Buffer.from(await speckled(8, 8, red!, 1).png().toBuffer())
    bomb.writeUInt32BE(60_000, 16)
    bomb.writeUInt32BE(60_000, 20)
    for (const [body, headers, status, why] of [
      [jpeg.subarray(0, 300), { 'content-type': 'image/jpeg' }, 400, 'of row 1 is damaged or cut off'],
      ['hello', { 'content-type': 'image/jpeg' }, 400, 'no picture that can be read'],
      [bomb, { 'content-type': 'image/png' }, 413, 'send fewer, or smaller ones'],
      [jpeg, { 'content-type': 'image/jpeg', origin: 'https://elsewhere.example' }, 403, 'pages of other sites'],
      [jpeg, { 'content-type': 'text/plain' }, 415, 'image/jpeg'],
      [JSON.stringify([{ [input]: null }]), json, 400, 'is missing'],
      [JSON.stringify([{ [input]: [1, 2, 3] }]), json, 400, 'is no picture'],
      [JSON.stringify({ rows: Array.from({ length: 1001 }, () => ({ [input]: base64 })) }), json, 413, 'at most 1000 pictures'],
    ] as const)
      expect(await refusal(await ask(server.address, body, headers))).toEqual([status, expect.stringContaining(why)]) // prettier-ignore
  } finally {
    await server.stop()
  }
})
