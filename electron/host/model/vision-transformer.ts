/** A vision transformer as a document. */
import { DescentError, type Model, type NetworkDocument } from '../../contract/index.ts'
import { Drawing } from './draw.ts'
import type { InputOf } from './input.ts'

type Knobs<T extends Model['template']> = Omit<Extract<Model, { template: T }>, 'template'>

/** With fewer on a side there is nothing to look at. */
const fewestOnSide = 4
/** Each patch looks at each other: work grows with the square of their number. */
const mostPatches = 1024

/** The largest square up to `most` pixels that cuts a picture into whole ones, four on a side at least where it can; 0: there is none. */
export function patchOf(height: number, width: number, most: number): number {
  const fits = (side: number): boolean => height % side === 0 && width % side === 0
  const least = Math.min(fewestOnSide, height, width)
  for (let side = most; side >= 1; side--)
    if (fits(side) && Math.min(height, width) / side >= least)
      return (height / side) * (width / side) <= mostPatches ? side : 0
  return 0
}

/**
 * Patches as words of a Transformer's encoder (Dosovitskiy et al. 2020, https://arxiv.org/abs/2010.11929), whose mean is classified, as
 * plainer and better than a token for the class (Beyer et al. 2022, https://arxiv.org/abs/2205.01580). Errors: badRecipe where
 * pictures cannot be cut into patches.
 */
export function visionTransformer(
  input: InputOf<'pixels'>,
  classes: number,
  { patch, width, heads, layers, feedForward, dropout }: Knobs<'vit'>,
): NetworkDocument {
  const { channels, height, width: across } = input
  const side = patchOf(height, across, patch)
  if (side === 0)
    throw new DescentError(
      'badRecipe',
      `No patches of ${patch} pixels or fewer cut pictures of ${height} × ${across} into ${mostPatches.toLocaleString('en')} whole ones at most. Read the pictures in another size, such as 64 × 64, or choose another network.`,
      'model.patch',
    )
  const drawing = new Drawing()
  const cut = { inChannels: channels, outChannels: width, kernelSize: side, stride: side }
  const grid = drawing.layer('conv_proj', 'Conv2d', cut, input.name)
  const row = drawing.op('row', 'flatten', { startDim: 2 }, grid)
  const patches = drawing.op('patches', 'transpose', { dim0: 1, dim1: 2 }, row)
  const places = drawing.op('places', 'arange', { dim: 1 }, patches)
  const numEmbeddings = (height / side) * (across / side)
  const learned = { numEmbeddings, embeddingDim: width }
  const position = drawing.layer('pos_embedding', 'Embedding', learned, places, {
    weight: { name: 'scaled', by: 0.02 },
  })
  const placed = drawing.op('placed', 'add', {}, patches, position)
  let encoded = drawing.layer('dropout', 'Dropout', { p: dropout }, placed)
  const options = {
    dModel: width,
    nhead: heads,
    dimFeedforward: feedForward,
    dropout,
    activation: 'gelu',
    layerNormEps: 1e-6,
    batchFirst: true,
    normFirst: true,
  }
  for (let i = 0; i < layers; i++)
    encoded = drawing.layer(`encoder.layers.${i}`, 'TransformerEncoderLayer', options, encoded)
  const normed = drawing.layer('ln', 'LayerNorm', { normalizedShape: [width], eps: 1e-6 }, encoded)
  const mean = drawing.op('mean', 'mean', { dim: 1 }, normed)
  const head = { inFeatures: width, outFeatures: classes }
  return drawing.document([input], drawing.layer('head', 'Linear', head, mean))
}
