/**
 * What each corruption does to columns as a file would have them: cells, pixels and letters, before any preparation sees them. The
 * same random numbers serve all severities of one, so that each goes further on the way of the one before.
 */
import { smallPicture, type corruptions, type Implementations } from '../../../contract/index.ts'
import type { FrameColumn, ImageColumn } from '../../datasets/frame.ts'
import { normalFrom, randomSource, shuffle } from '../../prepare/random.ts'
import {
  blurred,
  brighter,
  cropped,
  jpegCompressed,
  lessContrast,
  noisy,
  pixelated,
  rotated,
} from './pictures.ts'
import { otherCase, withoutWords, withTypos } from './texts.ts'

interface Given {
  readonly columns: readonly FrameColumn[]
  readonly rows: number
  /** From 0 on. */
  readonly severity: number
  readonly random: () => number
  /** Standard deviation of a column of numbers in the training rows. */
  readonly spreadOf: (column: string) => number
}

/** How far it went, and the columns after it. */
interface Corrupted {
  readonly level: number
  readonly columns: readonly FrameColumn[]
}
export type Corrupt = (given: Given) => Corrupted | Promise<Corrupted>

type Numeric = Extract<FrameColumn, { kind: 'number' | 'date' }>
type Text = Extract<FrameColumn, { kind: 'text' }>

const levelAt = (levels: readonly number[], severity: number): number => levels[severity]!

const ofNumbers =
  (
    levels: readonly number[],
    change: (column: Numeric, level: number, given: Given) => Float64Array,
  ): Corrupt =>
  (given) => {
    const level = levelAt(levels, given.severity)
    return {
      level,
      columns: given.columns.map((column) =>
        column.kind === 'number' || column.kind === 'date'
          ? { ...column, values: change(column, level, given) }
          : column,
      ),
    }
  }

const ofTexts =
  (
    levels: readonly number[],
    change: (text: string, hit: () => boolean, random: () => number) => string,
  ): Corrupt =>
  ({ columns, severity, random }) => {
    const level = levelAt(levels, severity)
    return {
      level,
      columns: columns.map((column): FrameColumn => {
        if (column.kind !== 'text') return column
        return {
          ...column,
          values: column.values.map((text) => {
            // A source for each text: how many numbers one takes does not move the others.
            const own = randomSource(Math.floor(random() * 2 ** 32))
            const hits = randomSource(Math.floor(random() * 2 ** 32))
            return change(text, () => hits() < level, own)
          }),
        } satisfies Text
      }),
    }
  }

interface Scales {
  readonly large: readonly number[]
  readonly small: readonly number[]
}

const ofPictures =
  (
    scales: Scales,
    change: (
      pixels: Uint8Array,
      shape: ImageColumn,
      level: number,
      random: () => number,
    ) => Uint8Array | Promise<Uint8Array>,
  ): Corrupt =>
  async ({ columns, rows, severity, random }) => {
    let level = 0
    const changed: FrameColumn[] = []
    for (const column of columns) {
      if (column.kind !== 'image') {
        changed.push(column)
        continue
      }
      const { channels, height, width } = column
      level = levelAt(Math.min(height, width) <= smallPicture ? scales.small : scales.large, severity)
      const size = channels * height * width
      const pixels = new Uint8Array(rows * size)
      for (let row = 0; row < rows; row++) {
        const own = randomSource(Math.floor(random() * 2 ** 32))
        pixels.set(
          await change(column.pixels.subarray(row * size, (row + 1) * size), column, level, own),
          row * size,
        )
      }
      changed.push({ ...column, pixels })
    }
    return { level, columns: changed }
  }

const alike = (levels: readonly number[]): Scales => ({ large: levels, small: levels })

function emptied(column: FrameColumn, hit: () => boolean): FrameColumn {
  switch (column.kind) {
    case 'number':
    case 'date':
      return { ...column, values: column.values.map((value) => (hit() ? NaN : value)) }
    case 'category':
      return { ...column, codes: column.codes.map((code) => (hit() ? -1 : code)) }
    case 'text':
    case 'image':
      return column
  }
}

/** In a turn: each of these columns gets the content of the next. */
function turned(columns: readonly FrameColumn[], share: number, random: () => number): FrameColumn[] {
  const changed = [...columns]
  const byKind = Map.groupBy(
    columns.map((column, at) => ({ column, at })),
    ({ column }) => column.kind,
  )
  for (const [kind, of] of byKind) {
    if (kind === 'image' || of.length < 2) continue
    const order = Int32Array.from({ length: of.length }, (_, i) => i)
    shuffle(order, random)
    const taken = order.subarray(0, Math.max(2, Math.round(share * of.length)))
    taken.forEach((place, i) => {
      const [to, from] = [of[place]!, of[taken[(i + 1) % taken.length]!]!]
      changed[to.at] = { ...from.column, name: to.column.name }
    })
  }
  return changed
}

export const corrupters = {
  pictureNoise: (scales) => ofPictures(scales, (pixels, _, level, random) => noisy(pixels, level, random)),
  blurred: (scales) =>
    ofPictures(scales, (pixels, shape, level) =>
      blurred(pixels, shape, level * Math.min(shape.height, shape.width)),
    ),
  brighter: (scales) => ofPictures(scales, brighter),
  lessContrast: (scales) => ofPictures(scales, lessContrast),
  pixelated: (scales) => ofPictures(scales, pixelated),
  jpegCompressed: (scales) => ofPictures(scales, jpegCompressed),
  rotated: ({ levels }) =>
    ofPictures(alike(levels), (pixels, shape, level, random) =>
      rotated(pixels, shape, random() < 0.5 ? level : -level),
    ),
  cropped: ({ levels }) =>
    ofPictures(alike(levels), (pixels, shape, level, random) =>
      cropped(pixels, shape, level, [random(), random()]),
    ),
  numberNoise: ({ levels }) =>
    ofNumbers(levels, ({ name, values }, level, { random, spreadOf }) => {
      const spread = spreadOf(name)
      return values.map((value) => value + level * spread * normalFrom(random))
    }),
  missingCells:
    ({ levels }) =>
    ({ columns, severity, random }) => {
      const level = levelAt(levels, severity)
      return { level, columns: columns.map((column) => emptied(column, () => random() < level)) }
    },
  shiftedNumbers: ({ levels }) =>
    ofNumbers(levels, ({ name, values }, level, { random, spreadOf }) => {
      const by = (random() < 0.5 ? -1 : 1) * level * spreadOf(name)
      return values.map((value) => value + by)
    }),
  swappedColumns:
    ({ levels }) =>
    ({ columns, severity, random }) => {
      const level = levelAt(levels, severity)
      return { level, columns: turned(columns, level, random) }
    },
  typos: ({ levels }) => ofTexts(levels, withTypos),
  upperCase: ({ levels }) => ofTexts(levels, otherCase),
  droppedWords: ({ levels }) => ofTexts(levels, withoutWords),
} satisfies Implementations<typeof corruptions, Corrupt>
