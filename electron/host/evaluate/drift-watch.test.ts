/** Rows like those of the training are passed over in silence; what is otherwise is named, and by how much. */
import { describe, expect, test } from 'vitest'
import { driftNotes } from '../deploy/drift.ts'
import { InputWatch } from '../rest/watch.ts'
import type { Frame, FrameColumn } from '../datasets/frame.ts'
import { kolmogorovSmirnov } from '../explore/checks/drift.ts'
import { randomSource } from '../prepare/random.ts'
import { DriftWatch } from './drift-watch.ts'
import { referenceOf, referenceSchema } from './reference.ts'

const levels = ['north', 'south', 'east', 'west']
interface Ways {
  readonly shift?: number
  readonly east?: number
  readonly gaps?: number
  readonly unseen?: number
}
/** Ages, whole numbers; a skewed amount with gaps; a region; a day; a text. */
function frameOf(
  rows: number,
  seed: number,
  { shift = 0, east = 0.1, gaps = 0.05, unseen = 0 }: Ways = {},
): Frame {
  // prettier-ignore
  const random = randomSource(seed)
  const numbers = (name: string, valueOf: () => number): FrameColumn => ({ kind: 'number', name, values: Float64Array.from({ length: rows }, valueOf) }) // prettier-ignore
  const columns: FrameColumn[] = [
    numbers('age', () => Math.round(20 + 50 * random() + shift)),
    numbers('amount', () => (random() < gaps ? NaN : Math.exp(5 * random()))),
    {
      kind: 'category',
      name: 'region',
      codes: Int32Array.from({ length: rows }, (_, row) => {
        if (row < unseen) return 4
        const share = random()
        return share < east ? 2 : share < 0.55 ? 0 : share < 0.98 ? 1 : 3
      }),
      categories: [...levels, 'nowhere'],
    },
    { kind: 'date', name: 'day', values: Float64Array.from({ length: rows }, () => 20_000 + seed) },
    { kind: 'text', name: 'note', values: Array.from({ length: rows }, () => `note ${seed}`) },
  ]
  return { rows, columns }
}

const training = frameOf(3000, 1)
const all = Int32Array.from({ length: 3000 }, (_, row) => row)
const reference = referenceOf(training.columns, all)
type Told = Parameters<typeof driftNotes>[0]
/** A model that knows of its training only what kinds its columns are of. */
const earlier = (...kinds: string[]) => ({ preparation: { columns: kinds.map((kind) => ({ kind })) } }) as unknown as Told // prettier-ignore
const noted = (frame: Frame): string[] => driftNotes({ ...earlier('number'), reference }, frame)

