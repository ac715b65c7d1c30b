/**
 * Tokenizers of parts of words, as `tokenizer.json` describes them: normalizer, pre-tokenizer, model, post-processor and
 * decoder. Source: Hugging Face's tokenizers (https://github.com/huggingface/tokenizers).
 */
import { addedTokenFinder, readAddedToken, type AddedToken } from './added-tokens.ts'
import { AlignedText } from './aligned.ts'
import { readBytePair } from './byte-pair.ts'
import { readDecoder, type Decoder } from './decoders.ts'
import { readPadding, readTruncation, type Padding, type Truncation } from './limits.ts'
import type { SubwordModel } from './model.ts'
import { readNormalizer, type Normalizer } from './normalizers.ts'
import { readPostProcessor, type EncodedToken, type PostProcessor } from './post-processors.ts'
import { readPreTokenizer, type PreTokenizer } from './pre-tokenizers.ts'
import { TokenizerRecord } from './record.ts'
import { readUnigram } from './unigram.ts'
import { readWordLevel, readWordPiece } from './word-piece.ts'

/** What a text became; lists of one length. */
export interface Encoding {
  readonly ids: number[]
  readonly tokens: string[]
  /** Where each token stands in its text, as `slice` takes it; [0, 0] for what was added. */
  readonly offsets: [start: number, end: number][]
  readonly typeIds: number[]
  /** 1 for what the tokenizer added. */
  readonly specialTokensMask: number[]
  /** 0 for what fills up a length. */
  readonly attentionMask: number[]
}

export interface EncodeOptions {
  /** A second text, as of a question and its answer. */
  readonly pair?: string
  /** Whether what the tokenizer puts around texts is there; true by default. */
  readonly addSpecialTokens?: boolean
}

export interface DecodeOptions {
  /** True by default. */
  readonly skipSpecialTokens?: boolean
}

const models: Readonly<Record<string, (record: TokenizerRecord) => SubwordModel>> = {
  BPE: readBytePair,
  WordPiece: readWordPiece,
  WordLevel: readWordLevel,
  Unigram: readUnigram,
}

/** Files before there were other models do not name theirs. */
function readModel(record: TokenizerRecord): SubwordModel {
  if (record.value('type') !== undefined) return record.made(models, 'model')
  const model = record.value('merges') === undefined ? readWordPiece(record) : readBytePair(record)
  record.finish()
  return model
}

/**
 * A tokenizer of parts of words, made by `fromJSON` or `parse` of a `tokenizer.json`, or by `trainBytePair` and `trainWordPiece`. Models:
 * BPE, WordPiece, WordLevel and Unigram. Source: Hugging Face's tokenizers, https://github.com/huggingface/tokenizers.
 */
export class SubwordTokenizer {
  readonly #json: unknown
  readonly #normalizer: Normalizer
  readonly #preTokenizer: PreTokenizer
  readonly #model: SubwordModel
  readonly #postProcessor: PostProcessor
  readonly #decoder: Decoder | undefined
  readonly #truncation: Truncation | undefined
  readonly #padding: Padding | undefined
  readonly #added: readonly AddedToken[]
  readonly #findRaw: ReturnType<typeof addedTokenFinder>
  readonly #findNormalized: ReturnType<typeof addedTokenFinder>
  readonly #ids: ReadonlyMap<string, number>
  readonly #tokens: ReadonlyMap<number, string>
  readonly #special: ReadonlySet<number>

