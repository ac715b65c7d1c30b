/** A workgroup reads one factor's part of a tile from memory, vector by vector, into registers. */
import type { Bindings } from '../shader.ts'
import { addressAlong, type Along, type Operand } from './operand.ts'

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

export interface ReaderShape {
  /** Lines of a tile. */
  readonly tile: number
  readonly depth: number
  readonly threads: number
}

export class Reader {
  readonly operand: Operand
  readonly shape: ReaderShape
  /** Vectors that each thread brings. */
  readonly items: number
  readonly #bindings: Bindings
  /** How many steps there are, by name. */
  readonly #k: string
  readonly #depth: Along

  constructor(operand: Operand, k: string, shape: ReaderShape, bindings: Bindings) {
    this.operand = operand
    this.shape = shape
    this.items = (shape.tile * shape.depth) / 4 / shape.threads
    this.#k = k
    this.#bindings = bindings
    this.#depth = addressAlong(operand.depthAxes, bindings, { divisors: false })
  }

  /** Line (or first line) and k of item i within the tile, as far as they depend on the thread and as constants. */
  place(i: number): { line: string; at: string } {
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
  lineOf(line: string, c: number): string {
    if (this.operand.layout === 'k') return line
    if (this.operand.vectors) return `(${line}) * 4u + ${c}u`
    return `${line} + ${(c * this.shape.tile) / 4}u`
  }

  /** What does not change along k: where each line starts. */
  prepare(base: string, first: string): string[] {
    const { name, lines, lineAxes, layout, vectors } = this.operand
    const out = [`let ${name}_base = ${base};`]
    const heads = layout === 'k' || vectors ? [0] : [0, 1, 2, 3]
    // Lines past the end read the last one instead: what comes of them is never stored.
    const last = this.#bindings.size(lines - (vectors && layout === 'line' ? 4 : 1))
    const along = addressAlong(lineAxes, this.#bindings, { divisors: true })
    for (const i of range(this.items)) {
      const { line } = this.place(i)
      for (const c of heads) {
        const inside = `min(${first} + ${this.lineOf(line, c)}, ${last})`
        out.push(`let ${name}_line${i}_${c} = ${name}_base + ${along(inside)};`)
      }
      out.push(`var ${name}_read${i}: vec4f;`)
    }
    return out
  }

  /** Memory → registers, at k = `next`; `ragged`: where not all of the step is left. */
  read(ragged: boolean): string[] {
    const { name, view, layout, vectors } = this.operand
    const memory = this.#bindings.name(view.slot)
    const lines: string[] = []
    const addresses = new Map<string, string>()
    /** Each k is taken apart once, however many items stand there. */
    const depthAddress = (at: string): string => {
      const known = addresses.get(at)
      if (known) return known
      const address = `${name}_depth${addresses.size}`
      addresses.set(at, address)
      lines.push(`let ${address} = ${this.#depth(at)};`)
      return address
    }
    const guarded = (address: string, at: string, zero: string): string =>
      ragged
        ? `select(${zero}, ${memory}[select(0u, ${address}, ${at} < ${this.#k})], ${at} < ${this.#k})`
        : `${memory}[${address}]`
    for (const i of range(this.items)) {
      const at = `next + ${this.place(i).at}`
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
}
