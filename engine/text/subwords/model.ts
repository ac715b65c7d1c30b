/** What a piece of text becomes tokens by. */
import type { TokenizerRecord } from './record.ts'

/** A token and the code units of the piece that it stands for. */
export interface PieceToken {
  readonly id: number
  readonly from: number
  readonly to: number
}

export interface SubwordModel {
  /** By token. */
  readonly ids: ReadonlyMap<string, number>
  /** Of a piece that is not empty. */
  tokenize(piece: string): PieceToken[]
}

/** `{"token": number}`. Errors: TypeError where a number is none or stands twice. */
export function readVocabulary(record: TokenizerRecord): Map<string, number> {
  const ids = new Map<string, number>()
  const seen = new Map<number, string>()
  for (const [token, id] of record.entries('vocab')) {
    if (!Number.isSafeInteger(id) || (id as number) < 0)
      record.refuse(`vocab[${JSON.stringify(token)}]`, 'a whole number from 0 on')
    const other = seen.get(id as number)
    if (other !== undefined)
      throw new TypeError(
        `tokenizer.json: ${record.at('vocab')} gives the number ${id as number} to both ${JSON.stringify(other)} and ${JSON.stringify(token)}.`,
      )
    seen.set(id as number, token)
    ids.set(token, id as number)
  }
  return ids
}

/** The number of the token that stands for what is unknown; undefined where there is none. Errors: TypeError where it has no number. */
export function readUnknown(record: TokenizerRecord, ids: ReadonlyMap<string, number>): number | undefined {
  if (record.value('unk_token') === undefined) return undefined
  const token = record.string('unk_token')
  return (
    ids.get(token) ?? record.refuse('unk_token', `a token of the vocabulary, not ${JSON.stringify(token)}`)
  )
}

/** Words come again: their tokens are remembered, up to a number of words, and none that are very long. */
export function remembered(tokenize: (piece: string) => PieceToken[]): (piece: string) => PieceToken[] {
  const cache = new Map<string, PieceToken[]>()
  return (piece) => {
    const known = cache.get(piece)
    if (known) return known
    const tokens = tokenize(piece)
    if (piece.length <= 64) {
      if (cache.size >= 10_000) cache.clear()
      cache.set(piece, tokens)
    }
    return tokens
  }
}
