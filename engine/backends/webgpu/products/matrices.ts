/**
 * Products → WGSL with matrix units (`chromium_experimental_subgroup_matrix`): both factors go through shared memory as float16,
 * subgroups multiply matrices of the unit's size into float32 sums.
 */
import type { ContractKernel, SlotInfo } from '../../../compiler/kernel.ts'
import { Bindings, type Shader, touchedBy } from '../shader.ts'
import { baseAddress, batchSize, operandsOf, type Operand } from './operand.ts'
import { range, Reader, type ReaderShape } from './reader.ts'
import { indent, placeTile, stepsAlongK, when } from './steps.ts'
import { matrixPitch, tileThreads, type MatrixUnit, type MatrixVariant } from './variant.ts'

export function matrixShader(
  kernel: ContractKernel,
  slots: readonly SlotInfo[],
  variant: MatrixVariant,
): Shader {
  const { batch, m, n, k } = kernel
  const { rows, columns, depth, ahead, subgroups, unit } = variant
  const operands = operandsOf(kernel)
  const threads = tileThreads(variant)
  const vectors = [operands.a, operands.b].filter((o) => o.vectors).map((o) => o.view.slot)
  const bindings = new Bindings(touchedBy(kernel), slots, new Set(vectors))
  const tiles = [Math.ceil(m / rows), Math.ceil(n / columns)] as const
  const groups = batchSize(kernel) * tiles[0] * tiles[1]
  const batchNames = batch.map((_, i) => `batch${i}`)
  const double = ahead === 2
  const steps = bindings.size(k)
  const a = new Side(operands.a, steps, { tile: rows, depth, threads, double }, bindings)
  const b = new Side(operands.b, steps, { tile: columns, depth, threads, double }, bindings)
  const own = { rows: rows / subgroups[0], columns: columns / subgroups[1] }
  const down = range(own.rows / unit.m)
  const across = range(own.columns / unit.n)
  const multiply = [
    `for (var at = 0u; at < ${depth}u; at += ${unit.k}u) {`,
    ...indent([
      ...down.map((i) => `let left${i} = ${a.load(`own_row + ${i * unit.m}u`, unit)};`),
      ...across.map((j) => `let right${j} = ${b.load(`own_column + ${j * unit.n}u`, unit)};`),
      ...down.flatMap((i) =>
        across.map(
          (j) => `sum${i}_${j} = subgroupMatrixMultiplyAccumulate(left${i}, right${j}, sum${i}_${j});`,
        ),
      ),
    ]),
    '}',
  ]
  const matrices = down.flatMap((i) =>
    across.map((j) => [`sum${i}_${j}`, `${i * unit.m}u`, `${j * unit.n}u`] as const),
  )
  const [height, width] = [bindings.size(m), bindings.size(n)]
  const out = { name: bindings.name(kernel.out), m: height, n: width, unit, threads: unit.subgroup }
  const lines = [
    `if (block >= ${bindings.size(groups)}) { return; }`,
    ...placeTile(batchSize(kernel) === 1, tiles, bindings),
    ...bindings.coordinates('matrix', batch, batchNames, 'u32'),
    `let first_row = tile_row * ${rows}u;`,
    `let first_column = tile_column * ${columns}u;`,
    // Subgroups are runs of threads on all that offer matrix units, so that this is the same for each of one; Tint cannot know.
    `let subgroup = lane / ${unit.subgroup}u;`,
    `let own_row = subgroup / ${subgroups[1]}u * ${own.rows}u;`,
    `let own_column = subgroup % ${subgroups[1]}u * ${own.columns}u;`,
    ...a.reader.prepare(baseAddress(kernel.a, batchNames, bindings), 'first_row'),
    ...b.reader.prepare(baseAddress(kernel.b, batchNames, bindings), 'first_column'),
    ...down.flatMap((i) =>
      across.map((j) => `var sum${i}_${j}: subgroup_matrix_result<f32, ${unit.n}, ${unit.m}>;`),
    ),
    ...stepsAlongK({
      k: steps,
      depth,
      ahead,
      read: (ragged) => [...a.reader.read(ragged), ...b.reader.read(ragged)],
      keep: [...a.keep(), ...b.keep()],
      multiply,
    }),
    // All of the tile inside the result: as is.
    `if (first_row + ${rows}u <= ${height} && first_column + ${columns}u <= ${width}) {`,
    ...indent(matrices.map(([sum, row, column]) => storeWhole(sum, row, column, out))),
    '} else {',
    ...indent(matrices.flatMap(([sum, row, column]) => storeInside(sum, row, column, out))),
    '}',
  ]
  const scratch = `var<workgroup> scratch: array<f32, ${(threads / unit.subgroup) * unit.m * unit.n}>;`
  const declarations = [a.declare(), b.declare(), scratch]
  const directives = [
    ...['f16', 'subgroups', 'chromium_experimental_subgroup_matrix'].map((name) => `enable ${name};`),
    'diagnostic(off, chromium.subgroup_matrix_uniformity);',
  ]
  return bindings.shader({ threads, groups, directives, uses: new Set(), declarations, lines })
}

