/** Images: files, batches on the device, augmentation and networks, as in torchvision. */
export {
  decodeIdx,
  decodeIdxImages,
  decodeIdxLabels,
  encodeIdx,
  gunzip,
  type ByteImages,
  type IdxArray,
} from './idx.ts'
export { PackedImages } from './packed-images.ts'
export * as models from './models/index.ts'
export * as transforms from './transforms/index.ts'
