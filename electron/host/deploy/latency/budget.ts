/** A saved model, held against the budget of the recipe that it was trained by. */
import {
  budgetLines,
  bytesAllowed,
  sizeText,
  type Budget,
  type BudgetLine,
  type Latency,
  type LatencyPoint,
} from '../../../contract/index.ts'
import type { Tensors } from '../../training/checkpoint.ts'
import type { ModelDocument } from '../document.ts'
import type { LoadedModel } from '../folder.ts'

type Of = Pick<ModelDocument, 'provenance' | 'weights'>

export const budgetOf = ({ provenance }: Pick<ModelDocument, 'provenance'>): Budget | undefined =>
  provenance.recipe.budget

/** As Descent serves it, one caller at a time; undefined: nobody has measured calls with so many rows. */
const pointOf = (latency: Latency | undefined, rows: number): LatencyPoint | undefined =>
  latency?.runs[0]?.points.find((one) => one.rows === rows && one.callers === 1)

const floatBytes = 4

/** Of the parameters, as before the training: what the averages of batch normalization add is not counted. */
export function budgetVerdict(document: Of, latency: Latency | undefined): BudgetLine[] {
  const budget = budgetOf(document)
  if (budget === undefined) return []
  const { p99 = null, calls = null } = pointOf(latency, budget.rows) ?? {}
  return budgetLines(budget, {
    bytes: floatBytes * document.weights.parameters,
    milliseconds: p99,
    calls,
  })
}

export const bytesOf = (weights: Tensors): number =>
  Object.values(weights).reduce((sum, { data }) => sum + data.byteLength, 0)

/** What is said of an exported file, whose weights may be lighter. `names`: of what holds them. */
export function budgetNotes(
  { document }: Pick<LoadedModel, 'document'>,
  files: readonly { readonly name: string; readonly bytes: number }[],
): string[] {
  const budget = budgetOf(document)
  if (budget === undefined || budget.megabytes === 0) return []
  return files
    .filter(({ name }) => /^model\.(onnx|safetensors)$/.test(name))
    .map(({ name, bytes }) =>
      sizeText(
        `${name} takes`,
        bytes,
        bytesAllowed(budget),
        ': choose lighter weights, or a smaller network.',
      ),
    )
}
