import { describe, expect, it, test } from 'vitest'
import {
  detected,
  alarms,
  begin,
  defaultRecipe,
  findingSchema,
  optimizers,
  schedules,
  withEffort,
  type Column,
  type Fix,
  type Recipe,
} from '../../../contract/index.ts'
import { learningRates } from '../schedules.ts'
import type { Line } from './evidence.ts'
import { findAlarms, linesOfCurves, linesOfPoints, stepLinesOfPoints, type AlarmEvidence } from './index.ts'
import { plantedInTraining } from './testing.ts'
import { jumpsOf } from './training-loss.ts'

const columns: Column[] = [
  { name: 'x', kind: 'number', role: 'feature' },
  { name: 'y', kind: 'category', role: 'target' },
]
const source = { path: '/a.csv', ...detected, missingValues: [] }
const recipe = defaultRecipe(source, columns, 'classification', 1000, 'quick')
const numbers = defaultRecipe(
  source,
  [columns[0]!, { ...columns[1]!, kind: 'number' }],
  'regression',
  1000,
  'quick',
)
const unstopped: Recipe = {
  ...recipe,
  training: { ...recipe.training, earlyStopping: null, schedule: begin(schedules, 'constant') },
}
const without = (from: Recipe): Recipe => ({
  ...from,
  prepare: from.prepare.map((group) => (group.kind === 'number' ? { ...group, steps: [] } : group)) as never,
  target: { ...from.target, steps: [] },
})

const loadingOf = (inputSeconds: number) => ({
  share: inputSeconds / 0.001,
  inputSeconds,
  stepSeconds: 0.001,
  orderSeconds: 0,
  bytes: 1000,
})

const lineOf = (epochs: number, valueAt: (epoch: number) => number): Line =>
  Array.from({ length: epochs }, (_, i) => ({ epoch: i + 1, value: valueAt(i + 1) }))

/** From guessing among two down to `floor`, halfway every three epochs. */
const falling =
  (floor: number) =>
  (epoch: number): number =>
    floor + (Math.LN2 - floor) * 2 ** (-epoch / 3)
/** A few per cent up and down, the same each time, as losses do. */
const noisy =
  (valueAt: (epoch: number) => number) =>
  (epoch: number): number =>
    valueAt(epoch) * (1 + 0.03 * Math.sin(epoch * 12.9898))

const epochs = 40
const sound: AlarmEvidence = {
  recipe,
  end: 'lastEpoch',
  blewUp: false,
  trainLoss: lineOf(epochs, noisy(falling(0.2))),
  validationLoss: lineOf(epochs, noisy(falling(0.25))),
  learningRate: lineOf(epochs, () => 0.003),
  expectedLoss: Math.LN2,
  steps: stepLinesOfPoints([]),
  report: {},
}
const short = ({ edit }: Fix): string => [edit.name, ...Object.values(edit).slice(1)].join(' ')
const found = (evidence: Partial<AlarmEvidence>) =>
  findAlarms({ ...sound, ...evidence }).map(({ name, message, fixes }) => [name, message, fixes.map(short)])
const names = (evidence: Partial<AlarmEvidence>) => found(evidence).map(([name]) => name)

test('of a training that went well nothing is said, at any of its epochs', () => {
  for (let now = 0; now <= epochs; now++) {
    const until = (line: Line) => line.slice(0, now)
    expect(
      names({
        end: now === epochs ? 'lastEpoch' : 'open',
        trainLoss: until(sound.trainLoss),
        validationLoss: until(sound.validationLoss),
        learningRate: until(sound.learningRate),
      }),
      `after ${now}`,
    ).toEqual([])
  }
})

