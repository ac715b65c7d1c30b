/** What a measured model says of itself, and of one that is not to be written. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { measuredLatencySchema } from '../../../contract/index.ts'
import { perform } from '../../cli/command.ts'
import { modelCard } from '../card.ts'
import { documentFile, modelInfo, readModelFolder } from '../folder.ts'
import { whyKept } from '../owned-folder.ts'
import { writeFolder } from '../replace-folder.ts'
import { tryExample } from '../try.ts'
import { plainContext } from '../../kinds/kind.ts'
import { begin, explanations } from '../../../contract/index.ts'
import { measureLatency } from './index.ts'
import { keepLatency } from './keep.ts'

let folder: string
const model = (): string => join(folder, 'run/model')

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-latency-'))
  const lines = Array.from({ length: 120 }, (_, i) => {
    const width = (i * 37) % 100
    return `${width},${['round', 'square'][i % 2]},${width > 50 ? 'big' : 'small'}`
  })
  writeFileSync(join(folder, 'parts.csv'), ['width,shape,size', ...lines, ''].join('\n'))
  const silent = [process.stdout.write, process.stderr.write] as const
  process.stdout.write = process.stderr.write = () => true
  const args = ['run', '--set', 'budget.megabytes=0.001', '--set', 'budget.milliseconds=60000', '--set', 'budget.rows=3', join(folder, 'parts.csv'), '--target', 'size', '--epochs', '8', '--no-preflight', '--baselines', 'none'] // prettier-ignore
  try {
    expect(
      await perform([...args, '--backend', 'wasm', '--effort', 'quick', '--out', join(folder, 'run')]),
    ).toBe(0)
  } finally {
    ;[process.stdout.write, process.stderr.write] = silent
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('one example is answered and explained, in the words of its columns, and nothing of it is kept', async () => {
  const loaded = await readModelFolder(model())
  const { fields } = await modelInfo(loaded)
  expect(fields.map(({ name, holds, levels }) => [name, holds, levels])).toEqual([
    ['width', 'number', []],
    ['shape', 'category', ['round', 'square']],
  ])
  expect([fields[0]!.low, fields[0]!.high]).toEqual([expect.any(Number), expect.any(Number)])
  const explaining = { explanation: begin(explanations, 'shapley'), answer: null }
  const ask = (row: Record<string, string | null>) =>
    tryExample(loaded, { row, picture: null, pictures: {} }, explaining, folder, plainContext)
  const big = await ask({ width: '95', shape: 'round' })
  expect([big.answer, (await ask({ width: '4', shape: 'round' })).answer]).toEqual(['big', 'small'])
  const [width, shape] = big.explained!.columns
  expect(width).toMatchObject({ name: 'width', told: '95' })
  expect(width!.part).toBeGreaterThan(Math.abs(shape!.part))
  expect((await ask({ width: '1e6', shape: null })).notes.join(' ')).toMatch(
    /outside of what training saw \(width\)/,
  )
  await expect(ask({ width: 'wide', shape: null })).rejects.toThrow('“wide” is none as training had them')
  const odd = { explanation: begin(explanations, 'smoothGrad'), answer: null }
  const without = await tryExample(
    loaded,
    { row: { width: '1', shape: null }, picture: null, pictures: {} },
    odd,
    folder,
    plainContext,
  )
  expect([without.explained, without.notExplained]).toEqual([
    null,
    expect.stringMatching(/^Saliency says nothing of tables/),
  ])
}, 30_000)

test('times are written with the model, whose weights and answers stay, but not over what somebody changed', async () => {
  const weights = readFileSync(join(model(), 'model.safetensors'))
  // The training that had a budget has timed it, and kept that with the model.
  const trained = await modelInfo(await readModelFolder(model()))
  expect(
    trained.latency?.runs.map(({ points }) => points.map(({ rows, callers }) => [rows, callers])),
  ).toEqual([[[3, 1]]])
  expect(trained.budget.map(({ of }) => of)).toEqual(['size', 'time'])
  expect([whyKept(join(folder, 'run')), whyKept(model())]).toEqual([null, null])
  const options = { batches: [1, 4], concurrency: [1, 2], seconds: 0.1 }
  const measured = await measureLatency(await readModelFolder(model()), options)
  expect(measuredLatencySchema.parse(measured)).toEqual(measured)
  expect(measured.notes).toEqual([])
  expect(measured.budget.map(({ of, isWithin }) => [of, isWithin])).toEqual([
    ['size', false],
    ['time', true],
  ])
  expect(measured.budget[0]!.text).toMatch(
    /^The weights take .*KB, and the budget allows 1\.0\sKB\. Choose a smaller network/,
  )
  expect(measured.budget[1]!.text).toContain('99 % of calls with 3 rows stay below')
  const [served, onnx] = measured.latency.runs
  expect(served!.points.map(({ rows, callers }) => [rows, callers])).toEqual([
    [1, 1],
    [1, 2],
    [3, 1],
    [4, 1],
    [4, 2],
  ])
  expect(onnx!.points.map(({ rows, callers }) => [rows, callers])).toEqual([
    [1, 1],
    [3, 1],
    [4, 1],
  ])
  for (const { p50, p90, p99, calls } of [...served!.points, ...onnx!.points]) {
    expect(p50).toBeGreaterThan(0)
    expect(p90).toBeGreaterThanOrEqual(p50)
    expect(p99).toBeGreaterThanOrEqual(p90)
    expect(calls).toBeGreaterThanOrEqual(20)
  }
  expect((await modelInfo(await readModelFolder(model()))).latency).toEqual(measured.latency)
  expect((await modelInfo(await readModelFolder(model()))).budget.map(({ of }) => of)).toEqual([
    'size',
    'time',
  ])
  const card = readFileSync(join(model(), 'README.md'), 'utf8')
  expect(card).toContain('## Speed')
  expect(card).toMatch(
    /## Budget\n\n- Not kept: The weights take .*\n- Kept: 99 % of calls with 3 rows stay below/,
  )
  expect(readFileSync(join(model(), 'model.safetensors'))).toEqual(weights)

  // Saved anew while it was measured: with the same weights its times are added to what is there now, with others not.
  const loaded = await readModelFolder(model())
  const jsonOf = () =>
    JSON.parse(readFileSync(join(model(), documentFile), 'utf8')) as Record<string, unknown>
  const newer: Record<string, unknown> = { ...jsonOf(), name: 'a newer name' }
  delete newer['latency']
  writeFolder(model(), {
    'model.safetensors': weights,
    'README.md': '',
    [documentFile]: JSON.stringify(newer),
  })
  for (const [at, mode] of [['', 0o700], [documentFile, 0o600], ['model.safetensors', 0o600]] as const) chmodSync(join(model(), at), mode) // prettier-ignore
  expect(await keepLatency(loaded, measured.latency)).toEqual([])
  expect(jsonOf()).toEqual({ ...newer, latency: measured.latency })
  if (process.platform !== 'win32')
    expect(
      ['', documentFile, 'model.safetensors'].map((at) => statSync(join(model(), at)).mode & 0o777),
    ).toEqual([0o700, 0o600, 0o600])
  const { document } = loaded
  const others = { ...loaded, document: { ...document, weights: { ...document.weights, sha256: '0'.repeat(64) } } } // prettier-ignore
  const later = { ...measured.latency, measuredAt: 1 }
  expect((await keepLatency(others, later))[0]).toMatch(/was written anew while it was measured/)
  expect(jsonOf()).toEqual({ ...newer, latency: measured.latency })
  await expect(
    measureLatency(loaded, { batches: [1, 1000], concurrency: [1, 64], seconds: 60 }),
  ).rejects.toThrow('64 callers with 1,000 rows each bring 64,000 rows at once')
  writeFileSync(join(model(), 'mine.txt'), 'of mine')
  const again = await measureLatency(await readModelFolder(model()), {
    ...options,
    batches: [1],
    concurrency: [1],
  })
  expect(again.notes[0]).toMatch(/^The times are not written with the model/)
  expect((await modelInfo(await readModelFolder(model()))).latency).toEqual(measured.latency)
})

test('rows that a budget speaks of are asked by one caller, in as many calls as a server takes', async () => {
  const loaded = await readModelFolder(model())
  const { document } = loaded
  const budget = { megabytes: 0, milliseconds: 60_000, rows: 20_500 }
  const { provenance } = document
  const many = {
    ...loaded,
    document: {
      ...document,
      provenance: { ...provenance, recipe: { ...provenance.recipe, budget } },
    },
  }
  expect(modelCard(many.document)).toContain(
    '## Budget\n\n- Not measured: how long an answer takes, of which the budget allows 60,000 ms. `npx descent latency',
  )
  const options = { batches: [1], concurrency: [2], seconds: 0.1 }
  const measured = await measureLatency(many, options)
  expect(
    measured.latency.runs.map(({ points }) => points.map(({ rows, callers }) => [rows, callers])),
  ).toEqual([
    [
      [1, 2],
      [20_500, 1],
    ],
    [[1, 1]],
  ])
  expect(measured.budget.map(({ of, isWithin }) => [of, isWithin])).toEqual([['time', true]])
  expect(measured.budget[0]!.text).toContain('99 % of calls with 20,500 rows stay below')
})
