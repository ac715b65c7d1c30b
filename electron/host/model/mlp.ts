/** The multilayer perceptron as a document, of whatever an example is. */
import type { Mlp } from '../../contract/index.ts'
import type { NetworkDocument, NetworkInput } from '../../contract/index.ts'
import { Drawing } from './draw.ts'
import { joined } from './joined.ts'
import { sizeOfInput } from './input.ts'

const activations = { relu: 'ReLU', gelu: 'GELU', tanh: 'Tanh' } as const
type Knobs = Omit<Mlp, 'template'>

/**
 * Linear → BatchNorm → activation → Dropout per hidden layer, then a linear layer to the outputs. Dropout comes after
 * normalization: before it, the variance the normalization sees would differ between training and prediction (Li et al. 2019,
 * "Disharmony between Dropout and Batch Normalization"). `add` appends a layer to what there is.
 */
export function perceptron(
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
  if (only?.kind === 'pixels' && others.length === 0) {
    const add = chain(only.name, '')
    add('Flatten', {})
    return drawing.document(inputs, perceptron(model, sizeOfInput(only), outputs, add))
  }
  const { id, width, prefix } = joined(drawing, inputs)
  return drawing.document(inputs, perceptron(model, width, outputs, chain(id, prefix)))
}
