import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { listDevices, setDefaultDevice, type Device } from '../../../engine/index.ts'
import {
  begin,
  optimizers,
  recordedFor,
  DescentError,
  type MetricPoint,
  type Training,
} from '../../contract/index.ts'
import { checkpointMetaSchema, type BestWeights, type Checkpoint, type Tensors } from './checkpoint.ts'
import { TrainControl } from './control.ts'
import { useDevice } from './predict.ts'
import { profileTraining } from './profile.ts'
import { moons, recipeOf, waves } from './testing.ts'
import { batchesPerEpoch, train, type Pace, type TrainOptions, type TrainResult } from './train.ts'

let device: Device
beforeAll(async () => {
  device = await useDevice('wasm')
})
afterAll(() => device.close())

interface Recorded {
  result: TrainResult
  points: MetricPoint[]
  checkpoints: { last: Checkpoint; best: BestWeights | null }[]
}

async function record(
  options: TrainOptions,
  act?: (control: TrainControl, point: MetricPoint) => void,
  pace?: Pace,
): Promise<Recorded> {
  const points: MetricPoint[] = []
  const checkpoints: Recorded['checkpoints'] = []
  const control = new TrainControl()
  const result = await train(options, {
    control,
    onEpoch: (point) => {
      points.push(point)
      act?.(control, point)
    },
    onCheckpoint: (last, best) => checkpoints.push({ last, best }),
    onPaused: () => control.resume(),
    ...(pace && { pace }),
  })
  return { result, points, checkpoints }
}

/** Looks up after every batch. */
const restless: Pace = {
  turnMs: 0,
  progressMs: 0,
  checkpointMs: 0,
  withinEpochMs: Infinity,
  loadingMs: Infinity,
}

const hex = (tensors: Tensors): Record<string, string> =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => [name, Buffer.from(data).toString('hex')]),
  )

/** What must be equal to the bit: everything but the times. */
const essence = ({ epoch, step, values: { throughput: _, ...values } }: MetricPoint) => ({
  epoch,
  step,
  values,
})

test('learns to tell two moons apart', async () => {
  const { result, points } = await record({ recipe: recipeOf('classification'), data: moons(300) })
  expect(points[0]?.values['train/loss']).toBeGreaterThan(0.3)
  expect(result.best.metrics['validation/accuracy']).toBeGreaterThan(0.95)
  expect(Object.keys(points[0]!.values)).toEqual(recordedFor('classification').map(({ name }) => name))
  expect(result.best.loss).toBe(Math.min(...points.map(({ values }) => values['validation/loss']!)))
  expect(points.map((point) => point.epoch)).toEqual(points.map((_, i) => i + 1))
})

/** Dropout draws the same numbers everywhere, so only rounding may differ; WebGPU takes part where there is a device. */
test('backends agree on the loss curve', async () => {
  const options = { recipe: recipeOf('classification', {}, { epochs: 3 }), data: moons(64) }
  const { points: expected } = await record(options)
  const available = (await listDevices()).filter((info) => info.available).map((info) => info.backend)
  try {
    for (const backend of new Set([...available, 'reference' as const])) {
      await useDevice(backend)
      const { points } = await record(options)
      points.forEach((point, i) => {
        expect(point.values['train/loss'], `${backend}, epoch ${i + 1}`).toBeCloseTo(
          expected[i]?.values['train/loss'] ?? NaN,
          4,
        )
        expect(point.values['validation/loss'], `${backend}, epoch ${i + 1}`).toBeCloseTo(
          expected[i]?.values['validation/loss'] ?? NaN,
          4,
        )
      })
    }
  } finally {
    setDefaultDevice(device)
  }
})

test('learns a function', async () => {
  const { result, points } = await record({
    recipe: recipeOf('regression', { dropout: 0 }),
    data: waves(300),
  })
  expect(result.best.metrics['validation/r2']).toBeGreaterThan(0.9)
  expect(Object.keys(points[0]!.values)).toEqual(recordedFor('regression').map(({ name }) => name))
})

