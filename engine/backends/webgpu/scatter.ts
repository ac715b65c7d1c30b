/**
 * Scatter → WGSL. Float atomics would add in an order of their own, so every row of the output looks for the source
 * rows that belong to it instead: a workgroup compares a stretch of the index at once, and adds what it found in order.
 */
import type { ScatterKernel, SlotInfo } from '../../compiler/kernel.ts'
import { Bindings, type Shader, touchedBy, valueType } from './shader.ts'

const threads = 64
/** Indices compared at once: each thread takes four. */
const stretch = 256
/** Columns a thread adds up side by side. */
const widest = 4
/** So few rows are looked through faster by every thread for itself. */
const fewRows = 32

/** Both add up in the order of the source's rows. */
export function scatterShader(kernel: ScatterKernel, slots: readonly SlotInfo[]): Shader {
  if (kernel.rows > fewRows) return rowShader(kernel, slots)
  return { ...elementShader(kernel, slots), others: () => [rowShader(kernel, slots)] }
}

/** Where in the index the row r of a column stands. */
function indexAt({ strides }: ScatterKernel['index'], bindings: Bindings, column: string): string {
  const [outer, rows, inner] = [strides.outer, strides.rows, strides.inner].map((stride) =>
    bindings.size(stride, 'i32'),
  )
  return `o * ${outer} + r * ${rows} + ${column} * ${inner}`
}

/** One thread for each element of the output. */
function elementShader(kernel: ScatterKernel, slots: readonly SlotInfo[]): Shader {
  const { outer, rows, inner, extent, index, dtype } = kernel
  const bindings = new Bindings(touchedBy(kernel), slots)
  const elements = outer * extent * inner
  const [rowCount, columns] = [rows, inner].map((size) => bindings.size(size, 'i32'))
  const lines = [
    `let position = block * ${threads}u + lane;`,
    `if (position >= ${bindings.size(elements)}) { return; }`,
    ...bindings.coordinates('position', [outer, extent, inner], ['o', 'target_row', 'c']),
    `var sum = ${valueType(dtype)}();`,
    `for (var r = 0; r < ${rowCount}; r++) {`,
    `  if (${bindings.name(index.slot)}[${indexAt(index, bindings, 'c')}] == target_row) {`,
    `    sum += ${bindings.name(kernel.source)}[(o * ${rowCount} + r) * ${columns} + c];`,
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
  const groups = outer * (inner / columns) * extent * blocks
  const [rowCount, across, extents] = [rows, inner, extent].map((size) => bindings.size(size, 'i32'))
  const grid = [outer, inner / columns, extent, blocks]
  const own = bindings.size(columns, 'i32')
  const each = Array.from({ length: width }, (_, i) => i)
  const inside = (i: number, body: string): string => `if (column + ${i * threads} < ${own}) { ${body} }`
  const words = stretch / 32
  const lines = [
    `if (block >= ${bindings.size(groups)}) { return; }`,
    ...bindings.coordinates('block', grid, ['o', 'own_column', 'target_row', 'part']),
    `let column = part * ${threads * width} + i32(lane);`,
    ...each.map((i) => `var sum${i} = ${valueType(dtype)}();`),
    `for (var start = 0; start < ${rowCount}; start += ${stretch}) {`,
    `  if (lane < ${words}u) { atomicStore(&found[lane], 0u); }`,
    '  workgroupBarrier();',
    `  for (var bit = lane; bit < ${stretch}u; bit += ${threads}u) {`,
    '    let r = start + i32(bit);',
    `    if (r < ${rowCount} && ${bindings.name(index.slot)}[${indexAt(index, bindings, 'own_column')}] == target_row) {`,
    '      atomicOr(&found[bit / 32u], 1u << (bit % 32u));',
    '    }',
    '  }',
    '  workgroupBarrier();',
    `  for (var word = 0u; word < ${words}u; word++) {`,
    '    var left = atomicLoad(&found[word]);',
    '    while (left != 0u) {',
    '      let r = start + i32(word * 32u + firstTrailingBit(left));',
    '      left &= left - 1u;',
    `      let row = (o * ${rowCount} + r) * ${across} + own_column + column;`,
    ...each.map(
      (i) => `      ${inside(i, `sum${i} += ${bindings.name(kernel.source)}[row + ${i * threads}];`)}`,
    ),
    '    }',
    '  }',
    '  workgroupBarrier();',
    '}',
    `let to = (o * ${extents} + target_row) * ${across} + own_column + column;`,
    ...each.map((i) => inside(i, `${bindings.name(kernel.out)}[to + ${i * threads}] = sum${i};`)),
  ]
  const declarations = [`var<workgroup> found: array<atomic<u32>, ${words}>;`]
  return bindings.shader({ threads, groups, uses: new Set(), declarations, lines })
}
