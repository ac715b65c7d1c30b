import type { Device } from '../backends/device.ts'
import * as ops from '../ops/index.ts'
import { tensor } from '../tensor/creation.ts'
import { formatShape, numel } from '../tensor/shape.ts'
import { apply, type Tensor } from '../tensor/tensor.ts'
import type { ByteImages } from './idx.ts'

const bytesPerWord = 4

/**
 * A data set's images on the device as the bytes they came in, four to a 32-bit word: a quarter of the memory that floats
 * need. Batches are picked and unpacked there, inside a captured step too. Errors: a RangeError for bytes that do not fill the shape.
 */
export class PackedImages {
  /** uint32 [count, words per image]; an image starts at a word of its own. */
  readonly words: Tensor
  readonly shape: ByteImages['shape']

  constructor({ shape, data }: ByteImages, options: { readonly device?: Device } = {}) {
    if (data.length !== numel(shape)) {
      throw new RangeError(
        `${data.length} bytes do not fill images of ${formatShape(shape)} (${numel(shape)} pixels).`,
      )
    }
    const [count, ...image] = shape
    const perImage = Math.ceil(numel(image) / bytesPerWord)
    this.shape = shape
    this.words = tensor(toWords(data, count, perImage), { ...options, shape: [count, perImage] })
  }

  /** The images listed by an int32 index [N], as [N, C, H, W] of bytes 0 … 255 (int32). */
  batch(index: Tensor): Tensor {
    const [, channels, height, width] = this.shape
    const bytes = apply(ops.unpackBytes, [this.words.indexSelect(0, index)], null)
    return bytes.slice(1, 0, channels * height * width).reshape([index.numel(), channels, height, width])
  }
}

/** The first byte of each word is its lowest, which is how every platform that JavaScript runs on reads memory. */
function toWords(data: Uint8Array, count: number, perImage: number): Uint32Array {
  const [stride, size] = [perImage * bytesPerWord, data.length / count]
  if (stride === size && data.byteOffset % bytesPerWord === 0)
    return new Uint32Array(data.buffer, data.byteOffset, count * perImage)
  const padded = new Uint8Array(count * stride)
  for (let i = 0; i < count; i++) padded.set(data.subarray(i * size, (i + 1) * size), i * stride)
  return new Uint32Array(padded.buffer)
}
