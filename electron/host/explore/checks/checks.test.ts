import { describe, expect, it } from 'vitest'
import {
  detected,
  begin,
  splits,
  defaultRecipe,
  defaultTextRecipe,
  type Column,
  type Fix,
} from '../../../contract/index.ts'
import { categoriesFor } from './features.ts'
import { findChecks, type CheckEvidence } from './index.ts'
import { batchFor } from './splits.ts'
import { lengthFor } from './words.ts'

const columns: Column[] = [
  { name: 'x', kind: 'number', role: 'feature' },
  { name: 'city', kind: 'category', role: 'feature' },
  { name: 'y', kind: 'category', role: 'target' },
]
const source = { path: '/a.csv', ...detected, missingValues: [] }
const recipe = defaultRecipe(source, columns, 'classification', 1000, 'quick')
const unstratified = { ...recipe, split: begin(splits, 'random', { stratify: false }) }
const wide = {
  ...recipe,
  prepare: recipe.prepare.map((one) =>
    'maxCategories' in one.encoder ? { ...one, encoder: { ...one.encoder, maxCategories: 400 } } : one,
  ),
}
const textRecipe = defaultTextRecipe(
  '/text',
  [
    { name: 'text', kind: 'text', role: 'feature' },
    { name: 'label', kind: 'category', role: 'target' },
  ],
  true,
)
const rareWords = {
  ...textRecipe,
  prepare: textRecipe.prepare.map((one) => ({ ...one, encoder: { ...one.encoder, minCount: 5 } })),
}

const sound: CheckEvidence = {
  splitNotes: [],
  duplicates: { rows: 0, near: true, places: [], byChance: 0 },
  drifts: [{ name: 'x', split: 'test', statistic: 'D', distance: 0.1 }],
  categories: [],
  empty: [],
  outside: [],
  beyond: [],
  recipe,
  unit: 'row',
  splits: { train: 700, validation: 150, test: 150 },
  dropped: 0,
  classes: ['no', 'yes'],
  classCounts: { train: [350, 350], validation: [75, 75], test: [75, 75] },
  features: 12,
  texts: [],
}
const short = ({ edit }: Fix): string => [edit.name, ...Object.values(edit).slice(1)].join(' ')
const found = (evidence: Partial<CheckEvidence>) =>
  findChecks({ ...sound, ...evidence }).map(({ name, message, fixes }) => [name, message, fixes.map(short)])

it('has nothing to say about sound data', () => expect(found({})).toEqual([]))

const city = { name: 'city', kept: 400, more: 1, shared: true }
const texts = (lengths: number[], unknown = 0) => [
  { name: 'text', lengths, unseen: lengths.map(() => 0), maxTokens: 50, vocabulary: 90, unknown },
]

