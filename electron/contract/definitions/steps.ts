/** Preparation steps: what happens, in order, to the values of a column before they are encoded. */
import { kindsKeptAs, type ColumnKind } from './column-kinds.ts'
import { family, type Chosen, type Definition } from './define.ts'
import { choice, flag, number, whole, type Options } from './options.ts'

interface StepWords {
  /** The columns it works on; they stay of this kind. */
  readonly kinds: readonly ColumnKind[]
  /** What it makes can be turned back, so that predictions of a target that went through it can be had in its own unit. */
  readonly undoable?: true
  /** It is one of the ways to bring numbers to one size: one of them is enough. */
  readonly scales?: true
}
const defineStep = <const Name extends string, const O extends Options>(
  definition: Definition<Name, O> & StepWords,
): Definition<Name, O> & StepWords => definition

export const impute = defineStep({
  name: 'impute',
  label: 'Fill gaps',
  kinds: ['number'],
  help: 'Puts a number where a value is missing, learned from the training split.',
  source: 'https://scikit-learn.org/stable/modules/generated/sklearn.impute.SimpleImputer.html',
  options: {
    with: choice(
      [
        { value: 'mean', label: 'Mean' },
        { value: 'median', label: 'Median' },
        { value: 'zero', label: 'Zero' },
      ],
      {
        label: 'Fill with',
        help: 'Gaps are filled with the mean or median of the training split, or with zero.',
        advice: 'The median is not moved by outliers.',
        start: 'median',
      },
    ),
    indicators: flag({
      label: 'Mark gaps',
      unit: 'a 0/1 feature beside every filled one',
      help: 'Adds a 0/1 feature beside every column with gaps, because the fact that a value is missing is often information.',
      start: true,
    }),
  },
})

export const standardize = defineStep({
  name: 'standardize',
  label: 'Standardize',
  kinds: ['number'],
  undoable: true,
  scales: true,
  help: 'Subtracts the mean and divides by the standard deviation of the training split: (x − mean) / deviation.',
  advice: 'The usual choice.',
  source: 'https://scikit-learn.org/stable/modules/generated/sklearn.preprocessing.StandardScaler.html',
  options: {},
})

export const minMax = defineStep({
  name: 'minMax',
  label: 'Min–max',
  kinds: ['number'],
  undoable: true,
  scales: true,
  help: 'Brings the range of the training split to 0…1. Later values may lie outside.',
  source: 'https://scikit-learn.org/stable/modules/generated/sklearn.preprocessing.MinMaxScaler.html',
  options: {},
})

export const robust = defineStep({
  name: 'robust',
  label: 'Robust scaling',
  kinds: ['number'],
  undoable: true,
  scales: true,
  help: 'Subtracts the median and divides by the interquartile range of the training split.',
  advice: 'When outliers are large.',
  source: 'https://scikit-learn.org/stable/modules/generated/sklearn.preprocessing.RobustScaler.html',
  options: {},
})

export const clip = defineStep({
  name: 'clip',
  label: 'Clip',
  kinds: ['number'],
  help: 'Values beyond two quantiles of the training split are set to these quantiles (winsorizing): with tails of 0, beyond its smallest and largest value.',
  advice:
    'A network knows nothing of numbers beyond those it was trained on, and one of them can be answered wildly.',
  source: 'Tukey 1962, https://doi.org/10.1214/aoms/1177704711',
  options: {
    tail: number({
      label: 'Each tail',
      help: 'This share of the training values at each end is clipped; with 0, only what lies beyond all of them.',
      unit: 'share of the rows',
      least: 0,
      most: 0.25,
      step: 0.005,
      start: 0.01,
    }),
  },
})

export const signedLog = defineStep({
  name: 'signedLog',
  label: 'Logarithm',
  kinds: ['number'],
  undoable: true,
  help: 'sign(x) · ln(1 + |x|): pulls in long tails on both sides, and leaves zero where it is.',
  advice: 'For amounts, counts and other values over several orders of magnitude; scale afterwards.',
  source: 'John & Draper 1980, https://doi.org/10.2307/2986305',
  options: {},
})

