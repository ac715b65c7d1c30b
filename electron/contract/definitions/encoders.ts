/** Column encoders: how the prepared values of a column become a tensor that a network is given. */
import { kindsKeptAs, type ColumnKind } from './column-kinds.ts'
import { family, type Chosen, type Definition } from './define.ts'
import { choice, flag, number, whole, type Options } from './options.ts'
import { plainTokenizers, wordOptions, wordsProblem } from './word-reading.ts'

/**
 * The tensors of an example. `numbers` and `codes` take the columns of the table side by side, one row each; every column
 * of pixels or tokens is a tensor of its own.
 */
export const tensorKinds = ['numbers', 'codes', 'pixels', 'tokens'] as const
export type TensorKind = (typeof tensorKinds)[number]

interface EncoderWords {
  /** The columns that it takes. */
  readonly kinds: readonly ColumnKind[]
  readonly into: TensorKind
  /** What lies between what two values become: another value, or nothing, as each is one of a list. Absent: neither. */
  readonly between?: 'values' | 'nothing'
}
const defineEncoder = <const Name extends string, const O extends Options>(
  definition: Definition<Name, O> & EncoderWords,
): Definition<Name, O> & EncoderWords => definition

export const numeric = defineEncoder({
  name: 'numeric',
  label: 'As numbers',
  kinds: ['number'],
  into: 'numbers',
  between: 'values',
  help: 'Each column is one number of the example.',
  options: {},
})

export const oneHot = defineEncoder({
  name: 'oneHot',
  label: 'A feature each',
  kinds: kindsKeptAs('category'),
  into: 'numbers',
  between: 'nothing',
  help: 'Each category becomes one 0/1 feature.',
  source: 'https://scikit-learn.org/stable/modules/generated/sklearn.preprocessing.OneHotEncoder.html',
  options: {
    maxCategories: whole({
      label: 'Categories per column',
      unit: 'at most',
      help: 'Each category becomes one 0/1 feature. Beyond this many, the rarer ones of a column share one feature “other”.',
      least: 2,
      most: 1000,
      start: 50,
    }),
    missing: flag({
      label: 'Mark gaps',
      unit: 'absence is a feature of its own',
      help: 'Where values are missing in the training split, absence gets a 0/1 feature. Otherwise all features of the column are 0 there.',
      start: true,
    }),
  },
})

export const piecewise = defineEncoder({
  name: 'piecewise',
  label: 'Piecewise linear',
  kinds: ['number'],
  into: 'numbers',
  between: 'values',
  help: 'Each column becomes several numbers, which say how far the value has come through bins of equally many training values: a network can then treat each range by itself.',
  advice: 'Often lifts a plain network on tables clearly, at the price of more features.',
  source: 'Gorishniy, Rubachev & Babenko 2022, https://arxiv.org/abs/2203.05556',
  options: {
    bins: whole({
      label: 'Bins',
      unit: 'at most',
      help: 'Features of each column; where values repeat there are fewer.',
      least: 2,
      most: 256,
      start: 16,
    }),
  },
})

export const ordinal = defineEncoder({
  name: 'ordinal',
  label: 'Place in an order',
  kinds: kindsKeptAs('category'),
  into: 'numbers',
  between: 'nothing',
  help: 'Each category becomes one number from 0 to 1, its place in an order. What is unknown or missing stands in the middle.',
  advice: 'For categories that have an order, such as sizes or grades.',
  source: 'https://scikit-learn.org/stable/modules/generated/sklearn.preprocessing.OrdinalEncoder.html',
  options: {
    order: choice(
      [
        { value: 'sorted', label: 'By level or name' },
        { value: 'frequency', label: 'By frequency' },
      ],
      {
        label: 'Order',
        help: 'By the levels of the column where it has them, else by name: numbers in them by their size, else by letters. By frequency: the rarest of the training split first.',
        start: 'sorted',
      },
    ),
    missing: flag({
      label: 'Mark gaps',
      unit: 'absence is a feature of its own',
      help: 'Where values are missing in the training split, absence gets a 0/1 feature.',
      start: true,
    }),
  },
})

export const thermometer = defineEncoder({
  name: 'thermometer',
  label: 'From each level on',
  kinds: ['ordered', 'boolean'],
  into: 'numbers',
  between: 'nothing',
  help: 'Each level but the lowest becomes a 0/1 feature, which is 1 from that level on: of a yes or no that is one feature. Both the order and each level are kept. What is unknown or missing is as the training rows are on average.',
  source: 'Buckman et al. 2018, https://openreview.net/forum?id=S18Su--CW',
  options: {
    missing: flag({
      label: 'Mark gaps',
      unit: 'absence is a feature of its own',
      help: 'Where values are missing in the training split, absence gets a 0/1 feature.',
      start: true,
    }),
  },
})

