/** Augmentations: drawn anew for every training image in every step; validation and test images stay as they are. */
import { define, family, type Chosen } from './define.ts'
import { number, whole } from './options.ts'

export const flip = define({
  name: 'flip',
  label: 'Mirror',
  help: 'Training images are mirrored left to right.',
  advice: 'Only where a mirrored image keeps its label: not for digits or letters.',
  source: 'https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.RandomHorizontalFlip.html',
  options: {
    probability: number({
      label: 'Probability',
      help: 'The share of the images that is mirrored in a step.',
      least: 0,
      most: 1,
      step: 0.05,
      share: true,
      start: 0.5,
    }),
  },
})

export const shift = define({
  name: 'shift',
  label: 'Shift',
  help: 'Every training image is moved, differently in every step; what comes in from outside is black.',
  options: {
    pixels: whole({
      label: 'Most',
      unit: 'pixels',
      help: 'How far an image is moved at most, each way.',
      advice: 'About a tenth of the width.',
      most: 64,
      start: 2,
    }),
  },
})

export const augmentations = family({
  name: 'augmentations',
  one: 'augmentation',
  help: 'What happens to training images on their way, in this order, differently in every step.',
  path: 'augment',
  key: 'augmentation',
  list: 'augment',
  usage: 'Chosen as a list: --set augment=flip,shift, and their settings with --set augment.shift.pixels=3.',
  members: [flip, shift],
})
export type Augmentation = Chosen<typeof augmentations>