describe('rows of a file', () => {
  test('of the same distribution say nothing, how many they may be', () => {
    for (const rows of [1, 49, 50, 200, 1000, 5000])
      for (let seed = 2; seed < 42; seed++) expect(noted(frameOf(rows, seed)), `${rows}, ${seed}`).toEqual([])
  })

  test('that are otherwise are named, the farthest first', () => {
    expect(noted(frameOf(500, 3, { shift: 20 }))).toEqual([
      expect.stringMatching(/^1 column is distributed otherwise in these 500 rows than in training: “age” \(Kolmogorov–Smirnov D 0\.[34]\d\)\. .* asked another question/), // prettier-ignore
    ])
    const [both] = noted(frameOf(500, 4, { shift: 20, east: 0.6 }))
    expect(both).toMatch(/^2 columns are .*“age” .*“region” \(Cramér’s V|“region” \(Cramér’s V .*“age” /)
    expect(noted(frameOf(500, 5, { gaps: 0.5 }))[0]).toMatch(/“amount” \(missing in \d\d\.\d.% instead of \d\.\d.%\)/) // prettier-ignore
  })

  test('one value that training never saw is no drift, a quarter of them is', () => {
    expect(noted(frameOf(100, 6, { unseen: 2 }))).toEqual([])
    expect(noted(frameOf(100, 7, { unseen: 25 }))[0]).toContain('“region”')
  })

  test('a few rows beside very many are as far from them as beside few', () => {
    const distances = [600, 60_000].map((rows) => {
      const { columns } = frameOf(rows, 10)
      const watch = new DriftWatch(
        referenceOf(
          columns,
          Int32Array.from({ length: rows }, (_, row) => row),
        ),
      )
      watch.add(frameOf(300, 11, { east: 0.5, gaps: 0.4 }))
      const found = watch.drifts(0.15)
      expect(found.map(({ column }) => column).sort()).toEqual(['amount', 'region'])
      return Object.fromEntries(found.map(({ column, distance }) => [column, distance]))
    })
    for (const column of ['amount', 'region'])
      expect(Math.abs(distances[0]![column]! - distances[1]![column]!), column).toBeLessThan(0.06)
  })

  test('a model of an earlier version says that it cannot tell', () => {
    expect(driftNotes(earlier('number', 'text'), frameOf(100, 8))[0]).toContain('saved by an earlier version')
    expect(driftNotes(earlier('number'), frameOf(10, 8))).toEqual([])
    // Of texts and days nobody would be told anything by saving it again.
    expect(driftNotes(earlier('text', 'date'), frameOf(100, 8))).toEqual([])
    expect(new InputWatch(earlier('text'), () => undefined).notice).toBeNull()
  })
})

describe('what is kept of the training', () => {
  test('takes little room, is read back, and measures as all of its rows would', () => {
    expect(referenceSchema.parse(JSON.parse(JSON.stringify(reference)))).toEqual(reference)
    expect(reference.map(({ column }) => column)).toEqual(['age', 'amount', 'region'])
    expect(JSON.stringify(reference).length).toBeLessThan(4000)
    const other = frameOf(800, 9, { shift: 12 })
    const watch = new DriftWatch(reference)
    watch.add(other)
    const ages = ({ columns }: Frame) => Float64Array.from((columns[0] as { values: Float64Array }).values).sort() // prettier-ignore
    const exact = kolmogorovSmirnov(ages(training), ages(other))
    const [found] = watch.columns()
    expect(found!.distance).toBeLessThanOrEqual(exact + 1e-12)
    expect(found!.distance).toBeGreaterThan(exact - 0.03)
  })

  test('of a column without values, and of thousands of columns and values', () => {
    const empty = referenceOf([{ kind: 'number', name: 'x', values: new Float64Array(9).fill(NaN) }], all.subarray(0, 9)) // prettier-ignore
    expect(empty).toEqual([{ kind: 'number', column: 'x', edges: [], upTo: [], missing: 9 }])
    const watch = new DriftWatch(empty)
    watch.add({ rows: 100, columns: [{ kind: 'number', name: 'x', values: new Float64Array(100).fill(1) }] })
    expect(watch.columns()[0]!.distance).toBeLessThanOrEqual(1)
    const many = referenceOf([{ kind: 'category', name: 'c', codes: all, categories: Array.from(all, String) }], all) // prettier-ignore
    expect(many[0]).toMatchObject({ others: 2900, missing: 0 })
  })
})

describe('a server', () => {
  test('says once what drifts, and when it is over', () => {
    const said: string[] = []
    const watch = new InputWatch({ ...earlier('number'), reference }, (message) => said.push(message))
    expect(watch.notice).toBeNull()
    const ask = (from: number, requests: number, ways?: Ways): void => {
      for (let i = 0; i < requests; i++) watch.add(frameOf(10, from + i, ways))
    }
    ask(100, 1000)
    expect(said).toEqual([])
    expect(watch.told()!.columns.every(({ isDrift }) => !isDrift)).toBe(true)
    ask(5000, 1000, { shift: 25 })
    expect(said).toEqual([expect.stringMatching(/^Drift: “age” \(Kolmogorov–Smirnov D 0\.\d\d\) in the last [\d,]+ rows/)]) // prettier-ignore
    expect(watch.told()!.columns.find(({ column }) => column === 'age')).toMatchObject({ isDrift: true })
    ask(9000, 1200)
    expect(said[1]).toMatch(/^No drift any more: “age”/)
    expect(said.length).toBe(2)
    // What is long ago is forgotten.
    expect(watch.told()!.rows).toBeLessThanOrEqual(10_010)
  })

  test('with a model of an earlier version says so before the first row', () => {
    const watch = new InputWatch(earlier('number'), () => undefined)
    expect(watch.notice).toContain('saved by an earlier version')
    watch.add(frameOf(500, 1, { shift: 90 }))
    expect(watch.told()).toBeNull()
  })
})
