/** Whether what is shipped beside an exported model reads its texts as Descent does. What it does not know is not left out in silence. */
import { unreadable } from '../../../../resources/portable/words.js'
import { DescentError, valueText, wordOptions, type TokenizerChoice } from '../../../contract/index.ts'
import type { SignatureInput } from './signature.ts'

/** Errors: a DescentError that names the column, and what of its reading the reader does not know. */
export function requireReadable(inputs: readonly SignatureInput[]): void {
  for (const { name, reading } of inputs) {
    const what = reading?.['tokenizer'] === undefined ? null : unreadable(reading)
    if (what !== null)
      throw new DescentError(
        'unavailable',
        `The texts of “${name}” would be cut otherwise than Descent cuts them: the reader that is exported beside the model does not know ${what}. Choose another tokenizer, or another format.`,
        'format',
      )
  }
}

/** The tokenizers of words.py: the others are JavaScript’s own, or a file’s. */
export const pythonTokenizers: readonly TokenizerChoice[] = [
  'basicEnglish',
  'whitespace',
  'bytePair',
  'wordPiece',
]

/** Why there is no reader for Python, as a sentence; null: there is one. */
export function withoutPython(inputs: readonly SignatureInput[]): string | null {
  const input = inputs.find(({ reading }) => {
    const tokenizer = reading?.['tokenizer'] as TokenizerChoice | undefined
    return tokenizer !== undefined && !pythonTokenizers.includes(tokenizer)
  })
  if (input === undefined) return null
  const tokenizer = input.reading!['tokenizer'] as TokenizerChoice
  return `There is no reader for Python: it cannot cut the texts of “${input.name}” as Descent does (${valueText(wordOptions.tokenizer, tokenizer)}). The one for JavaScript can.`
}
