/** Which number stands for which token, as torchtext.vocab has it. */

/** `<unk>`: what stands for a token that is not in a vocabulary. */
export const unknownToken = '<unk>'
/** `<pad>`: what fills short lines up. */
export const paddingToken = '<pad>'

export interface VocabularyOptions {
  /** Tokens seen less often are left out; 1 by default. */
  readonly minFreq?: number
  /** At most so many entries, the specials counted in; the rarest are left out. */
  readonly maxTokens?: number
  /** Entries that come first whether they were seen or not; `<unk>` and `<pad>` by default. */
  readonly specials?: readonly string[]
  /** Whether the specials come before the other tokens, or after them; true by default. */
  readonly specialFirst?: boolean
  /** The entry that stands for what is not known; `<unk>` by default. */
  readonly unknown?: string
}

/** What a vocabulary is saved as. */
export interface VocabularyData {
  /** By number. */
  readonly tokens: readonly string[]
  /** Where it is not `<unk>`. */
  readonly unknown?: string
}

/**
 * Which number stands for which token: the token at place i has the number i. Errors: RangeError where a token is listed twice.
 * Source: torchtext.vocab.Vocab.
 */
export class Vocabulary {
  readonly tokens: readonly string[]
  /** The token that stands for what is not known, where it is among them. */
  readonly unknown: string
  readonly #numbers: ReadonlyMap<string, number>

  /** Errors: RangeError where a token is listed twice. */
  constructor(tokens: readonly string[], unknown: string = unknownToken) {
    this.tokens = [...tokens]
    this.unknown = unknown
    this.#numbers = new Map(tokens.map((token, i) => [token, i]))
    if (this.#numbers.size !== tokens.length) {
      const twice = tokens.find((token, i) => this.#numbers.get(token) !== i)
      throw new RangeError(`The token ${JSON.stringify(twice)} is twice in the vocabulary.`)
    }
  }

  /** How many tokens there are. */
  get size(): number {
    return this.tokens.length
  }

  /** Whether the token has a number of its own. */
  has(token: string): boolean {
    return this.#numbers.has(token)
  }

  /** The token's number, that of `unknown` where it is not known. Errors: RangeError where there is none of that either. */
  lookup(token: string): number {
    const number = this.#numbers.get(token) ?? this.#numbers.get(this.unknown)
    if (number === undefined) {
      throw new RangeError(
        `The token ${JSON.stringify(token)} is not in the vocabulary, which has no ${this.unknown} to stand for it.`,
      )
    }
    return number
  }

  /** Each token's number. Errors: as lookup. */
  lookupAll(tokens: readonly string[]): number[] {
    return tokens.map((token) => this.lookup(token))
  }

  /** Plain data, for fromJSON. */
  toJSON(): VocabularyData {
    const { tokens, unknown } = this
    return unknown === unknownToken ? { tokens } : { tokens, unknown }
  }

  /** A vocabulary that toJSON wrote. Errors: TypeError on anything else. */
  static fromJSON(data: unknown): Vocabulary {
    const tokens = typeof data === 'object' && data !== null && 'tokens' in data ? data.tokens : null
    if (!Array.isArray(tokens) || !tokens.every((token) => typeof token === 'string'))
      throw new TypeError('A saved vocabulary is an object with a list of strings called tokens.')
    const unknown = (data as { unknown?: unknown }).unknown
    if (unknown !== undefined && typeof unknown !== 'string')
      throw new TypeError('A saved vocabulary names the token of what is unknown by a string.')
    return new Vocabulary(tokens, unknown)
  }
}

function requireCount(name: string, value: number): void {
  if (value !== Infinity && (!Number.isInteger(value) || value < 1))
    throw new RangeError(`${name} must be a whole number from 1 on, not ${value}.`)
}

/**
 * The vocabulary of a text, given as the tokens of its lines: the specials, then the tokens by falling frequency, equally
 * frequent ones alphabetically. Errors: RangeError for bounds that are no whole numbers from 1, and for fewer tokens than specials.
 * Source: torchtext.vocab.build_vocab_from_iterator.
 */
export function buildVocabFromIterator(
  lines: Iterable<readonly string[]>,
  options: VocabularyOptions = {},
): Vocabulary {
  const { minFreq = 1, maxTokens = Infinity, specials = [unknownToken, paddingToken] } = options
  const { specialFirst = true, unknown } = options
  requireCount('minFreq', minFreq)
  requireCount('maxTokens', maxTokens)
  if (maxTokens < specials.length)
    throw new RangeError(`maxTokens is ${maxTokens}, but there are ${specials.length} specials alone.`)
  const counts = new Map<string, number>()
  for (const line of lines) for (const token of line) counts.set(token, (counts.get(token) ?? 0) + 1)
  for (const special of specials) counts.delete(special)
  const byFrequency = [...counts]
    .filter(([, count]) => count >= minFreq)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([token]) => token)
  const kept = byFrequency.slice(0, Math.max(0, maxTokens - specials.length))
  return new Vocabulary(specialFirst ? [...specials, ...kept] : [...kept, ...specials], unknown)
}
