/** Feature selection: which features a network is given, by how much each tells of the target in the training rows. */
import { define, family, type Chosen } from './define.ts'
import { choice, number, whole } from './options.ts'

const score = choice(
  [
    {
      value: 'information',
      label: 'Mutual information',
      help: 'Finds relations of any shape: numbers are cut into ten classes of as many rows each, and what chance alone would give is taken off.',
    },
    {
      value: 'variance',
      label: 'Explained variance',
      help: 'The share of the spread that goes along a line, or between categories: orders numbers as the F test does.',
    },
  ],
  {
    label: 'By',
    help: 'How much a feature tells of the target, by itself: mutual information in nats, or the share of the variance that it explains.',
    start: 'information',
  },
)

export const all = define({
  name: 'all',
  label: 'All features',
  help: 'The network is given every feature.',
  options: {},
})

export const best = define({
  name: 'best',
  label: 'The best',
  help: 'So many features that tell most of the target in the training rows, each by itself; texts and images are kept besides.',
  advice:
    'Where there are more columns than rows, or most of them say nothing. Features that tell only together are not found.',
  source: 'https://scikit-learn.org/stable/modules/generated/sklearn.feature_selection.SelectKBest.html',
  options: {
    count: whole({
      label: 'Features',
      unit: 'columns',
      help: 'How many columns are kept.',
      most: 20_000,
      start: 20,
    }),
    score,
  },
})

export const above = define({
  name: 'above',
  label: 'Those above a bound',
  help: 'Features that tell more of the target than this in the training rows, each by itself; texts and images are kept besides.',
  options: {
    least: number({
      label: 'More than',
      help: 'In nats of mutual information, or as a share of the variance.',
      least: 0,
      most: 10,
      step: 0.01,
      start: 0.01,
    }),
    score,
  },
})

export const selections = family({
  name: 'selections',
  one: 'feature selection',
  help: 'Which features a network is given; learned from the training rows alone, for each training and each fold anew, and kept with the model.',
  path: 'selection',
  key: 'keep',
  usage:
    'Chosen with --select COUNT, or --set selection.keep=NAME, their settings with --set selection.SETTING=VALUE. Of tables.',
  members: [all, best, above],
})
export type Selection = Chosen<typeof selections>
