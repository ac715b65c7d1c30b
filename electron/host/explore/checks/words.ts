/** Checks of what texts have become. */
import { fixes, formatCount, formatPercent, words, type checks } from '../../../contract/index.ts'
import type { Rules } from '../findings.ts'
import type { CheckEvidence } from './evidence.ts'

/** The length that so large a share of texts does not exceed. */
export function lengthFor(lengths: ArrayLike<number>, share: number): number {
  const sorted = Uint32Array.from(lengths).sort()
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}

/** Where there is a single column of texts, as in a file of them, it needs no name. */
const which = (texts: CheckEvidence['texts'], name: string): string =>
  texts.length > 1 ? ` of “${name}”` : ''

export const wordChecks = {
  cutTexts: ({ texts }, { share }) =>
    texts.flatMap(({ name, lengths, maxTokens }) => {
      const cut = Array.from(lengths).filter((length) => length > maxTokens).length
      if (cut <= share * lengths.length) return []
      const enough = lengthFor(lengths, 1 - share / 2)
      return [
        {
          columns: [],
          message: `${formatCount(cut)} of ${formatCount(lengths.length)} texts${which(texts, name)} (${formatPercent(cut / lengths.length)}) are longer than ${formatCount(maxTokens)} words and lose their ends.`,
          evidence: { cut, share: cut / lengths.length, enough },
          fixes: [fixes.readLonger(Math.min(enough, words.options.maxTokens.most!))],
        },
      ]
    }),

  unknownWords: ({ texts }, { share }) =>
    texts
      .filter(({ unknown }) => unknown > share)
      .map(({ name, unknown, vocabulary }) => ({
        columns: [],
        message: `${formatPercent(unknown)} of the words${which(texts, name)} are not in the vocabulary and read as one unknown word.`,
        evidence: { share: unknown, vocabulary },
        fixes: [fixes.keepRareWords],
      })),
} satisfies Partial<Rules<typeof checks, CheckEvidence>>
