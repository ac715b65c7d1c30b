/** Lines of text → tokens. */

export type Tokenizer = (line: string) => string[]

const fields = (line: string): string[] => line.split(/\s+/).filter((token) => token !== '')

/** Lower case; quotes, colons and semicolons go, other punctuation becomes tokens of its own. Source: torchtext's basic_english. */
function basicEnglish(line: string): string[] {
  const spaced = line
    .toLowerCase()
    .replaceAll('"', '')
    .replace(/<br \/>|[;:]/g, ' ')
    .replaceAll("'", " '  ")
    .replace(/[.,()!?]/g, ' $& ')
  return fields(spaced)
}

// Of no language: what a machine is set to must not change what a model sees.
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })
const wordBounds = new Intl.Segmenter('und', { granularity: 'word' })

/** What a reader takes for one character, white space among them: a letter with its accents, a syllable of Hangul, a flag. */
const character = (line: string): string[] => Array.from(graphemes.segment(line), ({ segment }) => segment)

/**
 * Words and signs by Unicode's bounds (UAX #29), and by dictionary where a script has no spaces: Chinese, Japanese, Thai.
 * White space goes.
 */
const words = (line: string): string[] =>
  Array.from(wordBounds.segment(line), ({ segment }) => segment).filter((token) => token.trim() !== '')

/**
 * What cuts a line into tokens, by name: `basicEnglish`, `whitespace`, `character` and `words`, each a function from a line to a list of
 * strings. Source: torchtext.data.utils, and Unicode's bounds of words, UAX #29.
 */
export const tokenizers = {
  basicEnglish,
  /** As it stands, cut at white space: for text that has been tokenised before. */
  whitespace: fields,
  character,
  words,
} as const satisfies Record<string, Tokenizer>

export type TokenizerName = keyof typeof tokenizers

/** The tokenizer of a name. Errors: RangeError on one that is not in `tokenizers`. Source: torchtext.data.utils.get_tokenizer. */
export function getTokenizer(name: string): Tokenizer {
  if (!Object.hasOwn(tokenizers, name)) {
    throw new RangeError(
      `There is no tokenizer called ${name}; there are ${Object.keys(tokenizers).join(', ')}.`,
    )
  }
  return tokenizers[name as TokenizerName]
}

export interface RegexTokenizerOptions {
  /** Whether the expression says what stands between tokens instead of what they are; false by default. */
  readonly gaps?: boolean
}

/**
 * Tokens are what the expression finds, or what is left between; never the empty string. The expression's `i`, `m`, `s`, `u`
 * and `v` count. Source: nltk.tokenize.RegexpTokenizer. Errors: SyntaxError where it is none.
 */
export function regexTokenizer(
  pattern: string | RegExp,
  { gaps = false }: RegexTokenizerOptions = {},
): Tokenizer {
  const source = typeof pattern === 'string' ? pattern : pattern.source
  // Characters beyond 16 bits are one character, unless the caller wrote an expression without it.
  const flags = typeof pattern === 'string' ? 'u' : pattern.flags.replace(/[gy]/g, '')
  const expression = new RegExp(source, `${flags}g`)
  return (line) => {
    const found = Array.from(line.matchAll(expression), ({ 0: text, index }) => ({ text, index }))
    if (!gaps) return found.map(({ text }) => text).filter((token) => token !== '')
    const cuts = found.filter(({ text }) => text !== '')
    const starts = [0, ...cuts.map(({ text, index }) => index + text.length)]
    const ends = [...cuts.map(({ index }) => index), line.length]
    return starts.map((start, i) => line.slice(start, ends[i])).filter((token) => token !== '')
  }
}