export const targetMeans = defineEncoder({
  name: 'targetMeans',
  label: 'Means of the target',
  kinds: kindsKeptAs('category'),
  into: 'numbers',
  between: 'values',
  help: 'Each category becomes the mean of the target in the training rows that have it: of a number its mean, of classes their shares. Training rows are encoded by other folds, so that no row tells its own target; unknown categories have the mean of all.',
  advice:
    'For columns of many categories. It says nothing of what categories do together with other columns.',
  source: 'https://scikit-learn.org/stable/modules/generated/sklearn.preprocessing.TargetEncoder.html',
  options: {
    folds: whole({
      label: 'Folds',
      help: 'Into how many parts the training rows are dealt for that.',
      least: 2,
      most: 50,
      start: 5,
    }),
    smooth: number({
      label: 'Smoothing',
      unit: 'rows',
      help: 'So many rows with the mean of all are added to each category, so that rare ones are not taken at their word. 0: as many as the spread of its targets asks for.',
      least: 0,
      most: 100_000,
      step: 1,
      start: 0,
    }),
  },
})

export const embedding = defineEncoder({
  name: 'embedding',
  label: 'Learned vectors',
  kinds: kindsKeptAs('category'),
  into: 'codes',
  between: 'nothing',
  help: 'Each category is a vector of some numbers that the network learns with the rest, so that similar categories can be near each other.',
  advice: 'For columns of many categories.',
  source: 'Guo & Berkhahn 2016, https://arxiv.org/abs/1604.06737',
  options: {
    minCount: whole({
      label: 'Least count',
      unit: 'rows',
      help: 'Rarer categories of the training split, and those it never saw, share one vector. Absence has one of its own.',
      most: 1000,
      start: 2,
    }),
  },
})

export const hashing = defineEncoder({
  name: 'hashing',
  label: 'Hashed',
  kinds: kindsKeptAs('category'),
  into: 'numbers',
  between: 'nothing',
  help: 'Each category falls, by the hash of its name (MurmurHash3, 32 bits, as scikit-learn’s FeatureHasher has it), on one of so many features, with the sign +1 or −1. Nothing is learned, so categories that no training row has are told apart, too; some share a feature. Where values are missing all features are 0.',
  advice:
    'For columns of very many categories that go on growing. ONNX has no operator for it: such a model is exported without its preparation.',
  source: 'Weinberger et al. 2009, https://arxiv.org/abs/0902.2206',
  options: {
    features: whole({
      label: 'Features',
      unit: 'per column',
      help: 'More features, fewer categories that share one: with as many features as categories some third of the categories do not share theirs.',
      least: 2,
      most: 4096,
      start: 32,
    }),
  },
})

export const periodic = defineEncoder({
  name: 'periodic',
  label: 'Waves',
  kinds: ['number'],
  into: 'numbers',
  between: 'values',
  help: 'Each column becomes its number and, for each of some frequencies f, cos 2πfx and sin 2πfx, by which a network tells values that lie close together. The frequencies are drawn once from a normal distribution and stay as they are: Gorishniy et al. learn theirs with the network (https://arxiv.org/abs/2203.05556), which does better still: that is the idea “Numbers as learned waves” in the Model step, and --set model.waves=16 of TabM.',
  advice: 'Behind a step that scales: the spread of the frequencies is in turns per unit of what comes in.',
  source: 'Tancik et al. 2020, https://arxiv.org/abs/2006.10739',
  options: {
    frequencies: whole({
      label: 'Frequencies',
      unit: 'per column',
      help: 'Each gives two features.',
      least: 1,
      most: 128,
      start: 8,
    }),
    sigma: number({
      label: 'Spread of the frequencies',
      unit: 'turns per unit',
      help: 'Their standard deviation: larger tells finer differences apart, and is learned by heart more easily.',
      least: 0.001,
      most: 100,
      step: 0.05,
      start: 0.25,
    }),
    seed: whole({
      label: 'Frequency seed',
      help: 'Which frequencies are drawn.',
      least: 0,
      start: 0,
      advanced: true,
    }),
  },
})

const part = (label: string, help: string, start: boolean) =>
  flag({ label, unit: 'two features', help, start })
const around =
  'as sine and cosine of its place on a circle, so that the last is as near to the first as to the one before.'

