/** Texts that mean the same, written the same: before they are cut into tokens. */
import type { Tokenizer } from './tokenizer.ts'

export type UnicodeForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD'
/** Unicode's forms, by which characters that mean the same are written the same. Source: UAX #15. */
export const unicodeForms = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const satisfies readonly UnicodeForm[]

export interface NormalizationOptions {
  /**
   * Unicode's form (UAX #15), or none by default. NFC: é is one character, however it was typed; NFKC: also wide letters,
   * ligatures and superscripts become plain ones.
   */
  readonly form?: UnicodeForm | 'none'
  /** False by default. */
  readonly lowerCase?: boolean
  /** Whether é becomes e: marks go that can be taken from a letter; false by default. */
  readonly stripAccents?: boolean
}

const isForm = (form: string): form is UnicodeForm => (unicodeForms as readonly string[]).includes(form)

/** A function that writes texts as the options say: lower case, then without accents, then in one form. Errors: RangeError where the form is none of Unicode's. Source: UAX #15. */
export function normalizer({
  form = 'none',
  lowerCase = false,
  stripAccents = false,
}: NormalizationOptions = {}): (text: string) => string {
  if (form !== 'none' && !isForm(form))
    throw new RangeError(
      `There is no Unicode form called ${String(form)}; there are none, ${unicodeForms.join(', ')}.`,
    )
  return (text) => {
    const cased = lowerCase ? text.toLowerCase() : text
    if (!stripAccents) return form === 'none' ? cased : cased.normalize(form)
    const stripped = cased.normalize('NFD').replace(/\p{Mn}/gu, '')
    return stripped.normalize(form === 'none' ? 'NFC' : form)
  }
}

/** A tokenizer that is given texts as `normalizer` of the options writes them. Errors: RangeError where the form is none of Unicode's. */
export function normalized(tokenizer: Tokenizer, options: NormalizationOptions): Tokenizer {
  const normalize = normalizer(options)
  return (line) => tokenizer(normalize(line))
}