test('the same seed gives the same run to the bit, another seed another', async () => {
  const options = { recipe: recipeOf('classification', {}, { epochs: 3 }), data: moons(100) }
  const [first, second] = [await record(options), await record(options)]
  expect(second.points.map(essence)).toEqual(first.points.map(essence))
  expect(hex(second.result.best.tensors)).toEqual(hex(first.result.best.tensors))
  const other = await record({ ...options, recipe: { ...options.recipe, seed: 2 } })
  expect(other.points[0]?.values['train/loss']).not.toBe(first.points[0]?.values['train/loss'])
})

/**
 * Dropout, batch norm, momenta, a schedule and the stopping rule all have to be taken up again where they were. The
 * run yields after every batch, so that it is paused in the middle of an epoch, and that checkpoint is resumed.
 */
test('resuming equals never having stopped, to the bit, from anywhere', async () => {
  const recipe = recipeOf('classification', { batchNorm: true, dropout: 0.3 }, { epochs: 6, batchSize: 4 })
  const data = moons(240)
  const whole = await record({ recipe, data }, (control) => control.pause(), restless)
  const middle = whole.checkpoints.filter(({ last }) => last.meta.position > 0)
  expect(middle.length).toBeGreaterThan(0)
  const { last } = middle[0]!
  const bests = whole.checkpoints.slice(0, whole.checkpoints.indexOf(middle[0]!) + 1)
  const best = bests.findLast((checkpoint) => checkpoint.best !== null)?.best?.tensors ?? null
  const rest = await record({ recipe, data, resume: { last, best } })
  const later = whole.points.filter((point) => point.epoch > last.meta.epoch)
  expect(rest.points.map(essence)).toEqual(later.map(essence))
  expect(rest.result.best.epoch).toBe(whole.result.best.epoch)
  expect(hex(rest.result.best.tensors)).toEqual(hex(whole.result.best.tensors))
  expect(hex(rest.checkpoints.at(-1)!.last.tensors)).toEqual(hex(whole.checkpoints.at(-1)!.last.tensors))
})

test('stopping keeps the best weights so far', async () => {
  const recipe = recipeOf('classification', {}, { epochs: 1000 })
  const { result, points, checkpoints } = await record({ recipe, data: moons(200) }, (control, point) => {
    if (point.epoch === 2) control.stop()
  })
  expect(result.reason).toBe('stopped')
  expect(points.length).toBeLessThan(1000)
  expect(result.best.loss).toBe(Math.min(...points.map(({ values }) => values['validation/loss']!)))
  expect(checkpoints.at(-1)?.last.meta.best?.epoch).toBe(result.best.epoch)
})

test('gradients are clipped, and averaged weights are what is validated and kept, to the bit over a pause', async () => {
  const plain = recipeOf('classification', { batchNorm: true, dropout: 0.2 }, { epochs: 4, batchSize: 16 })
  const with_ = (more: Partial<Training>) => ({ ...plain, training: { ...plain.training, ...more } })
  const data = moons(240)
  const bare = await record({ recipe: plain, data })
  const loose = await record({ recipe: with_({ clipNorm: 1e6 }), data })
  // A bound that nothing reaches changes nothing but the rounding of the last digit.
  expect(loose.points.at(-1)!.values['train/loss']).toBeCloseTo(bare.points.at(-1)!.values['train/loss']!, 4)
  const tight = await record({ recipe: with_({ clipNorm: 0.01 }), data })
  expect(tight.points[0]!.values['train/loss']).not.toBeCloseTo(bare.points[0]!.values['train/loss']!, 4)

  const recipe = with_({ averaging: 0.95 })
  const whole = await record({ recipe, data }, (control) => control.pause(), restless)
  // The network that learns is the same; what is validated is smoother.
  expect(whole.points.map(({ values }) => values['train/loss'])).toEqual(
    (await record({ recipe: plain, data })).points.map(({ values }) => values['train/loss']),
  )
  expect(whole.points[0]!.values['validation/loss']).not.toBe(bare.points[0]!.values['validation/loss'])
  expect(whole.result.best.metrics['validation/accuracy']).toBeGreaterThan(0.9)
  const { last, best } = whole.checkpoints.find(
    ({ last: { meta } }) => meta.position > 0 && meta.epoch === 2,
  )!
  const known = whole.checkpoints.slice(0, whole.checkpoints.findIndex((one) => one.last === last) + 1)
  const resumed = await record({
    recipe,
    data,
    resume: { last, best: best?.tensors ?? known.findLast((one) => one.best)!.best!.tensors },
  })
  expect(resumed.points.map(essence)).toEqual(whole.points.slice(2).map(essence))
  expect(hex(resumed.result.best.tensors)).toEqual(hex(whole.result.best.tensors))
})

