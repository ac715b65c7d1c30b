import { expect, test } from 'vitest'
import {
  begin,
  corruptions,
  implementationOf,
  namesIn,
  severitiesOfCorruptions,
  type CorruptionName,
} from '../../../contract/index.ts'
import type { FrameColumn } from '../../datasets/frame.ts'
import { takenFrom } from '../../datasets/taken.ts'
import { randomSource } from '../../prepare/random.ts'
import { ClassEvidence } from '../evidence.ts'
import { corrupters, type Corrupt } from './corrupt.ts'
import { sureIn, unseenOf } from './unseen.ts'

const rows = 400
const columns: FrameColumn[] = [
  { kind: 'number', name: 'a', values: Float64Array.from({ length: rows }, (_, i) => (i === 0 ? NaN : i)) },
  { kind: 'number', name: 'b', values: new Float64Array(rows).fill(-5) },
  {
    kind: 'category',
    name: 'c',
    codes: Int32Array.from({ length: rows }, (_, i) => i % 2),
    categories: ['x', 'y'],
  },
  {
    kind: 'text',
    name: 't',
    values: Array.from({ length: rows }, (_, i) => `Grüße an Haus ${i} und alle darin`),
  },
]
const seen = 6
const pictures: FrameColumn[] = [
  ...columns.map((column) =>
    takenFrom(
      column,
      Int32Array.from({ length: seen }, (_, i) => i),
    ),
  ),
  {
    kind: 'image',
    name: 'p',
    channels: 1,
    height: 14,
    width: 18,
    pixels: Uint8Array.from({ length: seen * 252 }, (_, i) => (i * 37) % 200),
  },
]

const corrupted = async (corruption: CorruptionName, severity: number, of = columns) => {
  const corrupt: Corrupt = implementationOf<typeof corruptions, Corrupt>(
    corruptions,
    corrupters,
    begin(corruptions, corruption),
  )
  const given = {
    columns: of,
    rows: of === columns ? rows : seen,
    severity,
    random: randomSource(1),
    spreadOf: () => 10,
  }
  return await corrupt(given)
}
const named = (of: readonly FrameColumn[], name: string) => of.find((column) => column.name === name)!
const valuesOf = (of: readonly FrameColumn[], name: string): ArrayLike<number | string> => {
  const column = named(of, name)
  return column.kind === 'image' ? column.pixels : column.kind === 'category' ? column.codes : column.values
}
const share = (
  of: readonly FrameColumn[],
  name: string,
  changed: (now: never, before: never) => boolean,
): number => {
  const [now, before] = [valuesOf(of, name), valuesOf(columns, name)]
  let count = 0
  for (let i = 0; i < now.length; i++) if (changed(now[i] as never, before[i] as never)) count++
  return count / now.length
}

test.each(namesIn(corruptions))(
  '%s changes only what it takes, goes by its seed, and leaves the rows themselves',
  async (name) => {
    const before = structuredClone(pictures)
    const { takes } = corruptions.members.find((one) => one.name === name)!
    for (let severity = 0; severity < severitiesOfCorruptions; severity++) {
      const { columns: after } = await corrupted(name, severity, pictures)
      expect(await corrupted(name, severity, pictures).then((one) => one.columns)).toEqual(after)
      for (const column of pictures)
        if (!(takes as readonly string[]).includes(column.kind))
          expect(named(after, column.name)).toEqual(column)
    }
    expect(pictures).toEqual(before)
    expect((await corrupted(name, 4, pictures)).columns).not.toEqual(pictures)
  },
)

