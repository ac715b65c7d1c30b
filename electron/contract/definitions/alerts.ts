/** What an experienced eye points out in data, before anything is done with it. */
import { countFrom, defineFinding, fact, findingRegistry, shareFrom } from './findings.ts'
import { number } from './options.ts'

const ydata = 'ydata-profiling, https://docs.profiling.ydata.ai/latest/advanced_settings/available_settings/'
const missing = { missing: fact.count('Missing'), share: fact.share('Share of rows') }

// ---- the table ----

const fewRows = defineFinding({
  name: 'fewRows',
  label: 'Few examples',
  help: 'With few examples it is chance which of them test the model: another split gives another result.',
  severity: 'warning',
  options: { rows: countFrom(200, 'Examples', 'It is said of data with fewer examples than these.') },
  facts: { rows: fact.count('Examples') },
})

const duplicateRows = defineFinding({
  name: 'duplicateRows',
  label: 'Duplicates',
  help: 'An example that stands both in the training and in the test split is remembered, not predicted, and flatters the result.',
  source: 'Barz & Denzler 2020, https://arxiv.org/abs/1902.00423',
  severity: 'warning',
  options: {},
  facts: { duplicates: fact.count('Repeated'), share: fact.share('Share') },
})

// ---- classes ----

const singleClass = defineFinding({
  name: 'singleClass',
  label: 'One class only',
  help: 'Where every example has the same class, there is nothing to tell apart.',
  severity: 'error',
  options: {},
  facts: { class: fact.text('Class') },
})

const tinyClass = defineFinding({
  name: 'tinyClass',
  label: 'Tiny classes',
  help: 'A class needs an example in each of the three splits to be learned, followed and tested.',
  severity: 'error',
  options: { rows: countFrom(3, 'Examples', 'It is said of classes with fewer examples than these.') },
  facts: { classes: fact.count('Classes'), fewest: fact.count('Examples of the smallest') },
})

const imbalance = defineFinding({
  name: 'imbalance',
  label: 'Class imbalance',
  help: 'A network that always says the largest class is right most of the time, and accuracy does not show that it has learned nothing else. Class weights make rare classes count as much.',
  source: ydata,
  severity: 'warning',
  options: {
    imbalance: number({
      label: 'Imbalance',
      help: 'It is said from this value of 1 − H / ln k on: 0 where all k classes are as frequent, 1 where one has everything.',
      least: 0,
      most: 1,
      step: 0.05,
      start: 0.5,
    }),
  },
  facts: { imbalance: fact.number('Imbalance'), class: fact.text('Largest'), share: fact.share('Its share') },
})

const rareClass = defineFinding({
  name: 'rareClass',
  label: 'Rare classes',
  help: 'Of a rare class the splits hold few examples: its figures vary by chance, and the network hardly meets it.',
  severity: 'warning',
  options: { share: shareFrom(0.01, 'It is said of classes with less than this share of the examples.') },
  facts: { classes: fact.count('Classes'), fewest: fact.count('Examples of the smallest') },
})

// ---- pairs of columns ----

const leak = defineFinding({
  name: 'leak',
  label: 'Leak',
  help: 'A column that all but equals the target is often filled in after it. The model looks perfect, and fails where the column is not known yet.',
  source: 'Kaufman et al. 2012, https://doi.org/10.1145/2382577.2382579',
  severity: 'error',
  options: {
    strength: number({
      label: 'Strength',
      help: 'It is said where |r| with the target, or the share of rows whose class the column tells, is above this.',
      least: 0,
      below: 1,
      step: 0.01,
      start: 0.99,
    }),
    advantage: shareFrom(
      0.1,
      'Of categories only where they err less than this share as often as the largest class alone.',
    ),
    rows: countFrom(20, 'Examples', 'In fewer rows than these columns agree by chance.'),
  },
  facts: { strength: fact.number('|r|, or share of rows that are right') },
})

const correlation = (start: number, help: string) =>
  number({ label: '|r|', help, least: 0, below: 1, step: 0.01, start })

/** Beyond it two columns are one. */
const sameAbove = 0.999

const redundant = defineFinding({
  name: 'redundant',
  label: 'Said twice',
  help: 'Two columns that say the same make the network larger and its weights arbitrary, and teach nothing more.',
  severity: 'warning',
  options: {
    r: correlation(sameAbove, 'It is said of pairs of features above this correlation.'),
    rows: countFrom(20, 'Examples', 'In fewer rows than these columns agree by chance.'),
  },
  facts: { r: fact.number('Correlation r') },
})

