/** The rows of each kind of data on the device: kept there once, and what a network is given of them. */
import { tensor, text, vision, type Tensor } from '../../../engine/index.ts'
import type { Augment } from '../../contract/index.ts'
import type { InputRows } from '../kinds/kind.ts'
import type { Preparation } from '../prepare/preparation.ts'

/** What a network takes: float32 [N, features], float32 [N, channels, height, width], or int32 [N, maxTokens]. */
export type InputSpec =
  | { readonly kind: 'table'; readonly features: number }
  | {
      readonly kind: 'images'
      readonly channels: number
      readonly height: number
      readonly width: number
      readonly mean: readonly number[]
      readonly std: readonly number[]
    }
  | {
      readonly kind: 'text'
      readonly maxTokens: number
      /** How many words there are, the special ones included. */
      readonly vocabulary: number
      /** The number of the word that fills up short texts. */
      readonly padding: number
    }

export function inputOf(preparation: Preparation): InputSpec {
  switch (preparation.kind) {
    case 'table':
      return { kind: 'table', features: preparation.featureNames.length }
    case 'images': {
      const { kind, channels, height, width, mean, std } = preparation
      return { kind, channels, height, width, mean, std }
    }
    case 'text': {
      const { kind, maxTokens, vocabulary } = preparation
      const padding = vocabulary.indexOf(text.paddingToken)
      return { kind, maxTokens, vocabulary: vocabulary.length, padding }
    }
  }
}

/** Of one example. */
export function inputShape(input: InputSpec): number[] {
  switch (input.kind) {
    case 'table':
      return [input.features]
    case 'images':
      return [input.channels, input.height, input.width]
    case 'text':
      return [input.maxTokens]
  }
}

/** Numbers of one example. */
export const inputWidth = (input: InputSpec): number =>
  inputShape(input).reduce((product, extent) => product * extent, 1)

export interface DeviceRows {
  /** What the network is given of the rows that an int32 index [N] lists; works inside a captured step. */
  batch(index: Tensor): Tensor
}

function pixelsOnDevice(
  input: Extract<InputSpec, { kind: 'images' }>,
  { rows, inputs }: InputRows,
  augment: Augment | null,
): DeviceRows {
  if (!(inputs instanceof Uint8Array)) throw new TypeError('Images come as bytes.')
  const { channels, height, width, mean, std } = input
  const packed = new vision.PackedImages({ shape: [rows, channels, height, width], data: inputs })
  const { toFloat, normalize, randomHorizontalFlip, randomShift } = vision.transforms
  return {
    batch(index) {
      let images = toFloat(packed.batch(index))
      if (augment?.flip) images = randomHorizontalFlip(images)
      // Before normalisation: the zeros that come in are black.
      if (augment !== null && augment.shift > 0) images = randomShift(images, augment.shift)
      return normalize(images, mean, std)
    },
  }
}

/** Uploads the rows. `augment` changes what `batch` gives, differently at every call. */
export function onDevice(input: InputSpec, data: InputRows, augment: Augment | null = null): DeviceRows {
  if (input.kind === 'images') return pixelsOnDevice(input, data, augment)
  if (data.inputs instanceof Uint8Array) throw new TypeError('Only images come as bytes.')
  const stored = tensor(data.inputs, { shape: [data.rows, inputWidth(input)] })
  return { batch: (index) => stored.indexSelect(0, index) }
}
