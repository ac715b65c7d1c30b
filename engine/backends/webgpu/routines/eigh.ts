import type { RoutineKernel, RoutineOperand, SlotInfo } from '../../../compiler/kernel.ts'
import type { RoutineType } from '../../../compiler/routines.ts'
import type { Shader } from '../shader.ts'
import { declarations, sweeps, turn } from './jacobi.ts'
import { barrier, eachMatrix, shared } from './pass.ts'

/** The matrix as it becomes diagonal, and the vectors in no order. */
export const eighWorkspace = ({ shape, dtype }: RoutineOperand): RoutineType[] => [
  { shape, dtype },
  { shape, dtype },
]

/** As the host's, by Jacobi's rotations of rows and columns. */
export function eighShaders(
  { inputs, outputs, workspace }: RoutineKernel,
  slots: readonly SlotInfo[],
): Shader[] {
  const a = inputs[0]!
  const [batches, n] = a.shape as readonly [number, number, number]
  const touched = {
    reads: [a.slot],
    writes: [...outputs, ...workspace].map(({ slot }) => slot),
  }
  const shader = eachMatrix({ touched, slots, declarations }, batches, (bindings) => {
    const element =
      ({ slot }: RoutineOperand) =>
      (row: string, column: string): string =>
        `${bindings.name(slot)}[matrix * ${n * n} + (${row}) * ${n} + ${column}]`
    const [w, v] = [element(workspace[0]!), element(workspace[1]!)]
    const vectors = element(outputs[1]!)
    return [
      shared('i', 0, n, `for (var j = 0; j < ${n}; j++) {
        ${w('i', 'j')} = ${element(a)('max(i, j)', 'min(i, j)')};
        ${v('i', 'j')} = select(0.0f, 1.0f, i == j);
      }`), // prettier-ignore
      barrier,
      ...sweeps(n, {
        measured: [
          `let between = ${w('p', 'q')};`,
          `let first = ${w('p', 'p')};`,
          `let second = ${w('q', 'q')};`,
        ],
        needed: 'abs(between) > 1e-9f * sqrt(abs(first)) * sqrt(abs(second))',
        turned: [
          shared('i', 0, n, turn(w('i', 'p'), w('i', 'q'))),
          barrier,
          shared('i', 0, n, turn(w('p', 'i'), w('q', 'i'))),
          shared('i', 0, n, turn(v('i', 'p'), v('i', 'q'))),
        ],
      }),
      shared('i', 0, n, `let own = ${w('i', 'i')};
      var rank = 0;
      for (var j = 0; j < ${n}; j++) {
        let other = ${w('j', 'j')};
        if (other < own || (other == own && j < i)) { rank++; }
      }
      ${bindings.name(outputs[0]!.slot)}[matrix * ${n} + rank] = own;
      for (var j = 0; j < ${n}; j++) { ${vectors('j', 'rank')} = ${v('j', 'i')}; }`), // prettier-ignore
    ]
  })
  return [shader]
}
