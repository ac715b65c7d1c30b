/** What comes after a training: the test, how sure its predictions are, and baselines beside it. */
import {
  constantBaseline,
  primaryFor,
  type BaselineName,
  type BesideBaselines,
  type Examined,
  type Metrics,
  type Recipe,
} from '../../contract/index.ts'
import { besideBaselines } from '../baselines/beside.ts'
import { fitBaselines, type Fitted } from '../baselines/index.ts'
import { bytesOf, partOf } from '../baselines/part.ts'
import { afterTraining } from '../evaluate/after-training.ts'
import { uncertaintyOf } from '../evaluate/conformal.ts'
import { evaluateOutputs, type SplitEvaluation } from '../evaluate/evaluate.ts'
import { choosesThreshold } from '../evaluate/threshold.ts'
import { examine } from '../evaluate/examine/index.ts'
import type { Uncertainty } from '../evaluate/uncertainty.ts'
import { inWorker } from '../jobs/once.ts'
import { sizeOfInputs } from '../model/input.ts'
import { inputsOf } from '../prepare/preparation.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import type { Tensors } from '../training/checkpoint.ts'
import { networkOf, takeRows } from '../training/data.ts'
import { predict } from '../training/predict.ts'
import { sourceOf, type OpenedData } from './open-data.ts'

export interface Tested {
  /** With the threshold and the temperature that the validation split chose, where it chooses them. */
  readonly tuned: Prepared
  /** The network's, of the test rows. */
  readonly outputs: Float32Array
  readonly evaluation: SplitEvaluation
  /** What runs are compared by; null: it was not asked for. */
  readonly validation: SplitEvaluation | null
  readonly uncertainty: Uncertainty | null
}

/** What is told of a run that is one of many. */
export interface AmongOthers {
  /** The validation split is evaluated as the test is. */
  readonly compared: boolean
  /** Others are alike, and what runs of the task are judged by has its interval: how far apart such are is told by it. */
  readonly repeated: boolean
}

export type ExaminedNetwork = Omit<Examined, 'runId'>

/** Checks of the test, its groups and what the network goes by, on the device that is open. `recorded`: of the epoch that was kept. */
export async function examineNetwork(
  of: {
    readonly recipe: Recipe
    readonly prepared: Prepared
    readonly tested: Tested
    readonly epoch: number
    readonly weights: Tensors
  },
  recorded: Metrics | null,
): Promise<ExaminedNetwork> {
  const { recipe, prepared, tested, epoch, weights } = of
  const network = networkOf(recipe, prepared.preparation)
  return await examine({
    recipe,
    untuned: prepared,
    prepared: tested.tuned,
    split: 'test',
    epoch,
    recorded,
    predict: (data) => predict(network, weights, data),
    outputsOf: (rows) => predict(network, weights, takeRows(prepared.data, rows)),
  })
}

export type BesideNetwork = Omit<BesideBaselines, 'runId'>

/**
 * With the weights that were kept. `among`: null for a run of its own; how far off all metrics of one of many may be nobody looks
 * at, and finding it out takes longer than many a training.
 */
export async function testOf(
  recipe: Recipe,
  prepared: Prepared,
  weights: Tensors,
  among: AmongOthers | null,
): Promise<Tested> {
  const { split } = prepared
  const network = networkOf(recipe, prepared.preparation)
  const outputsOf = (rows: Int32Array) => predict(network, weights, takeRows(prepared.data, rows))
  const validation = await outputsOf(split.validation)
  const tuned = afterTraining(prepared, recipe, validation)
  const outputs = await outputsOf(split.test)
  const how = among === null ? {} : { intervals: among.repeated ? [primaryFor(recipe.task).name] : [] }
  return {
    tuned,
    outputs,
    evaluation: evaluateOutputs(tuned, 'test', outputs, how),
    validation: among?.compared === true ? evaluateOutputs(tuned, 'validation', validation, how) : null,
    uncertainty: uncertaintyOf(tuned, { validation, test: split.test.length > 0 ? outputs : null }),
  }
}

/** What is known without training any: the constant one, which the evaluation has judged already. */
export const besideConstant = (
  { split }: Prepared,
  { evaluation }: Pick<Tested, 'evaluation'>,
  without: BesideNetwork['without'] = [],
): BesideNetwork => ({
  split: 'test',
  rows: evaluation.rows,
  without,
  baselines: [
    {
      name: constantBaseline,
      rows: split.train.length,
      seconds: 0,
      notes: [],
      metrics: evaluation.baseline,
      intervals: {},
      differences: evaluation.differences ?? {},
    },
  ],
})

/** Numbers that baselines are shown, from which on they take longer than a process of their own takes to begin. */
const muchToLearn = 500_000
/** What is more is prepared once more there, rather than sent. */
const mostSent = 512 * 1024 * 1024

interface AskedBaselines {
  readonly names: readonly BaselineName[]
  /** Somebody does not want to wait for them. */
  readonly signal: AbortSignal
  /** Milliseconds of each. */
  readonly budget: number
  /** Training rows that each learns from. */
  readonly most: number
}

/** What baselines say of the rows, for whoever waits for it. */
export type Fitting = () => Promise<Fitted>

/**
 * Much is learned from in a process of its own, from now on: it can be ended at any time, and where memory does not suffice, that
 * process ends and not this one, which has a finished training in hand. Little is learned from here, once somebody waits for it.
 */
export function beginBaselines(
  opened: OpenedData,
  prepared: Prepared,
  { names, signal, budget, most }: AskedBaselines,
): Fitting {
  const wanted = { most, validation: choosesThreshold(opened.recipe) }
  const place = { scratch: opened.place.folder, limits: opened.context.limits, signal }
  try {
    const learnable = partOf(prepared, wanted)
    const { train, validation, test } = learnable.split
    const shown =
      (train.length + validation.length + test.length) * sizeOfInputs(inputsOf(prepared.preparation))
    if (shown < muchToLearn) return async () => fitBaselines(learnable, { names, budget })
    const fitted =
      bytesOf(learnable) <= mostSent
        ? inWorker('fitBaselinesOf', { learnable, names, budget }, place)
        : inWorker('fitBaselines', { source: sourceOf(opened), names, budget, wanted }, place)
    // Whoever waits for it is told.
    fitted.catch(() => undefined)
    return () => fitted
  } catch (error) {
    return () => Promise.reject(error)
  }
}

/**
 * The network's test beside these baselines. Whatever goes wrong with them is said and takes nothing from the run: `why` then says
 * it, and the constant one alone stands beside it.
 */
export async function besideNetwork(
  opened: OpenedData,
  prepared: Prepared,
  tested: Tested,
  fitting: Fitting,
  { names, signal }: AskedBaselines,
): Promise<{ readonly beside: BesideNetwork; readonly why: string | null }> {
  try {
    const fitted = await fitting()
    const beside = besideBaselines(opened.recipe, prepared, { split: 'test', ...tested }, fitted)
    return { beside, why: null }
  } catch (error) {
    const why = signal.aborted
      ? 'The run was interrupted while they were trained.'
      : `They could not be trained: ${error instanceof Error ? error.message : String(error)}`
    return {
      beside: besideConstant(
        prepared,
        tested,
        names.map((name) => ({ name, why })),
      ),
      why,
    }
  }
}
