/** Saved values into the tensors of a module. */
import { startsAtZero, upgradeStateNames } from '../formats/state-names.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import { Tensor } from '../tensor/tensor.ts'

export interface LoadResult {
  readonly missingKeys: string[]
  readonly unexpectedKeys: string[]
}

/** Errors: an Error that lists what does not fit; then nothing is changed. */
export function loadState(
  own: Readonly<Record<string, Tensor>>,
  state: Readonly<Record<string, Tensor>>,
  strict: boolean,
): LoadResult {
  const given = upgradeStateNames(state, own)
  const missingKeys = Object.keys(own).filter((name) => !Object.hasOwn(given, name) && !startsAtZero(name))
  const unexpectedKeys = Object.keys(given).filter((name) => !Object.hasOwn(own, name))
  const shared = Object.keys(own).filter((name) => Object.hasOwn(given, name))
  const problems = [
    ...(strict ? missingKeys.map((name) => `${name} is missing`) : []),
    ...(strict ? unexpectedKeys.map((name) => `${name} is unknown`) : []),
    ...shared.flatMap((name) => misfit(name, own[name]!, given[name])),
  ]
  if (problems.length > 0)
    throw new Error(`The saved state does not fit this module: ${problems.join('; ')}.`)
  noGrad(() => {
    for (const [name, value] of Object.entries(own)) {
      if (Object.hasOwn(given, name)) value.copy_(given[name]!)
      else if (strict && startsAtZero(name)) value.zero_()
    }
  })
  return { missingKeys, unexpectedKeys }
}

function misfit(name: string, own: Tensor, saved: unknown): string[] {
  if (!(saved instanceof Tensor)) return [`${name} is no tensor`]
  return sameShape(own.shape, saved.shape)
    ? []
    : [`${name} is ${formatShape(saved.shape)} instead of ${formatShape(own.shape)}`]
}