  private constructor(json: unknown) {
    const record = new TokenizerRecord(json, '')
    const version = record.string('version', '1.0')
    if (version !== '1.0') record.refuse('version', `1.0, not ${version}`)
    const normalizer = record.optional('normalizer')
    const preTokenizer = record.optional('pre_tokenizer')
    const postProcessor = record.optional('post_processor')
    const decoder = record.optional('decoder')
    const truncation = record.optional('truncation')
    const padding = record.optional('padding')
    this.#json = json
    this.#normalizer = normalizer ? readNormalizer(normalizer) : (text) => text
    this.#preTokenizer = preTokenizer ? readPreTokenizer(preTokenizer) : (text) => [text]
    this.#model = readModel(record.record('model'))
    this.#postProcessor = postProcessor ? readPostProcessor(postProcessor) : { trim: (tokens) => tokens }
    this.#decoder = decoder ? readDecoder(decoder) : undefined
    this.#truncation = truncation ? readTruncation(truncation) : undefined
    this.#padding = padding ? readPadding(padding) : undefined
    this.#added = (record.value('added_tokens') === undefined ? [] : record.records('added_tokens')).map(
      readAddedToken,
    )
    record.finish()
    const raw = this.#added.filter((token) => !token.normalized)
    const normalized = this.#added.filter((token) => token.normalized)
    this.#findRaw = addedTokenFinder(raw, ({ content }) => content)
    this.#findNormalized = addedTokenFinder(
      normalized,
      ({ content }) => this.#normalizer(AlignedText.of(content)).text,
    )
    this.#ids = new Map([...this.#model.ids, ...this.#added.map(({ content, id }) => [content, id] as const)])
    this.#tokens = new Map(Array.from(this.#ids, ([token, id]) => [id, token]))
    this.#special = new Set(this.#added.filter(({ special }) => special).map(({ id }) => id))
  }

  /** Of what a `tokenizer.json` holds. Errors: TypeError, by place and name, on what is not understood or cannot be obeyed. */
  static fromJSON(json: unknown): SubwordTokenizer {
    return new SubwordTokenizer(json)
  }

  /** Of the text of a `tokenizer.json`. Errors: as fromJSON, and TypeError where it is no JSON. */
  static parse(text: string): SubwordTokenizer {
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch (error) {
      throw new TypeError(`tokenizer.json is no JSON: ${(error as Error).message}.`)
    }
    return new SubwordTokenizer(json)
  }

  /** As it was read or trained, to be saved as `tokenizer.json`. */
  toJSON(): unknown {
    return this.#json
  }

  /** Tokens, the added ones among them. */
  get size(): number {
    return this.#ids.size
  }

  /** The number of a token; undefined where there is none. */
  tokenToId(token: string): number | undefined {
    return this.#ids.get(token)
  }

  /** The token of a number; undefined where there is none. */
  idToToken(id: number): string | undefined {
    return this.#tokens.get(id)
  }

  /** The normalized pieces of a text between the added tokens in it, and these. */
  *#pieces(text: string): Generator<AlignedText | (AddedToken & { readonly text: AlignedText })> {
    const whole = AlignedText.of(text)
    for (const outer of this.#findRaw(whole)) {
      const part = whole.slice(outer.from, outer.to)
      if (outer.token) {
        yield { ...outer.token, text: part }
        continue
      }
      const normalized = this.#normalizer(part)
      for (const { from, to, token } of this.#findNormalized(normalized)) {
        const inner = normalized.slice(from, to)
        if (token) yield { ...token, text: inner }
        else yield inner
      }
    }
  }

  /** What the model is given of a text, without the added tokens in it: what it is trained on. */
  words(text: string): string[] {
    return Array.from(this.#pieces(text)).flatMap((piece) =>
      piece instanceof AlignedText ? this.#preTokenizer(piece).map((word) => word.text) : [],
    )
  }

  #encoded(text: string): readonly EncodedToken[] {
    const tokens: EncodedToken[] = []
    const add = (id: number, [start, end]: [number, number]): void => {
      tokens.push({ id, token: this.#tokens.get(id)!, start, end, typeId: 0, special: false })
    }
    for (const piece of this.#pieces(text)) {
      if (!(piece instanceof AlignedText)) {
        add(piece.id, piece.text.source(0, piece.text.text.length))
        continue
      }
      for (const word of this.#preTokenizer(piece)) {
        if (word.text === '') continue
        for (const { id, from, to } of this.#model.tokenize(word.text)) add(id, word.source(from, to))
      }
    }
    return tokens
  }

  #whole(text: string, { pair, addSpecialTokens = true }: EncodeOptions): EncodedToken[] {
    const texts = (pair === undefined ? [text] : [text, pair]).map((one) => this.#encoded(one))
    const around = addSpecialTokens ? this.#postProcessor.around : undefined
    const added = around ? around(texts.map(() => [])).length : 0
    const cut = (this.#truncation ? this.#truncation(texts, added) : texts).map(this.#postProcessor.trim)
    if (around) return around(cut)
    return cut.flatMap((tokens, i) => tokens.map((token) => ({ ...token, typeId: i })))
  }

  #encoding(tokens: readonly EncodedToken[], length: number): Encoding {
    const padding = this.#padding
    const fill = padding
      ? new Array<EncodedToken>(Math.max(0, length - tokens.length)).fill(padding.token)
      : []
    const isLeft = padding?.isLeft ?? false
    const all = isLeft ? [...fill, ...tokens] : [...tokens, ...fill]
    const mask = [tokens.map(() => 1), fill.map(() => 0)]
    return {
      ids: all.map(({ id }) => id),
      tokens: all.map(({ token }) => token),
      offsets: all.map(({ start, end }) => [start, end]),
      typeIds: all.map(({ typeId }) => typeId),
      specialTokensMask: all.map(({ special }) => Number(special)),
      attentionMask: (isLeft ? mask.reverse() : mask).flat(),
    }
  }

  /** A text as numbers, tokens and where each stands in it, with what the tokenizer puts around texts. Errors: RangeError on a word that is unknown where the model has no token for such. */
  encode(text: string, options: EncodeOptions = {}): Encoding {
    return this.encodeBatch([text], options)[0]!
  }

  /** Texts by themselves; where the tokenizer fills up, to the length of the longest or to its own. */
  encodeBatch(texts: readonly string[], options: Omit<EncodeOptions, 'pair'> = {}): Encoding[] {
    const encoded = texts.map((text) => this.#whole(text, options))
    const padding = this.#padding
    const longest = encoded.reduce((most, { length }) => Math.max(most, length), 0)
    const wanted = padding ? (padding.length === 'longest' ? longest : padding.length) : 0
    const length = padding ? Math.ceil(wanted / padding.multiple) * padding.multiple : 0
    return encoded.map((tokens) => this.#encoding(tokens, length))
  }

  /** The tokens of a text alone, with nothing around them: a Tokenizer. */
  readonly tokenize = (line: string): string[] => this.#encoded(line).map(({ token }) => token)

  /** Numbers back to a text, without special tokens unless told otherwise. Errors: RangeError on a number of no token. */
  decode(ids: Iterable<number>, { skipSpecialTokens = true }: DecodeOptions = {}): string {
    const tokens: string[] = []
    for (const id of ids) {
      const token = this.#tokens.get(id)
      if (token === undefined) throw new RangeError(`The tokenizer has no token of the number ${id}.`)
      if (!(skipSpecialTokens && this.#special.has(id))) tokens.push(token)
    }
    return this.#decoder ? this.#decoder(tokens).join('') : tokens.join(' ')
  }
}
