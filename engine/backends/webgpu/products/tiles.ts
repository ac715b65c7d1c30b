/**
 * Products → WGSL, in tiles: both factors' parts go through shared memory, each thread multiplies a block of results in registers
 * (Volkov & Demmel 2008, https://doi.org/10.1109/SC.2008.5214359).
 */
import type { ContractKernel, SlotInfo } from '../../../compiler/kernel.ts'
import { Bindings, type Shader, touchedBy } from '../shader.ts'
import { baseAddress, batchSize, operandsOf, type Operand } from './operand.ts'
import { range, Reader, type ReaderShape } from './reader.ts'
import { indent, placeTile, stepsAlongK, when } from './steps.ts'
import { tileThreads, type TileVariant } from './variant.ts'

const parts = ['x', 'y', 'z', 'w'] as const

export function tileShader(kernel: ContractKernel, slots: readonly SlotInfo[], variant: TileVariant): Shader {
  const { batch, m, n, k } = kernel
  const { rows, columns, depth, ahead, half } = variant
  const operands = operandsOf(kernel)
  const threads = tileThreads(variant)
  const across = columns / variant.block[1]
  const common = { depth, threads, double: ahead === 2, half }
  const wideOut = operands.b.layout === 'line' && operands.b.vectors && n % 4 === 0
  const vectorSlots = new Set([
    ...[operands.a, operands.b].filter((o) => o.vectors).map((o) => o.view.slot),
    ...(wideOut ? [kernel.out] : []),
  ])
  const bindings = new Bindings(touchedBy(kernel), slots, vectorSlots)
  const steps = bindings.size(k)
  const a = new Side(operands.a, steps, { ...common, tile: rows, block: variant.block[0] }, bindings)
  const b = new Side(operands.b, steps, { ...common, tile: columns, block: variant.block[1] }, bindings)
  const tiles = [Math.ceil(m / rows), Math.ceil(n / columns)] as const
  const groups = batchSize(kernel) * tiles[0] * tiles[1]
  const batchNames = batch.map((_, i) => `batch${i}`)
  const block = new Block(a, b)
  const keep = [...a.keep('filling'), ...b.keep('filling')]
  const multiply = [
    `for (var quarter = 0u; quarter < ${depth / 4}u; quarter++) {`,
    ...indent(block.multiply()),
    '}',
  ]
  const lines = [
    `if (block >= ${bindings.size(groups)}) { return; }`,
    ...placeTile(batchSize(kernel) === 1, tiles, bindings),
    ...bindings.coordinates('matrix', batch, batchNames, 'u32'),
    ...threadPlace(across, threads / across),
    `let first_row = tile_row * ${rows}u;`,
    `let first_column = tile_column * ${columns}u;`,
    ...a.prepare(baseAddress(kernel.a, batchNames, bindings), 'first_row', 'y'),
    ...b.prepare(baseAddress(kernel.b, batchNames, bindings), 'first_column', 'x'),
    ...block.declare(),
    ...stepsAlongK({
      k: steps,
      depth,
      ahead,
      read: (ragged) => [...a.reader.read(ragged), ...b.reader.read(ragged)],
      keep,
      multiply,
    }),
    ...block.store({ m: bindings.size(m), n: bindings.size(n) }, bindings.name(kernel.out), wideOut),
  ]
  const declarations = [a.declare(), b.declare()]
  return bindings.shader({
    threads,
    groups,
    directives: half ? ['enable f16;'] : [],
    uses: new Set(),
    declarations,
    lines,
  })
}

/** 32 threads that run together stand 8 × 4, not 16 × 2: they share more of what they read. */
function threadPlace(across: number, down: number): string[] {
  if (across === 8 || down % 4 !== 0) return [`let x = lane % ${across}u;`, `let y = lane / ${across}u;`]
  const perRow = across / 8
  return [
    `let x = lane % 8u + (lane / 32u) % ${perRow}u * 8u;`,
    `let y = (lane / 8u) % 4u + lane / ${32 * perRow}u * 4u;`,
  ]
}

