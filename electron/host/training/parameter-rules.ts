/** What rules for parameters say of each of them. */
import {
  DescentError,
  implementationOf,
  namesParameter,
  parameterRules,
  type Implementations,
  type ParameterRule,
} from '../../contract/index.ts'

/** How one parameter is moved. */
export interface Movement {
  readonly frozen: boolean
  /** What the learning rate is multiplied by. */
  readonly factor: number
  /** null: as the optimizer's own option says. */
  readonly weightDecay: number | null
}
const asTheRest: Movement = { frozen: false, factor: 1, weightDecay: null }

type Change = (before: Movement) => Movement
const implementations: Implementations<typeof parameterRules, Change> = {
  freeze: () => (before) => ({ ...before, frozen: true }),
  scaleRate:
    ({ factor }) =>
    (before) => ({ ...before, frozen: false, factor }),
  ownDecay:
    ({ weightDecay }) =>
    (before) => ({ ...before, weightDecay }),
}

const mostNamed = 8

/**
 * How each of these parameters is moved. `isWhole`: they are all that the network has. Errors, of all of them: a DescentError for a rule that speaks of none of them, and where none is left
 * to be moved.
 */
export function movements(
  rules: readonly ParameterRule[],
  parameters: readonly string[],
  isWhole = true,
): Map<string, Movement> {
  const moved = new Map(parameters.map((name) => [name, asTheRest]))
  for (const [i, rule] of rules.entries()) {
    const change = implementationOf(parameterRules, implementations, rule)
    for (const [at, pattern] of rule.parameters.entries()) {
      const meant = parameters.filter((name) => namesParameter(pattern, name))
      if (meant.length === 0 && isWhole)
        throw new DescentError(
          'badRecipe',
          `No parameter or layer is called “${pattern}”: the network has ${parameters.slice(0, mostNamed).join(', ')}${parameters.length > mostNamed ? ` and ${parameters.length - mostNamed} more` : ''}. Give one of these names, or a part of one with *.`,
          `training.parameters.${i}.parameters.${at}`,
        )
      for (const name of meant) moved.set(name, change(moved.get(name)!))
    }
  }
  if (isWhole && parameters.length > 0 && [...moved.values()].every(({ frozen }) => frozen))
    throw new DescentError(
      'badRecipe',
      'All parameters are frozen: nothing would be learned. Leave out the last layer at least.',
      'training.parameters',
    )
  return moved
}
