/** What a network for tables makes of an example, which may be more than numbers. */
import type { NetworkInput } from '../../contract/index.ts'
import type { Drawing } from './draw.ts'
import { sizeOfInput, type InputOf } from './input.ts'

/** Numbers that stand for one of so many categories, as fastai has it: https://docs.fast.ai/tabular.model.html#emb_sz_rule */
const embeddingSize = (categories: number): number => Math.min(600, Math.round(1.6 * categories ** 0.56))
/** Numbers that stand for a word; a text is the mean of its words. */
const wordSize = 64

/** A column of numbers that stands beside others. */
export interface Part {
  readonly id: string
  readonly width: number
}

/** Filters of each stage, after which a picture has half its height and width. */
const stages = [16, 32, 64, 64]
/** Numbers that stand for a picture: tables are mostly short, and more of them learn their pictures by heart. */
const pictureSize = 16
const pictureDropout = 0.3
const leastSide = 8
/** From here on the first convolution takes every other pixel, where most of the time would go otherwise. */
const largeSide = 64

/** A picture as a vector: convolutions and pooling as long as there is something to pool, then one layer. */
function seen(drawing: Drawing, input: InputOf<'pixels'>, prefix: string): Part {
  const { name, channels } = input
  let { height, width } = input
  if (Math.min(height, width) < leastSide)
    return { id: drawing.layer(prefix, 'Flatten', {}, name), width: sizeOfInput(input) }
  let [at, from, count] = [name, channels, 0]
  const add = (layer: string, options: Record<string, number>): void => {
    at = drawing.layer(`${prefix}.${count++}`, layer, options, at)
  }
  const first = Math.min(height, width) >= largeSide ? 2 : 1
  for (const [stage, outChannels] of stages.entries()) {
    if (Math.min(height, width) < leastSide) break
    const stride = stage === 0 ? first : 1
    add('Conv2d', { inChannels: from, outChannels, kernelSize: 3, padding: 1, stride })
    add('BatchNorm2d', { numFeatures: outChannels })
    add('ReLU', {})
    add('MaxPool2d', { kernelSize: 2 })
    from = outChannels
    height = Math.floor(Math.ceil(height / stride) / 2)
    width = Math.floor(Math.ceil(width / stride) / 2)
  }
  // Where something is counts coarsely: a quarter of the picture.
  const window = Math.floor(Math.min(height, width) / 2)
  if (window > 1) {
    add('AvgPool2d', { kernelSize: window })
    height = Math.floor(height / window)
    width = Math.floor(width / window)
  }
  add('Flatten', {})
  add('Dropout', { p: pictureDropout })
  add('Linear', { inFeatures: from * height * width, outFeatures: pictureSize })
  add('ReLU', {})
  return { id: at, width: pictureSize }
}

/** One input as vectors: categories and words as such that are learned. `at`: the number of its first part. */
export function partsOf(drawing: Drawing, input: NetworkInput, at: number, numbersAs?: NumbersAs): Part[] {
  const id = `inputs.parts.${at}`
  const { name } = input
  switch (input.kind) {
    case 'numbers':
      return [
        numbersAs?.(name, input.width, id) ?? {
          id: drawing.layer(id, 'Identity', {}, name),
          width: input.width,
        },
      ]
    case 'pixels':
      return [seen(drawing, input, id)]
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

/** What becomes of the numbers of an example, where they do not stay as they are. `id`: of the layer. */
export type NumbersAs = (name: string, width: number, id: string) => Part

/** Where the layers of a network for tables begin. */
export interface Start {
  readonly id: string
  readonly width: number
  /** Of the layers that follow: they are numbered from 0, and beside joined inputs lie in `layers`. */
  readonly prefix: string
}

/** The numbers of an example as they are, or all inputs side by side. */
export function joined(drawing: Drawing, inputs: readonly NetworkInput[], numbersAs?: NumbersAs): Start {
  const [only, ...others] = inputs
  if (only?.kind === 'numbers' && others.length === 0)
    return {
      ...(numbersAs?.(only.name, only.width, 'embedding') ?? { id: only.name, width: only.width }),
      prefix: numbersAs ? 'layers.' : '',
    }
  const parts: Part[] = []
  for (const input of inputs) parts.push(...partsOf(drawing, input, parts.length, numbersAs))
  const width = parts.reduce((sum, part) => sum + part.width, 0)
  const id = drawing.op('joined', 'cat', { dim: 1 }, ...parts.map((part) => part.id))
  return { id, width, prefix: 'layers.' }
}
