/** Splits: which examples a network learns from, which it is chosen by, and which stay sealed for the test. */
import { define, family, memberOf, type Chosen } from './define.ts'
import type { Column } from '../column.ts'
import type { Problem } from './groups.ts'
import { rowNumbers } from './row-numbers.ts'
import { column, flag, number, whole, type Options } from './options.ts'

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
  options: {
    ...shares,
    ...drawn,
    together: flag({
      label: 'Duplicates on one side',
      unit: 'equal and nearly equal examples',
      help: 'Examples whose features are equal, or nearly so, go into the same split: nothing is tested that was learned by heart. Nearly equal are those that are nearer to each other than 13 % of the usual distance to the next one, in three or more standardized numbers, with the same categories and texts.',
      start: false,
    }),
  },
  check: addUp,
})

export const byGroup = define({
  name: 'byGroup',
  label: 'By group',
  help: 'All rows with the same value in a column, such as those of one patient, go into the same split.',
  advice:
    'Right where several rows come from one person, place or device: it tests how well others are predicted.',
  source: 'https://scikit-learn.org/stable/modules/cross_validation.html#stratified-group-k-fold',
  options: {
    column: column({
      label: 'Group',
      help: 'The column that says which rows belong together. A row without a value is a group of its own.',
    }),
    ...shares,
    ...drawn,
  },
  check: addUp,
})

export const byTime = define({
  name: 'byTime',
  label: 'By time',
  help: 'The oldest rows train, the next validate, the newest test. Rows of one time stay together.',
  advice:
    'Right where the future is to be predicted: the network is tested on what comes after all it has seen.',
  source: 'https://scikit-learn.org/stable/modules/generated/sklearn.model_selection.TimeSeriesSplit.html',
  options: {
    column: column({
      label: 'Time',
      help: 'A column of dates or numbers by which rows are older or newer. Rows without a value are left out.',
      holds: ['date', 'number'],
    }),
    ...shares,
  },
  check: addUp,
})

export const byColumn = define({
  name: 'byColumn',
  label: 'By a column',
  help: 'A column says of each row whether it trains, validates or tests, as in train, val and test, or 0, 1 and 2.',
  options: {
    column: column({
      label: 'Split column',
      help: 'The column that says it. Understood are train, training, val, valid, validation, dev, test, testing, holdout and the like, 0 to 2, 1 to 3, and yes or no in columns that are called so. Rows without a value are left out.',
    }),
    validation: {
      ...validation(0.15),
      help: 'The share of the training rows that validate where the column names no rows for it.',
    },
    ...drawn,
  },
})

export const byNumbers = define({
  name: 'byRowNumbers',
  label: 'By row numbers',
  help: 'Lists of row numbers say which rows train and which test, as published benchmarks come with. Of the training rows some validate, drawn by the seed.',
  options: {
    train: rowNumbers('Training rows', 'The rows that train; none named: all that do not test.'),
    test: rowNumbers('Test rows', 'The rows that test; none named: all that do not train.'),
    validation: {
      ...validation(0.1),
      help: 'The share of the training rows by which settings are compared, and the best epoch is found.',
    },
    ...drawn,
  },
})

/** More would leave folds of a few rows. */
export const mostFolds = 100

export const folds = define({
  name: 'folds',
  label: 'One of several folds',
  help: 'The rows are dealt into folds of equal size, one of which tests; of the others some validate. With every fold in its turn each row is tested once.',
  advice:
    'For small data: the spread between folds says how much a result depends on which rows are tested. On the command line --folds trains all of them.',
  source: 'https://scikit-learn.org/stable/modules/cross_validation.html#k-fold',
  options: {
    folds: whole({
      label: 'Folds',
      help: 'Into how many parts the rows are dealt.',
      least: 2,
      most: mostFolds,
      start: 5,
    }),
    fold: whole({
      label: 'Test fold',
      help: 'The number of the fold that tests, from 1.',
      most: mostFolds,
      start: 1,
    }),
    validation: {
      ...validation(0.15),
      help: 'The share of the other folds by which settings are compared, and the best epoch is found.',
    },
    column: column({
      label: 'Keep together',
      help: 'Rows with the same value in this column are in the same fold. None: each row is dealt by itself.',
      optional: true,
    }),
    ...drawn,
  },
  check: ({ folds, fold }) =>
    fold > folds
      ? { option: 'fold', message: `There are ${folds} folds: the test fold is from 1 to ${folds}.` }
      : null,
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
  help: 'The test files that came with the data are the test split; of the other examples some validate, drawn by the seed, or those that came to validate where there are such.',
  options: { validation: validation(0.1), ...drawn },
})

export const splits = family({
  name: 'splits',
  one: 'split',
  help: 'Which examples train, validate and test.',
  path: 'split',
  key: 'method',
  members: [random, byGroup, byTime, byColumn, folds, byNumbers, ordered, given],
})
export type Split = Chosen<typeof splits>
export const splitOf = ({ method }: Split) => memberOf(splits, method)

/** Columns that the split goes by. */
export const splitColumnsOf = (split: Split): { readonly option: string; readonly name: string }[] =>
  Object.entries<Options[string]>(splitOf(split).options).flatMap(([option, { kind }]) => {
    const name = (split as Record<string, unknown>)[option]
    return kind === 'column' && typeof name === 'string' && name !== '' ? [{ option, name }] : []
  })

/** What stands against a split, whatever is in its columns. */
export function splitProblems(split: Split, columns: readonly Column[], kind: string): Problem[] {
  const named = splitColumnsOf(split)
  return Object.entries<Options[string]>(splitOf(split).options).flatMap(([key, option]): Problem[] => {
    if (option.kind !== 'column') return []
    const problem = (message: string): Problem[] => [{ message, path: ['split', key] }]
    const name = named.find((one) => one.option === key)?.name
    if (name === undefined)
      return option.optional ? [] : problem(`Choose the column that the split goes by (${option.label}).`)
    if (kind !== 'table') return problem('Only tables have columns to split by.')
    const found = columns.find((one) => one.name === name)
    if (found === undefined) return problem(`The data has no column “${name}”.`)
    if (found.role === 'target')
      return problem(`“${name}” is the target: rows cannot be split by what is predicted.`)
    return option.holds && !option.holds.includes(found.kind)
      ? problem(
          `“${name}” is read as ${found.kind}; to split by it, it has to be a ${option.holds.join(' or a ')}. Change its kind, or choose another column.`,
        )
      : []
  })
}
