/** torchvision.transforms, for batches on the device. */
export * from './basic.ts'
export * from './random.ts'
export { randAugment, trivialAugmentWide } from './auto.ts'
export {
  cutMix,
  cutMixImages,
  mixUp,
  mixUpImages,
  type Mixed,
  type MixedImages,
  type MixOptions,
} from './mix.ts'
export { batchOf } from './define.ts'
export { coin, chosen } from './draws.ts'
export * as functional from './functional.ts'