test('what is changed while it runs holds from there on, and a run that is resumed knows it', async () => {
  const recipe = recipeOf('classification', { dropout: 0.3 }, { epochs: 6, batchSize: 16 })
  const data = moons(240)
  const change = (control: TrainControl, { epoch }: MetricPoint): void => {
    if (epoch === 2) control.adjust({ learningRate: 0.002, epochs: 8 })
    if (epoch === 4) control.adjust({ backToBest: true })
  }
  const whole = await record({ recipe, data }, change, restless)
  const rates = whole.points.map(({ values }) => values['learningRate']!)
  expect(rates).toHaveLength(8)
  expect(rates[3]! / rates[1]!).toBeLessThan(0.25)
  expect(rates[6]).toBe(rates[5])
  const adjusted = whole.checkpoints.at(-1)!.last.meta.adjusted
  expect(adjusted.map(({ step: _, ...one }) => one)).toEqual([
    { epoch: 2, learningRate: 0.002, epochs: 8 },
    { epoch: 4, backToBest: true },
  ])
  // From just behind the second change.
  const at = whole.checkpoints.findIndex(({ last }) => last.meta.adjusted.length === 2)
  const best = whole.checkpoints.slice(0, at + 1).findLast((one) => one.best !== null)!.best!
  const again = await record(
    { recipe, data, resume: { last: whole.checkpoints[at]!.last, best: best.tensors } },
    undefined,
    restless,
  )
  expect(again.points.map(essence)).toEqual(whole.points.slice(4).map(essence))
  expect(hex(again.result.best.tensors)).toEqual(hex(whole.result.best.tensors))
})

test('stops early when validation no longer improves', async () => {
  const rule = { patience: 3, minDelta: 10 }
  const recipe = recipeOf('classification', {}, { epochs: 50, earlyStopping: rule })
  const { result } = await record({ recipe, data: moons(80) })
  // No epoch can improve on the first by ten nats.
  expect(result).toMatchObject({ reason: 'earlyStopped', epochs: 4 })
})

test('gradients are clipped from where it was asked on, and a resumed run knows it', async () => {
  const recipe = recipeOf('classification', { dropout: 0 }, { epochs: 4, batchSize: 16 })
  const data = moons(240)
  const clip = (control: TrainControl, { epoch }: MetricPoint): void => {
    if (epoch === 2) control.adjust({ clipNorm: 1e-4 })
  }
  const free = await record({ recipe, data })
  const clipped = await record({ recipe, data }, clip, restless)
  const losses = ({ points }: Recorded) => points.map(({ values }) => values['train/loss'])
  expect(losses(clipped).slice(0, 2)).toEqual(losses(free).slice(0, 2))
  expect(losses(clipped)[3]).not.toBe(losses(free)[3])
  const at = clipped.checkpoints.findIndex(({ last }) => last.meta.adjusted.length === 1)
  const { last } = clipped.checkpoints[at]!
  const best = clipped.checkpoints.slice(0, at + 1).findLast((one) => one.best)!.best!.tensors
  const resumed = await record({ recipe, data, resume: { last, best } })
  expect(resumed.points.map(essence)).toEqual(clipped.points.slice(last.meta.epoch).map(essence))
})

