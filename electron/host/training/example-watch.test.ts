import { beforeAll, expect, test } from 'vitest'
import type { HardestOfSplits } from '../../contract/index.ts'
import { ExampleWatch, spreadOver, type Examples } from './example-watch.ts'
import { hardestOf } from './hardest.ts'
import { predict, useDevice } from './predict.ts'
import { moons, recipeOf } from './testing.ts'
import { train, type TrainingData } from './train.ts'

beforeAll(async () => void (await useDevice('wasm')))

const counting = (length: number): Int32Array => Int32Array.from({ length }, (_, i) => i)

const withExamples = (data: TrainingData): TrainingData & { readonly examples: Examples } => ({
  ...data,
  examples: {
    train: counting(data.train.rows),
    validation: counting(data.validation.rows),
    answersOf: (targets, outputs) =>
      Array.from(targets, (target, i) => ({
        is: 'chosen',
        truth: [String(target)],
        predicted: ['0'],
        ofTruth: outputs[2 * i]!,
        other: '1',
        ofOther: outputs[2 * i + 1]!,
      })),
  },
})

function watching(data: ReturnType<typeof withExamples>, recipe: ReturnType<typeof recipeOf>) {
  const told: HardestOfSplits[] = []
  const watch = new ExampleWatch({
    recipe,
    data,
    examples: data.examples,
    followed: null,
    onHardest: (hardest) => void told.push(hardest),
  })
  return { watch, told }
}

test('any beginning of the order is spread over all rows, and each has its turn once', () => {
  for (const rows of [1, 2, 10, 97, 1000]) {
    const placeOf = spreadOver(rows)
    const places = Array.from({ length: rows }, (_, turn) => placeOf(turn))
    expect(new Set(places).size).toBe(rows)
  }
  const placeOf = spreadOver(1000)
  const tenths = Array.from({ length: 40 }, (_, turn) => Math.floor(placeOf(turn) / 100))
  for (let tenth = 0; tenth < 10; tenth++)
    expect(tenths.filter((one) => one === tenth).length).toBeGreaterThan(2)
})

test('the hardest rows are of the epoch that is kept, though nothing of it was seen', async () => {
  const data = withExamples(moons(200))
  const recipe = recipeOf('classification', {}, { epochs: 3 })
  const { best } = await train({ recipe, data: moons(200) })
  const { watch, told } = watching(data, recipe)
  // As after a resume: what was seen is a later epoch, of other weights.
  watch.validated(best.epoch + 1, new Float32Array(data.validation.rows * 2), false)
  await watch.ended(best, { seconds: 1, stopped: true })
  const outputs = await predict({ ...data, model: recipe.model }, best.tensors, data.validation)
  const { examples } = hardestOf({
    loss: recipe.training.loss,
    epoch: best.epoch,
    targets: data.validation.targets,
    outputs,
    units: 2,
    rows: data.examples.validation,
    answersOf: data.examples.answersOf,
  })
  const { validation, train: trained } = told.at(-1)!
  expect(validation).toMatchObject({ epoch: best.epoch, looked: data.validation.rows })
  expect(validation!.examples.map(({ row }) => row)).toEqual(examples.map(({ row }) => row))
  expect(trained).toMatchObject({ epoch: best.epoch, looked: 200 })
})

test('a stop does not wait for all rows, however long it trained', async () => {
  const data = withExamples(moons(300_000))
  const recipe = recipeOf('classification', { hidden: [512, 512] }, { epochs: 1, batchSize: 1000 })
  const small = { ...moons(2000), examples: undefined }
  const { best } = await train({ recipe, data: small as TrainingData })
  const { watch, told } = watching(data, recipe)
  await watch.ended(best, { seconds: 36_000, stopped: true })
  const { train: looked } = told.at(-1)!
  expect(looked!.looked).toBeGreaterThan(0)
  expect(looked!.looked).toBeLessThan(data.train.rows)
  // Nor does one that is asked for meanwhile.
  const again = watching(data, recipe)
  await again.watch.ended(best, { seconds: 36_000, stopped: false }, () => true)
  expect(again.told.at(-1)?.train).toBeUndefined()
})

test('a run is finished though its rows cannot be looked at in the end', async () => {
  const data = withExamples(moons(200))
  const recipe = recipeOf('classification', {}, { epochs: 2 })
  const why: string[] = []
  const broken = { ...data, examples: { ...data.examples, train: null as unknown as Int32Array } }
  const result = await train({ recipe, data: broken }, { onNotLooked: (said) => void why.push(said) })
  expect(result).toMatchObject({ reason: 'completed', epochs: 2 })
  expect(why).toHaveLength(1)
})
