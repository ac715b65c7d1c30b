/** Byte-pair encoding and WordPiece, learned from texts; what comes out is a tokenizer of the field's format. */
import type { NormalizationOptions } from '../normalize.ts'
import { byteCharacters } from './bytes.ts'
import { pairKey } from './byte-pair.ts'
import { Heap } from './heap.ts'
import { SubwordTokenizer } from './tokenizer.ts'

export interface SubwordTrainingOptions {
  /** Tokens at most, specials and characters counted in; characters are all kept, however many. 30,000 by default. */
  readonly vocabSize?: number
  /** Parts that stand together less often are not joined; 2 by default. */
  readonly minFrequency?: number
  /** Tokens that come first and are found whole in texts. */
  readonly specialTokens?: readonly string[]
  readonly normalization?: NormalizationOptions
}

export interface BytePairTrainingOptions extends SubwordTrainingOptions {
  /** Whether characters are bytes, so that nothing is ever unknown (GPT-2's); otherwise a word has the space before it as ▁ (SentencePiece's). True by default. */
  readonly byteLevel?: boolean
  /** Stands for characters that were not seen, where they are not bytes; it is one of the specials. `<unk>` by default. */
  readonly unknownToken?: string
}

export interface WordPieceTrainingOptions extends SubwordTrainingOptions {
  /** Stands for words that are not made of what was seen; it is one of the specials. `[UNK]` by default. */
  readonly unknownToken?: string
  /** Stands before what continues a word. `##` by default. */
  readonly continuingSubwordPrefix?: string
}

interface Learned {
  readonly tokens: readonly string[]
  readonly merges: readonly (readonly [string, string])[]
}

interface Word {
  readonly count: number
  ids: number[]
}

function countWords(texts: Iterable<string>, cut: (text: string) => readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) for (const word of cut(text)) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

/** By code point, which is the same on every machine. */
function byCodePoint(a: string, b: string): number {
  return a.codePointAt(0)! - b.codePointAt(0)! || (a < b ? -1 : Number(a > b))
}

/**
 * Joins what stands together most often, of equals the pair of the lowest numbers, until there are enough tokens. Source:
 * BpeTrainer of Hugging Face's tokenizers.
 */
function learn(
  counts: ReadonlyMap<string, number>,
  start: readonly string[],
  prefix: string,
  { vocabSize = 30_000, minFrequency = 2 }: SubwordTrainingOptions,
): Learned {
  const tokens = [...start]
  const ids = new Map(tokens.map((token, id) => [token, id]))
  const idOf = (token: string): number => {
    const known = ids.get(token)
    if (known !== undefined) return known
    ids.set(token, tokens.length)
    return tokens.push(token) - 1
  }
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
  const alphabet = new Set(sorted.flatMap(([word]) => [...word]))
  for (const char of [...alphabet].sort(byCodePoint)) idOf(char)
  const words = sorted.map(([word, count]): Word => ({
    count,
    ids: Array.from(word, (char, i) => idOf(i > 0 ? prefix + char : char)),
  }))

  interface Pair {
    readonly first: number
    readonly second: number
    count: number
    readonly words: Set<Word>
  }
  const pairs = new Map<number, Pair>()
  const change = (word: Word, sign: 1 | -1, touched?: Set<Pair>): void => {
    for (let i = 1; i < word.ids.length; i++) {
      const [first, second] = [word.ids[i - 1]!, word.ids[i]!]
      const key = pairKey(first, second)
      let pair = pairs.get(key)
      if (!pair) pairs.set(key, (pair = { first, second, count: 0, words: new Set() }))
      pair.count += sign * word.count
      if (sign > 0) pair.words.add(word)
      touched?.add(pair)
    }
  }
  for (const word of words) change(word, 1)
  interface Candidate {
    readonly pair: Pair
    readonly count: number
  }
  const heap = new Heap<Candidate>(
    (a, b) =>
      a.count > b.count ||
      (a.count === b.count &&
        (a.pair.first < b.pair.first || (a.pair.first === b.pair.first && a.pair.second < b.pair.second))),
  )
  for (const pair of pairs.values()) heap.push({ pair, count: pair.count })

  const merges: (readonly [string, string])[] = []
  while (tokens.length < vocabSize) {
    const best = heap.pop()
    if (!best) break
    const { pair, count } = best
    if (count !== pair.count) {
      // It has been counted anew since it was put there.
      if (pair.count > 0) heap.push({ pair, count: pair.count })
      continue
    }
    if (count < Math.max(1, minFrequency)) break
    const [a, b] = [tokens[pair.first]!, tokens[pair.second]!]
    const id = idOf(a + (b.startsWith(prefix) ? b.slice(prefix.length) : b))
    merges.push([a, b])
    const touched = new Set<Pair>()
    for (const word of pair.words) {
      change(word, -1)
      word.ids = joined(word.ids, pair.first, pair.second, id)
      change(word, 1, touched)
    }
    pairs.delete(pairKey(pair.first, pair.second))
    for (const other of touched) heap.push({ pair: other, count: other.count })
  }
  return { tokens, merges }
}

