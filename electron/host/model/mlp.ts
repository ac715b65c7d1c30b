/** The multilayer perceptron as a document, of whatever an example is. */
import type { Mlp } from '../../contract/index.ts'
import type { NetworkDocument, NetworkInput } from '../../contract/index.ts'
import { Drawing } from './draw.ts'
import { sizeOfInput } from './input.ts'

/** Numbers that stand for one of so many categories, as fastai has it: https://docs.fast.ai/tabular.model.html#emb_sz_rule */
const embeddingSize = (categories: number): number => Math.min(600, Math.round(1.6 * categories ** 0.56))
/** Numbers that stand for a word; a text is the mean of its words. */
const wordSize = 64

const activations = { relu: 'ReLU', gelu: 'GELU', tanh: 'Tanh' } as const
type Knobs = Omit<Mlp, 'template'>

/** A column of numbers that stands beside others. */
interface Part {
  readonly id: string
  readonly width: number
}

/** One input as vectors: categories and words as such that are learned. `at`: the number of its first part. */
function partsOf(drawing: Drawing, input: NetworkInput, at: number): Part[] {
  const id = `inputs.parts.${at}`
  const { name } = input
  switch (input.kind) {
    case 'numbers':
      return [{ id: drawing.layer(id, 'Identity', {}, name), width: input.width }]
    case 'pixels':
      return [{ id: drawing.layer(id, 'Flatten', {}, name), width: sizeOfInput(input) }]
    case 'codes':
      return input.sizes.map((numEmbeddings, column) => {
        const embeddingDim = embeddingSize(numEmbeddings)
        const code = drawing.op(`codes.${column}`, 'select', { dim: 1, index: column }, name)
        const part = `inputs.parts.${at + column}`
        return {
          id: drawing.layer(part, 'Embedding', { numEmbeddings, embeddingDim }, code),
          width: embeddingDim,
        }
      })
    case 'tokens': {
      const { vocabulary: numEmbeddings, padding: paddingIdx } = input
      const options = { numEmbeddings, embeddingDim: wordSize, mode: 'mean', paddingIdx }
      return [{ id: drawing.layer(id, 'EmbeddingBag', options, name), width: wordSize }]
    }
  }
}

/** All inputs side by side. */
function joined(drawing: Drawing, inputs: readonly NetworkInput[]): Part {
  const parts: Part[] = []
  for (const input of inputs) parts.push(...partsOf(drawing, input, parts.length))
  const width = parts.reduce((sum, part) => sum + part.width, 0)
  return { id: drawing.op('joined', 'cat', { dim: 1 }, ...parts.map(({ id }) => id)), width }
}

/**
 * Linear → BatchNorm → activation → Dropout per hidden layer, then a linear layer to the outputs. Dropout comes after
 * normalization: before it, the variance the normalization sees would differ between training and prediction (Li et al. 2019,
 * "Disharmony between Dropout and Batch Normalization"). `add` appends a layer to what there is.
 */
function perceptron(
  { hidden, activation, dropout, batchNorm }: Knobs,
  width: number,
  outputs: number,
  add: (layer: string, options: Record<string, number>) => string,
): string {
  let inFeatures = width
  for (const units of hidden) {
    // BatchNorm subtracts the mean again, so the bias before it is idle; it is kept as torch's defaults do.
    add('Linear', { inFeatures, outFeatures: units })
    if (batchNorm) add('BatchNorm1d', { numFeatures: units })
    add(activations[activation], {})
    if (dropout > 0) add('Dropout', { p: dropout })
    inFeatures = units
  }
  return add('Linear', { inFeatures, outFeatures: outputs })
}

/** Layers are numbered from 0; where several inputs are joined, in `layers`. */
export function mlp(model: Knobs, inputs: readonly NetworkInput[], outputs: number): NetworkDocument {
  const drawing = new Drawing()
  let count = 0
  const chain = (from: string, prefix: string) => {
    let last = from
    return (layer: string, options: Record<string, number>): string =>
      (last = drawing.layer(`${prefix}${count++}`, layer, options, last))
  }
  const [only, ...others] = inputs
  if (only && others.length === 0 && (only.kind === 'numbers' || only.kind === 'pixels')) {
    const add = chain(only.name, '')
    if (only.kind === 'pixels') add('Flatten', {})
    return drawing.document(inputs, perceptron(model, sizeOfInput(only), outputs, add))
  }
  const { id, width } = joined(drawing, inputs)
  return drawing.document(inputs, perceptron(model, width, outputs, chain(id, 'layers.')))
}
