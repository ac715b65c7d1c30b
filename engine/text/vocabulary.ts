/** Which number stands for which token, as torchtext.vocab has it. */

export const unknownToken = '<unk>'
export const paddingToken = '<pad>'

export interface VocabularyOptions {
  /** Tokens seen less often are left out; 1 by default. */
  readonly minFreq?: number
  /** At most so many entries, the specials counted in; the rarest are left out. */
  readonly maxTokens?: number
  /** Entries that come first whether they were seen or not; `<unk>` and `<pad>` by default. */
  readonly specials?: readonly string[]
}

/** What a vocabulary is saved as. */
export interface VocabularyData {
  /** By number. */
  readonly tokens: readonly string[]
}

export class Vocabulary {
  readonly tokens: readonly string[]
  readonly #numbers: ReadonlyMap<string, number>

  /** Errors: RangeError where a token is listed twice. */
  constructor(tokens: readonly string[]) {
    this.tokens = [...tokens]
    this.#numbers = new Map(tokens.map((token, i) => [token, i]))
    if (this.#numbers.size !== tokens.length) {
      const twice = tokens.find((token, i) => this.#numbers.get(token) !== i)
      throw new RangeError(`The token ${JSON.stringify(twice)} is twice in the vocabulary.`)
    }
  }

  get size(): number {
    return this.tokens.length
  }

  has(token: string): boolean {
    return this.#numbers.has(token)
  }

  /** The token's number, that of `<unk>` where it is not known. Errors: RangeError where there is no `<unk>` either. */
  lookup(token: string): number {
    const number = this.#numbers.get(token) ?? this.#numbers.get(unknownToken)
    if (number === undefined) {
      throw new RangeError(
        `The token ${JSON.stringify(token)} is not in the vocabulary, which has no ${unknownToken} to stand for it.`,
      )
    }
    return number
  }

  lookupAll(tokens: readonly string[]): number[] {
    return tokens.map((token) => this.lookup(token))
  }

  toJSON(): VocabularyData {
    return { tokens: this.tokens }
  }

  /** Errors: TypeError on anything that toJSON did not write. */
  static fromJSON(data: unknown): Vocabulary {
    const tokens = typeof data === 'object' && data !== null && 'tokens' in data ? data.tokens : null
    if (!Array.isArray(tokens) || !tokens.every((token) => typeof token === 'string'))
      throw new TypeError('A saved vocabulary is an object with a list of strings called tokens.')
    return new Vocabulary(tokens)
  }
}

function requireCount(name: string, value: number): void {
  if (value !== Infinity && (!Number.isInteger(value) || value < 1))
    throw new RangeError(`${name} must be a whole number from 1 on, not ${value}.`)
}

/**
 * The vocabulary of a text, given as the tokens of its lines: the specials, then the tokens by falling frequency, equally
 * frequent ones alphabetically. Source: torchtext.vocab.build_vocab_from_iterator.
 */
export function buildVocabFromIterator(
  lines: Iterable<readonly string[]>,
  { minFreq = 1, maxTokens = Infinity, specials = [unknownToken, paddingToken] }: VocabularyOptions = {},
): Vocabulary {
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
  return new Vocabulary([...specials, ...byFrequency].slice(0, maxTokens))
}
