/** What is said about prepared data and its recipe, before a training takes time. */
import { countFrom, defineFinding, fact, findingRegistry, shareFrom } from './findings.ts'
import { number } from './options.ts'

const emptyInTraining = defineFinding({
  name: 'emptyInTraining',
  label: 'Empty in training',
  help: 'A column that has no value in the training split teaches nothing, and is left out whatever its role.',
  severity: 'warning',
  many: 'columns have no value in the training rows, and are left out',
  options: {},
  facts: {},
})

const droppedRows = defineFinding({
  name: 'droppedRows',
  label: 'Rows without target',
  help: 'A row without its target can neither teach nor test.',
  severity: 'info',
  options: {},
  facts: { rows: fact.count('Left out') },
})

const fewTrainingRows = defineFinding({
  name: 'fewTrainingRows',
  label: 'Few training examples',
  help: 'The fewer examples teach, the more the result depends on which they are.',
  severity: 'warning',
  options: { rows: countFrom(100, 'Examples', 'It is said below so many training examples.') },
  facts: { rows: fact.count('Training examples') },
})

const absentClass = defineFinding({
  name: 'absentClass',
  label: 'Class absent from a split',
  help: 'A class that is not in the training split cannot be learned; one that is not in the test split is not tested. A stratified split gives every split its share of each class.',
  source: 'https://scikit-learn.org/stable/modules/cross_validation.html#stratified-k-fold',
  severity: 'warning',
  options: {},
  facts: { split: fact.text('Split'), classes: fact.count('Absent classes') },
})

const moreFeaturesThanRows = defineFinding({
  name: 'moreFeaturesThanRows',
  label: 'More features than examples',
  help: 'With a feature for every example the training split can be learned by heart, without anything that holds for others.',
  source: 'Hastie, Tibshirani & Friedman 2009, The Elements of Statistical Learning, chapter 18',
  severity: 'warning',
  options: {
    ratio: number({
      label: 'Features per example',
      help: 'It is said above so many features for each training example.',
      above: 0,
      most: 1000,
      step: 0.1,
      start: 1,
    }),
  },
  facts: { features: fact.count('Features'), rows: fact.count('Training examples') },
})

const sharedCategories = defineFinding({
  name: 'sharedCategories',
  label: 'Categories put together',
  help: 'The rarer categories of a column share one feature, as unknown ones in new data do. That is mostly right: few rows teach little about each.',
  severity: 'info',
  many: 'columns have more categories than there may be features: the rarer ones share one',
  options: {},
  facts: { kept: fact.count('Categories of their own') },
})

const batchTooLarge = defineFinding({
  name: 'batchTooLarge',
  label: 'Batch larger than the training split',
  help: 'When all examples go into one step, an epoch is a single step: training needs many epochs, and misses the noise that helps it.',
  source: 'Keskar et al. 2017, https://arxiv.org/abs/1609.04836',
  severity: 'warning',
  options: {
    steps: countFrom(
      10,
      'Steps',
      'The smaller batch that is proposed gives an epoch at least so many steps.',
    ),
  },
  facts: { batchSize: fact.count('Batch size'), rows: fact.count('Training examples') },
})

const cutTexts = defineFinding({
  name: 'cutTexts',
  label: 'Texts cut off',
  help: 'What stands behind the longest length never reaches the network. Longer inputs cost time and memory in proportion.',
  severity: 'warning',
  options: { share: shareFrom(0.1, 'It is said above this share of texts that lose their ends.') },
  facts: {
    cut: fact.count('Cut'),
    share: fact.share('Share of texts'),
    enough: fact.count('Words that would do for nearly all'),
  },
})

const unknownWords = defineFinding({
  name: 'unknownWords',
  label: 'Unknown words',
  help: 'Every word outside of the vocabulary reads the same to the network: a text of unknown words is an empty one.',
  severity: 'warning',
  options: {
    share: shareFrom(0.5, 'It is said above this share of words that the vocabulary does not have.'),
  },
  facts: { share: fact.share('Unknown words'), vocabulary: fact.count('Vocabulary') },
})

const splitNotes = defineFinding({
  name: 'splitNotes',
  label: 'What the split did',
  help: 'What came otherwise than the shares say, and what was understood of the column or lists that the split goes by.',
  severity: 'info',
  options: {},
  facts: {},
})

