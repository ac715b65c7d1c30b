import type { BesideBaselines, Examined, MetricInterval, Metrics, Recipe } from '../../contract/index.ts'
import type { Uncertainty } from '../evaluate/uncertainty.ts'
import type { Ranges } from '../evaluate/ranges.ts'
import type { Reference } from '../evaluate/reference.ts'
import { sizeOfInputs } from '../model/input.ts'
import type { Preparation } from '../prepare/preparation.ts'
import { classesOfTarget, namesOfTarget } from '../tasks/index.ts'
import { networkOf } from '../training/data.ts'
import type { ModelDraft } from './folder.ts'

export interface Trained {
  readonly name: string
  readonly runId: string
  readonly recipe: Recipe
  readonly preparation: Preparation
  readonly dataFile: string
  readonly header: boolean | null
  /** In which encoding that file was read; null: unknown. */
  readonly encoding: string | null
  /** Of texts: how their lines were written. */
  readonly texts?: ModelDraft['provenance']['texts']
  readonly dataSha256: string
  /** In its project; null: there is none, or it is not known any more. */
  readonly dataVersion: number | null
  readonly engineVersion: string
  readonly backend: Recipe['backend']
  readonly device: string
  readonly bestEpoch: number
  readonly test: Metrics | null
  readonly intervals?: Readonly<Record<string, MetricInterval>> | undefined
  /** Only of a test that was opened. */
  readonly beside?: Omit<BesideBaselines, 'runId'> | undefined
  readonly checks?: ModelDraft['provenance']['checks'] | undefined
  readonly uncertainty?: Uncertainty | undefined
  readonly ranges?: Ranges | undefined
  readonly reference?: Reference | undefined
}

export const toldChecks = ({
  split,
  made,
  findings,
}: Pick<Examined, 'split' | 'made' | 'findings'>): NonNullable<ModelDraft['provenance']['checks']> => ({
  split,
  made: [...made],
  found: findings.map(({ name, severity, message }) => ({ name, severity, message })),
})

/** What model.json will say of a trained run. */
export function modelDraft(trained: Trained): ModelDraft {
  const {
    name,
    runId,
    recipe,
    preparation,
    uncertainty,
    ranges,
    reference,
    intervals,
    beside,
    checks,
    texts,
    ...provenance
  } = trained
  const network = networkOf(recipe, preparation)
  return {
    name,
    createdAt: Date.now(),
    task: recipe.task,
    target: namesOfTarget(preparation.target).join(', '),
    classes: classesOfTarget(preparation.target),
    inputs: preparation.columns.map(({ name, kind }) => ({ name, kind })),
    architecture: {
      model: recipe.model,
      inputs: sizeOfInputs(network.inputs),
      outputs: network.outputs,
    },
    preparation,
    ...(uncertainty && { uncertainty }),
    ...(ranges && ranges.length > 0 && { ranges }),
    ...(reference && { reference }),
    provenance: {
      runId,
      recipe,
      trainRows: preparation.trainRows,
      ...provenance,
      ...(texts && { texts }),
      ...(intervals && { intervals: { ...intervals } }),
      ...(beside && { beside }),
      ...(checks && { checks }),
    },
  }
}
