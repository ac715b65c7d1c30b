import { describe, expect, it } from 'vitest'
import {
  add,
  constant,
  div,
  loopIndex,
  mod,
  scale,
  type Atom,
  type Index,
} from '../../compiler/index-expr.ts'
import { accessOf, everyLane, isRow, laneOffsets } from './lanes.ts'

const extents = [24, 6] as const
const [i, j] = [loopIndex(0, extents[0]), loopIndex(1, extents[1])]

const valueOf = (index: Index, counters: readonly number[]): number =>
  index.terms.reduce(
    (sum, { atom, coefficient }) => sum + coefficient * atomValue(atom, counters),
    index.offset,
  )

function atomValue(atom: Atom, counters: readonly number[]): number {
  if (atom.kind === 'loop') return counters[atom.loop]!
  if (atom.kind === 'value') throw new Error('no run-time values here')
  const inner = valueOf(atom.of, counters)
  return atom.kind === 'div' ? Math.floor(inner / atom.by) : inner % atom.by
}

/** What lanes really add, where that is the same at every place; null where it is not. */
function observed(index: Index, step: number): number[] | null {
  let known: number[] | null = null
  for (let a = 0; a + 3 < extents[0]; a += step) {
    for (let b = 0; b < extents[1]; b++) {
      const first = valueOf(index, [a, b])
      const offsets = everyLane.map((lane) => valueOf(index, [a + lane, b]) - first)
      if (known && known.join() !== offsets.join()) return null
      known = offsets
    }
  }
  return known
}

describe('lane offsets', () => {
  const indices: Record<string, Index> = {
    row: add(i, scale(j, 100)),
    'every second': add(scale(i, 2), constant(7)),
    backwards: add(scale(i, -1), constant(23)),
    still: j,
    pairs: div(i, 2),
    'pairs, begun by one': div(add(i, constant(1)), 2),
    'within pairs': mod(i, 2),
    'fours together': div(i, 4),
    'eights together': div(i, 8),
    'place in eight': mod(i, 8),
    'threes do not divide four': div(i, 3),
    'both loops in a quotient': div(add(i, scale(j, 24)), 2),
    'both loops in an uneven quotient': div(add(i, j), 2),
    'a window taken apart': add(scale(div(i, 6), 36), mod(i, 6)),
    'twice two': div(scale(i, 2), 4),
    // Right, but not seen through: such lanes are fetched one by one.
    nested: mod(div(i, 2), 2),
  }
  for (const [name, index] of Object.entries(indices)) {
    it.each([
      ['aligned', true],
      ['anywhere', false],
    ])(`of ${name}, %s`, (_, aligned) => {
      const offsets = laneOffsets(index, 0, aligned)
      const real = observed(index, aligned ? 4 : 1)
      if (offsets !== null) expect(offsets).toEqual(real)
      // Nothing that is plain to see is missed.
      if (real !== null && aligned && name !== 'nested') expect(offsets).toEqual(real)
    })
  }

  it('of an index with no quotient do not depend on where it starts', () => {
    expect(laneOffsets(indices['every second']!, 0, false)).toEqual([0, 2, 4, 6])
    expect(laneOffsets(indices['pairs']!, 0, false)).toBeNull()
  })
})

describe('accesses', () => {
  it.each([
    [[0, 1, 2, 3], { kind: 'vectors', first: 0, loads: 1, pick: [0, 1, 2, 3] }],
    [[0, 0, 1, 1], { kind: 'vectors', first: 0, loads: 1, pick: [0, 0, 1, 1] }],
    [[0, 2, 4, 6], { kind: 'vectors', first: 0, loads: 2, pick: [0, 2, 4, 6] }],
    [[0, -1, -2, -3], { kind: 'vectors', first: -3, loads: 1, pick: [3, 2, 1, 0] }],
    [[0, 28, 56, 84], { kind: 'lanes', offsets: [0, 28, 56, 84] }],
  ] as const)('%j', (offsets, access) => {
    expect(accessOf([...offsets] as [number, number, number, number])).toEqual(access)
  })

  it('know a row', () => {
    expect(isRow([0, 1, 2, 3])).toBe(true)
    expect(isRow([0, 0, 1, 1])).toBe(false)
    expect(isRow(null)).toBe(false)
  })
})