function joined(ids: readonly number[], first: number, second: number, id: number): number[] {
  const out: number[] = []
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] === first && ids[i + 1] === second) {
      out.push(id)
      i++
    } else out.push(ids[i]!)
  }
  return out
}

function requireOptions(
  { vocabSize = 1, minFrequency = 1 }: SubwordTrainingOptions,
  specials: readonly string[],
  needed: string | undefined,
): void {
  for (const [name, value] of Object.entries({ vocabSize, minFrequency })) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`${name} must be a whole number from 1 on, not ${value}.`)
  }
  const twice = specials.find((token, i) => specials.indexOf(token) !== i)
  if (twice !== undefined) throw new RangeError(`The special token ${JSON.stringify(twice)} is given twice.`)
  if (specials.includes('')) throw new RangeError('A special token must not be empty.')
  if (needed !== undefined && !specials.includes(needed))
    throw new RangeError(`The token for what is unknown, ${needed}, must be one of the special tokens.`)
}

function normalizerRecord({ form = 'none', lowerCase, stripAccents }: NormalizationOptions): unknown {
  const steps = [
    ...(lowerCase ? [{ type: 'Lowercase' }] : []),
    ...(stripAccents ? [{ type: 'NFD' }, { type: 'StripAccents' }, { type: 'NFC' }] : []),
    ...(form === 'none' ? [] : [{ type: form }]),
  ]
  return steps.length === 0 ? null : { type: 'Sequence', normalizers: steps }
}

interface Plan {
  readonly parts: Readonly<Record<'normalizer' | 'pre_tokenizer' | 'post_processor' | 'decoder', unknown>>
  readonly model: (learned: Learned) => unknown
  readonly specials: readonly string[]
  /** Characters that are tokens whether they are seen or not. */
  readonly alphabet: readonly string[]
  readonly prefix: string
}

function train(texts: Iterable<string>, plan: Plan, options: SubwordTrainingOptions): SubwordTokenizer {
  const { parts, model, specials, alphabet, prefix } = plan
  const addedTokens = specials.map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }))
  const tokenizerOf = (learned: Learned): SubwordTokenizer =>
    SubwordTokenizer.fromJSON({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: addedTokens,
      ...parts,
      model: model(learned),
    })
  const untrained = tokenizerOf({ tokens: specials, merges: [] })
  const counts = countWords(texts, (text) => untrained.words(text))
  return tokenizerOf(learn(counts, [...new Set([...specials, ...alphabet])], prefix, options))
}

const vocabularyOf = (tokens: readonly string[]): Record<string, number> =>
  Object.fromEntries(tokens.map((token, id) => [token, id]))

/**
 * A tokenizer of byte pairs. Texts are gone through once. Errors: RangeError on options that make no sense.
 */
export function trainBytePair(
  texts: Iterable<string>,
  options: BytePairTrainingOptions = {},
): SubwordTokenizer {
  const { byteLevel = true, unknownToken = '<unk>', normalization = {} } = options
  const { specialTokens: specials = byteLevel ? ['<pad>'] : [unknownToken, '<pad>'] } = options
  requireOptions(options, specials, byteLevel ? undefined : unknownToken)
  const bytes = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
  const plan: Plan = {
    parts: {
      normalizer: normalizerRecord(normalization),
      pre_tokenizer: byteLevel
        ? bytes
        : { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
      post_processor: byteLevel ? bytes : null,
      decoder: byteLevel
        ? bytes
        : { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    },
    model: ({ tokens, merges }) => ({
      type: 'BPE',
      dropout: null,
      unk_token: byteLevel ? null : unknownToken,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: vocabularyOf(tokens),
      merges,
    }),
    specials,
    alphabet: byteLevel ? [...byteCharacters].sort(byCodePoint) : [],
    prefix: '',
  }
  return train(texts, plan, options)
}

/** A tokenizer of WordPiece, of the pieces that byte-pair encoding finds. Errors: RangeError on options that make no sense. */
export function trainWordPiece(
  texts: Iterable<string>,
  options: WordPieceTrainingOptions = {},
): SubwordTokenizer {
  const { unknownToken = '[UNK]', continuingSubwordPrefix: prefix = '##', normalization = {} } = options
  const { specialTokens: specials = ['[PAD]', unknownToken] } = options
  requireOptions(options, specials, unknownToken)
  const plan: Plan = {
    parts: {
      normalizer: normalizerRecord(normalization),
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: null,
      decoder: { type: 'WordPiece', prefix, cleanup: true },
    },
    model: ({ tokens }) => ({
      type: 'WordPiece',
      unk_token: unknownToken,
      continuing_subword_prefix: prefix,
      max_input_chars_per_word: 100,
      vocab: vocabularyOf(tokens),
    }),
    specials,
    alphabet: [],
    prefix,
  }
  return train(texts, plan, options)
}