describe('each alarm fires on a planted curve and is silent on its clean twin', () => {
  const kneeAt10 = (epoch: number) => falling(0.25)(Math.min(epoch, 10)) + 0.01 * Math.max(0, epoch - 10)
  const spike = (line: Line, ...at: number[]): Line =>
    line.map((one) => (at.includes(one.epoch) ? { ...one, value: 3 * one.value } : one))

  it.each<[string, Partial<AlarmEvidence>, Partial<AlarmEvidence>, string, string[]]>([
    [
      'overfitting',
      { validationLoss: lineOf(epochs, kneeAt10), end: 'early', recipe: unstopped },
      {
        validationLoss: lineOf(epochs, (epoch) => kneeAt10(Math.min(epoch, 10))),
        end: 'early',
        recipe: unstopped,
      },
      'Since epoch 10 the validation loss has risen by 95.2\u00a0%, from 0.294 to 0.574, while the training loss fell from 0.2423 to 0.1982: the network learns its examples by heart.',
      ['raiseDropout 0.4', 'raiseWeightDecay 0.03'],
    ],
    [
      'stoppedInTime',
      { validationLoss: lineOf(epochs, kneeAt10), end: 'early' },
      { validationLoss: lineOf(epochs, (epoch) => kneeAt10(Math.min(epoch, 10))), end: 'early' },
      'Since epoch 10 the validation loss has risen by 95.2\u00a0%, from 0.294 to 0.574, while the training loss fell from 0.2423 to 0.1982: it began to learn its examples by heart. Epoch 10 is what is kept.',
      ['raiseDropout 0.4', 'raiseWeightDecay 0.03'],
    ],
    [
      'notCarriedOver',
      {
        trainLoss: lineOf(5, (epoch) => 0.7 - 0.1 * epoch),
        validationLoss: lineOf(5, () => 0.6932),
        steps: stepLinesOfPoints(
          Array.from({ length: 20 }, (_, step) => ({
            epoch: 1,
            step,
            seconds: 0,
            values: { 'train/stepLoss': 0.5 },
          })),
        ),
      },
      { trainLoss: lineOf(5, (epoch) => 0.7 - 0.1 * epoch), validationLoss: lineOf(5, () => 0.66) },
      'The training loss has come to 0.3, far below the 0.6931 of guessing, but the validation loss was never below 0.6932. Layers that normalize batches predict by averages that 20 steps may not have filled: train longer, or in smaller batches. Without such layers it learns by heart: hold it back, or bring more data.',
      ['trainLonger 200', 'limitBatch 8'],
    ],
    [
      'diverging',
      { trainLoss: lineOf(20, (epoch) => falling(0.2)(Math.min(epoch, 8)) + 0.05 * Math.max(0, epoch - 8)) },
      { trainLoss: lineOf(20, (epoch) => falling(0.2)(Math.min(epoch, 8))) },
      'The training loss climbs: from 0.2777 in epoch 8 to 0.8277 in the last 3 epochs. The steps are too large.',
      ['lowerLearningRate 0.001'],
    ],
    [
      'notFinite',
      { blewUp: true, trainLoss: [], validationLoss: [], learningRate: [], recipe: without(recipe) },
      { trainLoss: [], validationLoss: [], learningRate: [] },
      'The loss became infinite or not a number in epoch 1, with a learning rate of 0.003. The steps are too large.',
      ['lowerLearningRate 0.001', 'scaleInputs'],
    ],
    [
      'unstable',
      { trainLoss: spike(sound.trainLoss, 12, 25) },
      { trainLoss: spike(sound.trainLoss, 12) },
      'The training loss jumped 2 times, in epoch 25 to 2.8 times what it was before: some steps are too large.',
      ['lowerLearningRate 0.001'],
    ],
    [
      'notLearning',
      { trainLoss: lineOf(8, (epoch) => Math.LN2 - 0.002 * epoch) },
      { trainLoss: lineOf(4, (epoch) => Math.LN2 - 0.002 * epoch) },
      'After 8 epochs the training loss has come to 0.6771, only 2.3\u00a0% below the 0.6931 of guessing: the network has hardly learned anything.',
      ['raiseLearningRate 0.009', 'lowerLearningRate 0.001'],
    ],
    [
      'firstLossOff',
      {
        recipe: without(numbers),
        expectedLoss: 1,
        trainLoss: lineOf(4, (epoch) => 1 + 3400 * 0.5 ** epoch),
        end: 'open',
      },
      {
        recipe: without(numbers),
        expectedLoss: 1,
        trainLoss: lineOf(4, (epoch) => 1.5 ** -epoch),
        end: 'open',
      },
      'Training began with a loss of 1,701 over the first epoch, where guessing loses 1: look at how inputs and target are scaled, and at the learning rate.',
      ['scaleTarget', 'scaleInputs', 'lowerLearningRate 0.001'],
    ],
    [
      'stillImproving',
      { validationLoss: lineOf(epochs, (epoch) => 0.7 - 0.01 * epoch) },
      { validationLoss: lineOf(epochs, (epoch) => 0.7 - 0.01 * epoch), end: 'early' },
      'The validation loss was still falling at the last of 40 epochs, by 22.5\u00a0% over the last 10: more epochs are likely to help.',
      ['trainLonger 200'],
    ],
    [
      'waitsForData',
      { report: { loading: loadingOf(0.0004) } },
      { report: { loading: loadingOf(0.0001) } },
      '40.0\u00a0% of each step goes into its examples: 0.4 of 1 ms to gather them and make them ready. A larger network costs little more; smaller inputs save time.',
      [],
    ],
  ])('%s', (name, planted, clean, message, fixes) => {
    expect(found(planted)).toEqual([[name, message, fixes]])
    expect(found(clean)).toEqual([])
    for (const finding of findAlarms({ ...sound, ...planted }))
      expect(findingSchema.parse(JSON.parse(JSON.stringify(finding)))).toEqual(finding)
  })

  it('and every one of them is planted here, or in planted.test.ts', () => {
    expect(alarms.members.map(({ name }) => name).sort()).toEqual(
      [
        ...plantedInTraining,
        'overfitting',
        'notCarriedOver',
        'stoppedInTime',
        'diverging',
        'notFinite',
        'unstable',
        'notLearning',
        'firstLossOff',
        'stillImproving',
        'waitsForData',
      ].sort(),
    )
  })
})

