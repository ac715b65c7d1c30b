/** Texts as augmentations are given them, and back to numbers. */
import { text } from '../../../../engine/index.ts'
import type { TokenizerChoice } from '../../../contract/index.ts'
import { cutterOf, type Cutting } from './cutting.ts'

export interface TextRewriter {
  /** What augmentations change: tokens, or words where tokens are less than that. */
  units(line: string): string[]
  /** Of what is found whole in texts, and stands for something. */
  isSign(unit: string): boolean
  /** Their numbers, cut off and filled up, into `data` from `offset` on. */
  write(units: readonly string[], data: Int32Array, offset: number): void
  /** As the network reads them. */
  pieces(units: readonly string[]): { readonly shown: string; readonly known: boolean }[]
}

/** Of these a word is several tokens: it is changed as a word, and cut again. */
const lessThanWords: ReadonlySet<TokenizerChoice> = new Set(['bytePair', 'wordPiece', 'file', 'character'])

interface State extends Cutting {
  readonly vocabulary: readonly string[]
  readonly maxTokens: number
}

export function rewriterOf({ vocabulary, maxTokens, ...cutting }: State): TextRewriter {
  const words = new text.Vocabulary(vocabulary)
  const padding = words.lookup(text.paddingToken)
  // A word that was hidden is one sign, whatever the tokenizer makes of others.
  const again = cutterOf({ ...cutting, specials: [...(cutting.specials ?? []), text.unknownToken] })
  const first = cutterOf(cutting)
  const own = again.unknown
  const inWords = lessThanWords.has(cutting.tokenizer)
  const pieces = (units: readonly string[]) =>
    inWords ? again.pieces(units.join(' ')) : units.map((token) => ({ token, shown: token }))
  const signs = new Set([...(cutting.specials ?? []), text.unknownToken])
  return {
    isSign: (unit) => signs.has(unit),
    units: inWords ? text.tokenizers.whitespace : first.tokens,
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