test('numbers move by parts of their spread in training, and what is missing stays so', async () => {
  const { columns: noisy, level } = await corrupted('numberNoise', 2)
  expect(level).toBe(0.4)
  const moved = Array.from(valuesOf(noisy, 'b'), (value) => Number(value) + 5)
  const deviation = Math.sqrt(moved.reduce((sum, one) => sum + one * one, 0) / rows)
  expect(Math.abs(deviation - 4)).toBeLessThan(0.5)
  expect(valuesOf(noisy, 'a')[0]).toBeNaN()
  const { columns: shifted } = await corrupted('shiftedNumbers', 4)
  expect(new Set(Array.from(valuesOf(shifted, 'b'), (value) => Math.abs(Number(value) + 5)))).toEqual(
    new Set([20]),
  )
})

test('cells, letters and words are hit as often as the level says, and more of the same with every severity', async () => {
  const { columns: gaps } = await corrupted('missingCells', 3)
  expect(share(gaps, 'b', (now: number) => Number.isNaN(now))).toBeCloseTo(0.35, 1)
  expect(share(gaps, 'c', (now: number) => now === -1)).toBeCloseTo(0.35, 1)
  const words = async (severity: number) =>
    valuesOf((await corrupted('droppedWords', severity)).columns, 't') as string[]
  const [few, many] = [await words(1), await words(4)]
  const count = (texts: readonly string[]) =>
    texts.reduce((sum, text) => sum + text.split(' ').length, 0) / (7 * rows)
  expect([count(few), count(many)].map((one) => Math.round(10 * one) / 10)).toEqual([0.9, 0.5])
  many.forEach((text, i) => {
    if (text.includes(' ')) for (const word of text.split(' ')) expect(few[i]).toContain(word)
  })
  const { columns: upper } = await corrupted('upperCase', 4)
  expect(valuesOf(upper, 't')[3]).toBe('GRÜSSE AN HAUS 3 UND ALLE DARIN')
  const typos = valuesOf((await corrupted('typos', 4)).columns, 't') as string[]
  for (const [i, text] of typos.entries()) expect(text.match(/\d+/)?.[0]).toBe(String(i))
})

test('swapped columns keep their names, and only those of a kind change places', async () => {
  const { columns: swapped } = await corrupted('swappedColumns', 0)
  expect(swapped.map(({ name, kind }) => `${name} ${kind}`)).toEqual(
    columns.map(({ name, kind }) => `${name} ${kind}`),
  )
  expect(valuesOf(swapped, 'a')).toEqual(valuesOf(columns, 'b'))
  expect(valuesOf(swapped, 'b')).toEqual(valuesOf(columns, 'a'))
  expect(valuesOf(swapped, 'c')).toEqual(valuesOf(columns, 'c'))
})

test('what was never seen is made of the rows, and an answer counts as sure from the bound on', () => {
  const random = randomSource(2)
  const table = unseenOf(columns, rows, random)!
  // Of one column of numbers these would be the rows themselves.
  expect(unseenOf([columns[0]!], rows, random)).toBeNull()
  expect(table.made).toBe('columns')
  expect([...(valuesOf(table.columns, 'c') as Int32Array)].sort()).toEqual(
    [...(valuesOf(columns, 'c') as Int32Array)].sort(),
  )
  expect(valuesOf(table.columns, 'c')).not.toEqual(valuesOf(columns, 'c'))
  expect(unseenOf([columns[3]!], rows, random)?.made).toBe('words')
  const noise = unseenOf([pictures[4]!], seen, random)!
  const pixels = valuesOf(noise.columns, 'p') as Uint8Array
  expect(pixels.reduce((sum, one) => sum + one, 0) / pixels.length).toBeCloseTo(127.5, -1)
  const evidence = ClassEvidence.ofProbabilities(
    [0, 1, 0, 1],
    Float64Array.of(0.95, 0.05, 0.5, 0.5, 0.1, 0.9, 0.11, 0.89),
    2,
  )
  const target = { kind: 'classes', name: 'y', classes: ['n', 'y'] } as const
  expect(sureIn(target as never, evidence)).toEqual({ confidence: 0.9, chosen: false, sure: 0.5 })
  expect(sureIn(target as never, { targets: [] })).toBeNull()
})
