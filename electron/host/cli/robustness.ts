/** What happens to a network’s metric where something happens to its rows, for people at a terminal. */
import {
  corruptionLabel,
  dropText,
  formatMetric,
  metricOf,
  notMeasured,
  robustnessInWords,
  unseenInWords,
  worstFirst,
  type Recipe,
  type Robustness,
} from '../../contract/index.ts'
import { robustnessOf } from '../evaluate/robustness/index.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import type { Tensors } from '../training/checkpoint.ts'
import { networkOf } from '../training/data.ts'
import { predict } from '../training/predict.ts'
import { plainSpaces, textTable, type Row } from './text-table.ts'
import type { Tested } from './tested.ts'

export type MeasuredRobustness = Omit<Robustness, 'runId'>

/** Of the test rows, on the device that is open. Errors: an Error where `signal` says that nobody waits any more. */
export async function robustnessOfTest(
  of: {
    readonly recipe: Recipe
    readonly prepared: Prepared
    readonly tested: Tested
    readonly weights: Tensors
  },
  signal: AbortSignal,
): Promise<MeasuredRobustness> {
  const network = networkOf(of.recipe, of.prepared.preparation)
  return await robustnessOf({
    recipe: of.recipe,
    prepared: of.tested.tuned,
    split: 'test',
    predict: (data) => predict(network, of.weights, data),
    progress: () => signal.throwIfAborted(),
  })
}

const verdicts = { worse: '', better: 'better', cannotTell: 'or chance' } as const

/** A line for each corruption, the worst first; the metric from severity 1 to 5. */
export function describeRobustness(found: MeasuredRobustness): string {
  const { metric, clean } = found
  const label = metricOf(metric)?.label ?? metric
  const measured = worstFirst(found)
  const head: Row = [label, 'as it is', '1', '2', '3', '4', '5', 'mean drop', '']
  const rows = measured.map(({ corruption, points, drop }): Row => [
    corruptionLabel(corruption),
    formatMetric(metric, clean.value),
    ...points.map(({ value }) => formatMetric(metric, value)),
    drop === null ? '' : `${drop.value < 0 ? '−' : ''}${dropText(metric, drop.value)}`,
    drop === null ? '' : verdicts[drop.verdict],
  ])
  const left = notMeasured(found)
  const unseen = unseenInWords(found)
  return plainSpaces(
    [
      ...(rows.length > 0 ? [textTable([head, ...rows], (column) => column === 0 || column === 8)] : []),
      `${robustnessInWords(found)}\n`,
      ...(left === null ? [] : [`Not measured: ${left}.\n`]),
      ...(unseen === null ? [] : [`${unseen}\n`]),
    ].join(''),
  )
}
