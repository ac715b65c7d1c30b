/** Lines of text → tokens. */

export type Tokenizer = (line: string) => string[]

const words = (line: string): string[] => line.split(/\s+/).filter((token) => token !== '')

/** Lower case; quotes, colons and semicolons go, other punctuation becomes tokens of its own. Source: torchtext's basic_english. */
function basicEnglish(line: string): string[] {
  const spaced = line
    .toLowerCase()
    .replaceAll('"', '')
    .replace(/<br \/>|[;:]/g, ' ')
    .replaceAll("'", " '  ")
    .replace(/[.,()!?]/g, ' $& ')
  return words(spaced)
}

export const tokenizers = {
  basicEnglish,
  /** As it stands, cut at white space: for text that has been tokenised before. */
  whitespace: words,
} as const satisfies Record<string, Tokenizer>

export type TokenizerName = keyof typeof tokenizers

/** Errors: RangeError on a name that is not one of `tokenizers`. */
export function getTokenizer(name: string): Tokenizer {
  if (!Object.hasOwn(tokenizers, name)) {
    throw new RangeError(
      `There is no tokenizer called ${name}; there are ${Object.keys(tokenizers).join(', ')}.`,
    )
  }
  return tokenizers[name as TokenizerName]
}
