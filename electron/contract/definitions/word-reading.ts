/** How a text becomes a list of tokens, and the list their numbers: fitted on the training split, kept with the model. */
import { choice, filePath, flag, text, texts, whole, type ValuesOf } from './options.ts'

/** Those that need nothing but the text. */
export const plainTokenizers = [
  { value: 'basicEnglish', label: 'English' },
  { value: 'whitespace', label: 'White space' },
  { value: 'words', label: 'Unicode words' },
  { value: 'character', label: 'Characters' },
] as const

export const wordOptions = {
  tokenizer: choice(
    [
      ...plainTokenizers,
      { value: 'regex', label: 'Expression' },
      { value: 'bytePair', label: 'Byte pairs' },
      { value: 'wordPiece', label: 'WordPiece' },
      { value: 'file', label: 'tokenizer.json' },
    ],
    {
      label: 'Tokenizer',
      help: 'English: lower case, punctuation apart, as torchtext’s basic_english. White space: as it stands, for text that is cut already. Unicode words: words and signs of any script. Characters: each by itself. Expression: what a regular expression finds. Byte pairs and WordPiece: parts of words, learned from the training split, so that hardly a word is unknown. tokenizer.json: as a file says it.',
      advice:
        'English for English; Unicode words where a script has no spaces or letters have accents; parts of words for many forms of one word, or typing errors.',
      start: 'basicEnglish',
    },
  ),
  minCount: whole({
    label: 'Least count',
    unit: 'times',
    help: 'Words that occur less often in the training split are read as one unknown word. Of learned parts: those that stand together less often are not joined.',
    most: 1000,
    start: 1,
  }),
  maxVocabulary: whole({
    label: 'Vocabulary',
    unit: 'words at most',
    help: 'Rarer words beyond this many are read as one unknown word. Of learned parts: how many there are.',
    most: 1_000_000,
    step: 1000,
    start: 30_000,
  }),
  maxTokens: whole({
    label: 'Longest text',
    unit: 'words',
    help: 'Longer texts are cut, shorter ones padded.',
    most: 4096,
    step: 10,
    start: 50,
  }),
  form: choice(
    [
      { value: 'none', label: 'As it is' },
      { value: 'NFC', label: 'NFC' },
      { value: 'NFD', label: 'NFD' },
      { value: 'NFKC', label: 'NFKC' },
      { value: 'NFKD', label: 'NFKD' },
    ],
    {
      label: 'Unicode form',
      help: 'What looks the same is written the same, before anything else. NFC: é is one character, however it was typed. NFKC: also wide letters, ligatures and superscripts become plain ones. NFD and NFKD take accents apart.',
      start: 'none',
      advanced: true,
    },
  ),
  lowerCase: flag({
    label: 'Lower case',
    unit: 'before it is cut',
    help: 'Words that differ in capitals alone are one word. The English tokenizer does it anyhow.',
    start: false,
    advanced: true,
  }),
  stripAccents: flag({
    label: 'Without accents',
    unit: 'é is e',
    help: 'Marks go that can be taken from a letter.',
    start: false,
    advanced: true,
  }),
  pattern: text({
    label: 'Expression',
    help: 'For the tokenizer of that name: what a token is, as a regular expression of JavaScript with Unicode.',
    longest: 500,
    pattern: /^[^\0]+$/,
    bounds: 'a regular expression, such as [\\p{L}\\p{N}]+',
    start: '[\\p{L}\\p{N}]+',
    advanced: true,
  }),
  file: filePath(
    { name: 'tokenizer.json', endings: ['json'] },
    {
      label: 'tokenizer.json',
      help: 'For the tokenizer of that name: the file that describes it, as Hugging Face’s tokenizers write it. It is kept with the model.',
      bounds: 'the path of a tokenizer.json',
      advanced: true,
    },
  ),
  specials: texts(
    {
      label: 'Special token',
      help: 'A sign that stands for something, such as [URL].',
      longest: 100,
      pattern: /^\S+$/u,
      bounds: 'signs without white space between them, such as [URL]',
      start: '[URL]',
    },
    {
      label: 'Special tokens',
      help: 'Signs that are found whole in texts, whatever the tokenizer makes of others, and are never unknown.',
      fewest: 0,
      most: 100,
      start: [],
      advanced: true,
    },
  ),
} as const

type Values = ValuesOf<typeof wordOptions>
export type TokenizerChoice = Values['tokenizer']

function isExpression(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u')
    return true
  } catch {
    return false
  }
}

/** What of the options does not go together. */
export function wordsProblem({ tokenizer, pattern, file, specials }: Values) {
  const problem = (option: keyof Values, message: string) => ({ option, message })
  const needs: Partial<Record<TokenizerChoice, () => ReturnType<typeof problem> | null>> = {
    regex: () =>
      isExpression(pattern)
        ? null
        : problem('pattern', `“${pattern}” is no regular expression with Unicode: correct it.`),
    file: () =>
      file.trim() === '' ? problem('file', 'Name the tokenizer.json that says how texts are cut.') : null,
  }
  const twice = specials.find((special, i) => specials.indexOf(special) !== i)
  if (twice !== undefined) return problem('specials', `The special token ${twice} is there twice.`)
  const taken = specials.find((special) => special === '<unk>' || special === '<pad>')
  if (taken !== undefined)
    return problem('specials', `${taken} has its place in every vocabulary: leave it out.`)
  return needs[tokenizer]?.() ?? null
}