const correlated = defineFinding({
  name: 'correlated',
  label: 'Strong correlation',
  help: 'Networks bear it, but what a feature is worth can no longer be told apart from what the other one is worth.',
  severity: 'info',
  many: 'pairs of features are strongly correlated',
  options: {
    r: correlation(0.9, 'It is said of pairs of features from this correlation on.'),
    same: correlation(sameAbove, 'Beyond this correlation they say the same, which is said instead.'),
    rows: countFrom(20, 'Examples', 'In fewer rows than these columns agree by chance.'),
  },
  facts: { r: fact.number('Correlation r') },
})

// ---- single columns ----

const noValues = defineFinding({
  name: 'noValues',
  label: 'No values',
  help: 'A column without values teaches nothing.',
  severity: 'warning',
  many: 'columns have no values: nothing can be learned from them',
  options: {},
  facts: {},
})

const constant = defineFinding({
  name: 'constantColumn',
  label: 'Constant',
  help: 'A column with the same value in every row teaches nothing.',
  severity: 'warning',
  many: 'columns have the same value in every row: nothing can be learned from them',
  options: {},
  facts: {},
})

const quasiConstant = defineFinding({
  name: 'quasiConstant',
  label: 'Nearly constant',
  help: 'What differs in so few rows is hardly ever seen in training, and may be in none of the splits that judge. Keep it only where the rare value is known to matter.',
  source: 'nearZeroVar of caret, Kuhn 2008, https://doi.org/10.18637/jss.v028.i05',
  severity: 'warning',
  many: 'columns have one value in nearly every row: hardly anything can be learned from them',
  hides: ['skewedColumn', 'outliers'],
  options: { share: shareFrom(0.99, 'It is said where one value has at least this share of the rows.') },
  facts: { share: fact.share('Most frequent value') },
})

const mostly = 0.5

const mostlyMissing = defineFinding({
  name: 'mostlyMissing',
  label: 'Mostly missing',
  help: 'What is filled in for most rows is made up: the column says little beyond where it is missing.',
  severity: 'warning',
  many: 'columns are missing in most of the rows',
  options: { share: shareFrom(mostly, 'It is said above this share of missing values.') },
  facts: missing,
})

const missingValues = defineFinding({
  name: 'missingValues',
  label: 'Missing values',
  help: 'Gaps are filled in by Prepare, with what is usual in the training split. Where the gap itself says something, missing indicators keep it.',
  source: ydata,
  severity: 'info',
  many: 'columns have gaps; Prepare fills them in',
  options: {
    share: shareFrom(0.01, 'It is said above this share of missing values.'),
    most: shareFrom(mostly, 'Beyond this share the column is mostly missing, which is said instead.'),
  },
  facts: missing,
})

const missingTarget = defineFinding({
  name: 'missingTarget',
  label: 'Missing target',
  help: 'A row without its target can neither teach nor test, and is left out.',
  severity: 'warning',
  options: {},
  facts: missing,
})

const infiniteValues = defineFinding({
  name: 'infiniteValues',
  label: 'Infinite values',
  help: 'Infinity is no number that a network can compute with; it mostly comes from a division by zero upstream.',
  severity: 'warning',
  many: 'columns have infinite values, read as missing',
  options: {},
  facts: { infinite: fact.count('Infinite') },
})

const zerosMissing = defineFinding({
  name: 'zerosMissing',
  label: 'Zeros for missing',
  help: 'A gap between zero and the next value, in a measured quantity: nobody has a blood pressure of 0, then of 24. Such zeros pull the mean and the fitted scale.',
  severity: 'warning',
  many: 'columns have zeros far from any other value: zero may stand for “missing” there',
  options: {
    share: shareFrom(0.005, 'It is said from this share of zeros on.'),
    most: shareFrom(0.9, 'Beyond this share zero is the usual value.'),
    gap: number({
      label: 'Gap',
      help: 'The smallest value above zero, as a share of the median or mean, from which on there is a gap.',
      least: 0,
      most: 1,
      step: 0.05,
      start: 0.1,
    }),
    distinct: countFrom(
      20,
      'Values',
      'Only of columns with more different values: others are codes or counts.',
    ),
  },
  facts: {
    zeros: fact.count('Zeros'),
    share: fact.share('Share of values'),
    next: fact.number('Next value'),
  },
})

