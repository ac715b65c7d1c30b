/**
 * What a network is held against: ordinary models, trained beside every run on the same rows, each with what its field does where
 * nobody says otherwise. No recipe chooses them: a result that is worse than these is one to think about, whoever made it.
 */
import { define, family, type Definition } from './define.ts'
import { number, rate, whole } from './options.ts'
import type { Task } from './tasks.ts'
import { taskOf } from './tasks.ts'

interface BaselineWords {
  /** What it is called where it predicts numbers; absent: the same as of classes. */
  readonly ofNumbers?: string
  /** What it is for, in a few words: where it is not used, this is why. */
  readonly looksAt: string
}
const defineBaseline = <const Name extends string, const O extends Definition['options']>(
  baseline: Definition<Name, O> & BaselineWords,
) => ({ ...define(baseline), ofNumbers: baseline.ofNumbers, looksAt: baseline.looksAt })

const constant = defineBaseline({
  name: 'constant',
  label: 'Majority class',
  ofNumbers: 'Training mean',
  help: 'Always the same answer, the best there is that never looks at the inputs: the most frequent class, with the frequencies of the training rows as probabilities, or their mean.',
  source: 'https://scikit-learn.org/stable/modules/generated/sklearn.dummy.DummyClassifier.html',
  looksAt: 'the target alone',
  options: {},
})

const linear = defineBaseline({
  name: 'linear',
  label: 'Logistic regression',
  ofNumbers: 'Ridge regression',
  help: 'A weight for each prepared input, each category, each pixel and each word, and their sum: all that can be told without anything acting together.',
  source: 'https://scikit-learn.org/stable/modules/linear_model.html',
  looksAt: 'the prepared inputs',
  options: {
    penalty: number({
      label: 'Penalty',
      help: 'Half the square of each weight is counted so often, beside the loss of all training rows together.',
      least: 0,
      most: 1e6,
      start: 1,
    }),
    turns: whole({
      label: 'Turns',
      help: 'After so many turns of L-BFGS it is good enough, wherever it is.',
      most: 10_000,
      start: 200,
    }),
  },
})

const nearest = defineBaseline({
  name: 'nearest',
  label: 'Nearest neighbors',
  help: 'What the training rows that are most like a row say in the mean, by the distance of their prepared inputs. Class frequencies of all training rows count as one more neighbor, so that nothing is called impossible.',
  source: 'https://scikit-learn.org/stable/modules/neighbors.html',
  looksAt: 'prepared numbers and categories, a few thousand at most',
  options: {
    neighbors: whole({
      label: 'Neighbors',
      help: 'So many of them are asked.',
      most: 1000,
      start: 15,
    }),
  },
})

const boosted = defineBaseline({
  name: 'boosted',
  label: 'Boosted trees',
  help: 'Many small trees, each of which mends what the ones before it got wrong: what is hardest to beat on tables. They look at the columns as they stand in the data, with their gaps and categories.',
  source: 'https://scikit-learn.org/stable/modules/ensemble.html#histogram-based-gradient-boosting',
  looksAt: 'columns of numbers, dates and categories',
  options: {
    rounds: whole({
      label: 'Rounds',
      help: 'So many trees for each output at most.',
      most: 10_000,
      start: 100,
    }),
    leaves: whole({ label: 'Leaves', help: 'Of each tree, at most.', least: 2, most: 255, start: 31 }),
    rowsInLeaf: whole({
      label: 'Rows in a leaf',
      help: 'Of the training rows, at least.',
      most: 100_000,
      start: 20,
    }),
    rate: rate({ label: 'Learning rate', help: 'What of each tree is believed.', most: 1, start: 0.1 }),
    stopsAbove: whole({
      label: 'Stops early above',
      help: 'Of more training rows a tenth is held back; when that gains nothing for ten rounds, it is enough.',
      most: 1e9,
      unit: 'rows',
      start: 10_000,
    }),
  },
})

export const baselines = family({
  name: 'baselines',
  one: 'baseline',
  help: 'What every result stands beside: ordinary models, trained on the same rows. Whether the network is better is said only where the whole interval of the difference on the same rows says so.',
  path: 'baselines',
  key: 'baseline',
  usage:
    'No recipe chooses them: all that suit the data are trained. With --baselines NAMES only those that are named are, and with --baselines none only the constant one is shown.',
  members: [constant, linear, nearest, boosted],
})

export type BaselineName = (typeof baselines)['members'][number]['name']
/** It needs no training: every evaluation has it. */
export const constantBaseline = constant.name

/** What it is called in a task. */
export function baselineLabel(name: string, task: Task): string {
  const found = baselines.members.find((one) => one.name === name)
  if (found === undefined) return name
  return taskOf(task).target === 'number' ? (found.ofNumbers ?? found.label) : found.label
}
