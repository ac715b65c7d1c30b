/** From which probability on the second of two classes is predicted, chosen on the validation split. */
import { movesThreshold, thresholdBy, type Recipe, type ThresholdRule } from '../../contract/index.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { sigmoid } from './evidence.ts'
import { curveOf } from './rankings.ts'

/** null: none is asked for, or nothing is known. */
export function chooseThreshold(
  rule: ThresholdRule,
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
): number | null {
  const ranking = {
    truth: (row: number) => truth[row] === 1,
    score: (row: number) => probabilities[row]!,
    rows: truth.length,
  }
  return thresholdBy(rule, curveOf('', ranking, truth.length))
}

/** Whether the recipe asks for it. */
export const choosesThreshold = ({ target }: Recipe): boolean => movesThreshold(target)

/** With the threshold for these outputs of the network on the validation split. */
export function withThreshold(
  prepared: Prepared,
  { target: rule }: Recipe,
  outputs: ArrayLike<number>,
): Prepared {
  const { preparation, split, data } = prepared
  const { target } = preparation
  if (target.kind !== 'classes') return prepared
  const truth = Float32Array.from(split.validation, (row) => data.targets[row]!)
  const said = Float64Array.from(outputs, (logit) => sigmoid(logit / (target.temperature?.value ?? 1)))
  const threshold = chooseThreshold(rule, truth, said)
  if (threshold === null) return prepared
  return { ...prepared, preparation: { ...preparation, target: { ...target, threshold } } }
}
