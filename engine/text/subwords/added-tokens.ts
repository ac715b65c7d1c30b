/** Tokens that are found in a text before anything else is done to it, such as `[MASK]`. */
import type { AlignedText, Span } from './aligned.ts'
import { wordExpression } from './expression.ts'
import type { TokenizerRecord } from './record.ts'

export interface AddedToken {
  readonly id: number
  readonly content: string
  /** Whether it means something other than its text, and is left out when tokens become text again. */
  readonly special: boolean
  /** Whether it is found only where no letter or digit touches it. */
  readonly singleWord: boolean
  /** Whether white space before it, and after it, is part of it. */
  readonly lstrip: boolean
  readonly rstrip: boolean
  /** Whether it is looked for in the normalized text. */
  readonly normalized: boolean
}

export function readAddedToken(record: TokenizerRecord): AddedToken {
  const special = record.flag('special', false)
  const token = {
    id: record.whole('id'),
    content: record.string('content'),
    special,
    singleWord: record.flag('single_word', false),
    lstrip: record.flag('lstrip', false),
    rstrip: record.flag('rstrip', false),
    normalized: record.flag('normalized', !special),
  }
  record.finish()
  return token
}

/** A stretch of a text, with the added token that it is. */
export interface AddedSpan extends Span {
  readonly token?: AddedToken
}

const endsInWord = /[\p{L}\p{M}\p{Nd}\p{Pc}]$/u
const beginsWithWord = /^[\p{L}\p{M}\p{Nd}\p{Pc}]/u
const trailing = /\p{White_Space}*$/u
const leading = /^\p{White_Space}*/u

/** Finds the leftmost, of those the longest. `contentOf` says how it is written in the text. */
export function addedTokenFinder(
  tokens: readonly AddedToken[],
  contentOf: (token: AddedToken) => string,
): (text: AlignedText) => AddedSpan[] {
  const byContent = new Map(tokens.map((token) => [contentOf(token), token]))
  byContent.delete('')
  if (byContent.size === 0) return ({ text }) => (text === '' ? [] : [{ from: 0, to: text.length }])
  const longestFirst = [...byContent.keys()].sort((a, b) => b.length - a.length)
  const expression = new RegExp(longestFirst.map((content) => wordExpression(content).source).join('|'), 'gu')
  return ({ text }) => {
    const spans: AddedSpan[] = []
    let at = 0
    for (const { 0: found, index } of text.matchAll(expression)) {
      const token = byContent.get(found)!
      let [from, to] = [index, index + found.length]
      if (from < at) continue
      // The characters beside it, of up to two code units.
      const isTouched = (): boolean =>
        endsInWord.test(text.slice(Math.max(0, from - 2), from)) ||
        beginsWithWord.test(text.slice(to, to + 2))
      if (token.singleWord && isTouched()) continue
      if (token.lstrip) from -= trailing.exec(text.slice(at, from))![0].length
      if (token.rstrip) to += leading.exec(text.slice(to))![0].length
      if (from > at) spans.push({ from: at, to: from })
      spans.push({ from, to, token })
      at = to
    }
    if (at < text.length) spans.push({ from: at, to: text.length })
    return spans
  }
}
