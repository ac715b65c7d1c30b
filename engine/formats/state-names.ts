/**
 * Names of what a module holds. In files they are PyTorch's, `running_mean` and `self_attn.in_proj_weight`; as fields they
 * are TypeScript's, `runningMean`. One rule leads from one to the other and back: each capital of a camelCase name becomes
 * `_` and its small letter. What is not camelCase stays as it is, so that every field keeps a name of its own.
 */
const camelCase = /^_?[a-z][a-z0-9]*[A-Z][A-Za-z0-9]*$/
const snakeCase = /^_?[a-z][a-z0-9]*(_[a-z][a-z0-9]*)+$/

/** `weightIhL0` → `weight_ih_l0`. */
export const toStateName = (field: string): string =>
  camelCase.test(field) ? field.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`) : field

/** `weight_ih_l0` → `weightIhL0`. */
export const toFieldName = (name: string): string =>
  snakeCase.test(name) ? name.replace(/(?<!^)_[a-z]/g, (small) => small.charAt(1).toUpperCase()) : name

/** The same of each part of a dotted name. */
export const toStatePath = (path: string): string => path.split('.').map(toStateName).join('.')

/**
 * A saved state under today's names: up to version 0.1.0 they were the fields' (`layer1.0.bn1.runningMean`). Names that the
 * module has, and those that fit nothing, stay.
 */
export function upgradeStateNames<T>(
  state: Readonly<Record<string, T>>,
  own: Readonly<Record<string, unknown>>,
): Record<string, T> {
  const renamed = Object.entries(state).map(([name, value]): [string, T] => {
    const today = toStatePath(name)
    return [
      Object.hasOwn(own, name) || Object.hasOwn(state, today) || !Object.hasOwn(own, today) ? name : today,
      value,
    ]
  })
  return Object.fromEntries(renamed)
}

/** Version 0.1.0 did not count batches, nor did PyTorch before 0.4.1: a state without the count is whole all the same. */
export const startsAtZero = (name: string): boolean => /(^|\.)num_batches_tracked$/.test(name)