interface SideShape extends ReaderShape {
  /** Lines of a thread's block. */
  readonly block: number
  /** Two tiles in turn. */
  readonly double: boolean
  /** Shared memory holds float16. */
  readonly half: boolean
}

/** One factor on its way from memory through shared memory into registers. */
class Side {
  readonly operand: Operand
  readonly shape: SideShape
  readonly reader: Reader

  constructor(operand: Operand, k: string, shape: SideShape, bindings: Bindings) {
    this.operand = operand
    this.shape = shape
    this.reader = new Reader(operand, k, shape, bindings)
  }

  get #vectors(): number {
    return (this.shape.tile * this.shape.depth) / 4
  }

  declare(): string {
    const { double, half } = this.shape
    const type = half ? 'vec4h' : 'vec4f'
    return `var<workgroup> ${this.operand.name}_tile: array<${type}, ${this.#vectors * (double ? 2 : 1)}>;`
  }

  /** What does not change along k; the thread's own lines start at its `position`. */
  prepare(base: string, first: string, position: 'x' | 'y'): string[] {
    const { name, layout } = this.operand
    const own = layout === 'k' ? `${position} * ${this.shape.depth / 4}u` : position
    return [
      ...this.reader.prepare(base, first),
      `let ${name}_own = ${own};`,
      ...(layout === 'k' ? [`let ${name}_turn = ${this.#swizzle(position)};`] : []),
    ]
  }

  /**
   * Vectors along k are put in another order in each line, so that eight neighbouring lines' vectors at one k lie in different
   * banks, without a gap at each line's end.
   */
  #swizzle(line: string): string {
    const quarters = this.shape.depth / 4
    return `(${line}) / ${8 / quarters}u % ${quarters}u`
  }

  /** Registers → shared memory. */
  keep(which: string): string[] {
    const { name, layout } = this.operand
    const { depth, threads, double, half } = this.shape
    const shift = double ? `${which} * ${this.#vectors}u + ` : ''
    return range(this.reader.items).map((i) => {
      const { line } = this.reader.place(i)
      const quarters = depth / 4
      const place =
        layout === 'k'
          ? `(${line}) * ${quarters}u + ((lane % ${quarters}u) ^ (${this.#swizzle(line)}))`
          : `lane + ${i * threads}u`
      const value = half ? `vec4h(${name}_read${i})` : `${name}_read${i}`
      return `${name}_tile[${shift}${place}] = ${value};`
    })
  }

  /** Shared memory → registers: what the thread needs for four steps along k, or for the step `part` of them. */
  fetch(part: number | null): string[] {
    const { name, layout } = this.operand
    const { tile, block, depth, double, half } = this.shape
    const wide = (vector: string): string => (half ? `vec4f(${vector})` : vector)
    const shift = double ? `current * ${this.#vectors}u + ` : ''
    if (layout === 'k') {
      if (part !== null) return []
      const between = (tile / block) * (depth / 4)
      return range(block).map(
        (i) =>
          `let ${name}${i} = ${wide(`${name}_tile[${shift}${name}_own + ${i * between}u + (quarter ^ ${name}_turn)]`)};`,
      )
    }
    if (part === null) return []
    return range(block / 4).map((g) => {
      const offset = part * (tile / 4) + g * (tile / block)
      return `let ${name}${part}_${g} = ${wide(`${name}_tile[${shift}${name}_own + quarter * ${tile}u + ${offset}u]`)};`
    })
  }

  /** Number i of the thread's lines at step `part`. */
  value(i: number, part: number): string {
    const { name, layout } = this.operand
    return layout === 'k'
      ? `${name}${i}.${parts[part]!}`
      : `${name}${part}_${Math.floor(i / 4)}.${parts[i % 4]!}`
  }

  /** Four of them, where they are one vector. */
  vector(g: number, part: number): string {
    return `${this.operand.name}${part}_${g}`
  }

  /** Which line of the tile the thread's i-th is. */
  lineOf(i: number, position: 'x' | 'y'): string {
    const { tile, block } = this.shape
    const between = tile / block
    if (this.operand.layout === 'k') return `${position} + ${i * between}u`
    return this.reader.lineOf(`${position} + ${Math.floor(i / 4) * between}u`, i % 4)
  }
}

