/** Splits: which examples a network learns from, which it is chosen by, and which stay sealed for the test. */
import { define, family, memberOf, type Chosen } from './define.ts'
import { flag, number, whole } from './options.ts'

const share = (part: string, help: string, start: number) =>
  number({ label: part, help, above: 0, below: 1, step: 0.01, share: true, start })
const validation = (start: number) =>
  share('Validation', 'The share by which settings are compared, and the best epoch is found.', start)
const shares = {
  train: share('Train', 'The share that the network learns from.', 0.7),
  validation: validation(0.15),
  test: share('Test', 'The share that stays sealed until the end.', 0.15),
}
const drawn = {
  stratify: flag({
    label: 'Stratified',
    help: 'Every class, or range of a number, has its share in each split.',
    start: true,
  }),
  seed: whole({
    label: 'Split seed',
    help: 'Which examples fall into which split. It is apart from the training seed, so that runs with different seeds stay comparable.',
    least: 0,
    start: 0,
  }),
}
type Shares = Record<keyof typeof shares, number>
const addUp = ({ train, validation: held, test }: Shares) =>
  Math.abs(train + held + test - 1) < 1e-9
    ? null
    : { option: 'train' as const, message: 'The train, validation and test shares must add up to 1.' }

export const random = define({
  name: 'random',
  label: 'At random',
  help: 'Examples are drawn by the seed.',
  advice: 'Right wherever examples do not depend on each other.',
  options: { ...shares, ...drawn },
  check: addUp,
})

export const ordered = define({
  name: 'ordered',
  label: 'In order',
  help: 'The first rows of the file train, the next validate, the last test.',
  advice: 'For rows in order of time: it tests what is asked later, to predict what has not happened yet.',
  source: 'https://scikit-learn.org/stable/modules/generated/sklearn.model_selection.TimeSeriesSplit.html',
  options: shares,
  check: addUp,
})

export const given = define({
  name: 'given',
  label: 'Given test files',
  help: 'The test files that came with the data are the test split; of the other examples some validate, drawn by the seed.',
  options: { validation: validation(0.1), ...drawn },
})

export const splits = family({
  name: 'splits',
  one: 'split',
  help: 'Which examples train, validate and test.',
  path: 'split',
  key: 'method',
  members: [random, ordered, given],
})
export type Split = Chosen<typeof splits>
export const splitOf = ({ method }: Split) => memberOf(splits, method)
