/** What transforms do, without chance: torchvision.transforms.functional for batches on the device. */
export {
  adjustBrightness,
  adjustContrast,
  adjustGamma,
  adjustHue,
  adjustSaturation,
  autocontrast,
  equalize,
  invert,
  posterize,
  rgbToGrayscale,
  solarize,
} from './color.ts'
export { adjustSharpness, gaussianBlur } from './filters.ts'
export { centerCrop, crop, erase, hflip, pad, resize, vflip } from './geometry.ts'
export { affine, perspective, resizedCrop, rotate } from './warp.ts'
export { normalize, toFloat } from './basic.ts'
