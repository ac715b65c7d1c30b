/**
 * Addresses as linear combinations: Σ coefficient · atom + offset, over loop variables and, where a reshape splits
 * unevenly or a gather looks up, opaque atoms. Keeping them linear is what lets later passes see strides,
 * merge loops and vectorise.
 */
import { contiguousStrides, type Shape } from '../tensor/shape.ts'
import type { Expr } from './expr.ts'

export type Atom =
  | { readonly kind: 'loop'; readonly key: string; readonly loop: number; readonly extent: number }
  | { readonly kind: 'div' | 'mod'; readonly key: string; readonly of: Index; readonly by: number }
  /** A number known only at run time; one outside is brought to some place in [0, extent). */
  | { readonly kind: 'value'; readonly key: string; readonly expr: Expr; readonly extent: number }

export interface Term {
  readonly atom: Atom
  readonly coefficient: number
}

export interface Index {
  readonly terms: readonly Term[]
  readonly offset: number
  readonly key: string
}

function make(terms: Term[], offset: number): Index {
  const live = terms.filter((t) => t.coefficient !== 0).sort((a, b) => (a.atom.key < b.atom.key ? -1 : 1))
  return {
    terms: live,
    offset,
    key: `${live.map((t) => `${t.coefficient}*${t.atom.key}`).join('+')}+${offset}`,
  }
}

export const constant = (value: number): Index => make([], value)

export function loopIndex(loop: number, extent: number): Index {
  if (extent === 1) return constant(0)
  return make([{ atom: { kind: 'loop', key: `i${loop}`, loop, extent }, coefficient: 1 }], 0)
}

export function valueIndex(expr: Expr, extent: number): Index {
  return make([{ atom: { kind: 'value', key: `v${expr.id}:${extent}`, expr, extent }, coefficient: 1 }], 0)
}

export function add(a: Index, b: Index): Index {
  if (b.terms.length === 0 && b.offset === 0) return a
  const merged = new Map(a.terms.map((t) => [t.atom.key, t]))
  for (const term of b.terms) {
    const old = merged.get(term.atom.key)
    merged.set(term.atom.key, { atom: term.atom, coefficient: term.coefficient + (old?.coefficient ?? 0) })
  }
  const terms = [...merged.values()]
  return rejoined(terms, a.offset + b.offset) ?? make(terms, a.offset + b.offset)
}

/** by·c·(x / by) + c·(x mod by) is c·x: what one reshape took apart and the memory's layout puts together again. */
function rejoined(terms: readonly Term[], offset: number): Index | null {
  for (const rest of terms) {
    if (rest.atom.kind !== 'mod') continue
    const { of, by } = rest.atom
    const quotient = terms.find(
      ({ atom, coefficient }) =>
        atom.kind === 'div' &&
        atom.by === by &&
        atom.of.key === of.key &&
        coefficient === rest.coefficient * by,
    )
    if (!quotient) continue
    const others = terms.filter((term) => term !== rest && term !== quotient)
    return add(make(others, offset), scale(of, rest.coefficient))
  }
  return null
}

export function scale(a: Index, factor: number): Index {
  if (factor === 1) return a
  return make(
    a.terms.map((t) => ({ atom: t.atom, coefficient: t.coefficient * factor })),
    a.offset * factor,
  )
}

function atomRange(atom: Atom): [number, number] {
  switch (atom.kind) {
    case 'loop':
    case 'value':
      return [0, atom.extent - 1]
    case 'mod':
      return [0, atom.by - 1]
    case 'div': {
      const [lo, hi] = range(atom.of)
      return [Math.floor(lo / atom.by), Math.floor(hi / atom.by)]
    }
  }
}

/** Smallest and largest value it can take. */
export function range(index: Index): [number, number] {
  let lo = index.offset
  let hi = index.offset
  for (const { atom, coefficient } of index.terms) {
    const [a, b] = atomRange(atom)
    lo += Math.min(a * coefficient, b * coefficient)
    hi += Math.max(a * coefficient, b * coefficient)
  }
  return [lo, hi]
}

