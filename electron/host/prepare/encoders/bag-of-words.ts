import { z } from 'zod'
import { text } from '../../../../engine/index.ts'
import { bagOfWords as definition } from '../../../contract/definitions/encoders.ts'
import { plural, schemaOf, type encoders, type OptionsOf } from '../../../contract/index.ts'
import type { TextColumn } from '../../datasets/frame.ts'
import { short } from '../words.ts'
import { defineEncoder } from './encoder.ts'

type Options = OptionsOf<typeof encoders, 'bagOfWords'>
interface State extends Record<string, unknown> {
  tokenizer: Options['tokenizer']
  weighting: Options['weighting']
  words: string[]
  /** ln((1 + texts) / (1 + texts with the word)) + 1, as scikit-learn's with `smooth_idf`. */
  idf: number[]
  maxTokens: number
}

/** The numbers of a text, as the weighting says, into `row`. */
function weigh(row: Float32Array, { weighting, idf }: State): void {
  if (weighting === 'presence') row.forEach((count, i) => (row[i] = count > 0 ? 1 : 0))
  if (weighting !== 'tfidf') return
  let squares = 0
  row.forEach((count, i) => {
    row[i] = count * idf[i]!
    squares += row[i]! ** 2
  })
  const length = Math.sqrt(squares)
  if (length > 0) row.forEach((value, i) => (row[i] = value / length))
}

/** A text as how often each word is in it. */
export const bagOfWords = defineEncoder<Options, TextColumn, State>({
  state: z.strictObject({
    tokenizer: schemaOf(definition.options.tokenizer),
    weighting: schemaOf(definition.options.weighting),
    words: z.array(z.string()),
    idf: z.array(z.number()),
    maxTokens: z
      .int()
      .min(1)
      .max(definition.options.maxTokens.most ?? Infinity),
  }),
  fit({ values }, rows, { tokenizer, weighting, maxWords, minTexts, maxTokens }) {
    const tokensOf = text.getTokenizer(tokenizer)
    const counts = new Map<string, { total: number; texts: number }>()
    for (const row of rows) {
      const own = new Map<string, number>()
      for (const token of tokensOf(values[row] ?? '').slice(0, maxTokens))
        own.set(token, (own.get(token) ?? 0) + 1)
      for (const [token, count] of own) {
        const known = counts.get(token) ?? { total: 0, texts: 0 }
        known.total += count
        known.texts++
        counts.set(token, known)
      }
    }
    const kept = [...counts]
      .filter(([word, { texts }]) => texts >= minTexts && word !== '')
      .sort(([a, one], [b, other]) => other.total - one.total || (a < b ? -1 : 1))
      .slice(0, maxWords)
    return {
      tokenizer,
      weighting,
      words: kept.map(([word]) => word),
      idf: kept.map(([, { texts }]) => Math.log((1 + rows.length) / (1 + texts)) + 1),
      maxTokens,
    }
  },
  tensor: ({ words }) => ({ kind: 'numbers', width: words.length }),
  features: (name, _, { words, weighting, idf }) =>
    words.map((word, i) => ({
      name: `${name}: ${word}`,
      transform: {
        tfidf: `count × ${short(idf[i]!)}, of a text of length 1`,
        counts: 'count',
        presence: '1 where it is there, else 0',
      }[weighting],
    })),
  write({ name, values }, state, { data, stride, offset }) {
    const places = new Map(state.words.map((word, place) => [word, place]))
    const tokensOf = text.getTokenizer(state.tokenizer)
    const row = new Float32Array(state.words.length)
    let unread = 0
    values.forEach((value, at) => {
      row.fill(0)
      let read = 0
      const tokens = tokensOf(value).slice(0, state.maxTokens)
      for (const token of tokens) {
        const place = places.get(token)
        if (place === undefined) continue
        row[place]!++
        read++
      }
      if (tokens.length > 0 && read === 0) unread++
      weigh(row, state)
      data.set(row, at * stride + offset)
    })
    return unread === 0
      ? []
      : [
          `${name}: ${plural(unread, 'text has', 'texts have')} no word that the training split knows; their features are all 0.`,
        ]
  },
  reading: ({ tokenizer, maxTokens }) => ({ tokenizer, length: maxTokens, padding: text.paddingToken }),
  exportTo(nodes, { value }, { words, weighting, idf }) {
    const width = words.length
    // Each word's number, and one behind the last for all others, which is cut off again.
    const index = nodes.add('ai.onnx.ml.LabelEncoder', [value], {
      keys_strings: { strings: words },
      values_int64s: { ints: words.map((_, place) => place) },
      default_int64: { int: width },
    })
    const hot = nodes.add('OneHot', [index, nodes.list([width + 1]), nodes.number([0, 1], [2])])
    const all = nodes.add('ReduceSum', [hot, nodes.list([1])], { keepdims: { int: 0 } })
    const counts = nodes.add('Slice', [all, nodes.list([0]), nodes.list([width]), nodes.list([1])])
    if (weighting === 'counts') return counts
    if (weighting === 'presence') return nodes.add('Min', [counts, nodes.number(1)])
    const weighted = nodes.add('Mul', [counts, nodes.number(idf, [1, width])])
    const squares = nodes.add('ReduceSum', [nodes.add('Mul', [weighted, weighted]), nodes.list([1])], {
      keepdims: { int: 1 },
    })
    // Of a text without any known word everything is 0, whatever it is divided by.
    return nodes.add('Div', [weighted, nodes.add('Sqrt', [nodes.add('Max', [squares, nodes.number(1e-30)])])])
  },
})