describe('a training that goes past its best', () => {
  const realMlp = withEffort(numbers, 'standard', 1000)
  const waving = lineOf(128, (epoch) => (epoch < 32 ? 1.9 / epoch : 0.06 + 0.0004 * (epoch - 32)))
  const learned = lineOf(128, (epoch) => 1 / epoch)
  const of = (from: Recipe, evidence: Partial<AlarmEvidence> = {}) =>
    names({
      recipe: from,
      expectedLoss: 1,
      trainLoss: learned,
      validationLoss: waving,
      learningRate: [],
      ...evidence,
    })
  const steady = (from: Recipe): Recipe => ({
    ...from,
    training: { ...from.training, schedule: begin(schedules, 'constant') },
  })

  it('is healthy where its rate comes to rest at the end, and its best is kept', () => {
    expect(realMlp.training.earlyStopping).toBeNull()
    expect(of(realMlp)).toEqual(['stoppedInTime'])
    expect(of(steady(realMlp))).toEqual(['overfitting'])
    // Somebody set another rate, of which the schedule takes the same share.
    expect(of(realMlp, { report: { adjusted: [{ epoch: 3, learningRate: 0.01 } as never] } })).toEqual([
      'stoppedInTime',
    ])
  })

  it('is not where what is kept hardly does better than guessing, whatever ends it', () => {
    const useless = lineOf(128, (epoch) => (epoch < 4 ? 1 - epoch / 100 : 0.97 + 0.002 * epoch))
    for (const from of [numbers, realMlp])
      expect(of(from, { validationLoss: useless, end: 'early' })).toEqual(['overfitting'])
  })
})

