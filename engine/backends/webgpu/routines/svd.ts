import type { RoutineKernel, RoutineOperand, SlotInfo } from '../../../compiler/kernel.ts'
import type { RoutineType } from '../../../compiler/routines.ts'
import type { Shader } from '../shader.ts'
import { declarations, sweeps, turn } from './jacobi.ts'
import { barrier, eachMatrix, shared } from './pass.ts'

/** The columns as they are turned, the vectors in no order, and the columns' lengths. */
export const svdWorkspace = ({ shape, dtype }: RoutineOperand): RoutineType[] => [
  { shape, dtype },
  { shape: [shape[0]!, shape[2]!, shape[2]!], dtype },
  { shape: [shape[0]!, shape[2]!, 1], dtype },
]

/** As the host's, by Jacobi's rotations of the columns; every thread finds the angles for itself. */
export function svdShaders(
  { inputs, outputs, workspace }: RoutineKernel,
  slots: readonly SlotInfo[],
): Shader[] {
  const a = inputs[0]!
  const [batches, m, n] = a.shape as readonly [number, number, number]
  const touched = { reads: [a.slot], writes: [...outputs, ...workspace].map(({ slot }) => slot) }
  const shader = eachMatrix({ touched, slots, declarations }, batches, (bindings) => {
    const element =
      ({ slot }: RoutineOperand, rows: number) =>
      (row: string, column: string): string =>
        `${bindings.name(slot)}[matrix * ${rows * n} + (${row}) * ${n} + ${column}]`
    const [w, v] = [element(workspace[0]!, m), element(workspace[1]!, n)]
    const [u, right] = [element(outputs[0]!, m), element(outputs[2]!, n)]
    const entry =
      ({ slot }: RoutineOperand) =>
      (at: string): string =>
        `${bindings.name(slot)}[matrix * ${n} + ${at}]`
    const [length, size] = [entry(outputs[1]!), entry(workspace[2]!)]
    const product = (name: string, p: string, q: string): string =>
      `var ${name} = 0.0f; for (var i = 0; i < ${m}; i++) { ${name} += ${w('i', p)} * ${w('i', q)}; }`
    return [
      shared('i', 0, m, `for (var j = 0; j < ${n}; j++) { ${w('i', 'j')} = ${element(a, m)('i', 'j')}; }`),
      shared('i', 0, n, `for (var j = 0; j < ${n}; j++) { ${v('i', 'j')} = select(0.0f, 1.0f, i == j); }`),
      barrier,
      ...sweeps(n, {
        measured: [product('first', 'p', 'p'), product('second', 'q', 'q'), product('between', 'p', 'q')],
        needed: 'abs(between) > 1e-7f * sqrt(first) * sqrt(second)',
        turned: [
          shared('i', 0, m, turn(w('i', 'p'), w('i', 'q'))),
          shared('i', 0, n, turn(v('i', 'p'), v('i', 'q'))),
        ],
      }),
      shared('j', 0, n, `${product('square', 'j', 'j')} ${size('j')} = sqrt(square);`),
      barrier,
      `for (var j = 0; j < ${n}; j++) {`,
      `let own = ${size('j')};`,
      'var rank = 0;',
      `for (var k = 0; k < ${n}; k++) { let other = ${size('k')}; if (other > own || (other == own && k < j)) { rank++; } }`,
      `if (me == 0) { ${length('rank')} = own; }`,
      shared('i', 0, m, `${u('i', 'rank')} = ${w('i', 'j')} / own;`),
      shared('i', 0, n, `${right('i', 'rank')} = ${v('i', 'j')};`),
      '}',
      barrier,
      `for (var rank = 0; rank < ${n}; rank++) {`,
      `if (me == 0 && !(${length('rank')} > 1e-7f * ${length('0')})) { ${anyUnit(m, u)} }`,
      barrier,
      '}',
    ]
  })
  return [shader]
}

/** A column too short to have a direction becomes one at right angles to those before it: the axis furthest from them, without them. */
function anyUnit(m: number, u: (row: string, column: string) => string): string {
  return `
  var chosen = 0;
  var best = -1.0f;
  for (var axis = 0; axis < ${m}; axis++) {
    var rest = 1.0f;
    for (var k = 0; k < rank; k++) { rest -= ${u('axis', 'k')} * ${u('axis', 'k')}; }
    if (rest > best) { best = rest; chosen = axis; }
  }
  for (var i = 0; i < ${m}; i++) { ${u('i', 'rank')} = select(0.0f, 1.0f, i == chosen); }
  for (var round = 0; round < 2; round++) {
    for (var k = 0; k < rank; k++) {
      var along = 0.0f;
      for (var i = 0; i < ${m}; i++) { along += ${u('i', 'k')} * ${u('i', 'rank')}; }
      for (var i = 0; i < ${m}; i++) { ${u('i', 'rank')} -= along * ${u('i', 'k')}; }
    }
    var square = 0.0f;
    for (var i = 0; i < ${m}; i++) { square += ${u('i', 'rank')} * ${u('i', 'rank')}; }
    for (var i = 0; i < ${m}; i++) { ${u('i', 'rank')} *= inverseSqrt(square); }
  }`
}
