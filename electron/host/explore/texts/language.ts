/**
 * In which languages texts are, by their most frequent triples of letters (Cavnar & Trenkle 1994, N-gram-based text
 * categorization). A short text looks like several languages, so the texts decide together: what may as well be in the language
 * of most of them is taken to be, and a language of hardly any text is a mistake.
 */
import { francAll } from 'franc-min'
import type { TextProfile } from '../../../contract/index.ts'
import { evenlyTaken } from '../../datasets/taken.ts'

/** Of fewer letters no language can be told. */
const leastLetters = 50
/** Characters of a text that are looked at. */
const mostRead = 2048
/** Texts that are judged, half a millisecond each. */
const mostJudged = 2000
/** Of fewer texts nothing is said. */
const leastJudged = 20
/** How much less like the language of most texts than like another one a text may be, and still be in it. */
const tolerance = 0.2
/** A language of a smaller share of the texts, or of fewer texts, is taken for a mistake. */
const leastShare = 0.01
const leastTexts = 3

const names = new Intl.DisplayNames(['en'], { type: 'language' })

type Likely = readonly (readonly [code: string, score: number])[]

function hasLetters(text: string): boolean {
  const letters = text.slice(0, mostRead).matchAll(/\p{L}/gu)
  return letters.drop(leastLetters - 1).next().done === false
}

export interface Languages {
  /** null: too few texts are long enough. */
  readonly profile: TextProfile['languages']
  /** Places of texts that are in another language than most. */
  readonly others: readonly { readonly at: number; readonly language: string }[]
}

function countBy(codes: readonly string[]): [code: string, texts: number][] {
  const counts = new Map<string, number>()
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1)
  return [...counts].toSorted(([, a], [, b]) => b - a)
}

export function languagesOf(texts: readonly string[]): Languages {
  const long = [...texts.keys()].filter((at) => hasLetters(texts[at]!))
  const judged = Array.from(evenlyTaken(mostJudged, long.length), (place) => {
    const at = long[place]!
    return { at, likely: francAll(texts[at]!.slice(0, mostRead)) as Likely }
  }).filter(({ likely }) => likely[0] !== undefined && likely[0][0] !== 'und')
  if (judged.length < leastJudged) return { profile: null, others: [] }
  const [main] = countBy(judged.map(({ likely }) => likely[0]![0]))[0]!
  const told = judged.map(({ at, likely }) => {
    const own = likely.find(([code]) => code === main)?.[1] ?? 0
    return { at, code: own >= 1 - tolerance ? main : likely[0]![0] }
  })
  const found = countBy(told.map(({ code }) => code)).filter(
    ([, count]) => count >= Math.max(leastTexts, leastShare * judged.length),
  )
  const all = found.reduce((sum, [, count]) => sum + count, 0)
  const known = new Set(found.map(([code]) => code))
  const nameOf = (code: string): string => names.of(code) ?? code
  return {
    profile: {
      judged: judged.length,
      found: found.map(([code, count]) => ({ language: nameOf(code), share: count / all })),
    },
    others: told
      .filter(({ code }) => code !== main && known.has(code))
      .map(({ at, code }) => ({ at, language: nameOf(code) })),
  }
}
