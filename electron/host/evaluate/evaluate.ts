/** A model's outputs on a split, judged: metrics, the trivial baseline beside them, and what the charts show. */
import type { Evaluation } from '../../contract/index.ts'
import { inTargetUnits } from '../prepare/encode.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { takeRows } from '../training/data.ts'
import { majorityBaseline, meanBaseline } from './baseline.ts'
import { ClassEvidence, classificationOf, metricsOf } from './metrics.ts'

const mostPoints = 2000
const residualBins = 30

export type SplitEvaluation = Omit<Evaluation, 'runId'>

/** `outputs`: logits or standardized predictions of the rows of `split`, in the split's order. */
export function evaluateOutputs(
  prepared: Prepared,
  split: 'validation' | 'test',
  outputs: ArrayLike<number>,
): SplitEvaluation {
  const { preparation, data } = prepared
  const { targets, rows } = takeRows(data, prepared.split[split])
  const train = takeRows(data, prepared.split.train).targets
  if (preparation.target.kind === 'classes') {
    const { classes } = preparation.target
    const counts = new Array<number>(classes.length).fill(0)
    for (const k of train) counts[k] = (counts[k] ?? 0) + 1
    const evidence = ClassEvidence.ofLogits(targets, outputs, classes.length)
    return {
      split,
      rows,
      metrics: metricsOf('classification', evidence),
      baseline: majorityBaseline(counts, targets, classes.length),
      baselineName: 'majority class',
      classification: classificationOf(evidence, classes),
      regression: null,
    }
  }
  const actual = originalTargets(prepared, prepared.split[split])
  const predicted = inTargetUnits(outputs, preparation)
  return {
    split,
    rows,
    metrics: metricsOf('regression', { actual, predicted }),
    baseline: meanBaseline(preparation.target.mean, actual),
    baselineName: 'training mean',
    classification: null,
    regression: { points: evenly(actual, predicted), residuals: residualsOf(actual, predicted) },
  }
}

/** As they stand in the table: the standardized float32 targets are not quite these when scaled back. */
function originalTargets({ originals }: Prepared, rows: Int32Array): Float64Array {
  return Float64Array.from(rows, (row) => originals?.[row] ?? NaN)
}

function evenly(actual: Float64Array, predicted: Float64Array): { actual: number; predicted: number }[] {
  const count = Math.min(actual.length, mostPoints)
  return Array.from({ length: count }, (_, i) => {
    const row = Math.floor((i * actual.length) / count)
    return { actual: actual[row] ?? 0, predicted: predicted[row] ?? 0 }
  })
}

/** Histogram of predicted − actual, symmetric about zero so that bias shows. */
function residualsOf(actual: Float64Array, predicted: Float64Array): { edges: number[]; counts: number[] } {
  const residuals = predicted.map((value, row) => value - (actual[row] ?? 0))
  const largest = residuals.reduce((max, value) => Math.max(max, Math.abs(value)), 0) || 1
  const width = (2 * largest) / residualBins
  const edges = Array.from({ length: residualBins + 1 }, (_, i) => -largest + i * width)
  const counts = new Array<number>(residualBins).fill(0)
  for (const residual of residuals) {
    const bin = Math.min(residualBins - 1, Math.floor((residual + largest) / width))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return { edges, counts }
}
