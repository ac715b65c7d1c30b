/**
 * Bytes as characters that can be seen, so that any text is made of 256 characters. Source: bytes_to_unicode of GPT-2
 * (https://github.com/openai/gpt-2).
 */
const isVisible = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae

let hidden = 0
/** By byte. */
export const byteCharacters: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  String.fromCharCode(isVisible(byte) ? byte : 256 + hidden++),
)

export const characterBytes: ReadonlyMap<string, number> = new Map(
  byteCharacters.map((char, byte) => [char, byte]),
)

const encoder = new TextEncoder()
export const utf8 = (text: string): Uint8Array => encoder.encode(text)

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
/** What is no UTF-8 becomes U+FFFD. */
export const fromUtf8 = (bytes: Iterable<number>): string => decoder.decode(Uint8Array.from(bytes))

const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })
/** Undefined where it is no UTF-8. */
export function fromExactUtf8(bytes: readonly number[]): string | undefined {
  try {
    return strict.decode(Uint8Array.from(bytes))
  } catch {
    return undefined
  }
}

/** The token of a byte of which a vocabulary knows no character, as SentencePiece writes it. */
export const byteToken = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`