/** A thread's own results: vectors along whichever side has them. */
class Block {
  readonly #a: Side
  readonly #b: Side
  readonly #along: 'columns' | 'rows' | 'none'

  constructor(a: Side, b: Side) {
    this.#a = a
    this.#b = b
    this.#along = b.operand.layout === 'line' ? 'columns' : a.operand.layout === 'line' ? 'rows' : 'none'
  }

  get #size(): { rows: number; columns: number } {
    return { rows: this.#a.shape.block, columns: this.#b.shape.block }
  }

  declare(): string[] {
    const { rows, columns } = this.#size
    if (this.#along === 'none')
      return range(rows).flatMap((i) => range(columns).map((j) => `var sum${i}_${j} = 0.0f;`))
    const [single, grouped] = this.#along === 'columns' ? [rows, columns / 4] : [columns, rows / 4]
    return range(single).flatMap((i) => range(grouped).map((g) => `var sum${i}_${g} = vec4f();`))
  }

  /** Result (i, j). */
  #result(i: number, j: number): string {
    if (this.#along === 'none') return `sum${i}_${j}`
    const [single, other] = this.#along === 'columns' ? [i, j] : [j, i]
    return `sum${single}_${Math.floor(other / 4)}.${parts[other % 4]!}`
  }

  /** Four steps along k, in order. */
  multiply(): string[] {
    const { rows, columns } = this.#size
    const [a, b] = [this.#a, this.#b]
    const step = (part: number): string[] => {
      if (this.#along === 'none') {
        return range(rows).flatMap((i) =>
          range(columns).map(
            (j) => `sum${i}_${j} = fma(${a.value(i, part)}, ${b.value(j, part)}, sum${i}_${j});`,
          ),
        )
      }
      const [single, grouped] = this.#along === 'columns' ? [a, b] : [b, a]
      return range(single.shape.block).flatMap((i) =>
        range(grouped.shape.block / 4).map(
          (g) =>
            `sum${i}_${g} = fma(vec4f(${single.value(i, part)}), ${grouped.vector(g, part)}, sum${i}_${g});`,
        ),
      )
    }
    return [
      ...a.fetch(null),
      ...b.fetch(null),
      ...range(4).flatMap((part) => [...a.fetch(part), ...b.fetch(part), ...step(part)]),
    ]
  }

  /** m, n: by name. */
  store(
    { m, n }: { readonly m: string; readonly n: string },
    out: string,
    /** Four neighbors of a row at a time. */
    isWide: boolean,
  ): string[] {
    const { rows, columns } = this.#size
    return range(rows).flatMap((i) => {
      const inRow = isWide
        ? range(columns / 4).flatMap((g) =>
            when(`column${g * 4} < ${n}`, [`${out}[(to${i} + column${g * 4}) / 4u] = sum${i}_${g};`]),
          )
        : range(columns).flatMap((j) =>
            when(`column${j} < ${n}`, [`${out}[to${i} + column${j}] = ${this.#result(i, j)};`]),
          )
      return [
        ...(i === 0
          ? range(columns)
              .filter((j) => !isWide || j % 4 === 0)
              .map((j) => `let column${j} = first_column + ${this.#b.lineOf(j, 'x')};`)
          : []),
        `let row${i} = first_row + ${this.#a.lineOf(i, 'y')};`,
        `let to${i} = (matrix * ${m} + row${i}) * ${n};`,
        ...when(`row${i} < ${m}`, inRow),
      ]
    })
  }
}
