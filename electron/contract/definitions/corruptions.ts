/**
 * What may happen to rows between the data that a model was tested on and those that it will meet: each in five severities. Pictures
 * follow Hendrycks & Dietterich 2019, who publish two scales: that of CIFAR-10-C for pictures as small as its own, and that of
 * ImageNet-C for large ones. Of tables and texts nobody has agreed on levels: ours go from what is hardly seen to what a person
 * would send back.
 */
import { define, family, type Definition } from './define.ts'
import { list, number, type ListOption, type Options } from './options.ts'

/** As columns are kept. */
type Holds = 'number' | 'date' | 'category' | 'text' | 'image'

interface CorruptionWords {
  /** Columns that it can be done to; others stay as they are. */
  readonly takes: readonly Holds[]
  /** It needs so many columns of one kind; absent: one is enough. */
  readonly fewest?: number
}

const defineCorruption = <const Name extends string, const O extends Options>({
  takes,
  fewest,
  ...definition
}: Definition<Name, O> & CorruptionWords): Definition<Name, O> & CorruptionWords => ({
  ...define(definition),
  takes,
  ...(fewest !== undefined && { fewest }),
})

export const severitiesOfCorruptions = 5

/** One level for each severity. */
const levels = (
  start: readonly [number, number, number, number, number],
  {
    unit,
    help,
    most,
    label = 'Levels',
  }: { readonly unit: string; readonly help: string; readonly most: number; readonly label?: string },
): ListOption =>
  list(number({ label: 'Level', help, least: 0, most, start: start[0] }), {
    label,
    unit,
    help,
    fewest: severitiesOfCorruptions,
    most: severitiesOfCorruptions,
    start,
  })

const hendrycks = 'Hendrycks & Dietterich 2019, https://arxiv.org/abs/1903.12261'
const engstrom = 'Engstrom et al. 2019, https://arxiv.org/abs/1712.02779'

/** Pictures whose shorter side has at most so many pixels are as small as those of CIFAR-10-C. */
export const smallPicture = 96

/** Both scales of one corruption of pictures. */
const ofPictures = (
  large: Parameters<typeof levels>[0],
  small: Parameters<typeof levels>[0],
  words: { readonly unit: string; readonly help: string; readonly most: number },
) => ({
  large: levels(large, { ...words, label: 'Large pictures', help: `${words.help} As in ImageNet-C.` }),
  small: levels(small, {
    ...words,
    label: 'Small pictures',
    help: `${words.help} As in CIFAR-10-C, where the shorter side has at most ${smallPicture} pixels.`,
  }),
})

const pictureNoise = defineCorruption({
  name: 'pictureNoise',
  label: 'Noise',
  help: 'Normal noise on every pixel and channel, as of a sensor in the dark.',
  source: hendrycks,
  takes: ['image'],
  options: ofPictures([0.08, 0.12, 0.18, 0.26, 0.38], [0.04, 0.06, 0.08, 0.09, 0.1], {
    unit: 'of the range from black to white',
    help: 'Standard deviation of the noise.',
    most: 1,
  }),
})

const blur = defineCorruption({
  name: 'blurred',
  label: 'Blur',
  help: 'A normal blur, as out of focus.',
  source: hendrycks,
  takes: ['image'],
  options: ofPictures([0.0045, 0.009, 0.0135, 0.018, 0.027], [0.0125, 0.019, 0.022, 0.025, 0.031], {
    unit: 'of the shorter side',
    help: 'Standard deviation of the blur, which grows with the picture.',
    most: 1,
  }),
})

const brightness = defineCorruption({
  name: 'brighter',
  label: 'Brightness',
  help: 'Every pixel is brighter and keeps its hue, as in too much light.',
  source: hendrycks,
  takes: ['image'],
  options: ofPictures([0.1, 0.2, 0.3, 0.4, 0.5], [0.05, 0.1, 0.15, 0.2, 0.3], {
    unit: 'of the range from black to white',
    help: 'What is added to the brightest channel.',
    most: 1,
  }),
})

const contrast = defineCorruption({
  name: 'lessContrast',
  label: 'Contrast',
  help: 'Every pixel is nearer to the mean of the picture, as in fog.',
  source: hendrycks,
  takes: ['image'],
  options: ofPictures([0.4, 0.3, 0.2, 0.1, 0.05], [0.75, 0.5, 0.4, 0.3, 0.15], {
    unit: 'of the contrast',
    help: 'How much of it is left.',
    most: 1,
  }),
})

const pixelate = defineCorruption({
  name: 'pixelated',
  label: 'Pixelate',
  help: 'A smaller picture, enlarged again without smoothing.',
  source: hendrycks,
  takes: ['image'],
  options: ofPictures([0.6, 0.5, 0.4, 0.3, 0.25], [0.95, 0.9, 0.85, 0.75, 0.65], {
    unit: 'of each side',
    help: 'The size of the smaller picture.',
    most: 1,
  }),
})

const jpeg = defineCorruption({
  name: 'jpegCompressed',
  label: 'JPEG',
  help: 'Saved as JPEG of low quality and read again. Pictures of other than one or three channels stay as they are.',
  source: hendrycks,
  takes: ['image'],
  options: ofPictures([25, 18, 15, 10, 7], [80, 65, 58, 50, 40], {
    unit: 'of 100',
    help: 'The quality.',
    most: 100,
  }),
})

