/** A network's outputs on a split beside what the baselines say of the same rows. */
import {
  constantBaseline,
  metricsFor,
  type Beside,
  type BesideBaselines,
  type Recipe,
} from '../../contract/index.ts'
import { judge } from '../evaluate/evaluate.ts'
import { placesIn } from '../evaluate/evidence.ts'
import { differencesOf, drawsOf, intervalsOf } from '../evaluate/intervals.ts'
import { metricsOf } from '../evaluate/metrics.ts'
import { choosesThreshold, withThreshold } from '../evaluate/threshold.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import type { Fitted } from './index.ts'

export interface NetworkOutputs {
  readonly split: 'validation' | 'test'
  /** With the threshold that the network's validation outputs chose. */
  readonly tuned: Prepared
  /** For the rows of the split, in its order. */
  readonly outputs: ArrayLike<number>
}

/** Each is judged as the network is: where a threshold is chosen on the validation split, each has its own. */
export function besideBaselines(
  recipe: Recipe,
  prepared: Prepared,
  { split, tuned, outputs }: NetworkOutputs,
  { fitted, without }: Fitted,
): Omit<BesideBaselines, 'runId'> {
  const { task } = prepared.preparation
  const { evidence, baseline } = judge(tuned, split, outputs)
  const others = fitted.map((one) => {
    const own = choosesThreshold(recipe) ? withThreshold(prepared, recipe, one.outputs.validation) : prepared
    return judge(own, split, one.outputs[split]).evidence
  })
  const names = metricsFor(task).map(({ name }) => name)
  const judged = [evidence, baseline, ...others]
  const draws = drawsOf(judged, names)
  const rows = placesIn(evidence)
  const metrics = judged.map((one) => metricsOf(task, one))
  const constant = { name: constantBaseline, rows: prepared.split.train.length, seconds: 0, notes: [] }
  return {
    split,
    rows,
    without: without.map((one) => ({ ...one })),
    baselines: [constant, ...fitted].map(({ name, rows: learned, seconds, notes }, i): Beside => ({
      name,
      rows: learned,
      seconds,
      notes: [...notes],
      metrics: metrics[i + 1]!,
      intervals: intervalsOf(metrics[i + 1]!, rows, draws[i + 1]!),
      differences: differencesOf(metrics[0]!, metrics[i + 1]!, draws[0]!, draws[i + 1]!),
    })),
  }
}
