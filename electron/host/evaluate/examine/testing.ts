/** Small real trainings that are looked into, which tests of checks share. */
import { expect } from 'vitest'
import { examinedSchema, type Metrics, type Recipe } from '../../../contract/index.ts'
import type { Prepared } from '../../prepare/prepare-data.ts'
import { networkOf, takeRows, trainOptionsOf } from '../../training/data.ts'
import { predict } from '../../training/predict.ts'
import { train } from '../../training/train.ts'
import { examine } from './index.ts'

/** On the device that is open. `recorded` changes what the training is said to have recorded. */
export async function trainedAndExamined(
  recipe: Recipe,
  prepared: Prepared,
  recorded: (recorded: Metrics) => Metrics = (was) => was,
): Promise<Awaited<ReturnType<typeof examine>>> {
  const points: Metrics[] = []
  const options = await trainOptionsOf(recipe, prepared)
  const result = await train(options, { onEpoch: ({ values }) => void points.push(values) })
  const network = networkOf(recipe, prepared.preparation)
  const found = await examine({
    recipe,
    untuned: prepared,
    prepared,
    split: 'test',
    epoch: result.best.epoch,
    recorded: recorded(points[result.best.epoch - 1]!),
    predict: (data) => predict(network, result.best.tensors, data),
    outputsOf: (of) => predict(network, result.best.tensors, takeRows(prepared.data, of)),
  })
  // It is kept, and crosses to the window, as JSON.
  expect(examinedSchema.parse(JSON.parse(JSON.stringify({ runId: 'planted', ...found })))).toMatchObject({
    split: 'test',
  })
  return found
}
