/** What the Prepare step shows of texts: their words as the network will read them. */
import type { ShownPiece, ShownText, ShownTexts } from '../../contract/index.ts'
import type { FrameColumn } from '../datasets/frame.ts'
import type { EncodedTexts } from '../explore/checks/evidence.ts'
import { shownOf } from './encoders/index.ts'
import { histogramCounts, histogramEdges } from './histogram.ts'
import type { PreparedColumn } from './preparation.ts'
import type { RowSplit } from './split.ts'
import { quantile } from './statistics.ts'

/** Of each split that is shown. */
const examples = 3
/** Of one text; the rest is counted. */
const mostPieces = 200

/** What of a text is listed. */
export const listedPieces = (pieces: readonly ShownPiece[]): ShownText => ({
  pieces: pieces.slice(0, mostPieces),
  more: Math.max(0, pieces.length - mostPieces),
})

/** Evenly taken, and among them one with words that are not known, where there is one: that is what one looks for. */
function examplesOf(rows: Int32Array, unseen: ArrayLike<number>): number[] {
  const even = Array.from(
    { length: Math.min(examples, rows.length) },
    (_, i) => rows[Math.floor(((i + 0.5) * rows.length) / Math.min(examples, rows.length))]!,
  )
  const strange = rows.find((row) => unseen[row]! > 0)
  if (strange === undefined || even.some((row) => unseen[row]! > 0)) return even
  return [...even.slice(0, -1), strange]
}

/** Share of unknown words in these texts, as far as they are read; null: there are none. */
function unknownIn(
  rows: Int32Array,
  { lengths, unseen, maxTokens }: Omit<EncodedTexts, 'name'>,
): number | null {
  let [total, missed] = [0, 0]
  for (const row of rows) {
    total += Math.min(lengths[row]!, maxTokens)
    missed += unseen[row]!
  }
  return total === 0 ? null : missed / total
}

export function shownTexts(
  { name, encoder }: PreparedColumn,
  prepared: () => FrameColumn,
  texts: Omit<EncodedTexts, 'name'> | undefined,
  { train, validation }: RowSplit,
): ShownTexts | null {
  const shown = shownOf(prepared, encoder)
  if (shown === null || texts === undefined) return null
  const { lengths, unseen, maxTokens, vocabulary } = texts
  const sorted = Float64Array.from(train, (row) => lengths[row]!).sort()
  if (sorted.length === 0) return null
  const at = (q: number): number => quantile(sorted, q)
  const longest = sorted.at(-1)!
  const spread = { min: sorted[0]!, max: longest, q25: at(0.25), q75: at(0.75), count: sorted.length }
  const edges = histogramEdges(spread, true)
  const of = (split: 'train' | 'validation', rows: Int32Array): ShownTexts['examples'] =>
    examplesOf(rows, unseen).map((row) => ({ split, ...listedPieces(shown.pieces(row)) }))
  return {
    column: name,
    cutting: shown.cutting,
    vocabulary,
    maxTokens,
    lengths: { edges, counts: histogramCounts(sorted, edges) },
    median: at(0.5),
    longest,
    cut: sorted.filter((length) => length > maxTokens).length,
    rows: sorted.length,
    unknown: { train: unknownIn(train, texts) ?? 0, validation: unknownIn(validation, texts) },
    examples: [...of('train', train), ...of('validation', validation)],
  }
}
