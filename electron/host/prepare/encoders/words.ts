import { z } from 'zod'
import { text } from '../../../../engine/index.ts'
import { words as definition } from '../../../contract/definitions/encoders.ts'
import {
  formatCount,
  formatPercent,
  plural,
  schemaOf,
  type encoders,
  type OptionsOf,
} from '../../../contract/index.ts'
import type { TextColumn } from '../../datasets/frame.ts'
import { defineEncoder } from './encoder.ts'

type Options = OptionsOf<typeof encoders, 'words'>
interface State extends Record<string, unknown> {
  tokenizer: Options['tokenizer']
  vocabulary: string[]
  maxTokens: number
}

const specials = [text.unknownToken, text.paddingToken]
const isVocabulary = (words: readonly string[]): boolean =>
  new Set(words).size === words.length && specials.every((special) => words.includes(special))

/** Words by their number, the special ones first. */
function fitVocabulary(
  { values }: TextColumn,
  rows: Int32Array,
  { tokenizer, minCount, maxVocabulary }: Options,
): string[] {
  const tokensOf = text.getTokenizer(tokenizer)
  function* lines() {
    for (const row of rows) yield tokensOf(values[row] ?? '')
  }
  const maxTokens = maxVocabulary + specials.length
  return [...text.buildVocabFromIterator(lines(), { minFreq: minCount, maxTokens, specials }).tokens]
}

/** How long texts are, and the share of their words, as far as they are kept, that the vocabulary does not have. */
function measured(lines: readonly (readonly string[])[], { vocabulary, maxTokens }: State) {
  const known = new Set(vocabulary)
  let [total, unseen] = [0, 0]
  const lengths = Uint32Array.from(lines, (tokens) => {
    for (const token of tokens.slice(0, maxTokens)) if (!known.has(token)) unseen++
    total += Math.min(tokens.length, maxTokens)
    return tokens.length
  })
  return { lengths, unknown: total === 0 ? 0 : unseen / total }
}

/** From this share of unknown words on, a text is said to be in other words than those trained on. */
const foreign = 0.5

/** A text as the numbers of its words. */
export const words = defineEncoder<Options, TextColumn, State>({
  state: z.strictObject({
    tokenizer: schemaOf(definition.options.tokenizer),
    /** A word's number is its place in here. */
    vocabulary: z.array(z.string()).refine(isVocabulary, {
      message: `It must list words once each, ${specials.join(' and ')} among them.`,
    }),
    /** Words of every example: longer texts are cut, shorter ones padded. */
    maxTokens: z.int().min(1),
  }),
  fit: (column, rows, options) => ({
    tokenizer: options.tokenizer,
    vocabulary: fitVocabulary(column, rows, options),
    maxTokens: options.maxTokens,
  }),
  tensor: ({ vocabulary, maxTokens }) => ({
    kind: 'tokens',
    length: maxTokens,
    vocabulary: vocabulary.length,
    padding: vocabulary.indexOf(text.paddingToken),
  }),
  features: (_, __, { vocabulary, maxTokens }) => [
    { name: `${maxTokens} words`, transform: `each word as its number among ${vocabulary.length}` },
  ],
  write({ values }, state, { data }) {
    const lines = values.map(text.getTokenizer(state.tokenizer))
    data.set(text.numericalize(lines, new text.Vocabulary(state.vocabulary), state.maxTokens))
    const { lengths, unknown } = measured(lines, state)
    const cut = lengths.filter((length) => length > state.maxTokens).length
    return [
      ...(cut > 0
        ? [
            `${plural(cut, 'text is', 'texts are')} longer than ${formatCount(state.maxTokens)} words and ${cut === 1 ? 'loses its end' : 'lose their ends'}.`,
          ]
        : []),
      ...(unknown > foreign ? [`${formatPercent(unknown)} of the words were not in the training data.`] : []),
    ]
  },
  evidence: ({ values }, state) => ({
    texts: {
      ...measured(values.map(text.getTokenizer(state.tokenizer)), state),
      maxTokens: state.maxTokens,
      vocabulary: state.vocabulary.length,
    },
  }),
  reading: ({ tokenizer, maxTokens }) => ({ tokenizer, length: maxTokens, padding: text.paddingToken }),
  exportTo: (nodes, { value }, { vocabulary }) =>
    nodes.add('ai.onnx.ml.LabelEncoder', [value], {
      // Nothing stands for a word that is not there, as the padding does.
      keys_strings: { strings: [...vocabulary, ''] },
      values_int64s: {
        ints: [...vocabulary.map((_, index) => index), vocabulary.indexOf(text.paddingToken)],
      },
      default_int64: { int: vocabulary.indexOf(text.unknownToken) },
    }),
})
