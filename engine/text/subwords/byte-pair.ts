/** Byte-pair encoding: characters, joined by learned merges in their order (Sennrich et al. 2016, https://arxiv.org/abs/1508.07909). */
import { byteToken, utf8 } from './bytes.ts'
import { Heap } from './heap.ts'
import { readUnknown, readVocabulary, remembered, type PieceToken, type SubwordModel } from './model.ts'
import type { TokenizerRecord } from './record.ts'

interface Merge {
  readonly rank: number
  readonly id: number
}

/** By both numbers as one. */
type Merges = ReadonlyMap<number, Merge>
const pairSize = 2 ** 26
export const pairKey = (first: number, second: number): number => first * pairSize + second

/** Earlier files write "a b", later ones ["a", "b"]. */
function readPair(record: TokenizerRecord, pair: unknown, i: number): readonly [string, string] {
  const parts: unknown = typeof pair === 'string' ? pair.split(' ') : pair
  if (Array.isArray(parts) && parts.length === 2 && parts.every((part) => typeof part === 'string'))
    return parts as unknown as [string, string]
  return record.refuse(`merges[${i}]`, 'two tokens')
}

function readMerges(record: TokenizerRecord, ids: ReadonlyMap<string, number>, prefix: string): Merges {
  const merges = new Map<number, Merge>()
  record.list('merges').forEach((pair, rank) => {
    const [a, b] = readPair(record, pair, rank)
    const idOf = (token: string): number => {
      const id = ids.get(token)
      if (id === undefined)
        throw new TypeError(
          `tokenizer.json: ${record.at('merges')}[${rank}] needs ${JSON.stringify(token)}, which is not in the vocabulary.`,
        )
      return id
    }
    const tail = prefix !== '' && b.startsWith(prefix) ? b.slice(prefix.length) : b
    merges.set(pairKey(idOf(a), idOf(b)), { rank, id: idOf(a + tail) })
  })
  return merges
}

interface Symbols {
  readonly ids: number[]
  readonly from: number[]
  readonly to: number[]
}

interface Candidate {
  readonly rank: number
  readonly at: number
  readonly left: number
  readonly right: number
  readonly id: number
}

/** The best merge first, of equals the leftmost, until there is none. */
function joinSymbols({ ids, from, to }: Symbols, merges: Merges): PieceToken[] {
  const count = ids.length
  const next = Array.from({ length: count }, (_, i) => i + 1)
  const before = Array.from({ length: count }, (_, i) => i - 1)
  const heap = new Heap<Candidate>((a, b) => a.rank < b.rank || (a.rank === b.rank && a.at < b.at))
  const offer = (at: number): void => {
    const other = at < 0 ? count : next[at]!
    if (other >= count) return
    const merge = merges.get(pairKey(ids[at]!, ids[other]!))
    if (merge) heap.push({ ...merge, at, left: ids[at]!, right: ids[other]! })
  }
  for (let i = 0; i < count; i++) offer(i)
  for (let best = heap.pop(); best; best = heap.pop()) {
    const { at, left, right, id } = best
    const other = next[at]!
    // One of both has been joined to something else since.
    if (ids[at] !== left || other >= count || ids[other] !== right) continue
    ids[at] = id
    to[at] = to[other]!
    ids[other] = -1
    next[at] = next[other]!
    if (next[at] < count) before[next[at]] = at
    offer(before[at]!)
    offer(at)
  }
  const tokens: PieceToken[] = []
  for (let i = 0; i < count; i = next[i]!) tokens.push({ id: ids[i]!, from: from[i]!, to: to[i]! })
  return tokens
}

/** Errors: TypeError on what cannot be obeyed. */
export function readBytePair(record: TokenizerRecord): SubwordModel {
  const ids = readVocabulary(record)
  const prefix = record.string('continuing_subword_prefix', '')
  const suffix = record.string('end_of_word_suffix', '')
  const merges = readMerges(record, ids, prefix)
  const unknown = readUnknown(record, ids)
  const fuseUnknown = record.flag('fuse_unk', false)
  const byteFallback = record.flag('byte_fallback', false)
  const ignoreMerges = record.flag('ignore_merges', false)
  if ((record.value('dropout') ?? 0) !== 0)
    record.refuse('dropout', 'null: merges are not left out by chance here')

  /** Where a character is unknown: its bytes, the unknown token or, where there is neither, nothing. */
  function addUnknown(symbols: Symbols, char: string, from: number, to: number): void {
    const bytes = byteFallback ? Array.from(utf8(char), (byte) => ids.get(byteToken(byte))) : []
    if (bytes.length > 0 && bytes.every((id) => id !== undefined)) {
      symbols.ids.push(...bytes)
      symbols.from.push(...bytes.map(() => from))
      symbols.to.push(...bytes.map(() => to))
    } else if (unknown === undefined) {
      return
    } else if (fuseUnknown && symbols.ids.at(-1) === unknown) {
      symbols.to[symbols.to.length - 1] = to
    } else {
      symbols.ids.push(unknown)
      symbols.from.push(from)
      symbols.to.push(to)
    }
  }

  function tokenize(piece: string): PieceToken[] {
    const whole = ignoreMerges ? ids.get(piece) : undefined
    if (whole !== undefined) return [{ id: whole, from: 0, to: piece.length }]
    const symbols: Symbols = { ids: [], from: [], to: [] }
    let from = 0
    for (const char of piece) {
      const to = from + char.length
      const token = `${from > 0 ? prefix : ''}${char}${to === piece.length ? suffix : ''}`
      const id = ids.get(token)
      if (id === undefined) addUnknown(symbols, token, from, to)
      else {
        symbols.ids.push(id)
        symbols.from.push(from)
        symbols.to.push(to)
      }
      from = to
    }
    return joinSymbols(symbols, merges)
  }
  return { ids, tokenize: remembered(tokenize) }
}