/** index = by · quotient + rest, with the rest free of multiples of `by` and never negative: backends divide unsigned. */
function divide(index: Index, by: number): { quotient: Index; rest: Index } {
  const whole: Term[] = []
  const part: Term[] = []
  for (const term of index.terms) {
    if (term.coefficient % by === 0) whole.push({ atom: term.atom, coefficient: term.coefficient / by })
    else part.push(term)
  }
  const offset = ((index.offset % by) + by) % by
  const [lowest] = range(make(part, offset))
  const rest = lowest < 0 ? offset + Math.ceil(-lowest / by) * by : offset
  return { quotient: make(whole, (index.offset - rest) / by), rest: make(part, rest) }
}

const fits = (index: Index, by: number): boolean => {
  const [lo, hi] = range(index)
  return lo >= 0 && hi < by
}

export function div(index: Index, by: number): Index {
  if (by === 1) return index
  const { quotient, rest } = divide(index, by)
  if (fits(rest, by)) return quotient
  const atom: Atom = { kind: 'div', key: `(${rest.key})/${by}`, of: rest, by }
  return add(quotient, make([{ atom, coefficient: 1 }], 0))
}

export function mod(index: Index, by: number): Index {
  if (by === 1) return constant(0)
  const { rest } = divide(index, by)
  if (fits(rest, by)) return rest
  return make([{ atom: { kind: 'mod', key: `(${rest.key})%${by}`, of: rest, by }, coefficient: 1 }], 0)
}

/** Coordinates → position in row-major memory. */
export function flatten(indices: readonly Index[], shape: Shape): Index {
  const strides = contiguousStrides(shape)
  return indices.reduce((sum, index, i) => add(sum, scale(index, strides[i]!)), constant(0))
}

/**
 * Position in row-major memory → coordinates. The first needs no remainder: positions outside only come up where
 * padding guards them, and there a plain sum keeps its strides.
 */
export function unflatten(flat: Index, shape: Shape): Index[] {
  const strides = contiguousStrides(shape)
  const first = shape.findIndex((extent) => extent !== 1)
  return shape.map((extent, i) => {
    if (extent === 1) return constant(0)
    const whole = div(flat, strides[i]!)
    return i === first ? whole : mod(whole, extent)
  })
}

/** The coordinate's factor on one loop, or null where the loop is also buried inside a quotient or remainder. */
export function coefficientOf(index: Index, loop: number): number | null {
  let coefficient = 0
  for (const term of index.terms) {
    if (term.atom.kind === 'loop') {
      if (term.atom.loop === loop) coefficient = term.coefficient
    } else if (atomUses(term.atom, loop)) return null
  }
  return coefficient
}

export function atomUses(atom: Atom, loop: number): boolean {
  if (atom.kind === 'loop') return atom.loop === loop
  if (atom.kind === 'value') return atom.expr.loops.has(loop)
  return atom.of.terms.some((t) => atomUses(t.atom, loop))
}

export function indexLoops(index: Index): Set<number> {
  const loops = new Set<number>()
  for (const { atom } of index.terms) {
    if (atom.kind === 'loop') loops.add(atom.loop)
    else if (atom.kind === 'value') for (const loop of atom.expr.loops) loops.add(loop)
    else for (const loop of indexLoops(atom.of)) loops.add(loop)
  }
  return loops
}

/** Rewrites loop variables and run-time values. */
export function substitute(
  index: Index,
  loop: (loop: number) => Index | null,
  value: (expr: Expr) => Expr,
): Index {
  let out = constant(index.offset)
  for (const { atom, coefficient } of index.terms) {
    out = add(out, scale(substituteAtom(atom, loop, value), coefficient))
  }
  return out
}

function substituteAtom(
  atom: Atom,
  loop: (loop: number) => Index | null,
  value: (expr: Expr) => Expr,
): Index {
  switch (atom.kind) {
    case 'loop':
      return loop(atom.loop) ?? make([{ atom, coefficient: 1 }], 0)
    case 'value':
      return valueIndex(value(atom.expr), atom.extent)
    case 'div':
      return div(substitute(atom.of, loop, value), atom.by)
    case 'mod':
      return mod(substitute(atom.of, loop, value), atom.by)
  }
}
