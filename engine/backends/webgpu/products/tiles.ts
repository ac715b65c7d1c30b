/**
 * Products → WGSL, in tiles: both factors' parts go through shared memory, each thread multiplies a block of results in registers
 * (Volkov & Demmel 2008, https://doi.org/10.1109/SC.2008.5214359).
 */
import type { ContractKernel, SlotInfo } from '../../../compiler/kernel.ts'
import { Bindings, coordinates, type Shader } from '../shader.ts'
import { addressAlong, baseAddress, batchSize, operandsOf, type Operand } from './operand.ts'
import { tileThreads, type TileVariant } from './variant.ts'

const parts = ['x', 'y', 'z', 'w'] as const
const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const when = (condition: string | null, lines: readonly string[]): string[] =>
  condition === null ? [...lines] : [`if (${condition}) {`, ...indent(lines), '}']

/** Rows of tiles that are computed together, so that what they share is still in the cache. */
const bandHeight = 8

export function tileShader(kernel: ContractKernel, slots: readonly SlotInfo[], variant: TileVariant): Shader {
  const { batch, m, n, k } = kernel
  const { rows, columns, depth, ahead } = variant
  const operands = operandsOf(kernel)
  const threads = tileThreads(variant)
  const across = columns / variant.block[1]
  const a = new Side(operands.a, kernel, {
    tile: rows,
    block: variant.block[0],
    depth,
    threads,
    double: ahead === 2,
  })
  const b = new Side(operands.b, kernel, {
    tile: columns,
    block: variant.block[1],
    depth,
    threads,
    double: ahead === 2,
  })
  const wideOut = operands.b.layout === 'line' && operands.b.vectors && n % 4 === 0
  const vectorSlots = new Set([
    ...[operands.a, operands.b].filter((o) => o.vectors).map((o) => o.view.slot),
    ...(wideOut ? [kernel.out] : []),
  ])
  const bindings = new Bindings(kernel, slots, vectorSlots)
  const tiles = [Math.ceil(m / rows), Math.ceil(n / columns)] as const
  const groups = batchSize(kernel) * tiles[0] * tiles[1]
  const batchNames = batch.map((_, i) => `batch${i}`)
  const block = new Block(a, b)
  const read = [...a.read(bindings), ...b.read(bindings)]
  const keep = [...a.keep('filling'), ...b.keep('filling')]
  const multiply = [
    `for (var quarter = 0u; quarter < ${depth / 4}u; quarter++) {`,
    ...indent(block.multiply()),
    '}',
  ]
  const turn = ahead === 2
  const more = `start + ${depth}u < ${k}u`
  const barrier = 'workgroupBarrier();'
  const loop =
    ahead === 0
      ? [
          `for (var start = 0u; start < ${k}u; start += ${depth}u) {`,
          ...indent(['let next = start;', ...read, ...keep, barrier, ...multiply, barrier]),
          '}',
        ]
      : [
          '{',
          ...indent(['let next = 0u;', ...read, ...keep]),
          '}',
          barrier,
          `for (var start = 0u; start < ${k}u; start += ${depth}u) {`,
          ...indent([
            ...when(more, [`let next = start + ${depth}u;`, ...read]),
            ...multiply,
            ...(turn ? ['filling = 1u - filling;'] : [barrier]),
            ...when(more, keep),
            barrier,
            ...(turn ? ['current = filling;'] : []),
          ]),
          '}',
        ]
  const lines = [
    `if (block >= ${groups}u) { return; }`,
    ...placeTile(groups === tiles[0] * tiles[1], tiles),
    ...coordinates('matrix', batch, batchNames, 'u32'),
    ...threadPlace(across, threads / across),
    `let first_row = tile_row * ${rows}u;`,
    `let first_column = tile_column * ${columns}u;`,
    ...a.prepare(baseAddress(kernel.a, batchNames), 'first_row', 'y'),
    ...b.prepare(baseAddress(kernel.b, batchNames), 'first_column', 'x'),
    ...block.declare(),
    ...(turn ? ['var filling = 0u;', 'var current = 0u;'] : []),
    ...loop,
    ...block.store(kernel, bindings.name(kernel.out), { wideOut, rows, columns }),
  ]
  const declarations = [a.declare(), b.declare()]
  return bindings.shader({ threads, groups, uses: new Set(), declarations, lines })
}

