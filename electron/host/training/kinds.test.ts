import { afterAll, beforeAll, expect, test } from 'vitest'
import { listDevices, setDefaultDevice, type Device } from '../../../engine/index.ts'
import {
  augmentations,
  begin,
  optimizers,
  templates,
  type Loading,
  type MetricPoint,
  type Model,
} from '../../contract/index.ts'
import { ClassEvidence } from '../evaluate/evidence.ts'
import { bands } from '../kinds/testing.ts'
import type { Checkpoint, Tensors } from './checkpoint.ts'
import { TrainControl } from './control.ts'
import { useDevice } from './predict.ts'
import { recipeOf } from './testing.ts'
import { train, type Resume, type TrainingData, type TrainOptions } from './train.ts'

let device: Device
beforeAll(async () => {
  device = await useDevice('wasm')
})
afterAll(() => device.close())

function pictures(rows: number): TrainingData {
  const split = (count: number, seed: number) => {
    const { pixels, labels } = bands(count, seed)
    return { rows: count, inputs: { pixels }, targets: Int32Array.from(labels), weights: null }
  }
  return {
    inputs: [{ name: 'pixels', kind: 'pixels', channels: 1, height: 8, width: 8, mean: [0.3], std: [0.3] }],
    outputs: 3,
    task: 'classification',
    choices: 3,
    train: split(rows, 1),
    validation: split(12, 2),
    lossWeights: null,
    evidenceOf: (targets, outputs) => ClassEvidence.ofLogits(targets, outputs, 3),
    augment: [begin(augmentations, 'flip'), begin(augmentations, 'shift')],
  }
}

/** Six words each; the class is the one that the text begins with. */
function sentences(rows: number): TrainingData {
  const split = (count: number) => ({
    rows: count,
    inputs: {
      tokens: Int32Array.from({ length: 6 * count }, (_, i) =>
        i % 6 === 0 ? 2 + (Math.floor(i / 6) % 2) : i % 6 === 5 ? 1 : 4 + (i % 3),
      ),
    },
    targets: Int32Array.from({ length: count }, (_, row) => row % 2),
    weights: null,
  })
  return {
    inputs: [{ name: 'tokens', kind: 'tokens', length: 6, vocabulary: 7, padding: 1 }],
    outputs: 2,
    task: 'classification',
    choices: 2,
    train: split(rows),
    validation: split(8),
    lossWeights: null,
    evidenceOf: (targets, outputs) => ClassEvidence.ofLogits(targets, outputs, 2),
    augment: [],
  }
}

const cnn: Model = begin(templates, 'cnn', { dropout: 0.2 })
const textCnn: Model = { template: 'text-cnn', embedding: 8, filters: 4, widths: [2, 3], dropout: 0.2 }

const optionsOf = (data: TrainingData, model: Model, epochs: number): TrainOptions => ({
  recipe: { ...recipeOf('classification', {}, { epochs, batchSize: 8 }), model },
  data,
})

async function curve(options: TrainOptions): Promise<MetricPoint[]> {
  const points: MetricPoint[] = []
  await train(options, { onEpoch: (point) => void points.push(point) })
  return points
}

/** Augmentation and dropout draw the same numbers everywhere, so only rounding may differ. The reference is too slow. */
async function backendsAgree(options: TrainOptions): Promise<void> {
  const expected = await curve(options)
  const available = (await listDevices()).filter((info) => info.available).map((info) => info.backend)
  try {
    for (const backend of available) {
      await useDevice(backend)
      const points = await curve(options)
      points.forEach((point, i) => {
        expect(point.values['train/loss'], `${backend}, epoch ${i + 1}`).toBeCloseTo(
          expected[i]?.values['train/loss'] ?? NaN,
          3,
        )
        expect(point.values['validation/loss'], `${backend}, epoch ${i + 1}`).toBeCloseTo(
          expected[i]?.values['validation/loss'] ?? NaN,
          3,
        )
      })
    }
  } finally {
    setDefaultDevice(device)
  }
}

test('backends agree on the loss curve of images', { tags: 'thorough' }, () =>
  backendsAgree(optionsOf(pictures(24), cnn, 1)),
)

test('backends agree on the loss curve of text', () => backendsAgree(optionsOf(sentences(24), textCnn, 2)))

const hex = (tensors: Tensors): Record<string, string> =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => [name, Buffer.from(data).toString('hex')]),
  )

/** Takes a checkpoint after every batch. */
async function checkpointsOf(options: TrainOptions, resume: Resume | null = null) {
  const control = new TrainControl()
  if (resume === null) control.pause()
  const checkpoints: Checkpoint[] = []
  const { best } = await train(
    { ...options, resume },
    {
      control,
      onCheckpoint: (last) => void checkpoints.push(last),
      onPaused: () => control.resume(),
      onContinued: () => control.pause(),
      pace: { turnMs: 0, progressMs: 0, checkpointMs: 0, withinEpochMs: Infinity },
    },
  )
  return { checkpoints, best }
}

test('augmented images resume in the middle of an epoch to the very same weights', async () => {
  const options = optionsOf(pictures(40), cnn, 2)
  const whole = await checkpointsOf(options)
  const middle = whole.checkpoints.find(({ meta }) => meta.position > 1 && meta.epoch === 0)
  if (middle === undefined) throw new Error('The run was not stopped in the middle of an epoch.')
  const rest = await checkpointsOf(options, { last: middle, best: null })
  expect(hex(rest.checkpoints.at(-1)!.tensors)).toEqual(hex(whole.checkpoints.at(-1)!.tensors))
  expect(hex(rest.best.tensors)).toEqual(hex(whole.best.tensors))
})

test('what the data takes of a step is measured once, and the training learns the same', async () => {
  const options = optionsOf(pictures(200), cnn, 3)
  const measured: Loading[] = []
  const learned = async (loadingMs: number) =>
    hex(
      (
        await train(options, {
          onLoading: (loading) => void measured.push(loading),
          pace: { turnMs: 0, progressMs: 0, loadingMs },
        })
      ).best.tensors,
    )
  expect(await learned(0)).toEqual(await learned(Infinity))
  expect(measured).toHaveLength(1)
  const [{ share, inputSeconds, stepSeconds, bytes }] = measured as [Loading]
  expect([share > 0, share <= 1, inputSeconds >= 0, inputSeconds < stepSeconds]).toEqual([
    true,
    true,
    true,
    true,
  ])
  // 64 pixels and a class number of 4 bytes for each of 212 rows.
  expect(bytes).toBe(212 * 68)
})

test('augmentation changes what is trained on, never what is validated on', async () => {
  const data = pictures(24)
  const still = { ...data, augment: [] }
  const [moved, plain] = [await curve(optionsOf(data, cnn, 1)), await curve(optionsOf(still, cnn, 1))]
  expect(moved[0]?.values['train/loss']).not.toBe(plain[0]?.values['train/loss'])
  const optimizer = begin(optimizers, 'sgd', { learningRate: 1e-30, momentum: 0 })
  const frozen = (each: TrainingData): TrainOptions => ({
    recipe: { ...recipeOf('classification', {}, { epochs: 1, batchSize: 8, optimizer }), model: cnn },
    data: each,
  })
  expect((await curve(frozen(data)))[0]?.values['validation/loss']).toBe(
    (await curve(frozen(still)))[0]?.values['validation/loss'],
  )
})
