/** WordPiece: the longest known beginning, again and again (Wu et al. 2016, https://arxiv.org/abs/1609.08144); and words as they are. */
import { readUnknown, readVocabulary, remembered, type PieceToken, type SubwordModel } from './model.ts'
import type { TokenizerRecord } from './record.ts'

export function readWordPiece(record: TokenizerRecord): SubwordModel {
  const ids = readVocabulary(record)
  const unknown = readUnknown(record, ids) ?? record.refuse('unk_token', 'a token of the vocabulary')
  const prefix = record.string('continuing_subword_prefix', '##')
  const longest = record.whole('max_input_chars_per_word', 100)

  function tokenize(piece: string): PieceToken[] {
    const bounds = [0]
    for (const char of piece) bounds.push(bounds.at(-1)! + char.length)
    const nothing = [{ id: unknown, from: 0, to: piece.length }]
    const count = bounds.length - 1
    if (count > longest) return nothing
    const tokens: PieceToken[] = []
    for (let at = 0; at < count;) {
      let end = count
      let id: number | undefined
      for (; end > at; end--) {
        id = ids.get((at > 0 ? prefix : '') + piece.slice(bounds[at], bounds[end]))
        if (id !== undefined) break
      }
      if (id === undefined) return nothing
      tokens.push({ id, from: bounds[at]!, to: bounds[end]! })
      at = end
    }
    return tokens
  }
  return { ids, tokenize: remembered(tokenize) }
}

export function readWordLevel(record: TokenizerRecord): SubwordModel {
  const ids = readVocabulary(record)
  const unknown = readUnknown(record, ids)
  return {
    ids,
    tokenize(piece) {
      const id = ids.get(piece) ?? unknown
      if (id === undefined)
        throw new RangeError(
          `The word ${JSON.stringify(piece)} is not in the tokenizer's vocabulary, which has no unk_token to stand for it.`,
        )
      return [{ id, from: 0, to: piece.length }]
    },
  }
}
