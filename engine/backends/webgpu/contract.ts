/**
 * Contractions → WGSL. Large products go through shared-memory tiles, each thread holding 4 × 4 results in registers;
 * small ones are an ordinary reduction.
 */
import { ExprBuilder, type Expr } from '../../compiler/expr.ts'
import { add, constant, flatten, loopIndex, scale, unflatten, type Index } from '../../compiler/index-expr.ts'
import type { Axis, ContractKernel, LoopKernel, MatrixView, SlotInfo } from '../../compiler/kernel.ts'
import { mergeLoops } from '../../compiler/merge.ts'
import { numel } from '../../tensor/shape.ts'
import { loopShader } from './loop.ts'
import { Bindings, coordinates, type Shader } from './shader.ts'

/** Products that one step over k covers. */
const depth = 16
/** Tiles that keep a GPU busy; fewer are made smaller. */
const enoughTiles = 48

export function contractShader(kernel: ContractKernel, slots: readonly SlotInfo[]): Shader {
  const side = tileSide(kernel)
  return side === 0 ? loopShader(asReduction(kernel), slots) : tiledShader(kernel, slots, side)
}

/** Rows and columns of a tile, or 0 where tiles do not pay. */
export function tileSide({ batch, m, n, k }: ContractKernel): 0 | 32 | 64 {
  if (Math.min(m, n, k) < 16 || m * n < 1024) return 0
  const tiles = Math.ceil(m / 64) * Math.ceil(n / 64) * numel(batch)
  return tiles >= enoughTiles ? 64 : 32
}

/** Where the number `at` of a group of axes stands. */
function along(axes: readonly Axis[], at: Index): Index {
  const coordinates = unflatten(
    at,
    axes.map((axis) => axis.extent),
  )
  return axes.reduce((sum, axis, i) => add(sum, scale(coordinates[i]!, axis.stride)), constant(0))
}

/** The same as WGSL; `at` is an i32 expression. */
function alongText(axes: readonly Axis[], at: string): string {
  if (axes.length === 1) return `(${at}) * ${axes[0]!.stride}`
  let inner = 1
  const terms = axes.toReversed().map(({ extent, stride }, i) => {
    const quotient = inner === 1 ? `(${at})` : `((${at}) / ${inner})`
    inner *= extent
    return `${i === axes.length - 1 ? quotient : `(${quotient} % ${extent})`} * ${stride}`
  })
  return terms.join(' + ')
}

function asReduction(kernel: ContractKernel): LoopKernel {
  const { batch, m, n, k } = kernel
  const extents = [...batch, m, n]
  const outer = extents.map((extent, i) => loopIndex(i, extent))
  const [row, column] = [outer.at(-2)!, outer.at(-1)!]
  const inner = loopIndex(extents.length, k)
  const e = new ExprBuilder()
  const load = (view: MatrixView, r: Index, c: Index): Expr => {
    const terms = [
      ...view.batchStrides.map((stride, i) => scale(outer[i]!, stride)),
      along(view.rows, r),
      along(view.columns, c),
    ]
    return e.make({ op: 'load', slot: view.slot, index: terms.reduce(add, constant(view.offset)) }, 'float32')
  }
  const product = e.make({ op: 'binary', fn: 'mul' }, 'float32', [
    load(kernel.a, row, inner),
    load(kernel.b, inner, column),
  ])
  return mergeLoops({
    kind: 'loop',
    extents,
    reduce: { extents: [k], fn: 'sum', value: product },
    stores: [
      { slot: kernel.out, index: flatten(outer, extents), value: e.make({ op: 'reduced' }, 'float32') },
    ],
  })
}