const rotation = defineCorruption({
  name: 'rotated',
  label: 'Rotation',
  help: 'Turned about the middle, by chance to the left or the right; what comes in from outside is black. The levels are ours, up to the largest angle of the paper.',
  source: engstrom,
  takes: ['image'],
  options: {
    levels: levels([5, 10, 15, 20, 30], { unit: 'degrees', help: 'How far it is turned.', most: 180 }),
  },
})

const crop = defineCorruption({
  name: 'cropped',
  label: 'Crop',
  help: 'A part of the picture from a place that is drawn, enlarged to the whole. The levels are ours.',
  source: engstrom,
  takes: ['image'],
  options: {
    levels: levels([0.95, 0.9, 0.85, 0.8, 0.7], {
      unit: 'of each side',
      help: 'How much is left of it.',
      most: 1,
    }),
  },
})

const numberNoise = defineCorruption({
  name: 'numberNoise',
  label: 'Noise on numbers',
  help: 'Normal noise on every number and date, as of a worse instrument. The levels are ours.',
  takes: ['number', 'date'],
  options: {
    levels: levels([0.1, 0.2, 0.4, 0.7, 1], {
      unit: 'standard deviations of the column in training',
      help: 'Standard deviation of the noise.',
      most: 100,
    }),
  },
})

const missingCells = defineCorruption({
  name: 'missingCells',
  label: 'Missing cells',
  help: 'Numbers, dates and categories are missing, each cell by chance, as of a form that is not filled in. The levels are ours.',
  takes: ['number', 'date', 'category'],
  options: {
    levels: levels([0.05, 0.1, 0.2, 0.35, 0.5], {
      unit: 'of the cells',
      help: 'How many are empty.',
      most: 1,
    }),
  },
})

const shiftedNumbers = defineCorruption({
  name: 'shiftedNumbers',
  label: 'Shifted numbers',
  help: 'Every column of numbers or dates is higher, or lower, by the same in all rows, as of an instrument that is off or another unit. The levels are ours.',
  takes: ['number', 'date'],
  options: {
    levels: levels([0.25, 0.5, 1, 1.5, 2], {
      unit: 'standard deviations of the column in training',
      help: 'By how much.',
      most: 100,
    }),
  },
})

const swappedColumns = defineCorruption({
  name: 'swappedColumns',
  label: 'Swapped columns',
  help: 'Columns of the same kind stand in each other’s place, as in a file with another order. Two at least. The levels are ours.',
  takes: ['number', 'date', 'category', 'text'],
  fewest: 2,
  options: {
    levels: levels([0.1, 0.25, 0.5, 0.75, 1], {
      unit: 'of the columns of a kind',
      help: 'How many stand elsewhere.',
      most: 1,
    }),
  },
})

const typos = defineCorruption({
  name: 'typos',
  label: 'Typos',
  help: 'Letters are left out, doubled, exchanged with the next one or replaced by another one of the text. The levels are ours.',
  source: 'Belinkov & Bisk 2018, https://arxiv.org/abs/1711.02173',
  takes: ['text'],
  options: {
    levels: levels([0.01, 0.03, 0.06, 0.1, 0.15], {
      unit: 'of the letters',
      help: 'How many are wrong.',
      most: 1,
    }),
  },
})

const upperCase = defineCorruption({
  name: 'upperCase',
  label: 'Case',
  help: 'Words are in upper case, and those that were are in lower case. A tokenizer that reads all words in lower case sees no difference. The levels are ours.',
  takes: ['text'],
  options: {
    levels: levels([0.1, 0.25, 0.5, 0.75, 1], { unit: 'of the words', help: 'How many are.', most: 1 }),
  },
})

const droppedWords = defineCorruption({
  name: 'droppedWords',
  label: 'Dropped words',
  help: 'Words are left out, each by chance; one always stays. The levels are ours.',
  source: 'Wei & Zou 2019, https://arxiv.org/abs/1901.11196',
  takes: ['text'],
  options: {
    levels: levels([0.05, 0.1, 0.2, 0.3, 0.5], { unit: 'of the words', help: 'How many are.', most: 1 }),
  },
})

export const corruptions = family({
  name: 'corruptions',
  one: 'corruption',
  help: 'What may happen to rows before a model meets them, in five severities: how its metric falls is its robustness.',
  path: 'robustness',
  key: 'corruption',
  usage:
    'No recipe chooses them: Evaluate, descent runs robustness and descent run --robustness try all that suit the columns.',
  members: [
    pictureNoise,
    blur,
    brightness,
    contrast,
    pixelate,
    jpeg,
    rotation,
    crop,
    numberNoise,
    missingCells,
    shiftedNumbers,
    swappedColumns,
    typos,
    upperCase,
    droppedWords,
  ],
})
export type CorruptionName = (typeof corruptions)['members'][number]['name']

/** Those that do something to such columns. */
export const corruptionsFor = (columns: readonly Holds[]): CorruptionName[] =>
  corruptions.members.flatMap(({ name, takes, fewest = 1 }) =>
    (takes as readonly Holds[]).some((holds) => columns.filter((one) => one === holds).length >= fewest)
      ? [name]
      : [],
  )
