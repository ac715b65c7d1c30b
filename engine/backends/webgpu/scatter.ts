/**
 * Scatter → WGSL. Float atomics would add in an order of their own, so every row of the output looks for the source
 * rows that belong to it instead: a workgroup compares a stretch of the index at once, and adds what it found in order.
 */
import type { ScatterKernel, SlotInfo } from '../../compiler/kernel.ts'
import { Bindings, coordinates, type Shader, touchedBy, valueType } from './shader.ts'

const threads = 64
/** Indices compared at once: each thread takes four. */
const stretch = 256
/** Columns a thread adds up side by side. */
const widest = 4
/** So few rows are looked through faster by every thread for itself. */
const fewRows = 32

export function scatterShader(kernel: ScatterKernel, slots: readonly SlotInfo[]): Shader {
  return kernel.rows <= fewRows ? elementShader(kernel, slots) : rowShader(kernel, slots)
}

/** One thread for each element of the output. */
function elementShader(kernel: ScatterKernel, slots: readonly SlotInfo[]): Shader {
  const { outer, rows, inner, extent, index, dtype } = kernel
  const bindings = new Bindings(touchedBy(kernel), slots)
  const elements = outer * extent * inner
  const at = `o * ${index.strides.outer} + r * ${index.strides.rows} + c * ${index.strides.inner}`
  const lines = [
    `let position = block * ${threads}u + lane;`,
    `if (position >= ${elements}u) { return; }`,
    ...coordinates('position', [outer, extent, inner], ['o', 'target_row', 'c']),
    `var sum = ${valueType(dtype)}();`,
    `for (var r = 0; r < ${rows}; r++) {`,
    `  if (${bindings.name(index.slot)}[${at}] == target_row) {`,
    `    sum += ${bindings.name(kernel.source)}[(o * ${rows} + r) * ${inner} + c];`,
    '  }',
    '}',
    `${bindings.name(kernel.out)}[position] = sum;`,
  ]
  const groups = Math.ceil(elements / threads)
  return bindings.shader({ threads, groups, uses: new Set(), declarations: [], lines })
}

/** One workgroup for each row of the output, or each part of a wide one. */
function rowShader(kernel: ScatterKernel, slots: readonly SlotInfo[]): Shader {
  const { outer, rows, inner, extent, index, dtype } = kernel
  const bindings = new Bindings(touchedBy(kernel), slots)
  // Where each column has indices of its own it is looked through by itself.
  const columns = index.strides.inner === 0 ? inner : 1
  const width = Math.min(widest, Math.ceil(columns / threads))
  const blocks = Math.ceil(columns / (threads * width))
  const grid = [outer, inner / columns, extent, blocks]
  const at = `o * ${index.strides.outer} + own_column * ${index.strides.inner} + r * ${index.strides.rows}`
  const each = Array.from({ length: width }, (_, i) => i)
  const inside = (i: number, body: string): string =>
    columns % (threads * width) === 0 ? body : `if (column + ${i * threads} < ${columns}) { ${body} }`
  const words = stretch / 32
  const lines = [
    `if (block >= ${outer * (inner / columns) * extent * blocks}u) { return; }`,
    ...coordinates('block', grid, ['o', 'own_column', 'target_row', 'part']),
    `let column = part * ${threads * width} + i32(lane);`,
    ...each.map((i) => `var sum${i} = ${valueType(dtype)}();`),
    `for (var start = 0; start < ${rows}; start += ${stretch}) {`,
    `  if (lane < ${words}u) { atomicStore(&found[lane], 0u); }`,
    '  workgroupBarrier();',
    `  for (var bit = lane; bit < ${stretch}u; bit += ${threads}u) {`,
    '    let r = start + i32(bit);',
    `    if (r < ${rows} && ${bindings.name(index.slot)}[${at}] == target_row) {`,
    '      atomicOr(&found[bit / 32u], 1u << (bit % 32u));',
    '    }',
    '  }',
    '  workgroupBarrier();',
    `  for (var word = 0u; word < ${words}u; word++) {`,
    '    var left = atomicLoad(&found[word]);',
    '    while (left != 0u) {',
    '      let r = start + i32(word * 32u + firstTrailingBit(left));',
    '      left &= left - 1u;',
    `      let row = (o * ${rows} + r) * ${inner} + own_column + column;`,
    ...each.map(
      (i) => `      ${inside(i, `sum${i} += ${bindings.name(kernel.source)}[row + ${i * threads}];`)}`,
    ),
    '    }',
    '  }',
    '  workgroupBarrier();',
    '}',
    `let to = (o * ${extent} + target_row) * ${inner} + own_column + column;`,
    ...each.map((i) => inside(i, `${bindings.name(kernel.out)}[to + ${i * threads}] = sum${i};`)),
  ]
  const declarations = [`var<workgroup> found: array<atomic<u32>, ${words}>;`]
  const groups = outer * (inner / columns) * extent * blocks
  return bindings.shader({ threads, groups, uses: new Set(), declarations, lines })
}