const idLike = defineFinding({
  name: 'idLike',
  label: 'Like an identifier',
  help: 'A number that only names the row lets the network learn rows by heart, and means nothing in new data.',
  severity: 'warning',
  many: 'columns look like identifiers: large whole numbers, almost all different',
  options: {},
  facts: { distinct: fact.count('Different values') },
})

const unique = defineFinding({
  name: 'uniqueValues',
  label: 'Different in every row',
  help: 'A category that never repeats names the row: what is learned of it holds for no other.',
  severity: 'warning',
  many: 'columns are different in every row: they name the row',
  options: {},
  facts: { distinct: fact.count('Different values') },
})

const highCardinality = defineFinding({
  name: 'highCardinality',
  label: 'Many categories',
  help: 'Each category becomes a feature of its own, with weights that are learned from few rows. What names the row is better an id; the rarer categories of others share one feature.',
  source: ydata,
  severity: 'warning',
  many: 'columns have many categories, most of them rare',
  options: {
    categories: countFrom(50, 'Categories', 'It is said of columns with more categories than these.'),
  },
  facts: { categories: fact.count('Categories'), share: fact.share('Largest') },
})

const caseVariants = defineFinding({
  name: 'caseVariants',
  label: 'Upper and lower case',
  help: '“Yes” and “yes” are two categories here, each with half of the rows. Spell them alike in the file.',
  severity: 'info',
  many: 'columns have categories that differ only in upper and lower case',
  options: {},
  facts: { variants: fact.count('Spellings too many') },
})

const classVariants = defineFinding({
  name: 'classVariants',
  label: 'Classes spelled in several ways',
  help: '“Yes” and “yes” are two classes here, which the network has to tell apart though nothing does. Spell them alike, in the file or by correcting the cells.',
  severity: 'warning',
  many: 'columns to predict have classes that differ only in upper and lower case',
  options: {},
  facts: { variants: fact.count('Spellings too many') },
})

/** Measuring has to know how far its fences stand. */
export const outliers = defineFinding({
  name: 'outliers',
  label: 'Outliers',
  help: 'Standard scaling is stretched by a few huge values, and the rest is pressed together near zero. Robust scaling looks at the middle half only; of a target, the Huber loss counts large errors less.',
  source: 'Tukey 1977, Exploratory Data Analysis: the outer fences of a box plot',
  severity: 'info',
  many: 'columns have many values far outside of their middle half',
  hides: ['skewedColumn'],
  options: {
    share: shareFrom(0.01, 'It is said above this share of values beyond the fences.'),
    reach: number({
      label: 'Reach',
      unit: 'interquartile ranges',
      help: 'How far from the quartiles the fences stand.',
      above: 0,
      most: 100,
      start: 3,
    }),
  },
  facts: {
    outside: fact.count('Beyond the fences'),
    share: fact.share('Share of values'),
    low: fact.number('Lower fence'),
    high: fact.number('Upper fence'),
  },
})

const skewed = defineFinding({
  name: 'skewedColumn',
  label: 'Skewed',
  help: 'A few values lie far from the rest on one side. They dominate mean and deviation, and with them standard scaling.',
  source: 'West, Finch & Curran 1995: a skewness beyond 2 departs substantially from the normal',
  severity: 'info',
  many: 'columns are strongly skewed: a few values lie far from the rest',
  options: {
    skewness: number({
      label: '|skewness|',
      help: 'It is said above this skewness, whichever its sign.',
      least: 0,
      most: 1000,
      step: 0.5,
      start: 2,
    }),
  },
  facts: { skewness: fact.number('Skewness') },
})

/** In the order in which they are shown, where they are as serious. */
export const alerts = findingRegistry({
  name: 'alerts',
  one: 'alert',
  help: 'What Explore says about the data.',
  members: [
    fewRows,
    duplicateRows,
    singleClass,
    tinyClass,
    imbalance,
    rareClass,
    leak,
    redundant,
    correlated,
    noValues,
    constant,
    quasiConstant,
    mostlyMissing,
    missingValues,
    missingTarget,
    infiniteValues,
    zerosMissing,
    idLike,
    unique,
    highCardinality,
    caseVariants,
    classVariants,
    outliers,
    skewed,
  ],
})