describe('checks', () => {
  it.each<[Partial<CheckEvidence>, string, string, string[]]>([
    [{ dropped: 1 }, 'droppedRows', '1 row has no target and is left out.', []],
    [
      {
        splits: { train: 99, validation: 9, test: 9 },
        recipe: { ...recipe, data: { ...recipe.data, rows: 117 } },
      },
      'fewTrainingRows',
      'Only 99 rows are left for training: expect the results to depend much on the split.',
      ['useAllRows'],
    ],
    [
      {
        beyond: [{ name: 'sales', split: 'test', rows: 40, least: 0, most: 120.5 }],
        recipe: { ...recipe, training: { ...recipe.training, range: 'seen' } },
      },
      'targetsBeyond',
      '40 test rows have a “sales” outside 0 to 120.5, within which predictions are held because training saw no further: for these rows they must be wrong.',
      ['freeRange'],
    ],
    [
      { classCounts: { train: [350, 350], validation: [150, 0], test: [75, 75] }, recipe: unstratified },
      'absentClass',
      'The validation split has no row of class yes: the split is not by class.',
      ['stratify'],
    ],
    [
      { classCounts: { train: [350, 350], validation: [75, 75], test: [0, 0] } },
      'absentClass',
      'The test split has no row of the classes no, yes: there are too few rows of them.',
      [],
    ],
    [{ splitNotes: ['Fold 1 of 5 tests.', 'So it is.'] }, 'splitNotes', 'Fold 1 of 5 tests. So it is.', []],
    [
      { duplicates: { rows: 30, near: true, places: [9, 1], byChance: 0 } },
      'duplicatesAcross',
      '30 test rows (20.0\u00a0%) are in the training split as well, with equal or nearly equal features: the test looks better than new data will.',
      ['keepTogether'],
    ],
    [
      {
        recipe: {
          ...recipe,
          split: begin(splits, 'byGroup', { column: 'city' }),
        },
      },
      'splitColumnLearned',
      'The split goes by “city”, which is a feature as well: in the test it has values that training never saw.',
      ['setRole city ignore'],
    ],
    [
      { drifts: [{ name: 'x', split: 'test', statistic: 'Kolmogorov–Smirnov D', distance: 0.31 }] },
      'drift',
      '“x” is distributed otherwise in the test split than in training: Kolmogorov–Smirnov D 0.31.',
      [],
    ],
    [
      { features: 701, categories: [city], recipe: wide },
      'moreFeaturesThanRows',
      'There are more features (701) than training rows (700): the network can learn them by heart. Use fewer columns or categories.',
      ['limitCategories 399', 'setRole city ignore'],
    ],
    [
      { features: 701 },
      'moreFeaturesThanRows',
      'There are more features (701) than training rows (700): the network can learn them by heart. Use fewer columns or categories.',
      [],
    ],
    [
      { empty: ['x'] },
      'emptyInTraining',
      '“x” has no value in the training rows, and is left out.',
      ['setRole x ignore'],
    ],
    [
      { recipe: { ...recipe, training: { ...recipe.training, batchSize: 1024 } } },
      'batchTooLarge',
      'A batch of 1,024 is more than all 700 training rows: every epoch is a single step.',
      ['limitBatch 64'],
    ],
    [
      { recipe: textRecipe, unit: 'text', texts: texts([60, ...Array.from({ length: 8 }, () => 9), 80]) },
      'cutTexts',
      '2 of 10 texts (20.0\u00a0%) are longer than 50 words and lose their ends.',
      ['readLonger 80'],
    ],
    [
      {
        recipe: rareWords,
        unit: 'text',
        texts: texts([9, 9], 0.512),
      },
      'unknownWords',
      '51.2\u00a0% of the words are not in the vocabulary and read as one unknown word.',
      ['keepRareWords'],
    ],
  ])('%#', (evidence, name, message, fixes) => {
    expect(found({ ...evidence }).filter(([one]) => one !== 'sharedCategories')).toEqual([
      [name, message, fixes],
    ])
  })

  it('leave alone the few targets that chance puts beyond those of training', () => {
    const beyond = (rows: number) => [{ name: 'y', split: 'test', rows, least: 0, most: 1 } as const]
    expect(found({ beyond: beyond(4) })).toEqual([])
    expect(found({ beyond: beyond(5) }).map(([name]) => name)).toEqual(['targetsBeyond'])
  })
  it('say which classes only the test files have, where no other split would help', () => {
    const split = begin(splits, 'given')
    const classCounts = { train: [350, 0], validation: [150, 0], test: [75, 75] }
    expect(found({ classCounts, recipe: { ...recipe, split } })).toEqual(
      ['training', 'validation'].map((part) => [
        'absentClass',
        `The ${part} split has no row of class yes: only the test files have any.`,
        [],
      ]),
    )
  })

  it('tell of every column whose rarer categories are put together', () => {
    expect(found({ categories: [city, { ...city, name: 'flag', shared: false }] })).toEqual([
      ['sharedCategories', '“city” has more than 400 categories: the rarer ones share one feature.', []],
    ])
  })
})

it('propose what is just enough', () => {
  expect([batchFor(700, 10), batchFor(10, 10), batchFor(3, 10)]).toEqual([64, 1, 1])
  expect(lengthFor([5, 1, 4, 2, 3], 0.8)).toBe(4)
  expect(lengthFor([], 0.8)).toBe(0)
  // 10 numbers, 400 + 1 features of the city; with 88 of its categories and one for the others there are 100.
  expect(categoriesFor(411, [city], 100)).toBe(89)
  expect(categoriesFor(411, [city], 12)).toBeNull()
  expect(categoriesFor(12, [], 5)).toBeNull()
})
