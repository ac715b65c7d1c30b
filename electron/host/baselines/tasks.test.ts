import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { primaryFor, type Task } from '../../contract/index.ts'
import { parseCommand, type RunCommand } from '../cli/args.ts'
import { openData, prepareOpened } from '../cli/open-data.ts'
import { sizeOfInputs } from '../model/input.ts'
import { inputsOf } from '../prepare/preparation.ts'
import { randomSource } from '../prepare/random.ts'
import { takeRows } from '../training/data.ts'
import { besideBaselines } from './beside.ts'
import { fitBaselines, trainedBaselines } from './index.ts'
import { bytesOf, partOf } from './part.ts'

/** Baselines of each task, from a file to a comparison, beside a network that knows nothing. */
let folder: string

/** A table of the features and these targets. */
function writeTable(targets: readonly string[]): string {
  const random = randomSource(3)
  const lines = Array.from({ length: 400 }, (_, i) => {
    const [x, z] = [2 * random() - 1, 2 * random() - 1]
    const all: Record<string, unknown> = {
      x: i % 11 === 0 ? '' : x,
      z,
      city: ['Rome', 'Oslo', 'Lima'][i % 3],
      side: x + z > 0 ? 'right' : 'left',
      grade: x < -0.4 ? 1 : x < 0.3 ? 2 : 3,
      warm: x > 0 ? 1 : 0,
      wet: z > 0 ? 'yes' : 'no',
      sum: 3 * x + z,
      big: 100 * z,
    }
    return ['x', 'z', 'city', ...targets].map((name) => all[name]).join(',')
  })
  const name = `${targets.join('-')}.csv`
  writeFileSync(join(folder, name), `x,z,city,${targets.join(',')}\n${lines.join('\n')}\n`)
  return name
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-baselines-'))
  const random = randomSource(4)
  const words = ['sun', 'rain', 'wind', 'snow', 'fog', 'hail']
  const texts = Array.from({ length: 240 }, (_, i) => {
    const few = Array.from({ length: 4 }, () => words[Math.floor(random() * 6)]!)
    return `${i % 2 === 0 ? 'summer warm' : 'winter cold'} ${few.join(' ')}`
  })
  writeFileSync(join(folder, 'train.txt'), `${texts.join('\n')}\n`)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function opened(file: string, ...how: string[]) {
  const scratch = mkdtempSync(join(folder, 'scratch-'))
  const command = parseCommand(['run', join(folder, file), ...how, '--seed', '1']) as RunCommand
  const data = await openData(command, scratch)
  return { recipe: data.recipe, prepared: await prepareOpened(data) }
}

test.each<[Task, string[], number]>([
  ['binary', ['side'], 0.85],
  ['classification', ['grade'], 0.75],
  ['ordinal', ['grade'], 0.75],
  ['multilabel', ['warm', 'wet'], 0.8],
  ['regression', ['sum'], 0.7],
  ['regression', ['sum', 'big'], 0.7],
])(
  'of %s (%s) they learn what there is, and a network that knows nothing is worse',
  async (task, columns, least) => {
    const { recipe, prepared } = await opened(
      writeTable(columns),
      ...columns.flatMap((column) => ['--target', column]),
      '--task',
      task,
    )
    const { fitted, without } = fitBaselines(prepared)
    expect(without).toEqual([])
    expect(fitted.map(({ name }) => name)).toEqual(trainedBaselines)
    const rows = prepared.split.test.length
    const width = fitted[0]!.outputs.test.length / rows
    const { targets } = takeRows(prepared.data, prepared.split.test)
    expect(targets.length / rows).toBeLessThanOrEqual(Math.max(1, width))
    const outputs = new Float32Array(rows * width)
    const beside = besideBaselines(
      recipe,
      prepared,
      { split: 'test', tuned: prepared, outputs },
      { fitted, without },
    )
    const { name: primary } = primaryFor(task)
    expect(beside.baselines.map(({ name }) => name)).toEqual(['constant', ...trainedBaselines])
    for (const one of beside.baselines.slice(1)) {
      expect(one.metrics[primary], one.name).toBeGreaterThan(least)
      expect(one.differences[primary], one.name).toMatchObject({ verdict: 'worse' })
      const { low, high } = one.intervals[primary]!
      expect(low).toBeLessThanOrEqual(one.metrics[primary]!)
      expect(high).toBeGreaterThanOrEqual(one.metrics[primary]!)
    }
    // Beside itself it is neither better nor worse.
    const own = fitted.at(-1)!
    const itself = besideBaselines(
      recipe,
      prepared,
      { split: 'test', tuned: prepared, outputs: own.outputs.test },
      { fitted: [own], without: [] },
    )
    expect(itself.baselines[1]!.differences[primary]).toMatchObject({ difference: 0, verdict: 'cannotTell' })
  },
  30_000,
)

test('what has no time to say anything says so, and is not taken for unsuited', async () => {
  const { prepared } = await opened(writeTable(['side']), '--target', 'side')
  const { fitted, without } = fitBaselines(prepared, { names: ['nearest', 'boosted'], budget: -1000 })
  expect(fitted).toEqual([])
  expect(without.map(({ name }) => name)).toEqual(['nearest', 'boosted'])
  for (const { why } of without) expect(why).toContain('was over before it had anything to say')
})

test('of texts there are words to go by, and no columns for trees or distances', async () => {
  const { recipe, prepared } = await opened('train.txt', '--model', 'text-cnn')
  const { fitted, without } = fitBaselines(prepared)
  expect(fitted.map(({ name }) => name)).toEqual(['linear'])
  expect(without.map(({ name }) => name)).toEqual(['nearest', 'boosted'])
  expect(without[1]!.why).toBe(
    'There is no baseline of boosted trees: it looks at columns of numbers, dates and categories, of which there are none here.',
  )
  const outputs = new Float32Array(fitted[0]!.outputs.test.length)
  const { baselines } = besideBaselines(
    recipe,
    prepared,
    { split: 'test', tuned: prepared, outputs },
    { fitted, without },
  )
  expect(baselines[1]!.metrics['accuracy']).toBeGreaterThan(0.95)
})

test('of many rows they learn from some, say so, and are asked only of what is compared', async () => {
  const { recipe, prepared } = await opened(writeTable(['side']), '--target', 'side')
  const learnable = partOf(prepared, { most: 100, validation: false })
  expect(learnable.split.train).toHaveLength(100)
  expect(learnable.trainRows).toBe(prepared.split.train.length)
  // It goes to another process.
  const { fitted, without } = fitBaselines(structuredClone(learnable))
  expect(without).toEqual([])
  for (const { name, rows, notes, outputs } of fitted) {
    expect(rows, name).toBe(100)
    expect(notes, name).toContain('It learned from 100 of 280 training rows, evenly taken.')
    expect(outputs.validation).toHaveLength(0)
    expect(outputs.test).toHaveLength(prepared.split.test.length)
  }
  const { targets } = takeRows(prepared.data, prepared.split.test)
  const outputs = new Float32Array(targets.length)
  const { baselines } = besideBaselines(
    recipe,
    prepared,
    { split: 'test', tuned: prepared, outputs },
    { fitted, without },
  )
  for (const { name, metrics } of baselines.slice(1)) expect(metrics['accuracy'], name).toBeGreaterThan(0.8)
  expect(bytesOf(learnable)).toBe(160 * 4 * sizeOfInputs(inputsOf(prepared.preparation)) + 160 * (8 + 8 + 4))
})

test('where distances would take far longer than there is time, no neighbors are asked', async () => {
  const { prepared } = await opened(writeTable(['side']), '--target', 'side')
  const { fitted, without } = fitBaselines(prepared, { names: ['nearest'], budget: 0.01 })
  expect(fitted).toEqual([])
  expect(without[0]!.why).toMatch(
    /^There is no baseline of nearest neighbors: distances from so many rows to 1,000 training rows take longer than its time of /,
  )
})
