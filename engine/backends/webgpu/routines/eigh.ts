import type { RoutineKernel, RoutineOperand, SlotInfo } from '../../../compiler/kernel.ts'
import type { RoutineType } from '../../../compiler/routines.ts'
import type { Shader } from '../shader.ts'
import { barrier, eachMatrix, shared } from './pass.ts'

/** As the host's; in float32 there is less to turn. */
const mostSweeps = 20

/** The matrix as it becomes diagonal, and the vectors in no order. */
export const eighWorkspace = ({ shape, dtype }: RoutineOperand): RoutineType[] => [
  { shape, dtype },
  { shape, dtype },
]

/** Jacobi's rotations (Golub & Van Loan, Matrix Computations, 8.5), one after the other; each turns n elements at once. */
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
  const declarations = ['var<workgroup> rotated: u32;']
  const shader = eachMatrix({ touched, slots, declarations }, batches, (bindings) => {
    const element =
      ({ slot }: RoutineOperand) =>
      (row: string, column: string): string =>
        `${bindings.name(slot)}[matrix * ${n * n} + (${row}) * ${n} + ${column}]`
    const [w, v] = [element(workspace[0]!), element(workspace[1]!)]
    const vectors = element(outputs[1]!)
    const turn = (p: string, q: string): string =>
      `let one = ${p}; let two = ${q}; ${p} = cosine * one - sine * two; ${q} = sine * one + cosine * two;`
    return [
      shared('i', 0, n, `for (var j = 0; j < ${n}; j++) {
        ${w('i', 'j')} = ${element(a)('max(i, j)', 'min(i, j)')};
        ${v('i', 'j')} = select(0.0f, 1.0f, i == j);
      }`), // prettier-ignore
      barrier,
      `for (var sweep = 0; sweep < ${mostSweeps}; sweep++) {`,
      'if (me == 0) { rotated = 0u; }',
      `for (var p = 0; p < ${n}; p++) {`,
      `for (var q = p + 1; q < ${n}; q++) {`,
      `let off = ${w('p', 'q')};`,
      `let first = ${w('p', 'p')};`,
      `let second = ${w('q', 'q')};`,
      'let half = (second - first) / (2.0f * off);',
      'let slope = select(-1.0f, 1.0f, half >= 0.0f) / (abs(half) + sqrt(half * half + 1.0f));',
      // Of nothing to turn all threads know by themselves.
      'let needed = abs(off) > 1e-9f * sqrt(abs(first)) * sqrt(abs(second));',
      'let tangent = select(0.0f, slope, needed);',
      'let cosine = inverseSqrt(tangent * tangent + 1.0f);',
      'let sine = tangent * cosine;',
      'if (me == 0 && needed) { rotated = 1u; }',
      barrier,
      shared('i', 0, n, turn(w('i', 'p'), w('i', 'q'))),
      barrier,
      shared('i', 0, n, turn(w('p', 'i'), w('q', 'i'))),
      shared('i', 0, n, turn(v('i', 'p'), v('i', 'q'))),
      barrier,
      '} }',
      'if (workgroupUniformLoad(&rotated) == 0u) { break; }',
      '}',
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
