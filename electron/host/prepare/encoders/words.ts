import { z } from 'zod'
import { text } from '../../../../engine/index.ts'
import {
  formatCount,
  formatPercent,
  plural,
  wordOptions,
  type encoders,
  type OptionsOf,
} from '../../../contract/index.ts'
import type { TextColumn } from '../../datasets/frame.ts'
import { cutterOf, cuttingProblem, cuttingShape, cuttingText, fitCutting, type Cutting } from './cutting.ts'
import { defineEncoder } from './encoder.ts'
import { rewriterOf } from './rewriting.ts'

type Options = OptionsOf<typeof encoders, 'words'>
type State = Cutting & Record<string, unknown> & { vocabulary: string[]; maxTokens: number }

const specials = [text.unknownToken, text.paddingToken]
const isVocabulary = (words: readonly string[]): boolean =>
  new Set(words).size === words.length && specials.every((special) => words.includes(special))

const isKnown = ({ vocabulary, ...cutting }: State): ((token: string) => boolean) => {
  const known = new Set(vocabulary)
  const { unknown } = cutterOf(cutting)
  return (token) => known.has(token) && token !== unknown
}

/** How long texts are, and the share of their words, as far as they are kept, that the vocabulary does not have. */
function measured(lines: readonly (readonly string[])[], state: State) {
  const { maxTokens } = state
  const known = isKnown(state)
  let [total, missed] = [0, 0]
  const lengths = new Uint32Array(lines.length)
  const unseen = new Uint32Array(lines.length)
  lines.forEach((tokens, i) => {
    for (const token of tokens.slice(0, maxTokens)) if (!known(token)) unseen[i]!++
    lengths[i] = tokens.length
    missed += unseen[i]!
    total += Math.min(tokens.length, maxTokens)
  })
  return { lengths, unseen, unknown: total === 0 ? 0 : missed / total }
}

/** From this share of unknown words on, a text is said to be in other words than those trained on. */
const foreign = 0.5

/** A text as the numbers of its words. */
export const words = defineEncoder<Options, TextColumn, State>({
  state: z
    .strictObject({
      ...cuttingShape,
      /** A word's number is its place in here. */
      vocabulary: z.array(z.string()).refine(isVocabulary, {
        message: `It must list words once each, ${specials.join(' and ')} among them.`,
      }),
      /** Words of every example: longer texts are cut, shorter ones padded. */
      maxTokens: z
        .int()
        .min(1)
        .max(wordOptions.maxTokens.most ?? Infinity),
    })
    .superRefine((state, context) => {
      const problem = cuttingProblem(state)
      if (problem) context.addIssue({ code: 'custom', path: [problem.option], message: problem.message })
    }),
  fit({ values }, rows, options) {
    const { cutting, vocabulary } = fitCutting(
      Array.from(rows, (row) => values[row] ?? ''),
      options,
    )
    return { ...cutting, vocabulary, maxTokens: options.maxTokens }
  },
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
    const lines = cutterOf(state).tokensOf(values)
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
      ...measured(cutterOf(state).tokensOf(values), state),
      maxTokens: state.maxTokens,
      vocabulary: state.vocabulary.length,
    },
  }),
  shown({ values }, state, row) {
    const known = isKnown(state)
    return cutterOf(state)
      .pieces(values[row] ?? '')
      .map(({ token, shown }) => ({ shown, known: known(token) }))
  },
  rewriter: rewriterOf,
  cutting: cuttingText,
  reading: ({ vocabulary: _, maxTokens, ...cutting }) => ({
    ...cutting,
    length: maxTokens,
    padding: text.paddingToken,
  }),
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
