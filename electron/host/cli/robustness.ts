/** What happens to a network’s metric where something happens to its rows, for people at a terminal. */
import { tmpdir } from 'node:os'
import {
  corruptionLabel,
  DescentError,
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
import { readModelFolder } from '../deploy/folder.ts'
import { robustnessOf } from '../evaluate/robustness/index.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import type { Tensors } from '../training/checkpoint.ts'
import { networkOf } from '../training/data.ts'
import { predict, usePredictionDevice } from '../training/predict.ts'
import { withScratch } from '../scratch.ts'
import { dataOfModel } from './model-data.ts'
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

/**
 * Of a saved model, whose data are prepared as in training: it says what it would say of them as a new file. `data`, `split`: null
 * where nobody says. Errors: a DescentError where the rows are not at hand, or of a test that was never opened.
 */
export async function robustnessOfModel(
  folder: string,
  asked: { readonly data: string | null; readonly split: 'validation' | 'test' | null },
): Promise<{ name: string; found: MeasuredRobustness }> {
  const model = await readModelFolder(folder)
  const { name, architecture, preparation, provenance } = model.document
  const split = asked.split ?? (provenance.test === null ? 'validation' : 'test')
  if (split === 'test' && provenance.test === null)
    throw new DescentError(
      'conflict',
      `The test split of ${name} was sealed when it was saved, and corrupting its rows does not open it. Leave --on out.`,
      'split',
    )
  return await withScratch(tmpdir(), async (scratch) => {
    const hand = await dataOfModel(model, asked.data, scratch)
    if (hand.prepared === null)
      throw new DescentError(
        'unavailable',
        `The rows that ${name} was trained and tested on are needed, and are not at hand. ${hand.why}`,
        'data',
      )
    const device = await usePredictionDevice(provenance.backend)
    try {
      const found = await robustnessOf({
        recipe: provenance.recipe,
        prepared: { ...hand.prepared, preparation },
        split,
        predict: (rows) => predict(networkOf(architecture, preparation), model.weights, rows),
      })
      return { name, found }
    } finally {
      device.close()
    }
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
