/** Four vectors of four, turned: element j of vector i becomes element i of vector j. */
import { type FunctionBuilder, simd } from './assembler.ts'

type Four = readonly [number, number, number, number]

export const lanesToBytes = (choice: readonly number[]): number[] =>
  choice.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte))

/** The elements 0 and 1 (or 2 and 3) of two vectors in turns: x₀ y₀ x₁ y₁. Gives a new local. */
export function interleave(f: FunctionBuilder, x: number, y: number, high: boolean): number {
  const register = f.local('v128')
  f.get(x)
    .get(y)
    .simd(simd.shuffle, ...lanesToBytes(high ? [2, 6, 3, 7] : [0, 4, 1, 5]))
    .set(register)
  return register
}

/** `use` gets the number of each vector of the result, and what pushes it. */
export function transpose(
  f: FunctionBuilder,
  [a, b, c, d]: Four,
  use: (row: number, push: () => unknown) => unknown,
): void {
  const low = [interleave(f, a, b, false), interleave(f, c, d, false)] as const
  const high = [interleave(f, a, b, true), interleave(f, c, d, true)] as const
  const rows = [
    [low, [0, 1, 4, 5]],
    [low, [2, 3, 6, 7]],
    [high, [0, 1, 4, 5]],
    [high, [2, 3, 6, 7]],
  ] as const
  rows.forEach(([[x, y], choice], row) =>
    use(row, () =>
      f
        .get(x)
        .get(y)
        .simd(simd.shuffle, ...lanesToBytes(choice)),
    ),
  )
}
