/** A model's outputs on a split: metrics, the trivial baseline beside them, and what the charts show. */
import { metricsFor, type Evaluation, type MetricName, type Metrics } from '../../contract/index.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { functionsOfTask } from '../tasks/index.ts'
import type { Result } from '../tasks/task.ts'
import { targetsOf } from '../prepare/pick-rows.ts'
import { calibrationsOf } from './calibration.ts'
import { placesIn, type Evidence } from './evidence.ts'
import { differencesOf, drawsOf, intervalsOf } from './intervals.ts'
import { metricsOf } from './metrics.ts'
import { curvesOf } from './rankings.ts'

export type SplitEvaluation = Omit<Evaluation, 'runId'>

/** The outputs of a network, or of what speaks as it, beside the truth. */
export function judge(
  { preparation, data, split: rowsOf, originals }: Prepared,
  split: 'validation' | 'test',
  outputs: ArrayLike<number>,
): Result {
  const { task, target } = preparation
  return functionsOfTask(task).evaluate(target, {
    targets: targetsOf(data, rowsOf[split]),
    trainTargets: targetsOf(data, rowsOf.train),
    originals: originals.map((values) => Float64Array.from(rowsOf[split], (row) => values[row] ?? NaN)),
    outputs,
  })
}

/** How far each metric may be off, and how much more it is than the baseline's. */
function drawnTwice(
  names: readonly MetricName[],
  evidence: Evidence,
  baseline: Evidence,
  metrics: Metrics,
  base: Metrics,
) {
  const [own, other] = drawsOf([evidence, baseline], names)
  return {
    intervals: intervalsOf(metrics, placesIn(evidence), own!),
    differences: differencesOf(metrics, base, own!, other!),
  }
}

/** `outputs`: of the network, for the rows of `split`, in the split's order. `intervals`: of which metrics; absent: of all of the task. */
export function evaluateOutputs(
  prepared: Prepared,
  split: 'validation' | 'test',
  outputs: ArrayLike<number>,
  { intervals }: { readonly intervals?: readonly MetricName[] } = {},
): SplitEvaluation {
  const { task, target } = prepared.preparation
  const drawn = intervals ?? metricsFor(task).map(({ name }) => name)
  const rows = prepared.split[split].length
  const { evidence, baseline, ...shown } = judge(prepared, split, outputs)
  const names = shown.classification?.classes ?? shown.labels?.map(({ label }) => label) ?? []
  const inData = <P extends { readonly row?: number | undefined }>(points: readonly P[]) =>
    points.map((point) => ({ ...point, row: prepared.split[split][point.row ?? -1] }))
  const { threshold, temperature, outside } = target.kind === 'classes' ? target : {}
  const curves = curvesOf(evidence, names, threshold)
  const calibration = calibrationsOf(evidence, names)
  const ranges =
    target.kind === 'numbers'
      ? target.columns.flatMap(({ name, range }) => (range ? [{ name, ...range }] : []))
      : []
  const [metrics, base] = [metricsOf(task, evidence), metricsOf(task, baseline)]
  return {
    split,
    rows,
    ...(threshold !== undefined && { threshold }),
    ...(temperature !== undefined && { temperature }),
    ...(outside !== undefined && { outside }),
    ...(ranges.length > 0 && { ranges }),
    metrics,
    baseline: base,
    ...(drawn.length > 0 && drawnTwice(drawn, evidence, baseline, metrics, base)),
    ...shown,
    regression: shown.regression && shown.regression.map((one) => ({ ...one, points: inData(one.points) })),
    ...(curves && { curves }),
    ...(calibration && { calibration }),
  }
}
