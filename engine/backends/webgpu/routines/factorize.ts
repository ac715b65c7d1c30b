/** Matrices taken apart, a workgroup for each: what columns or rows do by themselves is shared among its threads. */
import type { RoutineKernel, RoutineOperand, SlotInfo } from '../../../compiler/kernel.ts'
import type { RoutineType } from '../../../compiler/routines.ts'
import type { Shader } from '../shader.ts'
import { barrier, eachElement, eachMatrix, shared } from './pass.ts'

const touching = (inputs: readonly RoutineOperand[], outputs: readonly RoutineOperand[]) => ({
  reads: inputs.map(({ slot }) => slot),
  writes: outputs.map(({ slot }) => slot),
})

export function choleskyShaders({ inputs, outputs }: RoutineKernel, slots: readonly SlotInfo[]): Shader[] {
  const [a, out] = [inputs[0]!, outputs[0]!]
  const [batches, n] = a.shape as readonly [number, number, number]
  const pass = { touched: touching(inputs, outputs), slots, uses: ['is_nan', 'from_bits'] as const }
  return [
    eachMatrix(pass, batches, (bindings) => {
      const l = (row: string, column: string): string =>
        `${bindings.name(out.slot)}[matrix * ${n * n} + ${row} * ${n} + ${column}]`
      const source = `${bindings.name(a.slot)}[matrix * ${n * n} + i * ${n} + j]`
      return [
        `for (var j = 0; j < ${n}; j++) {`,
        shared('i', 0, n, `if (i < j) { ${l('i', 'j')} = 0.0f; continue; }
          var rest = ${source};
          for (var k = 0; k < j; k++) { rest -= ${l('i', 'k')} * ${l('j', 'k')}; }
          ${l('i', 'j')} = rest;`), // prettier-ignore
        barrier,
        `let pivot = ${l('j', 'j')};`,
        // Of a negative number there is no root, and NaN spreads from here.
        'let root = select(from_bits(0x7fc00000u), sqrt(pivot), pivot > 0.0f);',
        barrier,
        shared(
          'i',
          0,
          n,
          `if (i == j) { ${l('i', 'j')} = root; } else if (i > j) { ${l('i', 'j')} /= root; }`,
        ),
        barrier,
        '}',
        `let failed = is_nan(${l(`${n - 1}`, `${n - 1}`)});`,
        barrier,
        'if (failed) {',
        shared('i', 0, n * n, `${bindings.name(out.slot)}[matrix * ${n * n} + i] = from_bits(0x7fc00000u);`),
        '}',
      ]
    }),
  ]
}

export function luShaders({ inputs, outputs }: RoutineKernel, slots: readonly SlotInfo[]): Shader[] {
  const [a, out, order] = [inputs[0]!, outputs[0]!, outputs[1]!]
  const [batches, m, n] = a.shape as readonly [number, number, number]
  const declarations = ['var<workgroup> chosen: i32;']
  return [
    eachMatrix({ touched: touching(inputs, outputs), slots, declarations }, batches, (bindings) => {
      const w = (row: string, column: string): string =>
        `${bindings.name(out.slot)}[matrix * ${m * n} + ${row} * ${n} + ${column}]`
      const rows = (at: string): string => `${bindings.name(order.slot)}[matrix * ${m} + ${at}]`
      const at = `[matrix * ${m * n} + i]`
      return [
        shared('i', 0, m * n, `${bindings.name(out.slot)}${at} = ${bindings.name(a.slot)}${at};`),
        shared('i', 0, m, `${rows('i')} = i;`),
        barrier,
        `for (var k = 0; k < ${Math.min(m, n)}; k++) {`,
        'if (me == 0) {',
        '  var found = k;',
        `  for (var i = k + 1; i < ${m}; i++) { if (abs(${w('i', 'k')}) > abs(${w('found', 'k')})) { found = i; } }`,
        '  chosen = found;',
        `  let row = ${rows('k')};`,
        `  ${rows('k')} = ${rows('found')};`,
        `  ${rows('found')} = row;`,
        '}',
        'let pivot = workgroupUniformLoad(&chosen);',
        shared(
          'j',
          0,
          n,
          `let upper = ${w('k', 'j')}; ${w('k', 'j')} = ${w('pivot', 'j')}; ${w('pivot', 'j')} = upper;`,
        ),
        barrier,
        `let head = ${w('k', 'k')};`,
        // A column of zeros has nothing to take away.
        shared('i', 'k + 1', m, `if (head != 0.0f) {
          let factor = ${w('i', 'k')} / head;
          ${w('i', 'k')} = factor;
          for (var j = k + 1; j < ${n}; j++) { ${w('i', 'j')} -= factor * ${w('k', 'j')}; }
        }`), // prettier-ignore
        barrier,
        '}',
      ]
    }),
  ]
}

