/** Networks for tables beside the perceptron and the residual one, as documents. */
import {
  classification,
  predictsClasses,
  type NetworkDocument,
  type NetworkInput,
  type OptionsOf,
  type Task,
  type templates,
} from '../../contract/index.ts'
import { Drawing } from './draw.ts'
import { joined, partsOf, type NumbersAs, type Start } from './joined.ts'
import { perceptron } from './mlp.ts'

type Knobs<Name extends 'realmlp' | 'tabm' | 'wide-and-deep' | 'ft-transformer'> = OptionsOf<
  typeof templates,
  Name
>

/** Appends layers to what there is, numbered from 0; where several inputs are joined, in `layers`. */
function chain(drawing: Drawing, { id, prefix }: Pick<Start, 'id' | 'prefix'>) {
  let [last, count] = [id, 0]
  return (layer: string, options: Record<string, number | string>, zeros = false): string => {
    const init = zeros
      ? { weight: { name: 'scaled' as const, by: 0 }, bias: { name: 'scaled' as const, by: 0 } }
      : undefined
    return (last = drawing.layer(`${prefix}${count++}`, layer, options, last, init))
  }
}

/** Numbers that stand for one, itself among them. */
const perNumber = 4

/** Of numbers waves whose lengths the network learns; `frequencies`: absent: as many as the layer starts with. */
const asWaves =
  (drawing: Drawing, options: { readonly sigma: number; readonly frequencies?: number }): NumbersAs =>
  (name, inFeatures, id) => ({
    id: drawing.layer(id, 'PeriodicEmbedding', { inFeatures, embeddingDim: perNumber, ...options }, name),
    width: inFeatures * perNumber,
  })

/**
 * A factor for each column, layers of weights with variance 1, and a head that starts at zero (Holzmüller et al. 2024,
 * https://arxiv.org/abs/2407.04491). SELU for classes, Mish for numbers; the full variant embeds numbers in waves and learns how
 * much of the activation there is.
 */
export function realMlp(
  { hidden, variant, members, sigma, dropout }: Knobs<'realmlp'>,
  inputs: readonly NetworkInput[],
  outputs: number,
  task: Task,
): NetworkDocument {
  const drawing = new Drawing()
  const full = variant === 'full'
  const start = joined(drawing, inputs, full ? asWaves(drawing, { sigma }) : undefined)
  const activation = predictsClasses(task) ? 'selu' : 'mish'
  let inFeatures = start.width
  // By this name its own learning rate finds it.
  const scaled =
    members > 1
      ? drawing.layer('scale', 'MemberScale', { members, inFeatures, start: 'ones' }, start.id)
      : drawing.layer('scale', 'ColumnScale', { inFeatures }, start.id)
  const add = chain(drawing, { ...start, id: scaled })
  const linear = (inFeatures: number, outFeatures: number, zeros = false): string =>
    members > 1
      ? add('MemberLinear', { members, inFeatures, outFeatures, weights: 'ntk' }, zeros)
      : add('NTKLinear', { inFeatures, outFeatures }, zeros)
  for (const units of hidden) {
    linear(inFeatures, units)
    if (full) add('MixedActivation', { inFeatures: units, activation })
    else add(activation === 'selu' ? 'SELU' : 'Mish', {})
    if (dropout > 0) add('Dropout', { p: dropout })
    inFeatures = units
  }
  const last = linear(inFeatures, outputs, true)
  return drawing.document(inputs, members > 1 ? together(add, task) : last)
}

/** What members average: the probabilities that their outputs are the logits of, or the outputs themselves. */
const averageFor = (task: Task): string =>
  task === classification.name ? 'softmax' : predictsClasses(task) ? 'sigmoid' : 'values'

/** The end of a network of members. */
function together(add: ReturnType<typeof chain>, task: Task): string {
  const of = averageFor(task)
  return add('MemberMean', of === 'values' ? {} : { of })
}

/**
 * Many perceptrons in one, which share their weights but for factors of each (Gorishniy et al. 2025,
 * https://arxiv.org/abs/2410.24210); mini: only in front, where they get the columns.
 */
