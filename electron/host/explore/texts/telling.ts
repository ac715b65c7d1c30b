/**
 * Words that set a class apart: log odds against the other classes, with all texts as a prior, in standard deviations (Monroe,
 * Colaresi & Quinn 2008, “Fightin’ Words”, https://doi.org/10.1093/pan/mpn018). Frequent everywhere is not telling, rare is not either.
 */
import type { TextProfile } from '../../../contract/index.ts'

const shown = 8
const mostClasses = 30
/** Texts of a class that a phrase has to be in. */
const fewestTexts = 3

/** Words of all texts that are counted, and of one: what is told of a class does not hang on more. */
const [mostWords, mostOfText] = [1_000_000, 1000]

/** Words and pairs of neighbors, each once. */
function phrasesOf(words: readonly string[]): Set<string> {
  const end = Math.min(words.length, mostOfText)
  const phrases = new Set(words.slice(0, end))
  for (let i = 1; i < end; i++) phrases.add(`${words[i - 1]} ${words[i]}`)
  return phrases
}

export function tellingPhrases(
  texts: readonly (readonly string[])[],
  codes: ArrayLike<number>,
  labels: readonly string[],
): TextProfile['telling'] {
  const all = new Map<string, number>()
  const byClass = labels.map(() => new Map<string, number>())
  const sizes = labels.map(() => 0)
  let total = 0
  const words = texts.reduce((sum, text) => sum + Math.min(text.length, mostOfText), 0)
  // Evenly taken: classes may stand one behind the other.
  const share = Math.min(1, mostWords / Math.max(1, words))
  const isTaken = (i: number): boolean => Math.floor((i + 1) * share) > Math.floor(i * share)
  texts.forEach((words, i) => {
    if (!isTaken(i)) return
    const own = byClass[codes[i]!]
    for (const phrase of phrasesOf(words)) {
      all.set(phrase, (all.get(phrase) ?? 0) + 1)
      total++
      if (own === undefined) continue
      own.set(phrase, (own.get(phrase) ?? 0) + 1)
      sizes[codes[i]!]!++
    }
  })
  const scored = labels.map((label, k) => {
    const [size, rest] = [sizes[k]!, total - sizes[k]!]
    const phrases = [...byClass[k]!].flatMap(([phrase, count]) => {
      const everywhere = all.get(phrase)!
      if (count < fewestTexts) return []
      const others = everywhere - count
      const odds = (here: number, of: number): number =>
        Math.log((here + everywhere) / (of + total - here - everywhere))
      const score =
        (odds(count, size) - odds(others, rest)) /
        Math.sqrt(1 / (count + everywhere) + 1 / (others + everywhere))
      return score > 0 ? [{ phrase, texts: count, z: score }] : []
    })
    phrases.sort((a, b) => b.z - a.z || (a.phrase < b.phrase ? -1 : 1))
    return { label, size, phrases: phrases.slice(0, shown) }
  })
  return scored
    .toSorted((a, b) => b.size - a.size)
    .slice(0, mostClasses)
    .map(({ label, phrases }) => ({ label, phrases }))
}
