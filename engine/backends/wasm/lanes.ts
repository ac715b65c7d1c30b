/** Where the four lanes of a vector lie in memory, relative to the first. */
import { atomUses, type Atom, type Index } from '../../compiler/index-expr.ts'

export const lanes = 4
export type Offsets = readonly [number, number, number, number]
export const everyLane = [0, 1, 2, 3] as const
type Lane = (typeof everyLane)[number]

/**
 * What `loop`, advancing by one from lane to lane, adds to an index, in elements; null where only running the program
 * tells. Quotients and remainders are known where the first lane's counter is a multiple of four (`aligned`).
 */
export function laneOffsets(index: Index, loop: number, aligned: boolean): Offsets | null {
  const sum = [0, 0, 0, 0] as [number, number, number, number]
  for (const { atom, coefficient } of index.terms) {
    const offsets = atomOffsets(atom, loop, aligned)
    if (offsets === null) return null
    for (const lane of everyLane) sum[lane] += coefficient * offsets[lane]
  }
  return sum
}

const still: Offsets = [0, 0, 0, 0]

/** Whether all lanes of a vector see the same. */
export function isStill(atom: Atom, loop: number): boolean {
  const offsets = atomOffsets(atom, loop, true)
  return offsets !== null && offsets.every((offset) => offset === 0)
}

function atomOffsets(atom: Atom, loop: number, aligned: boolean): Offsets | null {
  if (!atomUses(atom, loop)) return still
  switch (atom.kind) {
    case 'loop':
      return everyLane
    case 'value':
      return null
    case 'div':
    case 'mod': {
      const inner = aligned ? laneOffsets(atom.of, loop, aligned) : null
      if (inner === null || inner.some((offset) => offset < 0)) return null
      const { start, modulo } = residue(atom.of, loop, atom.by)
      const isDivision = atom.kind === 'div'
      if (start + Math.max(...inner) < modulo) return isDivision ? still : inner
      if (modulo !== atom.by) return null
      const place = (lane: Lane): number => {
        const at = start + inner[lane]
        return isDivision ? Math.floor(at / atom.by) : (at % atom.by) - start
      }
      return [place(0), place(1), place(2), place(3)]
    }
  }
}

const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b))

/** What is known of an index in the first lane: start, modulo a divisor of `by`. */
function residue({ terms, offset }: Index, loop: number, by: number): { start: number; modulo: number } {
  const modulo = terms.reduce((known, { atom, coefficient }) => {
    const isLoop = atom.kind === 'loop' && atom.loop === loop
    return gcd(known, isLoop ? coefficient * lanes : coefficient)
  }, by)
  return { start: ((offset % modulo) + modulo) % modulo, modulo }
}

/** Whether lanes lie the same way wherever the loop is, each vector as far from the next: no quotients, nothing looked up. */
export function isSteady(index: Index, loop: number): boolean {
  const offsets = laneOffsets(index, loop, false)
  return offsets !== null && offsets[1] >= 0
}

/** How four elements are fetched. */
export type Access =
  /** `loads` neighbouring vectors from `first` on (elements), of which the lanes are picked. */
  | { readonly kind: 'vectors'; readonly first: number; readonly loads: 1 | 2; readonly pick: Offsets }
  /** Each by itself. */
  | { readonly kind: 'lanes'; readonly offsets: Offsets }

export function accessOf(offsets: Offsets): Access {
  const first = Math.min(...offsets)
  const span = Math.max(...offsets) - first
  if (span >= 2 * lanes) return { kind: 'lanes', offsets }
  const pick = offsets.map((offset) => offset - first) as unknown as Offsets
  return { kind: 'vectors', first, loads: span < lanes ? 1 : 2, pick }
}

export const isRow = (offsets: Offsets | null): boolean =>
  offsets !== null && everyLane.every((lane) => offsets[lane] === lane)