/** The tile that workgroup `block` computes; a band's tiles come column by column. */
function placeTile(single: boolean, [down, over]: readonly [number, number]): string[] {
  const count = down * over
  const lines = single
    ? ['let matrix = 0u;', 'let tile = block;']
    : [`let matrix = block / ${count}u;`, `let tile = block % ${count}u;`]
  if (down <= bandHeight || over <= bandHeight) {
    return [...lines, `let tile_row = tile % ${down}u;`, `let tile_column = tile / ${down}u;`]
  }
  const band = bandHeight * over
  const height =
    down % bandHeight === 0 ? `${bandHeight}u` : `min(${bandHeight}u, ${down}u - band * ${bandHeight}u)`
  return [
    ...lines,
    `let band = tile / ${band}u;`,
    `let in_band = tile % ${band}u;`,
    `let height = ${height};`,
    `let tile_row = band * ${bandHeight}u + in_band % height;`,
    'let tile_column = in_band / height;',
  ]
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

interface SideShape {
  /** Lines of a tile, and of a thread's block. */
  readonly tile: number
  readonly block: number
  readonly depth: number
  readonly threads: number
  /** Two tiles in turn. */
  readonly double: boolean
}

/** One factor on its way from memory through shared memory into registers. */
class Side {
  readonly operand: Operand
  readonly shape: SideShape
  readonly #k: number
  /** Vectors that each thread brings. */
  readonly #items: number

  constructor(operand: Operand, { k }: ContractKernel, shape: SideShape) {
    this.operand = operand
    this.shape = shape
    this.#k = k
    this.#items = (shape.tile * shape.depth) / 4 / shape.threads
  }

  get #vectors(): number {
    return (this.shape.tile * this.shape.depth) / 4
  }

  declare(): string {
    return `var<workgroup> ${this.operand.name}_tile: array<vec4f, ${this.#vectors * (this.shape.double ? 2 : 1)}>;`
  }

  /** Line (or first line) and k of item i within the tile, as far as they depend on the thread and as constants. */
  #place(i: number): { line: string; at: string } {
    const { layout } = this.operand
    const { tile, depth, threads } = this.shape
    const sum = (variable: string, constant: number): string =>
      constant === 0 ? variable : `${variable} + ${constant}u`
    if (layout === 'k') {
      const quarters = depth / 4
      return { line: sum(`lane / ${quarters}u`, (i * threads) / quarters), at: `lane % ${quarters}u * 4u` }
    }
    const vectors = tile / 4
    return threads >= vectors
      ? { line: `lane % ${vectors}u`, at: sum(`lane / ${vectors}u`, (i * threads) / vectors) }
      : { line: sum('lane', (i * threads) % vectors), at: `${Math.floor((i * threads) / vectors)}u` }
  }

  /** The line that part c of a vector belongs to. Read one by one, they lie apart, so that neighbouring threads read neighbours. */
  #lineOf(line: string, c: number): string {
    if (this.operand.layout === 'k') return line
    if (this.operand.vectors) return `(${line}) * 4u + ${c}u`
    return `${line} + ${(c * this.shape.tile) / 4}u`
  }

  /** What does not change along k: where each line starts, and where the thread stands in the shared tile. */
  prepare(base: string, first: string, position: 'x' | 'y'): string[] {
    const { name, lines, lineAxes, layout, vectors } = this.operand
    const { tile, depth } = this.shape
    const out = [`let ${name}_base = ${base};`]
    const heads = layout === 'k' || vectors ? [0] : [0, 1, 2, 3]
    for (const i of range(this.#items)) {
      const { line } = this.#place(i)
      for (const c of heads) {
        const exact = `${first} + ${this.#lineOf(line, c)}`
        // Lines past the end read the last one instead: what comes of them is never stored.
        const last = lines - (vectors && layout === 'line' ? 4 : 1)
        const inside = lines % tile === 0 ? exact : `min(${exact}, ${last}u)`
        out.push(`let ${name}_line${i}_${c} = ${name}_base + ${addressAlong(lineAxes, inside)};`)
      }
      out.push(`var ${name}_read${i}: vec4f;`)
    }
    out.push(`let ${name}_own = ${layout === 'k' ? `${position} * ${depth / 4}u` : position};`)
    if (layout === 'k') out.push(`let ${name}_turn = ${this.#swizzle(position)};`)
    return out
  }

  /**
   * Vectors along k are put in another order in each line, so that eight neighbouring lines' vectors at one k lie in different
   * banks, without a gap at each line's end.
   */
  #swizzle(line: string): string {
    const quarters = this.shape.depth / 4
    return `(${line}) / ${8 / quarters}u % ${quarters}u`
  }

  /** Memory → registers, at k = `next`. */
  read(bindings: Bindings): string[] {
    const { name, view, depthAxes, layout, vectors } = this.operand
    const memory = bindings.name(view.slot)
    const ragged = this.#k % this.shape.depth !== 0
    const lines: string[] = []
    const addresses = new Map<string, string>()
    /** Each k is taken apart once, however many items stand there. */
    const depthAddress = (at: string): string => {
      const known = addresses.get(at)
      if (known) return known
      const address = `${name}_depth${addresses.size}`
      addresses.set(at, address)
      lines.push(`let ${address} = ${addressAlong(depthAxes, at)};`)
      return address
    }
    const guarded = (address: string, at: string, zero: string): string =>
      ragged
        ? `select(${zero}, ${memory}[select(0u, ${address}, ${at} < ${this.#k}u)], ${at} < ${this.#k}u)`
        : `${memory}[${address}]`
    for (const i of range(this.#items)) {
      const at = `next + ${this.#place(i).at}`
      const from = (c: number, ahead: number): string => {
        const here = ahead === 0 ? at : `${at} + ${ahead}u`
        return guarded(`${name}_line${i}_${c} + ${depthAddress(here)}`, here, '0.0f')
      }
      if (vectors) {
        const address = `(${name}_line${i}_0 + ${depthAddress(at)}) / 4u`
        lines.push(`${name}_read${i} = ${guarded(address, at, 'vec4f()')};`)
      } else {
        const values = range(4).map((c) => (layout === 'k' ? from(0, c) : from(c, 0)))
        lines.push(`${name}_read${i} = vec4f(${values.join(', ')});`)
      }
    }
    return lines
  }

  /** Registers → shared memory. */
  keep(half: string): string[] {
    const { name, layout } = this.operand
    const { depth, threads, double } = this.shape
    const shift = double ? `${half} * ${this.#vectors}u + ` : ''
    return range(this.#items).map((i) => {
      const { line } = this.#place(i)
      const quarters = depth / 4
      const place =
        layout === 'k'
          ? `(${line}) * ${quarters}u + ((lane % ${quarters}u) ^ (${this.#swizzle(line)}))`
          : `lane + ${i * threads}u`
      return `${name}_tile[${shift}${place}] = ${name}_read${i};`
    })
  }

  /** Shared memory → registers: what the thread needs for four steps along k, or for the step `part` of them. */
  fetch(part: number | null): string[] {
    const { name, layout } = this.operand
    const { tile, block, depth, double } = this.shape
    const shift = double ? `current * ${this.#vectors}u + ` : ''
    if (layout === 'k') {
      if (part !== null) return []
      const between = (tile / block) * (depth / 4)
      return range(block).map(
        (i) =>
          `let ${name}${i} = ${name}_tile[${shift}${name}_own + ${i * between}u + (quarter ^ ${name}_turn)];`,
      )
    }
    if (part === null) return []
    return range(block / 4).map((g) => {
      const offset = part * (tile / 4) + g * (tile / block)
      return `let ${name}${part}_${g} = ${name}_tile[${shift}${name}_own + quarter * ${tile}u + ${offset}u];`
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
    return this.#lineOf(`${position} + ${Math.floor(i / 4) * between}u`, i % 4)
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

  store(
    { m, n }: ContractKernel,
    out: string,
    tile: { readonly wideOut: boolean; readonly rows: number; readonly columns: number },
  ): string[] {
    const { rows, columns } = this.#size
    return range(rows).flatMap((i) => {
      const inRow = tile.wideOut
        ? range(columns / 4).flatMap((g) =>
            when(n % tile.columns === 0 ? null : `column${g * 4} < ${n}u`, [
              `${out}[(to${i} + column${g * 4}) / 4u] = sum${i}_${g};`,
            ]),
          )
        : range(columns).flatMap((j) =>
            when(n % tile.columns === 0 ? null : `column${j} < ${n}u`, [
              `${out}[to${i} + column${j}] = ${this.#result(i, j)};`,
            ]),
          )
      return [
        ...(i === 0
          ? range(columns)
              .filter((j) => !tile.wideOut || j % 4 === 0)
              .map((j) => `let column${j} = first_column + ${this.#b.lineOf(j, 'x')};`)
          : []),
        `let row${i} = first_row + ${this.#a.lineOf(i, 'y')};`,
        `let to${i} = (matrix * ${m}u + row${i}) * ${n}u;`,
        ...when(m % tile.rows === 0 ? null : `row${i} < ${m}u`, inRow),
      ]
    })
  }
}
