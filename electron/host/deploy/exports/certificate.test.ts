/** A file that says something else than Descent is not handed out, whatever it is that differs. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onnxruntimeModules } from '../../../../engine/fixtures/onnxruntime.ts'
import { encodeOnnx } from '../../../../engine/formats/onnx.ts'
import { begin, encoders, exportFormats, preparationSteps, type Encoder } from '../../../contract/index.ts'
import { perform } from '../../cli/command.ts'
import type { Frame } from '../../datasets/frame.ts'
import { networkOf } from '../../training/data.ts'
import { encode } from '../../prepare/encode.ts'
import { predict, useDevice } from '../../training/predict.ts'
import { readModelFolder, type LoadedModel } from '../folder.ts'
import { rowsPerPass } from './about.ts'
import { certify, type Certificate } from './certificate.ts'
import { apart, compareAnswers } from './compare.ts'
import { exportedFiles } from './index.ts'
import { onnxOfModel } from './onnx.ts'
import { evenly, type TestRows } from './test-rows.ts'
import { certified, column, modelOf, oddTexts, rows } from './testing.ts'

beforeAll(async () => {
  await useDevice('wasm')
})

const fill = begin(preparationSteps, 'impute')
describe('what a text is cut by', () => {
  test.each(['onnx', 'web', 'server'] as const)(
    'what the reader does not know is refused by name: %s',
    async (format) => {
      // prettier-ignore
      const model = await modelOf('text', [], begin(encoders, 'words', { tokenizer: 'wordPiece', maxTokens: 12 }) as Encoder, { values: { text: oddTexts } }) // prettier-ignore
      const { preparation } = model.document
      const { encoder, ...rest } = preparation.columns[0]!
      const { parts } = encoder as unknown as { parts: Record<string, unknown> }
      const cut = { ...encoder, tokenizer: 'file', parts: { ...parts, pre_tokenizer: { type: 'Metaspace' } } }
      const columns = [{ ...rest, encoder: cut as typeof encoder }]
      const other = { ...model, document: { ...model.document, preparation: { ...preparation, columns } } }
      for (const certificate of [0, 100])
        await expect(exportedFiles(other, begin(exportFormats, format, { certificate }))).rejects.toThrow(
          'The texts of “x” would be cut otherwise than Descent cuts them: the reader that is exported beside the model does not know the pre-tokenizer Metaspace.',
        )
    },
  )

  test('where Python cannot cut the texts, its reader is not written, and the README says why', async () => {
    const filesOf = async (tokenizer: 'words' | 'bytePair') =>
      (await exportedFiles(await modelOf('text', [], begin(encoders, 'words', { tokenizer, maxTokens: 12 }) as Encoder, { values: { text: oddTexts } }), begin(exportFormats, 'onnx', { certificate: 100 }))).files // prettier-ignore
    const [byWords, byParts] = [await filesOf('words'), await filesOf('bytePair')]
    expect(Object.keys(byWords)).toEqual(expect.arrayContaining(['reader.js', 'words.js']))
    expect(Object.keys(byWords).filter((name) => name.endsWith('.py'))).toEqual([])
    expect(byWords['README.md']).toContain('There is no reader for Python: it cannot cut the texts of “x” as Descent does (Unicode words).') // prettier-ignore
    expect(Object.keys(byParts)).toEqual(expect.arrayContaining(['reader.py', 'words.py']))
    expect(byParts['README.md']).toContain('parts: in signature.json')
  })
})

test('weights that are others are noticed, and the row is named', async () => {
  const model = await modelOf('number', [fill], begin(encoders, 'numeric') as Encoder)
  const [name, tensor] = Object.entries(model.weights)[0]!
  const data = Uint8Array.from(tensor.data)
  // All of them: one alone may lead to a unit that is never reached.
  new Float32Array(data.buffer).forEach((value, i, all) => (all[i] = value + 0.01))
  const other = { ...model, weights: { ...model.weights, [name]: { ...tensor, data } } } as LoadedModel
  await expect(certified(model, other)).rejects.toThrow(/of \{x: .*\} its p/)
})

test('what lighter weights cost is measured beside it, and too much is refused', async () => {
  const model = await modelOf('number', [fill], begin(encoders, 'numeric') as Encoder)
  const exported = async (written: LoadedModel) => {
    const { graph, signature } = await onnxOfModel(written, { preparation: true, answers: true })
    return { file: encodeOnnx(graph), signature }
  }
  const { file, signature } = await exported(model)
  // Says the opposite in every row.
  const turned = Object.entries(model.weights).map(([name, tensor]) => {
    const values = Float32Array.from(new Float32Array(Uint8Array.from(tensor.data).buffer), (value) => -value)
    return [name, { ...tensor, data: new Uint8Array(values.buffer) }] as const
  })
  const last = turned.at(-1)![0].replace(/\.\w+$/, '.')
  const opposite = { ...model, weights: { ...model.weights, ...Object.fromEntries(turned.filter(([name]) => name.startsWith(last))) } } as LoadedModel // prettier-ignore
  const { preparation, architecture } = model.document
  const frame: Frame = { rows, columns: [column.number] }
  const said = await predict(networkOf(architecture, preparation), model.weights, { rows, inputs: encode(frame, preparation).inputs }) // prettier-ignore
  const right = (outputs: ArrayLike<number>) => ({ accuracy: said.filter((value, row) => value > 0 === outputs[row]! > 0).length / rows }) // prettier-ignore
  const testRows = (): TestRows => ({
    frame,
    places: Int32Array.from({ length: rows }, (_, row) => row),
    of: rows,
    measure: right,
    intervals: () => ({ accuracy: { low: 0.9, high: 1 } }),
  })
  const with_ = (lighter: Uint8Array) =>
    certify(model, { artifact: 'model.onnx', file, signature, lighter: { weights: 'int8', file: lighter } }, { rows: 100, multiplyAdds: 100, testRows }) // prettier-ignore
  const { lighter, sha256 } = await with_(file)
  expect(lighter).toMatchObject({ weights: 'int8', bytes: [file.length, file.length], hostile: { rows: 100, changed: 0 }, test: { rows, changed: 0, metrics: { accuracy: [1, 1] }, bound: { metric: 'accuracy', worse: 0 } } }) // prettier-ignore
  expect(sha256).toBe((await certify(model, { artifact: 'model.onnx', file, signature }, { rows: 10, multiplyAdds: 100, testRows })).sha256) // prettier-ignore
  const other = (await exported(opposite)).file
  await expect(with_(other)).rejects.toThrow('model.onnx with weights as int8 was not written')
})

test('rows of the test are taken evenly, and what is compared is told', async () => {
  expect([...evenly(10, 3)]).toEqual([1, 5, 8])
  expect([...evenly(3, 10)]).toEqual([0, 1, 2])
  expect([...evenly(0, 10)]).toEqual([])
  const model = await modelOf('number', [fill], begin(encoders, 'numeric') as Encoder)
  const told: number[] = []
  const { graph, signature } = await onnxOfModel(model, { preparation: true, answers: true })
  const file = { artifact: 'model.onnx', file: encodeOnnx(graph), signature }
  await certify(model, file, { rows: 600, multiplyAdds: 100, testRows: () => 'none', progress: (share) => told.push(share) }) // prettier-ignore
  expect(told).toEqual([256 / 600, 512 / 600, 1])
})

test('of large networks few rows go through at once', () => {
  expect(rowsPerPass(10, 1000)).toBe(512)
  expect(rowsPerPass(3 * 2048 * 2048, 1e9)).toBe(1)
  expect(rowsPerPass(3 * 224 * 224, 4e9)).toBe(5)
})

test('what is apart is a share of the size of numbers, and infinities are equal to themselves', () => {
  expect(apart(0.5, 0.5 + 2e-5, null)).toBeCloseTo(2e-5)
  expect(apart(1000, 1000.01, 1000)).toBeLessThan(1e-5)
  expect(apart(NaN, NaN, 1)).toBe(0)
  expect(apart(1e300, Infinity, 1)).toBe(0)
  expect(apart(1, NaN, 1)).toBe(Infinity)
})

test('a label may flip only where two answers are alike', async () => {
  const { preparation } = (await modelOf('number', [fill], begin(encoders, 'numeric') as Encoder)).document
  const said = (share: number, label: string) => {
    const wanted = {
      names: ['prediction', 'probability_no', 'probability_yes'],
      values: [['no'], [1 - share], [share]],
    }
    const answer = { prediction: label, probability_no: 1 - share, probability_yes: share }
    const outputs = [Math.log(share / (1 - share))]
    return compareAnswers({ preparation, wanted, rounded: wanted, outputs, inputNames: ['x'] }, [answer])
  }
  expect(said(0.499999, 'yes')).toMatchObject({ held: { closeCalls: 1 }, disagreement: null })
  expect(said(0.4999, 'yes').disagreement).toMatchObject({
    row: 0,
    column: 'prediction',
    wanted: 'no',
    got: 'yes',
  })
  expect(said(0.1, 'no').disagreement).toBeNull()
})

describe('what is exported runs by itself', () => {
  let folder: string
  const servers: ChildProcess[] = []
  const lineOf = (i: number): string =>
    `"€ 1.${String(100 + ((i * 37) % 900))},50",${i % 9 === 4 ? '' : (i * 7919) % 100},${['round', 'square', 'NA'][i % 3]},0${1 + (i % 9)}.03.2024,${(i * 7919) % 100 > 50 ? 'big' : 'small'}`

  const silently = async (args: string[]): Promise<number> => {
    const kept = [process.stdout.write, process.stderr.write] as const
    process.stdout.write = process.stderr.write = () => true
    try {
      return await perform(args)
    } finally {
      ;[process.stdout.write, process.stderr.write] = kept
    }
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'descent-exports-'))
    const lines = Array.from({ length: 200 }, (_, i) => lineOf(i))
    writeFileSync(join(folder, 'parts.csv'), ['price,width,shape,day,size', ...lines, ''].join('\n'))
    const args = ['run', join(folder, 'parts.csv'), '--target', 'size', '--seed', '1', '--epochs', '2', '--no-preflight', '--baselines', 'none', '--backend', 'wasm', '--effort', 'quick', '--out', join(folder, 'run')] // prettier-ignore
    expect(await silently(args)).toBe(0)
  })
  afterAll(() => {
    for (const server of servers) server.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  test('rows of the test are compared where the data are at hand, and a file that changed is none', async () => {
    const model = join(folder, 'run/model')
    const to = join(folder, 'onnx')
    expect(await silently(['export', model, '--format', 'onnx', '--set', 'certificate=200', '-o', to])).toBe(
      0,
    )
    const { test: tested } = JSON.parse(readFileSync(join(to, 'certificate.json'), 'utf8')) as { test: { rows: number; metrics: Record<string, [number, number]> } } // prettier-ignore
    expect(tested.rows).toBe(30)
    const few = ['export', model, '--format', 'onnx', '--set', 'certificate=7', '-o', join(folder, 'few')]
    expect(await silently(few)).toBe(0)
    expect(JSON.parse(readFileSync(join(folder, 'few/certificate.json'), 'utf8'))).toMatchObject({ hostile: { rows: 7 }, test: { rows: 7, of: 30 } }) // prettier-ignore
    expect(readFileSync(join(folder, 'few/README.md'), 'utf8')).toMatch(/7 of 30 rows of the test, evenly spaced: .*\n- .* on these rows of the test/) // prettier-ignore
    const one = ['export', model, '--format', 'onnx', '--set', 'certificate=1', '-o', join(folder, 'one')]
    expect(await silently(one)).toBe(0)
    expect(JSON.parse(readFileSync(join(folder, 'one/certificate.json'), 'utf8'))).toMatchObject({ hostile: { rows: 1 }, test: { rows: 1, of: 30 } }) // prettier-ignore
    for (const [own, exported] of Object.values(tested.metrics)) expect(exported).toBeCloseTo(own, 5)
    // As bytes it is smaller, and says what that costs.
    const light = ['export', model, '--format', 'onnx', '--set', 'weights=int8', '--set', 'certificate=50', '-o', join(folder, 'light')] // prettier-ignore
    expect(await silently(light)).toBe(0)
    const { lighter } = JSON.parse(readFileSync(join(folder, 'light/certificate.json'), 'utf8')) as Certificate // prettier-ignore
    expect(lighter).toMatchObject({ weights: 'int8', hostile: { rows: 50 }, test: { rows: 30 } })
    expect(lighter!.bytes).toEqual([statSync(join(to, 'model.onnx')).size, statSync(join(folder, 'light/model.onnx')).size]) // prettier-ignore
    expect(lighter!.bytes[1]).toBeLessThan(lighter!.bytes[0])
    expect(readFileSync(join(folder, 'light/README.md'), 'utf8')).toContain('Its weights are stored as int8')
    cpSync(join(folder, 'parts.csv'), join(folder, 'other.csv'))
    writeFileSync(
      join(folder, 'other.csv'),
      `${readFileSync(join(folder, 'parts.csv'), 'utf8')}${lineOf(7)}\n`,
    )
    const other = [
      'export',
      model,
      '--format',
      'onnx',
      '--data',
      join(folder, 'other.csv'),
      '-o',
      join(folder, 'no'),
    ]
    expect(await silently(other)).not.toBe(0)
  })

  test('data are opened only where they are used, and an export says what it did without', async () => {
    const model = join(folder, 'run/model')
    const written = (to: string) => JSON.parse(readFileSync(join(folder, to, 'certificate.json'), 'utf8')) as Certificate // prettier-ignore
    // It is no table at all: whoever opened it would say so.
    const broken = join(folder, 'broken.csv')
    writeFileSync(broken, Buffer.alloc(100))
    const named = ['export', model, '--data', broken, '-o']
    expect(await silently([...named, join(folder, 'weights'), '--format', 'safetensors'])).toBe(0)
    expect(await silently([...named, join(folder, 'bare'), '--format', 'onnx', '--set', 'certificate=0'])).toBe(0) // prettier-ignore
    expect(await silently([...named, join(folder, 'none'), '--format', 'onnx'])).not.toBe(0)
    const data = join(folder, 'parts.csv')
    const kept = readFileSync(data)
    try {
      writeFileSync(data, Buffer.alloc(100))
      const args = ['export', model, '--format', 'onnx', '--set', 'certificate=64', '-o']
      expect(await silently([...args, join(folder, 'damaged')])).toBe(0)
      rmSync(data)
      expect(await silently([...args, join(folder, 'gone')])).toBe(0)
    } finally {
      writeFileSync(data, kept)
    }
    for (const to of ['damaged', 'gone'])
      expect(written(to)).toMatchObject({ hostile: { rows: 64 }, test: null, withoutTest: 'notAtHand' })
  })

  test(
    'the server answers as descent predict, where there is no Descent',
    { tags: 'thorough', timeout: 30_000 },
    async () => {
      const model = await readModelFolder(join(folder, 'run/model'))
      const { files } = await exportedFiles(model, begin(exportFormats, 'server', { certificate: 100 }))
      const place = mkdtempSync(join(tmpdir(), 'descent-served-'))
      for (const [name, content] of Object.entries(files)) writeFileSync(join(place, name), content)
      symlinkSync(onnxruntimeModules(), join(place, 'node_modules'))
      try {
        const open = spawnSync(process.execPath, ['server.mjs'], { cwd: place, env: { ...process.env, HOST: '0.0.0.0' }, encoding: 'utf8' }) // prettier-ignore
        expect([open.status, open.stderr]).toEqual([2, expect.stringContaining('needs a token')])
        const server = spawn(process.execPath, ['server.mjs'], { cwd: place, env: { ...process.env, PORT: '0', TOKEN: '' }, stdio: ['ignore', 'pipe', 'inherit'] }) // prettier-ignore
        servers.push(server)
        const ready = await new Promise<string>((resolve) =>
          server.stdout.once('data', (data) => resolve(String(data))),
        )
        const { address, model: id } = JSON.parse(ready) as { address: string; model: string }
        const post = (path: string, body: unknown) =>
        fetch(address + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body) }) // prettier-ignore
        const asked = Array.from({ length: 50 }, (_, i) => lineOf(i + 300))
        writeFileSync(join(folder, 'new.csv'), ['price,width,shape,day', ...asked.map((line) => line.slice(0, line.lastIndexOf(','))), ''].join('\n')) // prettier-ignore
        expect(
          await silently(['predict', model.path, join(folder, 'new.csv'), '-o', join(folder, 'out.csv')]),
        ).toBe(0)
        const [head, ...wanted] = readFileSync(join(folder, 'out.csv'), 'utf8').trim().split('\n').map((line) => line.split(',').slice(-3)) // prettier-ignore
        const rowsAsked = asked.map((line) => {
          const [, price, width, shape, day] = /^"(.*)",(.*?),(.*?),(.*?),/.exec(line)!
          return { price, width, shape, day }
        })
        const answers = await Promise.all(rowsAsked.map(async (row) => ((await (await post('/predict', row)).json()) as { predictions: Record<string, string | number>[] }).predictions[0]!)) // prettier-ignore
        answers.forEach((answer, i) => {
          expect(answer[head![0]!]).toBe(wanted[i]![0])
          for (const k of [1, 2]) expect(Number(answer[head![k]!])).toBeCloseTo(Number(wanted[i]![k]), 5)
        })
        const inputs = Object.keys(rowsAsked[0]!).map((name) => ({ name, shape: [2], datatype: 'BYTES', data: rowsAsked.slice(0, 2).map((row) => row[name as 'price']) })) // prettier-ignore
        const inferred = (await (await post(`/v2/models/${id}/infer`, { id: '7', inputs })).json()) as { id: string; outputs: { name: string; data: unknown[] }[] } // prettier-ignore
        expect(inferred.id).toBe('7')
        expect(inferred.outputs[0]!.data).toEqual(answers.slice(0, 2).map((answer) => answer['prediction']))
        for (const [path, body, status] of [
          ['/predict', '{', 400],
          ['/predict', {}, 400],
          ['/predict', { rows: [3] }, 400],
          ['/predict', { rows: [] }, 400],
          ['/nowhere', {}, 404],
          ['/health', {}, 405],
          [`/v2/models/${id}/infer`, { inputs: [{ name: 'price', shape: [2], data: ['1'] }] }, 400],
          [`/v2/models/${id}/infer`, { inputs: [inputs[0], null] }, 400],
          [`/v2/models/${id}/infer`, { inputs: [inputs[0], 3] }, 400],
          [`/v2/models/${id}/infer`, { inputs, outputs: [null] }, 400],
          [`/v2/models/${id}/infer`, { inputs, outputs: [{}] }, 400],
        ] as const)
          // prettier-ignore
          expect((await post(path, body)).status, `${path} ${JSON.stringify(body)}`).toBe(status)
        expect(await (await fetch(`${address}/metrics`)).text()).toContain('descent_rows_total')
        const figure = async (name: string): Promise<number> => {
          const told = await (await fetch(`${address}/metrics`)).text()
          return Number(new RegExp(`^descent_${name}_total (\\d+)$`, 'm').exec(told)?.[1])
        }
        const before = await figure('passes')
        const many = Array.from({ length: 1300 }, (_, i) => rowsAsked[i % rowsAsked.length]!)
        const all = (await (await post('/predict', { rows: many })).json()) as { predictions: Record<string, string | number>[] } // prettier-ignore
        expect(all.predictions.map((one) => one[head![0]!])).toEqual(many.map((_, i) => answers[i % answers.length]![head![0]!])) // prettier-ignore
        expect((await figure('passes')) - before).toBe(3)
        const lacking = await post('/predict', { rows: many.map((row, i) => (i === 1200 ? {} : row)) })
        expect([lacking.status, await lacking.json()]).toEqual([400, { error: expect.stringContaining('Row 1201 lacks') as string }]) // prettier-ignore
        const ended = new Promise((resolve) => server.once('exit', resolve))
        server.kill('SIGTERM')
        expect(await ended).toBe(0)
      } finally {
        rmSync(place, { recursive: true, force: true })
      }
    },
  )
})
