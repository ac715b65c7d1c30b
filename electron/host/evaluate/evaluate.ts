/** A model's outputs on a split: metrics, the trivial baseline beside them, and what the charts show. */
import type { Evaluation } from '../../contract/index.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { functionsOfTask } from '../tasks/index.ts'
import { takeRows } from '../training/data.ts'
import { metricsOf } from './metrics.ts'
import { curvesOf } from './rankings.ts'

export type SplitEvaluation = Omit<Evaluation, 'runId'>

/** `outputs`: of the network, for the rows of `split`, in the split's order. */
export function evaluateOutputs(
  { preparation, data, split: rowsOf, originals }: Prepared,
  split: 'validation' | 'test',
  outputs: ArrayLike<number>,
): SplitEvaluation {
  const { task, target } = preparation
  const { targets, rows } = takeRows(data, rowsOf[split])
  const { evidence, baseline, ...shown } = functionsOfTask(task).evaluate(target, {
    targets,
    trainTargets: takeRows(data, rowsOf.train).targets,
    originals: originals.map((values) => Float64Array.from(rowsOf[split], (row) => values[row] ?? NaN)),
    outputs,
  })
  const names = shown.classification?.classes ?? shown.labels?.map(({ label }) => label) ?? []
  const curves = curvesOf(evidence, names)
  const { threshold } = target.kind === 'classes' ? target : {}
  return {
    split,
    rows,
    ...(threshold !== undefined && { threshold }),
    metrics: metricsOf(task, evidence),
    baseline: metricsOf(task, baseline),
    ...shown,
    ...(curves && { curves }),
  }
}