test('a diverging run fails with what to do about it', async () => {
  const optimizer = begin(optimizers, 'sgd', { learningRate: 1e6 })
  const recipe = recipeOf('regression', {}, { optimizer })
  const failure = await train({ recipe, data: waves(100) }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(DescentError)
  const { code, message } = failure as DescentError
  expect(code).toBe('trainingFailed')
  expect(message).toMatch(
    /loss became infinite or not a number in epoch \d+, by step \d+.*Lower the learning rate/,
  )
})

test('class weights change what is learned', async () => {
  const recipe = recipeOf('classification', {}, { epochs: 2 })
  const data = moons(100)
  const plain = await record({ recipe, data })
  const weighted = await record({ recipe, data: { ...data, lossWeights: [0.2, 5] } })
  expect(weighted.points[1]?.values['train/loss']).not.toBe(plain.points[1]?.values['train/loss'])
})

test('batch norm never sees a batch of one row', async () => {
  expect(batchesPerEpoch(33, 16, true)).toBe(2)
  expect(batchesPerEpoch(33, 16, false)).toBe(3)
  expect(batchesPerEpoch(32, 16, true)).toBe(2)
  expect(batchesPerEpoch(1, 16, true)).toBe(1)
  const recipe = recipeOf('classification', { batchNorm: true }, { epochs: 1, batchSize: 16 })
  await expect(record({ recipe, data: moons(33) })).resolves.toBeDefined()
})

test('progress comes while an epoch lasts', async () => {
  const seen: number[] = []
  const recipe = recipeOf('classification', {}, { epochs: 1, batchSize: 1 })
  await train(
    { recipe, data: moons(4000) },
    { onProgress: (progress) => seen.push(progress.step), pace: restless },
  )
  expect(seen.length).toBeGreaterThan(0)
  expect(seen).toEqual([...seen].sort((a, b) => a - b))
})

test('a run that is measured on its way learns the same to the bit', async () => {
  const options = { recipe: recipeOf('classification', { batchNorm: true }, { epochs: 4 }), data: moons(200) }
  const plain = await record(options, undefined, restless)
  const measured: number[] = []
  const control = new TrainControl()
  const points: MetricPoint[] = []
  const result = await train(options, {
    control,
    pace: restless,
    onEpoch: (point) => {
      points.push(point)
      if (point.epoch === 2) control.profile()
    },
    onProfile: (profile, batchSize) => measured.push(profile.kernels.length, batchSize),
  })
  const aside = await profileTraining(options, device)
  expect(measured).toEqual([aside.kernels.length, 16])
  expect(points.map(essence)).toEqual(plain.points.map(essence))
  expect(hex(result.best.tensors)).toEqual(hex(plain.result.best.tensors))
})

type Program = Parameters<Device['compile']>[0]

/** How exactly a program's products multiply. */
function precisionsOf({ outputs }: Program): string[] {
  const seen = new Set(outputs)
  for (const { inputs } of seen) for (const input of inputs) seen.add(input)
  return [...seen].flatMap(({ spec }) => (spec.kind === 'contract' ? [spec.precision] : []))
}

test('steps multiply in the precision of the recipe, validation always in float32', async () => {
  const compile = vi.spyOn(device, 'compile')
  // Sizes of its own: what was compiled for another test is not compiled again.
  const recipe = recipeOf('classification', { hidden: [13] }, { epochs: 1, precision: 'medium' })
  await train({ recipe, data: moons(40) })
  const programs = compile.mock.calls.map(([program]) => program)
  compile.mockRestore()
  const used = (trains: boolean): Set<string> =>
    new Set(
      programs
        .filter(({ updates }) => updates.some((update) => update !== null) === trains)
        .flatMap(precisionsOf),
    )
  expect(used(true)).toEqual(new Set(['medium']))
  expect(used(false)).toEqual(new Set(['highest']))
})

test('a run goes on only with the list of words that it began with', async () => {
  const recipe = recipeOf('classification', {}, { epochs: 1 })
  const withList = (sha256: string): TrainOptions => ({
    recipe: { ...recipe, training: { ...recipe.training, epochs: 1 } },
    data: {
      ...moons(40),
      drawn: [
        {
          input: 'tokens.said',
          lists: [{ path: '/lists/words.txt', sha256 }],
          tokens: async () => await Promise.resolve(new Int32Array(0)),
        },
      ],
    },
  })
  const { checkpoints } = await record(withList('a1'))
  const kept = checkpoints.at(-1)!.last
  const last = { ...kept, meta: checkpointMetaSchema.parse(JSON.parse(JSON.stringify(kept.meta))) }
  const best = checkpoints.findLast((one) => one.best !== null)!.best!.tensors
  await expect(train({ ...withList('b2'), resume: { last, best } })).rejects.toThrow(
    'The list /lists/words.txt is not what it was when this run began',
  )
  await expect(train({ ...withList('a1'), resume: { last, best } })).resolves.toMatchObject({ epochs: 1 })
  // Earlier versions did not write it down.
  const { lists: _, ...meta } = last.meta
  await expect(train({ ...withList('b2'), resume: { last: { ...last, meta }, best } })).resolves.toBeDefined()
})
