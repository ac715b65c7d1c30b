/** Checks of what texts have become. */
import { fixes, formatCount, formatPercent, wordOptions, type checks } from '../../../contract/index.ts'
import type { Rules } from '../findings.ts'
import type { CheckEvidence } from './evidence.ts'

/** The length that so large a share of texts does not exceed. */
export function lengthFor(lengths: ArrayLike<number>, share: number): number {
  const sorted = Uint32Array.from(lengths).sort()
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}

export const wordChecks = {
  cutTexts: ({ recipe, words }, { share }) => {
    if (recipe.kind !== 'text' || words === null) return []
    const { maxTokens } = recipe.prepare
    const texts = words.lengths.length
    const cut = Array.from(words.lengths).filter((length) => length > maxTokens).length
    if (cut <= share * texts) return []
    const enough = lengthFor(words.lengths, 1 - share / 2)
    return [
      {
        columns: [],
        message: `${formatCount(cut)} of ${formatCount(texts)} texts (${formatPercent(cut / texts)}) are longer than ${formatCount(maxTokens)} words and lose their ends.`,
        evidence: { cut, share: cut / texts, enough },
        fixes: [fixes.readLonger(Math.min(enough, wordOptions.maxTokens.most!))],
      },
    ]
  },

  unknownWords: ({ words }, { share }) =>
    words !== null && words.unknown > share
      ? [
          {
            columns: [],
            message: `${formatPercent(words.unknown)} of the words are not in the vocabulary and read as one unknown word.`,
            evidence: { share: words.unknown, vocabulary: words.vocabulary },
            fixes: [fixes.keepRareWords],
          },
        ]
      : [],
} satisfies Partial<Rules<typeof checks, CheckEvidence>>
