/** How data become numbers, and what happens to training examples on their way. */
import type { DataKind } from '../data-kind.ts'
import type { SettingGroup } from './define.ts'
import { choice, flag, whole } from './options.ts'

export const imputeOptions = {
  number: choice(
    [
      { value: 'mean', label: 'Mean' },
      { value: 'median', label: 'Median' },
      { value: 'zero', label: 'Zero' },
    ],
    {
      label: 'Missing numbers',
      help: 'Gaps in numeric columns are filled with the mean or median of the training split, or with zero.',
      advice: 'The median is not moved by outliers.',
      start: 'median',
    },
  ),
  category: choice(
    [
      { value: 'mode', label: 'Most frequent' },
      { value: 'missing', label: 'Own category' },
    ],
    {
      label: 'Missing categories',
      help: 'Either the most frequent category is filled in, or absence becomes a category of its own.',
      start: 'missing',
    },
  ),
  indicators: flag({
    label: 'Missing indicators',
    unit: 'a 0/1 feature beside every imputed number',
    help: 'Adds a 0/1 feature beside every imputed numeric column, because the fact that a value is missing is often information.',
    start: true,
  }),
}

export const scaleOptions = {
  scale: choice(
    [
      { value: 'none', label: 'None' },
      { value: 'standard', label: 'Standard' },
      { value: 'minmax', label: 'Min–max' },
      { value: 'robust', label: 'Robust' },
    ],
    {
      label: 'Scaling of numbers',
      help: 'Standard: (x − mean) / standard deviation. Min–max: to 0…1. Robust: (x − median) / interquartile range.',
      advice: 'Standard is the usual choice; robust when outliers are large.',
      start: 'standard',
    },
  ),
}

export const encodeOptions = {
  maxCategories: whole({
    label: 'Categories per column',
    unit: 'at most',
    help: 'Each category becomes one 0/1 feature. Beyond this many, the rarer ones of a column share one feature “other”.',
    least: 2,
    most: 1000,
    start: 50,
  }),
}

export const imbalanceOptions = {
  imbalance: choice(
    [
      { value: 'none', label: 'As it is' },
      { value: 'classWeights', label: 'Class weights' },
    ],
    {
      label: 'Remedy',
      help: 'Class weights multiply the loss of each example by the inverse frequency of its class, so that rare classes count as much as common ones.',
      advice: 'Improves recall of rare classes at some cost in accuracy.',
      start: 'none',
    },
  ),
}

export const pixelOptions = {
  normalize: choice(
    [
      { value: 'none', label: 'From 0 to 1' },
      { value: 'standard', label: 'Standard' },
    ],
    {
      label: 'Scaling',
      help: 'Standard: each channel by its mean and standard deviation over the training split. Otherwise pixels run from 0 to 1.',
      start: 'standard',
    },
  ),
}

/** Drawn anew for every training image in every step; validation and test images stay as they are. */
export const augmentOptions = {
  shift: whole({
    label: 'Shift',
    unit: 'pixels',
    help: 'Every training image is moved by up to so many pixels each way, differently in every step; what comes in from outside is black.',
    advice: 'About a tenth of the width.',
    least: 0,
    most: 64,
    start: 0,
  }),
  flip: flag({
    label: 'Mirror',
    unit: 'every other image, left to right',
    help: 'Training images are mirrored left to right with probability one half.',
    advice: 'Only where a mirrored image keeps its label: not for digits or letters.',
    start: false,
  }),
}

export const wordOptions = {
  tokenizer: choice(
    [
      { value: 'basicEnglish', label: 'English' },
      { value: 'whitespace', label: 'White space' },
    ],
    {
      label: 'Tokenizer',
      help: 'English: lower case, punctuation apart, as torchtext’s basic_english. White space: as it stands, for text that is cut already.',
      start: 'basicEnglish',
    },
  ),
  minCount: whole({
    label: 'Least count',
    unit: 'times',
    help: 'Words that occur less often in the training split are read as one unknown word.',
    most: 1000,
    start: 1,
  }),
  maxVocabulary: whole({
    label: 'Vocabulary',
    unit: 'words at most',
    help: 'Rarer words beyond this many are read as one unknown word.',
    most: 1_000_000,
    step: 1000,
    start: 30_000,
  }),
  maxTokens: whole({
    label: 'Longest text',
    unit: 'words',
    help: 'Longer texts are cut, shorter ones padded.',
    most: 4096,
    step: 10,
    start: 50,
  }),
}

const imbalance: SettingGroup = {
  name: 'imbalance',
  label: 'Class imbalance',
  help: 'What is done about classes of different size.',
  path: 'prepare',
  tasks: ['classification'],
  options: imbalanceOptions,
}

/** In the order of the page. */
export const preparationGroups: Readonly<Record<DataKind, readonly SettingGroup[]>> = {
  table: [
    {
      name: 'missing',
      label: 'Missing values',
      help: 'What stands where a value is missing.',
      path: 'prepare.impute',
      options: imputeOptions,
    },
    {
      name: 'scaling',
      label: 'Numbers',
      help: 'How numbers are brought to one size.',
      path: 'prepare',
      options: scaleOptions,
    },
    {
      name: 'categories',
      label: 'Categories',
      help: 'How categories become features.',
      path: 'prepare.encode',
      options: encodeOptions,
    },
    imbalance,
  ],
  images: [
    {
      name: 'pixels',
      label: 'Pixels',
      help: 'How pixels become numbers.',
      path: 'prepare',
      options: pixelOptions,
    },
    {
      name: 'augmentation',
      label: 'Augmentation',
      help: 'What happens to training images on their way, differently in every step.',
      path: 'prepare.augment',
      options: augmentOptions,
    },
    imbalance,
  ],
  text: [
    {
      name: 'words',
      label: 'Words',
      help: 'How texts become numbers.',
      path: 'prepare',
      options: wordOptions,
    },
    imbalance,
  ],
}