export const quantiles = defineStep({
  name: 'quantiles',
  label: 'By quantiles',
  kinds: ['number'],
  undoable: true,
  scales: true,
  help: 'Each value becomes the share of training values below it, and that a normal number, so that the column is normally, or evenly, distributed whatever its shape was.',
  advice: 'For long tails, outliers and several humps; distances between values are lost.',
  source: 'https://scikit-learn.org/stable/modules/generated/sklearn.preprocessing.QuantileTransformer.html',
  options: {
    output: choice(
      [
        { value: 'normal', label: 'Normal' },
        { value: 'uniform', label: 'Even' },
      ],
      {
        label: 'Distribution',
        help: 'Normal: mean 0 and deviation 1, held within ±5.2. Even: from 0 to 1.',
        start: 'normal',
      },
    ),
    quantiles: whole({
      label: 'Quantiles',
      unit: 'at most',
      help: 'How finely the distribution is learned; never more than there are training values.',
      least: 2,
      most: 1000,
      step: 100,
      start: 1000,
    }),
  },
})

export const yeoJohnson = defineStep({
  name: 'yeoJohnson',
  label: 'Power (Yeo–Johnson)',
  kinds: ['number'],
  undoable: true,
  help: 'Raises values to the power that makes their distribution in the training split most like a normal one; values below 0 have their own.',
  advice: 'For skewed columns whose tails the logarithm pulls too much or too little; scale afterwards.',
  source: 'Yeo & Johnson 2000, https://doi.org/10.1093/biomet/87.4.954',
  options: {},
})

export const smoothClip = defineStep({
  name: 'smoothClip',
  label: 'Smooth clip',
  kinds: ['number'],
  help: 'x / √(1 + (x / limit)²): small values stay as they are, large ones approach the limit and never pass it.',
  advice:
    'After robust scaling, so that outliers do not rule the network. It can cost accuracy where extremes matter.',
  source: 'Holzmüller et al. 2024, https://arxiv.org/abs/2407.04491',
  options: {
    limit: number({
      label: 'Limit',
      help: 'What no value passes.',
      above: 0,
      most: 1000,
      step: 0.5,
      start: 3,
    }),
  },
})

export const fillMode = defineStep({
  name: 'fillMode',
  label: 'Fill gaps',
  kinds: kindsKeptAs('category'),
  help: 'Puts the most frequent category of the training split where a value is missing. Without it, absence can have a feature of its own.',
  options: {},
})

export const mergeRare = defineStep({
  name: 'mergeRare',
  label: 'Merge rare categories',
  kinds: kindsKeptAs('category'),
  help: 'Categories that are rarer than this in the training split, and those it never saw, are read as one.',
  options: {
    least: number({
      label: 'Least share',
      unit: 'share of the rows',
      help: 'Of the training rows with a value.',
      least: 0.0001,
      most: 0.5,
      step: 0.005,
      start: 0.01,
    }),
  },
})

export const preparationSteps = family({
  name: 'steps',
  one: 'preparation step',
  help: 'What happens, in order, to the values of a group of columns; all that is learned is learned from the training split.',
  path: 'prepare',
  key: 'step',
  list: 'steps',
  usage:
    'Chosen for a group of columns, as a list: --set prepare.number.steps=impute,robust, and their settings with --set prepare.number.steps.impute.with=mean. Groups of a new recipe: number, category, text; or image.',
  members: [
    impute,
    standardize,
    minMax,
    robust,
    quantiles,
    clip,
    smoothClip,
    signedLog,
    yeoJohnson,
    fillMode,
    mergeRare,
  ],
})
export type PreparationStep = Chosen<typeof preparationSteps>
export type PreparationStepName = PreparationStep['step']
