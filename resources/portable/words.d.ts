/** The types of words.js, which is shipped as it is. */
export type WordReading = Readonly<Record<string, unknown>> & {
  readonly tokenizer: string
  readonly length: number
  readonly padding: string
}
export function unreadable(reading: Readonly<Record<string, unknown>>): string | null
export function wordsOf(text: string, reading: WordReading): string[]