export function tabM(
  { hidden, members, mini, waves, sigma, dropout }: Knobs<'tabm'>,
  inputs: readonly NetworkInput[],
  outputs: number,
  task: Task,
): NetworkDocument {
  const drawing = new Drawing()
  const embedded = waves > 0 ? asWaves(drawing, { frequencies: waves, sigma }) : undefined
  const start = joined(drawing, inputs, embedded)
  const add = chain(drawing, start)
  // Vectors that are learned have no sign of their own that ±1 would turn over.
  const factors = waves === 0 && inputs.every(({ kind }) => kind === 'numbers') ? 'signs' : 'normal'
  if (mini || hidden.length === 0)
    add('MemberScale', { members, inFeatures: start.width, ...(factors === 'normal' && { start: factors }) })
  else drawing.op(`${start.prefix}members`, 'unsqueeze', { dim: 1 }, start.id)
  const from = mini || hidden.length === 0 ? null : `${start.prefix}members`
  const next = from === null ? add : chain(drawing, { id: from, prefix: start.prefix })
  let inFeatures = start.width
  for (const [i, units] of hidden.entries()) {
    if (mini) next('Linear', { inFeatures, outFeatures: units })
    else {
      const at: Record<string, number | string> = i === 0 ? { start: factors } : {}
      next('BatchEnsembleLinear', { members, inFeatures, outFeatures: units, ...at })
    }
    next('ReLU', {})
    if (dropout > 0) next('Dropout', { p: dropout })
    inFeatures = units
  }
  next('MemberLinear', { members, inFeatures, outFeatures: outputs })
  return drawing.document(inputs, together(next, task))
}

/** A linear model and a perceptron, added up (Cheng et al. 2016, https://arxiv.org/abs/1606.07792). */
export function wideAndDeep(
  { hidden, dropout }: Knobs<'wide-and-deep'>,
  inputs: readonly NetworkInput[],
  outputs: number,
): NetworkDocument {
  const drawing = new Drawing()
  const { id, width } = joined(drawing, inputs)
  const wide = drawing.layer('wide', 'Linear', { inFeatures: width, outFeatures: outputs }, id)
  const add = chain(drawing, { id, prefix: 'deep.' })
  const deep = perceptron({ hidden, dropout, activation: 'relu', batchNorm: false }, width, outputs, add)
  return drawing.document(inputs, drawing.op('sum', 'add', {}, wide, deep))
}

/**
 * Every column as a vector that looks at all others, with a vector in front that gathers what the row says (Gorishniy et al. 2021,
 * https://arxiv.org/abs/2106.11959, section 3.3); PyTorch's encoder layers in the place of its own.
 */
export function ftTransformer(
  { width, heads, layers, feedForward, dropout }: Knobs<'ft-transformer'>,
  inputs: readonly NetworkInput[],
  outputs: number,
): NetworkDocument {
  const drawing = new Drawing()
  const columns = inputs.filter(({ kind }) => kind === 'numbers')
  const others = inputs.filter(({ kind }) => kind !== 'numbers')
  const vectors: string[] = []
  for (const input of columns)
    if (input.kind === 'numbers')
      vectors.push(
        drawing.layer(
          'columns',
          'FeatureTokenizer',
          { inFeatures: input.width, embeddingDim: width },
          input.name,
        ),
      )
  let at = 0
  for (const input of others)
    for (const part of partsOf(drawing, input, at)) {
      const vector = drawing.layer(
        `vectors.${at}`,
        'Linear',
        { inFeatures: part.width, outFeatures: width },
        part.id,
      )
      vectors.push(drawing.op(`vector.${at}`, 'unsqueeze', { dim: 1 }, vector))
      at++
    }
  let row = vectors.length === 1 ? vectors[0]! : drawing.op('row', 'cat', { dim: 1 }, ...vectors)
  const options = { dModel: width, nhead: heads, dimFeedforward: feedForward, dropout, activation: 'gelu' }
  for (let i = 0; i < layers; i++)
    row = drawing.layer(
      `encoder.${i}`,
      'TransformerEncoderLayer',
      { ...options, batchFirst: true, normFirst: true },
      row,
    )
  // The vector in front comes with the numbers; without any, all others speak for the row.
  const gathered =
    columns.length > 0
      ? drawing.op('gathered', 'select', { dim: 1, index: 0 }, row)
      : drawing.op('gathered', 'mean', { dim: 1 }, row)
  const normalized = drawing.layer('normalization', 'LayerNorm', { normalizedShape: [width] }, gathered)
  const bent = drawing.op('relu', 'relu', {}, normalized)
  return drawing.document(
    inputs,
    drawing.layer('head', 'Linear', { inFeatures: width, outFeatures: outputs }, bent),
  )
}