interface Out {
  readonly name: string
  /** The result's rows and columns, by name. */
  readonly m: string
  readonly n: string
  readonly unit: MatrixUnit
  /** Of a subgroup. */
  readonly threads: number
}

/** At this row and column of the subgroup's part. */
function storeWhole(sum: string, row: string, column: string, { name, m, n }: Out): string {
  const top = `first_row + own_row + ${row}`
  const left = `first_column + own_column + ${column}`
  return `subgroupMatrixStore<row_major>(&${name}, (matrix * ${m} + ${top}) * ${n} + ${left}, ${sum}, ${n});`
}

/** The same at an edge: the matrix goes through shared memory, and only what is inside further. */
function storeInside(sum: string, row: string, column: string, { name, m, n, unit, threads }: Out): string[] {
  const size = unit.m * unit.n
  return [
    `subgroupMatrixStore<row_major>(&scratch, subgroup * ${size}u, ${sum}, ${unit.n}u);`,
    'workgroupBarrier();',
    `for (var i = lane % ${threads}u; i < ${size}u; i += ${threads}u) {`,
    ...indent([
      `let row = first_row + own_row + ${row} + i / ${unit.n}u;`,
      `let column = first_column + own_column + ${column} + i % ${unit.n}u;`,
      ...when(`row < ${m} && column < ${n}`, [
        `${name}[(matrix * ${m} + row) * ${n} + column] = scratch[subgroup * ${size}u + i];`,
      ]),
    ]),
    '}',
    'workgroupBarrier();',
  ]
}

interface SideShape extends ReaderShape {
  /** Two tiles in turn. */
  readonly double: boolean
}

/** One factor on its way from memory through shared memory into matrices. */
class Side {
  readonly operand: Operand
  readonly reader: Reader
  readonly #double: boolean

  constructor(operand: Operand, k: string, { double, ...shape }: SideShape, bindings: Bindings) {
    this.operand = operand
    this.reader = new Reader(operand, k, shape, bindings)
    this.#double = double
  }

  get #pitch(): number {
    const { tile, depth } = this.reader.shape
    return matrixPitch(this.operand.layout === 'k' ? depth : tile)
  }

  get #elements(): number {
    const { tile, depth } = this.reader.shape
    return this.#pitch * (this.operand.layout === 'k' ? tile : depth)
  }

  declare(): string {
    return `var<workgroup> ${this.operand.name}_tile: array<f16, ${this.#elements * (this.#double ? 2 : 1)}>;`
  }

  /** Registers → shared memory. */
  keep(): string[] {
    const { name, layout } = this.operand
    const shift = this.#double ? `filling * ${this.#elements}u + ` : ''
    return range(this.reader.items).flatMap((i) => {
      const { line, at } = this.reader.place(i)
      return ['x', 'y', 'z', 'w'].map((part, c) => {
        const own = `(${this.reader.lineOf(line, c)})`
        const place =
          layout === 'k' ? `${own} * ${this.#pitch}u + ${at} + ${c}u` : `(${at}) * ${this.#pitch}u + ${own}`
        return `${name}_tile[${shift}${place}] = f16(${name}_read${i}.${part});`
      })
    })
  }

  /** The matrix that starts at this line of the tile, and at k = `at`. */
  load(line: string, unit: MatrixUnit): string {
    const { name, layout } = this.operand
    const shift = this.#double ? `current * ${this.#elements}u + ` : ''
    const type =
      name === 'a'
        ? `subgroup_matrix_left<f16, ${unit.k}, ${unit.m}>`
        : `subgroup_matrix_right<f16, ${unit.n}, ${unit.k}>`
    const offset = layout === 'k' ? `(${line}) * ${this.#pitch}u + at` : `at * ${this.#pitch}u + ${line}`
    // Rows of a run along k, rows of b along its lines: otherwise the matrix lies column by column.
    const byColumns = (name === 'a') !== (layout === 'k')
    const order = byColumns ? 'col_major' : 'row_major'
    return `subgroupMatrixLoad<${type}, ${order}>(&${name}_tile, ${shift}${offset}, ${this.#pitch}u)`
  }
}