/** Every column of the right side is solved by a thread of its own. */
export function solveTriangularShaders(
  { inputs, outputs }: RoutineKernel,
  slots: readonly SlotInfo[],
  { upper, unitriangular }: { readonly upper: boolean; readonly unitriangular: boolean },
): Shader[] {
  const [a, b, out] = [inputs[0]!, inputs[1]!, outputs[0]!]
  const [batches, n, columns] = b.shape as readonly [number, number, number]
  return [
    eachElement({ touched: touching(inputs, outputs), slots }, [batches, 1, columns], (bindings) => {
      const at = (row: string): string => `[(o * ${n} + ${row}) * ${columns} + c]`
      const factor = (column: string): string =>
        `${bindings.name(a.slot)}[(o * ${n} + row) * ${n} + ${column}]`
      return [
        `for (var step = 0; step < ${n}; step++) {`,
        `  let row = ${upper ? `${n - 1} - step` : 'step'};`,
        `  var rest = ${bindings.name(b.slot)}${at('row')};`,
        `  for (var k = ${upper ? 'row + 1' : '0'}; k < ${upper ? n : 'row'}; k++) {`,
        `    rest -= ${factor('k')} * ${bindings.name(out.slot)}${at('k')};`,
        '  }',
        `  ${bindings.name(out.slot)}${at('row')} = rest${unitriangular ? '' : ` / ${factor('row')}`};`,
        '}',
      ]
    }),
  ]
}

/** The matrix being worked on, and how far each reflection goes. */
export function qrWorkspace({ shape, dtype }: RoutineOperand): RoutineType[] {
  const [batch, m, n] = shape as readonly [number, number, number]
  return [
    { shape, dtype },
    { shape: [batch, Math.min(m, n), 1], dtype },
  ]
}

/** As the host's: Householder's reflections with LAPACK's signs. */
export function qrShaders(
  { inputs, outputs, workspace }: RoutineKernel,
  slots: readonly SlotInfo[],
): Shader[] {
  const [a, q, r] = [inputs[0]!, outputs[0]!, outputs[1]!]
  const [work, scales] = [workspace[0]!, workspace[1]!]
  const [batches, m, n] = a.shape as readonly [number, number, number]
  const k = Math.min(m, n)
  const columns = q.shape[2]!
  return [
    eachMatrix({ touched: touching(inputs, [...outputs, ...workspace]), slots }, batches, (bindings) => {
      const w = (row: string, column: string): string =>
        `${bindings.name(work.slot)}[matrix * ${m * n} + (${row}) * ${n} + ${column}]`
      const scale = `${bindings.name(scales.slot)}[matrix * ${k} + j]`
      const vectors = (row: string): string =>
        `${bindings.name(q.slot)}[matrix * ${m * columns} + (${row}) * ${columns} + c]`
      const copied = `[matrix * ${m * n} + i]`
      const turn = (target: (row: string) => string): string => `
        var along = ${target('j')};
        for (var i = j + 1; i < ${m}; i++) { along += ${w('i', 'j')} * ${target('i')}; }
        along *= ${scale};
        ${target('j')} -= along;
        for (var i = j + 1; i < ${m}; i++) { ${target('i')} -= along * ${w('i', 'j')}; }`
      return [
        shared('i', 0, m * n, `${bindings.name(work.slot)}${copied} = ${bindings.name(a.slot)}${copied};`),
        barrier,
        `for (var j = 0; j < ${k}; j++) {`,
        // Every thread adds up the column for itself: it must wait for nobody.
        'var below = 0.0f;',
        `for (var i = j + 1; i < ${m}; i++) { below += ${w('i', 'j')} * ${w('i', 'j')}; }`,
        `let head = ${w('j', 'j')};`,
        'let whole = sqrt(head * head + below);',
        'let signed = select(select(whole, -whole, head > 0.0f), head, below == 0.0f);',
        barrier,
        shared('i', 'j + 1', m, `if (below != 0.0f) { ${w('i', 'j')} /= head - signed; }`),
        `if (me == 0) { ${w('j', 'j')} = signed; ${scale} = select((signed - head) / signed, 0.0f, below == 0.0f); }`,
        barrier,
        shared('c', 'j + 1', n, turn((row) => w(row, 'c'))),
        barrier,
        '}',
        shared('i', 0, k * n, `${bindings.name(r.slot)}[matrix * ${k * n} + i] = select(${bindings.name(work.slot)}[matrix * ${m * n} + i], 0.0f, i % ${n} < i / ${n});`),
        shared('c', 0, columns, `
        for (var i = 0; i < ${m}; i++) { ${vectors('i')} = select(0.0f, 1.0f, i == c); }
        for (var j = ${k - 1}; j >= 0; j--) { ${turn(vectors)} }`),
      ] // prettier-ignore
    }),
  ]
}
