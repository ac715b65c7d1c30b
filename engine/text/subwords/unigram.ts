/** Unigram: the tokens that are likeliest together (Kudo 2018, https://arxiv.org/abs/1804.10959), as SentencePiece has it. */
import { byteToken, utf8 } from './bytes.ts'
import { remembered, type PieceToken, type SubwordModel } from './model.ts'
import type { TokenizerRecord } from './record.ts'

interface Scored {
  readonly token: string
  readonly score: number
}

function readScores(record: TokenizerRecord): Scored[] {
  return record.list('vocab').map((entry, i) => {
    const [token, score] = Array.isArray(entry) ? (entry as unknown[]) : []
    if (typeof token !== 'string' || typeof score !== 'number')
      return record.refuse(`vocab[${i}]`, 'a token and its score')
    return { token, score }
  })
}

/** What an unknown character costs beyond the least likely token. */
const unknownPenalty = 10

export function readUnigram(record: TokenizerRecord): SubwordModel {
  const scores = readScores(record)
  const ids = new Map(scores.map(({ token }, id) => [token, id]))
  const unknown = record.value('unk_id') === undefined ? undefined : record.whole('unk_id')
  if (unknown !== undefined && unknown >= scores.length) record.refuse('unk_id', 'the number of a token')
  const byteFallback = record.flag('byte_fallback', false)
  const least = scores.reduce((min, { score }) => Math.min(min, score), Infinity) - unknownPenalty
  const longest = scores.reduce((max, { token }) => Math.max(max, token.length), 0)

  /** Stretches of the likeliest path, by Viterbi's algorithm. */
  function path(piece: string): { from: number; to: number; known: boolean }[] {
    const best = new Float64Array(piece.length + 1).fill(-Infinity)
    const origin = new Int32Array(piece.length + 1).fill(-1)
    const isKnown = new Uint8Array(piece.length + 1)
    best[0] = 0
    const offer = (from: number, to: number, score: number, known: number): void => {
      if (origin[to]! >= 0 && best[from]! + score <= best[to]!) return
      best[to] = best[from]! + score
      origin[to] = from
      isKnown[to] = known
    }
    let from = 0
    for (const char of piece) {
      const most = Math.min(piece.length, from + longest)
      for (let to = from + char.length; to <= most; to++) {
        const id = ids.get(piece.slice(from, to))
        if (id !== undefined) offer(from, to, scores[id]!.score, Number(id !== unknown))
      }
      if (!ids.has(char)) offer(from, from + char.length, least, 0)
      from += char.length
    }
    const spans = []
    for (let to = piece.length; to > 0; to = origin[to]!)
      spans.push({ from: origin[to]!, to, known: isKnown[to] === 1 })
    return spans.reverse()
  }

  function missing(piece: string, from: number, to: number): PieceToken[] {
    const bytes = byteFallback
      ? Array.from(utf8(piece.slice(from, to)), (byte) => ids.get(byteToken(byte)))
      : []
    if (bytes.length > 0 && bytes.every((id) => id !== undefined))
      return bytes.map((id) => ({ id, from, to }))
    if (unknown === undefined)
      throw new RangeError(
        `${JSON.stringify(piece.slice(from, to))} is not in the tokenizer's vocabulary, which has no unk_id to stand for it.`,
      )
    return [{ id: unknown, from, to }]
  }

  function tokenize(piece: string): PieceToken[] {
    const spans: { from: number; to: number; known: boolean }[] = []
    // What is unknown in a row is one.
    for (const span of path(piece)) {
      const last = spans.at(-1)
      if (last && !last.known && !span.known) last.to = span.to
      else spans.push(span)
    }
    return spans.flatMap(({ from, to, known }) =>
      known ? [{ id: ids.get(piece.slice(from, to))!, from, to }] : missing(piece, from, to),
    )
  }
  return { ids, tokenize: remembered(tokenize) }
}
