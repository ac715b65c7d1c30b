/** torchvision.transforms, for batches on the device. */
export * from './basic.ts'
export * from './random.ts'
export { randAugment, trivialAugmentWide } from './auto.ts'
export { cutMix, mixUp, type Mixed, type MixOptions } from './mix.ts'
export * as functional from './functional.ts'
