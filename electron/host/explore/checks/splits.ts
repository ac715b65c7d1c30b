/** Checks of which examples are for what, and of how many go into a step. */
import {
  fixes,
  formatCount,
  formatPercent,
  numberTextOf,
  given,
  plural,
  splitColumnsOf,
  type checks,
  isCategorical,
} from '../../../contract/index.ts'
import { isBeyondChance } from '../../prepare/alike.ts'
import { listed, type Rules } from '../findings.ts'
import type { CheckEvidence } from './evidence.ts'

const parts = ['train', 'validation', 'test'] as const
const called = { train: 'training', validation: 'validation', test: 'test' } as const

/** The largest power of two that gives an epoch so many steps. */
export const batchFor = (rows: number, steps: number): number =>
  2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, rows / steps))))

/**
 * So many rows of a split dealt at random are hardly beyond all training rows: each of its rows is the highest or the lowest of all
 * with a chance of 2 in the number of both; a few more than the mean of it.
 */
const mostByChance = (rows: number, train: number): number => {
  const mean = (2 * rows) / (train + 1)
  return mean + 4 * Math.sqrt(mean) + 1
}

export const splitChecks = {
  droppedRows: ({ dropped }) =>
    dropped > 0
      ? [
          {
            columns: [],
            message: `${plural(dropped, 'row has', 'rows have')} no target and ${dropped === 1 ? 'is' : 'are'} left out.`,
            evidence: { rows: dropped },
          },
        ]
      : [],

  fewTrainingRows: ({ splits: { train }, unit }, { rows }) =>
    train < rows
      ? [
          {
            columns: [],
            message: `Only ${plural(train, `${unit} is`, `${unit}s are`)} left for training: expect the results to depend much on the split.`,
            evidence: { rows: train },
            fixes: [fixes.useAllRows],
          },
        ]
      : [],

  absentClass: ({ classes, classCounts, unit, recipe }) =>
    parts.flatMap((part) => {
      const isAbsent = (i: number, from = part): boolean => classCounts?.[from][i] === 0
      const absent = (classes ?? []).filter((_, i) => isAbsent(i))
      if (absent.length === 0) return []
      const onlyTested = (classes ?? []).every(
        (_, i) => !isAbsent(i) || (isAbsent(i, 'train') && isAbsent(i, 'validation')),
      )
      const which = absent.length === 1 ? 'class' : 'the classes'
      const isGiven = recipe.split.method === given.name && onlyTested
      const why = isGiven
        ? 'only the test files have any'
        : 'stratify' in recipe.split && recipe.split.stratify
          ? `there are too few ${unit}s of ${absent.length === 1 ? 'it' : 'them'}`
          : 'the split is not by class'
      return [
        {
          columns: [],
          message: `The ${called[part]} split has no ${unit} of ${which} ${listed(absent)}: ${why}.`,
          evidence: { split: called[part], classes: absent.length },
          fixes: isGiven ? [] : [fixes.stratify],
        },
      ]
    }),

  splitNotes: ({ splitNotes }) =>
    splitNotes.length > 0 ? [{ columns: [], message: splitNotes.join(' '), evidence: {} }] : [],

  duplicatesAcross: (
    { duplicates: { rows, near, places, byChance }, splits: { test }, unit, recipe },
    { share },
  ) =>
    rows > share * test && isBeyondChance({ rows, byChance })
      ? [
          {
            columns: [],
            message: `${plural(rows, `test ${unit}`)} (${formatPercent(rows / test)}) ${rows === 1 ? 'is' : 'are'} in the training split as well, with equal${near ? ' or nearly equal' : ''} features: the test looks better than new data will.`,
            evidence: { rows, share: rows / test },
            // Only of a table rows can be looked at.
            ...(recipe.kind === 'table' && { rows: { is: 'rows', rows: [...new Set(places)] } as const }),
            fixes: 'together' in recipe.split ? [fixes.keepTogether] : [],
          },
        ]
      : [],

  splitColumnLearned: ({ recipe: { split, data } }) => {
    const by = splitColumnsOf(split).map(({ name }) => name)
    return data.columns
      .filter(({ name, role, kind }) => role === 'feature' && by.includes(name) && isCategorical(kind))
      .map(({ name }) => ({
        columns: [name],
        message: `The split goes by “${name}”, which is a feature as well: in the test it has values that training never saw.`,
        evidence: {},
        fixes: [fixes.ignore(name)],
      }))
  },

  drift: ({ drifts }, { distance: least }) =>
    drifts
      .filter(({ distance }) => distance >= least)
      .map(({ name, split, statistic, distance }) => ({
        columns: [name],
        message: `“${name}” is distributed otherwise in the ${called[split]} split than in training: ${statistic} ${distance.toFixed(2)}.`,
        evidence: { split: called[split], statistic, distance },
      })),

  targetsBeyond: ({ beyond, splits }, { share: least }) =>
    beyond
      .filter(
        ({ split, rows }) => rows > least * splits[split] && rows > mostByChance(splits[split], splits.train),
      )
      .map(({ name, split, rows, ...range }) => ({
        columns: [name],
        message: `${plural(rows, `${called[split]} row has`, `${called[split]} rows have`)} a “${name}” outside ${numberTextOf(name)(range.least)} to ${numberTextOf(name)(range.most)}, within which predictions are held because training saw no further: for these rows they must be wrong.`,
        evidence: { split: called[split], rows, share: rows / splits[split] },
        fixes: [fixes.freeRange],
      })),

  batchTooLarge: ({ recipe: { training }, splits: { train }, unit }, { steps }) =>
    training.batchSize > train
      ? [
          {
            columns: [],
            message: `A batch of ${formatCount(training.batchSize)} is more than all ${plural(train, `training ${unit}`)}: every epoch is a single step.`,
            evidence: { batchSize: training.batchSize, rows: train },
            fixes: [fixes.limitBatch(batchFor(train, steps))],
          },
        ]
      : [],
} satisfies Partial<Rules<typeof checks, CheckEvidence>>
