/** Texts as augmentations are given them, and back to numbers: what they leave as it is, is cut as every other text. */
import { text } from '../../../../engine/index.ts'
import type { TokenizerChoice } from '../../../contract/index.ts'
import { aroundSpecialsOf, cutterOf, type Cutting } from './cutting.ts'

/** What augmentations change: a word or token, and what stands before it, which stays. */
export interface Unit {
  readonly before: string
  readonly word: string
}

export interface Units {
  readonly words: readonly Unit[]
  /** What stands behind the last. */
  readonly after: string
}

export interface TextRewriter {
  /** Tokens, or words where tokens are less than that. */
  units(line: string): Units
  /** Of what is found whole in texts, and stands for something. */
  isSign(unit: string): boolean
  /** Their numbers, cut off and filled up, into `data` from `offset` on. */
  write(units: Units, data: Int32Array, offset: number): void
  /** As the network reads them. */
  pieces(units: Units): { readonly shown: string; readonly known: boolean }[]
  /** Of many texts, of so many characters: faster than one by one. */
  together<T>(characters: number, run: () => T): T
}

/** Of these a word is several tokens: it is changed as a word, and cut again. */
const lessThanWords: ReadonlySet<TokenizerChoice> = new Set(['bytePair', 'wordPiece', 'file', 'character'])

interface State extends Cutting {
  readonly vocabulary: readonly string[]
  readonly maxTokens: number
}

/** Scripts that write no spaces between words. */
const unspaced = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]/u
// Of no language: what a machine is set to must not change what is trained on.
const bounds = new Intl.Segmenter('und', { granularity: 'word' })

/** Words as a reader has them: between spaces, and by dictionary where there are none. Signs are words of their own. */
function readersWords(line: string, split: (line: string) => string[]): Units {
  const words: Unit[] = []
  let before = ''
  const add = (word: string): void => {
    words.push({ before, word })
    before = ''
  }
  split(line).forEach((part, i) => {
    if (i % 2 === 1) return add(part)
    part.split(/(\s+)/).forEach((run, j) => {
      if (j % 2 === 1 || run === '') before += run
      else if (!unspaced.test(run)) add(run)
      else
        for (const { segment, isWordLike } of bounds.segment(run)) {
          if (isWordLike) add(segment)
          else before += segment
        }
    })
  })
  return { words, after: before }
}

const textOf = ({ words, after }: Units): string =>
  words.map(({ before, word }) => before + word).join('') + after

export function rewriterOf({ vocabulary, maxTokens, ...cutting }: State): TextRewriter {
  const words = new text.Vocabulary(vocabulary)
  const padding = words.lookup(text.paddingToken)
  const specials = cutting.specials ?? []
  const plain = cutterOf(cutting)
  // A word that was hidden is one sign, whatever the tokenizer makes of others.
  const hiding = cutterOf({ ...cutting, specials: [...specials, text.unknownToken] })
  const own = plain.unknown
  const inWords = lessThanWords.has(cutting.tokenizer)
  const pieces = (units: Units) => {
    if (!inWords) return units.words.map(({ word }) => ({ token: word, shown: word }))
    const hides = units.words.some(({ word }) => word === text.unknownToken)
    return (hides ? hiding : plain).pieces(textOf(units))
  }
  const signs = new Set([...specials, text.unknownToken])
  const split = aroundSpecialsOf(specials)
  return {
    together: plain.together,
    isSign: (unit) => signs.has(unit),
    units: inWords
      ? (line) => readersWords(line, split)
      : (line) => ({ words: plain.tokens(line).map((word) => ({ before: '', word })), after: '' }),
    write(units, data, offset) {
      const tokens = pieces(units).map(({ token }) => token)
      data.set(text.pad(words.lookupAll(tokens.slice(0, maxTokens)), maxTokens, padding), offset)
    },
    pieces: (units) =>
      pieces(units).map(({ token, shown }) => ({
        shown,
        known: words.has(token) && token !== own && token !== text.unknownToken,
      })),
  }
}
