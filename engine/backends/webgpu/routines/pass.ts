/** The two forms that a routine's dispatches have. */
import type { SlotInfo } from '../../../compiler/kernel.ts'
import { numel, type Shape } from '../../../tensor/shape.ts'
import type { WgslName } from '../functions.ts'
import { Bindings, type Shader, type Touched } from '../shader.ts'

interface Pass {
  readonly touched: Touched
  readonly slots: readonly SlotInfo[]
  readonly uses?: readonly WgslName[]
  readonly declarations?: readonly string[]
}

export const threads = 64

/** A thread for each element of `shape` [outer, n, inner], whose coordinates are o, i and c (i32). */
export function eachElement(
  pass: Pass,
  shape: Shape,
  lines: (bindings: Bindings) => readonly string[],
): Shader {
  const bindings = new Bindings(pass.touched, pass.slots)
  const elements = numel(shape)
  return bindings.shader({
    threads,
    groups: Math.ceil(elements / threads),
    uses: new Set(pass.uses),
    declarations: pass.declarations ?? [],
    lines: [
      `let position = block * ${threads}u + lane;`,
      `if (position >= ${bindings.size(elements)}) { return; }`,
      ...bindings.coordinates('position', shape, ['o', 'i', 'c']),
      ...lines(bindings),
    ],
  })
}

/** A workgroup for each of `matrices`; its number is `matrix`, and its threads' `me` (i32). */
export function eachMatrix(
  pass: Pass,
  matrices: number,
  lines: (bindings: Bindings) => readonly string[],
): Shader {
  const bindings = new Bindings(pass.touched, pass.slots)
  return bindings.shader({
    threads,
    groups: matrices,
    uses: new Set(pass.uses),
    declarations: pass.declarations ?? [],
    lines: [
      `if (block >= ${bindings.size(matrices)}) { return; }`,
      'let matrix = i32(block);',
      'let me = i32(lane);',
      ...lines(bindings),
    ],
  })
}

/** Runs `body` for every `name` from `from` to below `to`, shared among the workgroup's threads. */
export const shared = (name: string, from: string | number, to: string | number, body: string): string =>
  `for (var ${name} = ${from} + me; ${name} < ${to}; ${name} += ${threads}) { ${body} }`

/** What all threads of the workgroup have stored is seen by all of them. */
export const barrier = 'storageBarrier();'