function tiledShader(kernel: ContractKernel, slots: readonly SlotInfo[], side: 32 | 64): Shader {
  const { batch, m, n, k } = kernel
  const bindings = new Bindings(kernel, slots)
  const lanes = side / 4
  const threads = lanes * lanes
  const tiles = [numel(batch), Math.ceil(m / side), Math.ceil(n / side)]
  const batchNames = batch.map((_, i) => `batch${i}`)
  const base = (view: MatrixView): string =>
    [`${view.offset}`, ...view.batchStrides.map((stride, i) => `${batchNames[i]!} * ${stride}`)].join(' + ')
  // Rows of shared memory are one vector longer than they need be, so that a column's elements lie in different banks.
  const pitch = lanes + 1
  const a = { slot: kernel.a.slot, line: kernel.a.rows, depth: kernel.a.columns, lines: m }
  const b = { slot: kernel.b.slot, line: kernel.b.columns, depth: kernel.b.rows, lines: n }

  /** Four neighbouring rows of a (or columns of b) at one k; neighbouring threads read neighbouring memory. */
  const fetch = (name: 'a' | 'b', first: string): string[] => {
    const operand = name === 'a' ? a : b
    const [line, at] =
      operand.depth.at(-1)!.stride === 1
        ? [`item / ${depth}u`, `item % ${depth}u`]
        : [`item % ${lanes}u`, `item / ${lanes}u`]
    // One axis advances by a constant, so its start belongs to the origin; several are taken apart for each line.
    const single = operand.line.length === 1 ? operand.line[0]!.stride : null
    const start = single === null ? '' : `line * ${single} + `
    const element = (i: number): string => {
      const step = single === null ? alongText(operand.line, `line + ${i}`) : i * single
      const address = `origin + ${step}`
      const inside = [
        ...(operand.lines % side === 0 ? [] : [`line + ${i} < ${operand.lines}`]),
        ...(k % depth === 0 ? [] : ['covered']),
      ].join(' && ')
      const memory = bindings.name(operand.slot)
      return inside === ''
        ? `${memory}[${address}]`
        : `select(0.0f, ${memory}[select(0, ${address}, ${inside})], ${inside})`
    }
    return [
      `for (var item = lane; item < ${depth * lanes}u; item += ${threads}u) {`,
      `  let line = ${first} + i32(${line}) * 4;`,
      `  let at = i32(${at});`,
      `  let covered = k + at < ${k};`,
      `  let origin = ${name}_base + ${start}${alongText(operand.depth, 'k + at')};`,
      `  ${name}_tile[u32(at) * ${pitch}u + ${line}] = vec4f(${[0, 1, 2, 3].map(element).join(', ')});`,
      '}',
    ]
  }
  const rows = [0, 1, 2, 3]
  const out = bindings.name(kernel.out)
  const lines = [
    `if (block >= ${numel(tiles)}u) { return; }`,
    ...coordinates('block', tiles, ['matrix', 'tile_row', 'tile_column']),
    ...coordinates('u32(matrix)', batch, batchNames),
    `let a_base = ${base(kernel.a)};`,
    `let b_base = ${base(kernel.b)};`,
    `let first_row = tile_row * ${side};`,
    `let first_column = tile_column * ${side};`,
    `let x = lane % ${lanes}u;`,
    `let y = lane / ${lanes}u;`,
    ...rows.map((i) => `var sum${i} = vec4f();`),
    `for (var k = 0; k < ${k}; k += ${depth}) {`,
    ...[...fetch('a', 'first_row'), ...fetch('b', 'first_column')].map((line) => `  ${line}`),
    '  workgroupBarrier();',
    `  for (var at = 0u; at < ${depth}u; at++) {`,
    `    let left = a_tile[at * ${pitch}u + y];`,
    `    let right = b_tile[at * ${pitch}u + x];`,
    ...rows.map((i) => `    sum${i} = fma(vec4f(left.${'xyzw'[i]!}), right, sum${i});`),
    '  }',
    '  workgroupBarrier();',
    '}',
    `let row = first_row + i32(y) * 4;`,
    `let column = first_column + i32(x) * 4;`,
    ...rows.flatMap((i) =>
      when(m % side === 0, `row + ${i} < ${m}`, [
        `let to${i} = (matrix * ${m} + row + ${i}) * ${n} + column;`,
        ...rows.flatMap((j) =>
          when(n % side === 0, `column + ${j} < ${n}`, [`${out}[to${i} + ${j}] = sum${i}.${'xyzw'[j]!};`]),
        ),
      ]),
    ),
  ]
  const shared = (name: string): string => `var<workgroup> ${name}_tile: array<vec4f, ${depth * pitch}>;`
  const declarations = [shared('a'), shared('b')]
  return bindings.shader({ threads, groups: numel(tiles), uses: new Set(), declarations, lines })
}

const when = (always: boolean, condition: string, lines: readonly string[]): readonly string[] =>
  always ? lines : [`if (${condition}) {`, ...lines.map((line) => `  ${line}`), '}']