const duplicatesAcross = defineFinding({
  name: 'duplicatesAcross',
  label: 'Duplicates across splits',
  help: 'A row whose features are equal, or nearly so, to those of a training row tests what was learned by heart: the test looks better than new data will.',
  source: 'Barz & Denzler 2020, https://arxiv.org/abs/1902.00423',
  severity: 'warning',
  options: { share: shareFrom(0.01, 'It is said above this share of the test rows.') },
  facts: { rows: fact.count('Test rows'), share: fact.share('Share of the test') },
})

const splitColumnLearned = defineFinding({
  name: 'splitColumnLearned',
  label: 'Split column as a feature',
  help: 'What a split goes by differs between the splits by design: as a feature it has values in the test that training never saw, or tells which split a row is in.',
  severity: 'warning',
  options: {},
  facts: {},
})

const drift = defineFinding({
  name: 'drift',
  label: 'Drift between splits',
  help: 'A column is distributed otherwise in another split than in training: of numbers and dates by the largest distance between their distribution functions (Kolmogorov and Smirnov’s D), of categories by Cramér’s V, corrected for small samples. It is said only where chance alone would hardly make it.',
  source:
    'https://docs.deepchecks.com/stable/tabular/auto_checks/train_test_validation/plot_feature_drift.html',
  severity: 'warning',
  many: 'columns are distributed otherwise in another split than in training',
  options: {
    distance: number({
      label: 'Distance',
      help: 'It is said from this D, or V, on.',
      above: 0,
      most: 1,
      step: 0.01,
      start: 0.15,
    }),
  },
  facts: {
    split: fact.text('Split'),
    statistic: fact.text('Statistic'),
    distance: fact.number('Distance'),
  },
})

const labelsAtRisk = defineFinding({
  name: 'labelsAtRisk',
  label: 'Augmentation may change labels',
  help: 'An augmented picture keeps its label, whatever it shows by then. A mirrored b is a d, a turned 6 is a 9, and what left and right are is the other way round: such examples teach what is wrong.',
  source:
    'Shorten & Khoshgoftaar 2019, https://doi.org/10.1186/s40537-019-0197-0, “Data augmentation safety”',
  severity: 'warning',
  options: {},
  facts: { augmentation: fact.text('Augmentation'), classes: fact.count('Classes concerned') },
})

const digitsAtRisk = defineFinding({
  name: 'digitsAtRisk',
  label: 'Augmentation may change digits',
  help: 'Classes that are called 0 to 9 may be pictures of digits, or numbers that stand for anything: clothes, animals. Only of digits is a mirrored 2 none, and a turned 6 a 9.',
  severity: 'info',
  options: {},
  facts: { augmentation: fact.text('Augmentation'), classes: fact.count('Classes concerned') },
})

const targetsBeyond = defineFinding({
  name: 'targetsBeyond',
  label: 'Targets beyond training',
  help: 'Predictions that are held within what training saw cannot follow a target that goes further, as one that grows over the years does in a split by time.',
  severity: 'warning',
  options: {
    share: shareFrom(
      0.02,
      'It is said above this share of the rows of a split, and above what chance makes.',
    ),
  },
  facts: {
    split: fact.text('Split'),
    rows: fact.count('Rows beyond'),
    share: fact.share('Share of the split'),
  },
})

/** In the order in which they are shown, where they are as serious. */
const outsideLevels = defineFinding({
  name: 'outsideLevels',
  label: 'Values outside of an order',
  help: 'A value that is none of the levels of its column has no place in the order, and is encoded as the training rows are on average.',
  severity: 'warning',
  options: {},
  facts: { rows: fact.count('Rows'), values: fact.count('Values') },
})

export const checks = findingRegistry({
  name: 'checks',
  one: 'check',
  help: 'What Prepare says about the prepared data, before training.',
  members: [
    fewTrainingRows,
    absentClass,
    labelsAtRisk,
    duplicatesAcross,
    splitColumnLearned,
    drift,
    targetsBeyond,
    moreFeaturesThanRows,
    batchTooLarge,
    emptyInTraining,
    cutTexts,
    unknownWords,
    digitsAtRisk,
    splitNotes,
    droppedRows,
    sharedCategories,
    outsideLevels,
  ],
})
