/**
 * Before each test file: what tensors are equal for `toEqual`. They can be gone through row by row, which is how vitest would compare
 * them, down to single numbers, which cannot. Values are read and compared by the tests themselves.
 */
import { expect } from 'vitest'

interface Described {
  readonly shape: readonly number[]
  readonly dtype: string
  readonly requiresGrad: boolean
}

/** By what they have, so that files that need no engine load none. */
const isTensor = (value: unknown): value is Described =>
  typeof value === 'object' && value !== null && 'isLeaf' in value && 'gradFn' in value && 'dtype' in value

expect.addEqualityTesters([
  (a: unknown, b: unknown): boolean | undefined => {
    if (!isTensor(a) || !isTensor(b)) return undefined
    return (
      a === b ||
      (String(a.shape) === String(b.shape) && a.dtype === b.dtype && a.requiresGrad === b.requiresGrad)
    )
  },
])