export const calendar = defineEncoder({
  name: 'calendar',
  label: 'Calendar',
  kinds: ['date'],
  into: 'numbers',
  help: 'Each date is described by where it stands in the course of time, and in the year, the month and the week.',
  source: 'https://scikit-learn.org/stable/auto_examples/applications/plot_cyclical_feature_engineering.html',
  options: {
    elapsed: choice(
      [
        { value: 'days', label: 'Days' },
        { value: 'year', label: 'Year' },
        { value: 'none', label: 'None' },
      ],
      {
        label: 'Course of time',
        help: 'One number that grows with time, the day or the year alone, standardized by the training split.',
        advice: 'None where later data shall be predicted by their season only.',
        start: 'days',
      },
    ),
    month: part('Month', `The month, ${around}`, true),
    day: part('Day of the month', `The day of the month, ${around}`, false),
    weekday: part('Weekday', `The day of the week, ${around}`, true),
    hour: part('Time of day', `The time of day, ${around} Dates without a time have none.`, false),
    missing: flag({
      label: 'Mark gaps',
      unit: 'absence is a feature of its own',
      help: 'Where dates are missing in the training split, absence gets a 0/1 feature. All other features of the column are 0 there.',
      start: true,
    }),
  },
  check: ({ elapsed, month, day, weekday, hour }) =>
    elapsed === 'none' && !month && !day && !weekday && !hour
      ? { option: 'elapsed', message: 'Nothing of the dates is left: choose at least one part of them.' }
      : null,
})

export const clock = defineEncoder({
  name: 'clock',
  label: 'Clock',
  kinds: ['time'],
  into: 'numbers',
  help: 'Each time of day is described by where it stands between midnight and midnight.',
  source: 'https://scikit-learn.org/stable/auto_examples/applications/plot_cyclical_feature_engineering.html',
  options: {
    cycle: part('Around the clock', `The time of day, ${around}`, true),
    hours: flag({
      label: 'Hours since midnight',
      unit: 'one feature',
      help: 'One number that grows through the day, standardized by the training split.',
      start: true,
    }),
    missing: flag({
      label: 'Mark gaps',
      unit: 'absence is a feature of its own',
      help: 'Where times are missing in the training split, absence gets a 0/1 feature. All other features of the column are 0 there.',
      start: true,
    }),
  },
  check: ({ cycle, hours }) =>
    !cycle && !hours
      ? { option: 'cycle', message: 'Nothing of the times is left: choose at least one part of them.' }
      : null,
})

export const rawPixels = defineEncoder({
  name: 'rawPixels',
  label: 'Pixels',
  kinds: ['image'],
  into: 'pixels',
  help: 'Each image is a block of channels, rows and columns.',
  options: {
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
  },
})

export const words = defineEncoder({
  name: 'words',
  label: 'Words',
  kinds: ['text'],
  into: 'tokens',
  help: 'Each text is a list of words by their numbers in a vocabulary that is learned from the training split.',
  options: wordOptions,
  check: wordsProblem,
})

export const bagOfWords = defineEncoder({
  name: 'bagOfWords',
  label: 'Weighted words',
  kinds: ['text'],
  into: 'numbers',
  help: 'Each text is a number for each of the most frequent words: how often it is there, weighted by how few texts have it. The order of words is lost.',
  advice: 'For texts beside numbers and categories in a table, and where there are few of them.',
  source:
    'https://scikit-learn.org/stable/modules/generated/sklearn.feature_extraction.text.TfidfVectorizer.html',
  options: {
    tokenizer: choice(plainTokenizers, {
      label: 'Tokenizer',
      help: 'English: lower case, punctuation apart, as torchtext’s basic_english. White space: as it stands, for text that is cut already. Unicode words: words and signs of any script. Characters: each by itself.',
      start: 'basicEnglish',
    }),
    weighting: choice(
      [
        { value: 'tfidf', label: 'TF-IDF' },
        { value: 'counts', label: 'Counts' },
        { value: 'presence', label: 'Presence' },
      ],
      {
        label: 'Weighting',
        help: 'TF-IDF: counts times the logarithm of how few texts have the word, brought to length 1. Counts: as they are. Presence: 1 where the word is there.',
        start: 'tfidf',
      },
    ),
    maxWords: whole({
      label: 'Words',
      unit: 'at most',
      help: 'The most frequent words of the training split; others are not read.',
      most: 20_000,
      step: 100,
      start: 1000,
    }),
    minTexts: whole({
      label: 'Least count',
      unit: 'texts',
      help: 'Words that fewer texts of the training split have are not read.',
      most: 1000,
      start: 2,
    }),
    maxTokens: { ...words.options.maxTokens, help: 'Of longer texts the end is not read.', start: 500 },
  },
})

export const encoders = family({
  name: 'encoders',
  one: 'encoder',
  help: 'How the values of a group of columns become what a network is given.',
  path: 'encoder',
  key: 'encoder',
  usage:
    'Chosen for a group of columns: --set prepare.category.encoder.encoder=embedding, and its settings with --set prepare.category.encoder.minCount=5.',
  members: [
    numeric,
    piecewise,
    oneHot,
    ordinal,
    thermometer,
    targetMeans,
    embedding,
    calendar,
    clock,
    rawPixels,
    words,
    bagOfWords,
    hashing,
    periodic,
  ],
})
export type Encoder = Chosen<typeof encoders>
export type EncoderName = Encoder['encoder']
