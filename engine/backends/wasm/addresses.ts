/** Byte addresses of elements, computed as far out in the nest as they are known. */
import type { Expr } from '../../compiler/expr.ts'
import { indexLoops, type Atom, type Index } from '../../compiler/index-expr.ts'
import type { Bases } from '../../compiler/kernel-bases.ts'
import { op, type FunctionBuilder } from './assembler.ts'
import { push, type Size } from './given-numbers.ts'
import { emitBinary } from './instructions.ts'

export interface Address {
  readonly slot: number
  readonly index: Index
}

/** Where a term's value becomes known: 0 outside all loops, i + 1 inside loop i. */
export const levelOf = (loops: ReadonlySet<number>): number => (loops.size === 0 ? 0 : Math.max(...loops) + 1)

function atomLevel(atom: Atom): number {
  if (atom.kind === 'loop') return atom.loop + 1
  return levelOf(atom.kind === 'value' ? atom.expr.loops : indexLoops(atom.of))
}

export const addressKey = ({ slot, index }: Address): string => `${slot}@${index.key}`
/** The slot of an index that is no address, but a number to compute with. */
export const noSlot = -1
/** That of an index inside a quotient or remainder: what is given of it has nothing to do with others that look like it. */
export const innerSlot = -2

/** Partial addresses kept in locals: those terms known at outer levels already added. */
type Known = Map<string, { readonly local: number; readonly level: number }>

/** Locals with what of an address's term is given; null: it stands in the code. */
export interface GivenTerms {
  readonly coefficient: (address: Address, term: number) => number | null
  readonly divisor: (address: Address, term: number) => number | null
}

export class Addresses {
  readonly #f: FunctionBuilder
  /** Local that holds the address of each slot's base. */
  readonly #slots: ReadonlyMap<number, number>
  readonly #bases: Bases
  readonly #counters: readonly number[]
  readonly #scalar: (expr: Expr) => void
  readonly given: GivenTerms
  #known: Known = new Map()

  /** `scalar` leaves an expression's value on the stack, as one number. */
  constructor(
    f: FunctionBuilder,
    slots: ReadonlyMap<number, number>,
    bases: Bases,
    counters: readonly number[],
    scalar: (expr: Expr) => void,
    given: GivenTerms,
  ) {
    this.#f = f
    this.#slots = slots
    this.#bases = bases
    this.#counters = counters
    this.#scalar = scalar
    this.given = given
  }

  /** What is kept inside is forgotten outside. */
  scoped(body: () => void): void {
    const before = this.#known
    this.#known = new Map(before)
    body()
    this.#known = before
  }

  /** Inside, every address is computed from its beginning. */
  fresh(body: () => void): void {
    this.scoped(() => {
      this.#known = new Map()
      body()
    })
  }

  /** Leaves an element's byte address on the stack (that of the first lane). */
  emit(address: Address): void {
    const f = this.#f
    const { slot, index } = address
    const known = this.#known.get(addressKey(address))
    f.get(known?.local ?? this.#slots.get(slot)!)
    if (!known) this.#addOffset(address)
    const level = known?.level ?? -1
    index.terms.forEach(({ atom }, i) => {
      if (atomLevel(atom) > level) this.#add(address, i, 4)
    })
  }

  /** Leaves an index on the stack, in elements; that of a slot's address, where it is one. */
  emitIndex(index: Index, slot = noSlot): void {
    this.#f.i32(index.offset)
    index.terms.forEach((_, i) => this.#add({ slot, index }, i, 1))
  }

  /** On entering a level: adds to every address that is used further in what this level contributes. */
  advance(level: number, used: Iterable<Address>): void {
    const f = this.#f
    const wanted = new Map([...used].map((address) => [addressKey(address), address]))
    for (const [key, address] of wanted) {
      const { slot, index } = address
      const levels = index.terms.map((t) => atomLevel(t.atom))
      const contributes = levels.includes(level) || (level === 0 && this.#offset(address) !== 0)
      if (!contributes || !levels.some((l) => l > level)) continue
      const known = this.#known.get(key)
      f.get(known?.local ?? this.#slots.get(slot)!)
      if (!known) this.#addOffset(address)
      index.terms.forEach((_, i) => {
        if (levels[i]! <= level && levels[i]! > (known?.level ?? -1)) this.#add(address, i, 4)
      })
      const local = f.local('i32')
      f.set(local)
      this.#known.set(key, { local, level })
    }
  }

  /** Elements from the slot's base. */
  #offset({ slot, index }: Address): number {
    return index.offset - (this.#bases.get(slot) ?? 0)
  }

  #addOffset(address: Address): void {
    const offset = this.#offset(address)
    if (offset !== 0) this.#f.i32(offset * 4).emit(op.i32Add)
  }

  /** Leaves what one term counts, which its coefficient multiplies. */
  emitAtom(address: Address, term: number): void {
    const f = this.#f
    const { atom } = address.index.terms[term]!
    switch (atom.kind) {
      case 'loop':
        f.get(this.#counters[atom.loop]!)
        break
      case 'value':
        this.#scalar(atom.expr)
        // What is out of range is not looked at: it must only stay inside the memory. Negative ones are huge unsigned.
        f.i32(atom.extent - 1)
        emitBinary(f, 'min', 'uint32', false)
        break
      case 'div':
      case 'mod':
        this.emitIndex(atom.of, innerSlot)
        push(f, this.#divisor(address, term, atom.by)).emit(atom.kind === 'div' ? op.i32DivU : op.i32RemU)
    }
  }

  #add(address: Address, term: number, unit: 1 | 4): void {
    const f = this.#f
    const { coefficient } = address.index.terms[term]!
    this.emitAtom(address, term)
    const given = this.given.coefficient(address, term)
    if (given !== null) {
      f.get(given).emit(op.i32Mul)
      if (unit === 4) f.i32(2).emit(op.i32Shl)
    } else if (coefficient * unit !== 1) f.i32(coefficient * unit).emit(op.i32Mul)
    f.emit(op.i32Add)
  }

  #divisor(address: Address, term: number, by: number): Size {
    const local = this.given.divisor(address, term)
    return local === null ? by : { local }
  }
}
