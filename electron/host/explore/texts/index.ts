/** What labeled texts are like: measured once, for the Explore step and for its alerts. */
import type { TextProfile } from '../../../contract/index.ts'
import { evenlyTaken } from '../../datasets/taken.ts'
import { histogramCounts, histogramEdges } from '../../prepare/histogram.ts'
import { quantile } from '../../prepare/statistics.ts'
import type { Suspects } from '../suspects.ts'
import { alikeTexts } from './alike.ts'
import { languagesOf, type Languages } from './language.ts'
import { suspectTexts } from './suspects.ts'
import { tellingPhrases } from './telling.ts'
import { scriptsOf, wordsOf } from './words.ts'

export interface TextLooks {
  /** Rows that were looked at, by their places in the version; of how many. */
  readonly rows: Int32Array
  readonly of: number
  /** Of each of them, the first that is nearly the same. */
  readonly alike: Int32Array
  /** Which of them come from test files. */
  readonly tested: readonly boolean[]
  /** Script of most letters; null: there are none. */
  readonly scripts: readonly (string | null)[]
  readonly otherLanguages: Languages['others']
  readonly suspects: Suspects | null
  readonly profile: TextProfile
}

/** Texts that are looked at, evenly taken: some seconds. */
const mostTexts = 20_000
const foldsAside = 5

function unknownShare(words: readonly (readonly string[])[], aside: (at: number) => number): number {
  /** In which parts a word is: of one part alone it is unknown to the rest. */
  const partsOf = new Map<string, number | 'several'>()
  words.forEach((list, at) => {
    for (const word of list) {
      const before = partsOf.get(word)
      if (before === undefined) partsOf.set(word, aside(at))
      else if (before !== aside(at)) partsOf.set(word, 'several')
    }
  })
  let [all, unknown] = [0, 0]
  words.forEach((list, at) => {
    if (aside(at) < 0) return
    for (const word of list) {
      all++
      if (partsOf.get(word) === aside(at)) unknown++
    }
  })
  return all === 0 ? 0 : unknown / all
}

export function textLooks(
  texts: readonly string[],
  codes: ArrayLike<number>,
  labels: readonly string[],
  trainRows: number,
): TextLooks {
  const rows = evenlyTaken(mostTexts, texts.length)
  const chosen = Array.from(rows, (row) => texts[row]!)
  const own = Int32Array.from(rows, (row) => codes[row]!)
  const words = chosen.map(wordsOf)
  const tested = Array.from(rows, (row) => row >= trainRows)
  const lengths = Float64Array.from(words, (list) => list.length).sort()
  const at = (q: number): number => (lengths.length === 0 ? 0 : quantile(lengths, q))
  const longest = lengths.at(-1) ?? 0
  const edges = histogramEdges(
    { min: lengths[0] ?? 0, max: longest, q25: at(0.25), q75: at(0.75), count: lengths.length },
    true,
  )
  const counts = new Map<string, number>()
  for (const list of words) for (const word of list) counts.set(word, (counts.get(word) ?? 0) + 1)
  const letters = new Map<string, number>()
  const scripts = chosen.map((text) => {
    const found = scriptsOf(text)
    for (const [script, number] of found) letters.set(script, (letters.get(script) ?? 0) + number)
    return [...found].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? null
  })
  const allLetters = [...letters.values()].reduce((sum, number) => sum + number, 0)
  const languages = languagesOf(chosen)
  // Test texts are what training will not have seen; where there are none, each fifth of the texts in turn.
  const hasTest = tested.some(Boolean)
  const aside = hasTest ? (i: number) => (tested[i] ? 0 : -1) : (i: number) => i % foldsAside
  return {
    rows,
    of: texts.length,
    alike: alikeTexts(chosen),
    tested,
    scripts,
    otherLanguages: languages.others,
    suspects: suspectTexts(words, own, labels),
    profile: {
      looked: rows.length,
      of: texts.length,
      lengths: { edges, counts: histogramCounts(lengths, edges) },
      median: at(0.5),
      longest,
      words: counts.size,
      once: [...counts.values()].filter((number) => number === 1).length,
      unknown: unknownShare(words, aside),
      scripts: [...letters]
        .map(([script, number]) => ({ script, share: number / Math.max(1, allLetters) }))
        .toSorted((a, b) => b.share - a.share),
      languages: languages.profile,
      telling: tellingPhrases(words, own, labels),
    },
  }
}
