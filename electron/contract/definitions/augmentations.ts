/** Augmentations: drawn anew for training images in every step, and for training texts in every epoch; validation and test stay as they are. */
import { augmentation, type Risk, type Suits } from './augmentation.ts'
import { family, type Chosen, type NameIn } from './define.ts'
import { number, whole } from './options.ts'
import { characterNoise, synonyms, wordDeletion, wordDropout, wordSwap } from './text-augmentations.ts'

export type { Risk } from './augmentation.ts'

const page = (name: string): string =>
  `https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.${name}.html`

const probability = (start: number) =>
  number({
    label: 'Probability',
    help: 'The share of the images that is changed in a step.',
    least: 0,
    most: 1,
    step: 0.05,
    share: true,
    start,
  })
const share = (label: string, help: string, start: number, most = 1) =>
  number({ label, help, least: 0, most, step: 0.05, share: true, start })

/** How far a turn, or a slant, goes before letters become others, in degrees. */
const safeTurn = 30
const turned = (degrees: number): readonly Risk[] => (degrees > safeTurn ? ['turned'] : [])

export const flip = augmentation({
  name: 'flip',
  label: 'Mirror',
  help: 'Training images are mirrored left to right.',
  advice: 'Only where a mirrored image keeps its label: not for digits or letters.',
  source: 'https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.RandomHorizontalFlip.html',
  risks: () => ['mirrored'],
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

export const flipVertical = augmentation({
  name: 'flipVertical',
  label: 'Upside down',
  help: 'Training images are mirrored top to bottom.',
  advice:
    'For pictures without an up, from above or through a microscope: a 6 becomes nearly a 9, a street its sky.',
  source: page('RandomVerticalFlip'),
  risks: () => ['upsideDown'],
  options: { probability: probability(0.5) },
})

export const shift = augmentation({
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
    probability: probability(1),
  },
})

const degrees = (start: number, most = 180) =>
  number({
    label: 'Rotation',
    unit: 'degrees',
    help: 'How far an image is turned at most, either way.',
    least: 0,
    most,
    step: 5,
    start,
  })

export const rotate = augmentation({
  name: 'rotate',
  label: 'Rotate',
  help: 'Training images are turned about their middle; what comes in from outside is black.',
  advice:
    '10 to 15 degrees are as in photographs. Digits and letters stay what they are below about 30: a turned 6 is a 9.',
  source: page('RandomRotation'),
  risks: ({ degrees: most }) => turned(most),
  options: { degrees: degrees(10), probability: probability(1) },
})

export const affine = augmentation({
  name: 'affine',
  label: 'Rotate, move, scale and shear',
  help: 'Training images are turned, moved, scaled and sheared about their middle, in one go.',
  advice: 'Small of each at first: what leaves the image cannot be seen any more.',
  source: page('RandomAffine'),
  risks: ({ degrees: most, shear }) => turned(Math.max(most, shear)),
  options: {
    degrees: degrees(10),
    move: share('Move', 'How far an image is moved at most, as a share of its width and height.', 0.1),
    scale: share('Scale', 'By how much an image is made smaller or larger at most.', 0.1, 0.9),
    shear: number({
      label: 'Shear',
      unit: 'degrees',
      help: 'How far an image is slanted at most, either way.',
      least: 0,
      most: 60,
      step: 1,
      start: 5,
    }),
    probability: probability(1),
  },
})

export const perspective = augmentation({
  name: 'perspective',
  label: 'Perspective',
  help: 'Corners of training images move inwards, as if they were seen from elsewhere.',
  source: page('RandomPerspective'),
  options: {
    distortion: share(
      'Distortion',
      'How far corners move at most, as a share of half the width and height.',
      0.3,
    ),
    probability: probability(0.5),
  },
})

export const randomCrop = augmentation({
  name: 'randomCrop',
  label: 'Crop and resize',
  help: 'A window of random area and shape is cut out of training images and brought to their size.',
  advice:
    'For photographs. ImageNet’s networks are trained with windows from 8 % of the area on; what a label is for must be in most of them.',
  source: page('RandomResizedCrop'),
  options: {
    area: number({
      label: 'Smallest window',
      help: 'The smallest window, as a share of the area; the largest is all of it.',
      least: 0.01,
      most: 1,
      step: 0.05,
      share: true,
      start: 0.5,
    }),
    probability: probability(1),
  },
})

export const colorJitter = augmentation({
  name: 'colorJitter',
  label: 'Brightness and color',
  help: 'Brightness, contrast, saturation and hue of training images are changed a little. Of gray images there are the first two.',
  advice: 'Hue last, and little of it, where color tells classes apart: a ripe fruit, a traffic light.',
  source: page('ColorJitter'),
  // Without saturation all is gray, whatever its hue was.
  risks: ({ hue, saturation }) => (hue > 0 || saturation === 1 ? ['recolored'] : []),
  options: {
    brightness: share(
      'Brightness',
      'By how much it is changed at most: 20 % is a factor from 0.8 to 1.2.',
      0.2,
    ),
    contrast: share('Contrast', 'By how much it is changed at most, either way.', 0.2),
    saturation: share('Saturation', 'By how much it is changed at most, either way.', 0.2),
    hue: share('Hue', 'By how much of the circle of hues it is turned at most, either way.', 0.02, 0.5),
    probability: probability(1),
  },
})

export const grayscale = augmentation({
  name: 'grayscale',
  label: 'Without color',
  help: 'Some training images lose their color, so that a network learns shapes as well.',
  source: page('RandomGrayscale'),
  color: true,
  risks: () => ['recolored'],
  options: { probability: probability(0.1) },
})

export const invert = augmentation({
  name: 'invert',
  label: 'Negative',
  help: 'Some training images become their negatives.',
  source: page('RandomInvert'),
  risks: () => ['recolored'],
  options: { probability: probability(0.5) },
})

export const posterize = augmentation({
  name: 'posterize',
  label: 'Few levels',
  help: 'Some training images keep few levels of brightness.',
  source: page('RandomPosterize'),
  options: {
    bits: whole({
      label: 'Bits',
      help: 'Bits that are left of each channel: 4 are 16 levels.',
      most: 8,
      start: 4,
    }),
    probability: probability(0.5),
  },
})

export const solarize = augmentation({
  name: 'solarize',
  label: 'Solarize',
  help: 'What is bright is inverted in some training images.',
  source: page('RandomSolarize'),
  risks: () => ['recolored'],
  options: {
    threshold: share('From', 'From which brightness on it is inverted; 100 % is white.', 0.5),
    probability: probability(0.5),
  },
})

export const equalize = augmentation({
  name: 'equalize',
  label: 'Equalize',
  help: 'All brightnesses become about equally frequent in some training images.',
  source: page('RandomEqualize'),
  options: { probability: probability(0.5) },
})

export const autocontrast = augmentation({
  name: 'autocontrast',
  label: 'Full contrast',
  help: 'The darkest becomes black and the brightest white in some training images.',
  source: page('RandomAutocontrast'),
  options: { probability: probability(0.5) },
})

export const blur = augmentation({
  name: 'blur',
  label: 'Blur',
  help: 'Training images are blurred, differently strongly.',
  advice: 'For pictures that will not always be sharp. Half a pixel is much of an image of 28 pixels.',
  source: page('GaussianBlur'),
  options: {
    sigma: number({
      label: 'Most',
      unit: 'pixels',
      help: 'The deviation of the bell that it is blurred by at most; the least is 0.1.',
      least: 0.1,
      most: 5,
      step: 0.1,
      start: 1,
    }),
    probability: probability(0.5),
  },
})

export const sharpness = augmentation({
  name: 'sharpness',
  label: 'Sharpen',
  help: 'Some training images are sharpened, or smoothed.',
  source: page('RandomAdjustSharpness'),
  options: {
    factor: number({
      label: 'Factor',
      help: 'How sharp an image becomes: 0 smooths it, 1 leaves it as it is, 2 sharpens it.',
      least: 0,
      most: 10,
      step: 0.5,
      start: 2,
    }),
    probability: probability(0.5),
  },
})

export const noise = augmentation({
  name: 'noise',
  label: 'Noise',
  help: 'Normal noise is added to every value of training images.',
  source: 'https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.GaussianNoise.html',
  options: {
    sigma: number({
      label: 'Deviation',
      help: 'Of the noise, where 1 is from black to white.',
      least: 0.005,
      most: 1,
      step: 0.01,
      start: 0.05,
    }),
    probability: probability(1),
  },
})

export const erasing = augmentation({
  name: 'erasing',
  label: 'Cover a part',
  help: 'A rectangle of random place, area and shape is covered with black, so that a network does not rest on one part.',
  source: 'Zhong et al. 2017, https://arxiv.org/abs/1708.04896',
  options: {
    most: number({
      label: 'Largest',
      help: 'The largest rectangle, as a share of the area; the smallest is 2 %.',
      least: 0.02,
      most: 0.9,
      step: 0.05,
      share: true,
      start: 0.33,
    }),
    probability: probability(0.5),
  },
})

export const randAugment = augmentation({
  name: 'randAugment',
  label: 'RandAugment',
  help: 'A few operations in a row, each drawn from fourteen: turns, shears, moves, colors, contrast, levels.',
  advice: 'Stronger for larger networks and more data: magnitude 9 of 30 for ImageNet, 5 for small networks.',
  source: 'Cubuk et al. 2019, https://arxiv.org/abs/1909.13719',
  // At magnitude 30 an operation turns by 30 degrees; several in a row may all turn the same way.
  risks: ({ operations, magnitude }) => [...turned(operations * magnitude), 'recolored'],
  options: {
    operations: whole({ label: 'Operations', help: 'How many, in a row.', most: 5, start: 2 }),
    magnitude: whole({
      label: 'Magnitude',
      help: 'How strong they are, from 0 to 30.',
      least: 0,
      most: 30,
      start: 9,
    }),
    probability: probability(1),
  },
})

export const trivialAugment = augmentation({
  name: 'trivialAugment',
  label: 'TrivialAugment',
  help: 'One of fourteen operations for each image, of random strength. There is nothing to tune.',
  advice: 'A good first choice for photographs; its turns go up to 135 degrees.',
  source: 'Müller & Hutter 2021, https://arxiv.org/abs/2103.10158',
  risks: () => ['turned', 'recolored'],
  options: { probability: probability(1) },
})

export const mixUp = augmentation({
  name: 'mixUp',
  label: 'MixUp',
  help: 'Every image is a mixture of two, and so is its label: the loss is that of both, by their shares.',
  advice:
    'Makes networks less sure of themselves. The training loss is that of mixtures, and stays above that of validation.',
  source: 'Zhang et al. 2017, https://arxiv.org/abs/1710.09412',
  options: {
    alpha: number({
      label: 'Alpha',
      help: 'Of the beta distribution of shares: below 1 one of both shows most, at 1 all shares are equally likely.',
      above: 0,
      most: 10,
      step: 0.1,
      start: 0.2,
    }),
    probability: probability(1),
  },
})

export const cutMix = augmentation({
  name: 'cutMix',
  label: 'CutMix',
  help: 'A rectangle of every image comes from another, and its label is mixed by area: the loss is that of both.',
  source: 'Yun et al. 2019, https://arxiv.org/abs/1905.04899',
  options: {
    alpha: number({
      label: 'Alpha',
      help: 'Of the beta distribution of shares: at 1 all areas are equally likely.',
      above: 0,
      most: 10,
      step: 0.1,
      start: 1,
    }),
    probability: probability(0.5),
  },
})

export const augmentations = family({
  name: 'augmentations',
  one: 'augmentation',
  help: 'What happens to training images on their way, in this order, differently in every step; and to training texts, differently in every epoch.',
  path: 'augment',
  key: 'augmentation',
  list: 'augment',
  usage: 'Chosen as a list: --set augment=flip,shift, and their settings with --set augment.shift.pixels=3.',
  members: [
    flip,
    shift,
    rotate,
    affine,
    perspective,
    randomCrop,
    colorJitter,
    blur,
    noise,
    erasing,
    randAugment,
    trivialAugment,
    mixUp,
    cutMix,
    flipVertical,
    grayscale,
    invert,
    posterize,
    solarize,
    equalize,
    autocontrast,
    sharpness,
    wordDropout,
    wordDeletion,
    wordSwap,
    synonyms,
    characterNoise,
  ],
})
export type Augmentation = Chosen<typeof augmentations>
type AugmentationName = NameIn<typeof augmentations>

const suits = (name: string): Suits => augmentations.members.find((one) => one.name === name) ?? {}

/** Whether it changes the words of texts, and not pictures. */
export const isOfTexts = ({ augmentation }: Pick<Augmentation, 'augmentation'>): boolean =>
  suits(augmentation).of === 'texts'
export const textAugmentations = (): AugmentationName[] =>
  augmentations.members.filter(({ name }) => suits(name).of === 'texts').map(({ name }) => name)

/** Whether it does something to pictures of so many channels. */
export const suitsChannels = (name: string, channels: number): boolean =>
  suits(name).of !== 'texts' && (channels === 3 || suits(name).color !== true)
/** Those that do something to pictures of so many channels. */
export const augmentationsFor = (channels: number): AugmentationName[] =>
  augmentations.members.filter(({ name }) => suitsChannels(name, channels)).map(({ name }) => name)

/** What this one may do to a picture that its label hangs on, as it is set. */
export const risksOf = (chosen: Augmentation): readonly Risk[] =>
  chosen.probability === 0 ? [] : (suits(chosen.augmentation).risks?.(chosen) ?? [])