test('where the training examples are not known either, nothing was learned by heart', () => {
  const rising = lineOf(epochs, (epoch) => 0.6 + 0.02 * epoch)
  const known = lineOf(epochs, (epoch) => 0.6 - 0.01 * epoch)
  expect(names({ end: 'early', validationLoss: rising, trainLoss: known })).toEqual(['stoppedInTime'])
  const shaken = lineOf(epochs, (epoch) => 1.3 - 0.01 * epoch)
  expect(names({ end: 'early', validationLoss: rising, trainLoss: shaken })).toEqual(['notLearning'])
})

test('a learning rate far from the usual goes back there, and only there', () => {
  const ratesTried = (learningRate: number) => {
    const optimizer = begin(optimizers, 'adamw', { learningRate })
    const trainLoss = lineOf(8, () => Math.LN2)
    const [finding] = findAlarms({
      ...sound,
      recipe: { ...recipe, training: { ...recipe.training, optimizer } },
      trainLoss,
    })
    return finding?.fixes.map(short)
  }
  expect(ratesTried(1e-7)).toEqual(['raiseLearningRate 0.001'])
  expect(ratesTried(0.002)).toEqual(['raiseLearningRate 0.006', 'lowerLearningRate 0.00067'])
  expect(ratesTried(3)).toEqual(['lowerLearningRate 0.001'])
})

test('losses near nothing vary by chance', () => {
  const tiny = (epoch: number) => 0.0005 + 0.7 * 2 ** -epoch + (epoch % 7 === 0 ? 0.002 : 0)
  expect(
    names({ trainLoss: lineOf(60, tiny), validationLoss: lineOf(60, (e) => tiny(e) * (1 + e / 60)) }),
  ).toEqual([])
})

test('a rise after a restart of the schedule is meant', () => {
  const schedule = begin(schedules, 'cosineRestarts', { every: 10, growth: 1 })
  const rateAt = learningRates(schedule, 0.003, 24)
  const trainLoss = lineOf(24, (epoch) => 0.1 + 300 * rateAt(epoch - 1) * (epoch > 20 ? 1 : 0.3))
  const learningRate = lineOf(24, (epoch) => rateAt(epoch - 1))
  expect(names({ trainLoss, learningRate, end: 'open' })).toEqual([])
  expect(names({ trainLoss, end: 'open' })).toContain('diverging')
})

test('where nobody knows what guessing loses, nothing is said of it', () => {
  const flat = lineOf(20, () => 2.3)
  expect(names({ trainLoss: flat, validationLoss: flat, expectedLoss: null })).toEqual([])
  expect(names({ trainLoss: flat, validationLoss: flat })).toEqual(['firstLossOff', 'notLearning'])
})

test('a jump is one beside the epochs before it', () => {
  const line = lineOf(12, (epoch) => (epoch === 9 ? 5 : 1))
  expect(jumpsOf(line, 2, 10)).toEqual([{ epoch: 9, value: 5, ratio: 5 }])
  expect(jumpsOf(line.slice(0, 3), 1, 10)).toEqual([])
})

test('stored curves and the points of a training make the same lines', () => {
  const points = [1, 2].map((epoch) => ({
    epoch,
    step: 10 * epoch,
    seconds: epoch,
    values: { 'train/loss': 1 / epoch, 'validation/loss': 2 / epoch, learningRate: 0.1, throughput: 5 },
  }))
  const curve = (name: keyof (typeof points)[0]['values']) => ({
    epoch: [1, 2],
    step: [10, 20],
    seconds: [1, 2],
    value: points.map(({ values }) => values[name]),
  })
  const series = {
    'train/loss': curve('train/loss'),
    'validation/loss': curve('validation/loss'),
    learningRate: curve('learningRate'),
  }
  expect(linesOfPoints(points)).toEqual(linesOfCurves({ recorded: 2, series }))
  expect(linesOfPoints([])).toEqual(linesOfCurves({ recorded: 0, series: {} }))
})
