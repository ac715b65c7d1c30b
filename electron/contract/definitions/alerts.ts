/** What an experienced eye points out in data, before anything is done with it. */
import { countFrom, defineFinding, fact, findingRegistry, shareFrom } from './findings.ts'
import { fraction, number } from './options.ts'

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

/** Measuring has to know what is near. */
export const nearDuplicates = defineFinding({
  name: 'nearDuplicates',
  label: 'Near-duplicates',
  help: 'Rows that differ by next to nothing are mostly the same thing, measured or entered twice. On both sides of a split they flatter the result as copies do.',
  source:
    'Datalab of cleanlab, https://docs.cleanlab.ai/stable/cleanlab/datalab/guide/issue_type_description.html',
  severity: 'warning',
  options: {
    nearer: fraction({
      label: 'Nearer than',
      help: 'Rows are that near from this share of the median distance to the nearest neighbor on.',
      step: 0.01,
      start: 0.13,
    }),
    share: shareFrom(0.01, 'It is said from this share of the different rows on.'),
  },
  facts: {
    near: fact.count('With a near one'),
    share: fact.share('Share of different rows'),
    compared: fact.count('Different rows compared'),
  },
})

const conflictingLabels = defineFinding({
  name: 'conflictingLabels',
  label: 'Conflicting labels',
  help: 'Where the same features have different classes, one of them is wrong, or what tells them apart is not in the table. No model can be right about all of these rows.',
  source: 'Northcutt, Jiang & Chuang 2021, https://doi.org/10.1613/jair.1.12125',
  severity: 'warning',
  options: {},
  facts: { groups: fact.count('Groups of equal rows'), rows: fact.count('Rows') },
})

const suspectLabels = defineFinding({
  name: 'suspectLabels',
  label: 'Suspect labels',
  help: 'Rows that a model, trained on other rows, is more sure to be of another class than rows of that class usually are. Look at them: some are mislabeled, some are the hard ones.',
  source: 'Confident learning: Northcutt, Jiang & Chuang 2021, https://doi.org/10.1613/jair.1.12125',
  severity: 'info',
  options: {
    share: shareFrom(0.01, 'It is said from this share of the rows that were looked at on.'),
    accuracy: fraction({
      label: 'Accuracy',
      help: 'It is said where the model gets at least this share of the rows right: what is hard for it all over is no mistake.',
      share: true,
      step: 0.05,
      start: 0.8,
    }),
  },
  facts: {
    suspects: fact.count('Suspect'),
    share: fact.share('Share'),
    compared: fact.count('Rows looked at'),
    accuracy: fact.share('Rows that the model gets right'),
  },
})

// ---- classes ----

const singleClass = defineFinding({
  name: 'singleClass',
  label: 'One class only',
  help: 'Where every example has the same class, there is nothing to tell apart.',
  severity: 'error',
  ofEveryRow: true,
  options: {},
  facts: { class: fact.text('Class') },
})

const tinyClass = defineFinding({
  name: 'tinyClass',
  label: 'Tiny classes',
  help: 'A class needs an example in each of the three splits to be learned, followed and tested.',
  severity: 'error',
  ofEveryRow: true,
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
  options: {
    share: shareFrom(0.01, 'It is said of classes with less than this share of the examples.'),
    ofEven: shareFrom(
      0.5,
      'And with less than this share of what each would have if all had as many: of a hundred classes none has to be rare.',
    ),
  },
  facts: { classes: fact.count('Classes'), fewest: fact.count('Examples of the smallest') },
})

// ---- pairs of columns ----

const leak = defineFinding({
  name: 'leak',
  label: 'Leak',
  hides: ['strongFeature'],
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

const strongFeature = defineFinding({
  name: 'strongFeature',
  label: 'Predicts alone',
  help: 'A tree on this one column predicts the target nearly as well as can be. Often the column was filled in with the target, or after it; if it was not, everything else adds little.',
  source: 'The predictive power score, ppscore 2020, https://github.com/8080labs/ppscore',
  severity: 'warning',
  options: {
    score: fraction({
      label: 'Score',
      help: 'It is said above this predictive power score: 0 is no better than always saying the usual, 1 is perfect.',
      step: 0.05,
      start: 0.8,
    }),
    rows: countFrom(20, 'Examples', 'In fewer rows than these columns agree by chance.'),
  },
  facts: { score: fact.number('Predictive power score') },
})

/** Measuring has to know what is a sum. */
export const sumColumn = defineFinding({
  name: 'sumColumn',
  label: 'Sum of others',
  help: 'A total says nothing beside its parts, and with one part as the target it gives that part away: take the total, or the parts.',
  severity: 'warning',
  many: 'columns are sums of others',
  options: {
    explained: fraction({
      label: 'Explained',
      help: 'It is said where the sum explains at least this share of the variance.',
      share: true,
      step: 0.01,
      start: 0.99,
    }),
  },
  facts: { explained: fact.share('Explained by the sum'), terms: fact.count('Parts') },
})

const associated = defineFinding({
  name: 'associated',
  label: 'Strong association',
  help: 'Knowing the one category nearly tells the other. One of them is often a coarser or another spelling of the other.',
  source: 'Cramér 1946, Mathematical Methods of Statistics, chapter 21',
  severity: 'info',
  many: 'pairs of features nearly tell each other',
  options: {
    v: fraction({
      label: 'Cramér’s V',
      help: 'It is said of pairs of categories from this value on.',
      step: 0.01,
      start: 0.9,
    }),
    rows: countFrom(20, 'Examples', 'In fewer rows than these columns agree by chance.'),
  },
  facts: { v: fact.number('Cramér’s V') },
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
  ofEveryRow: true,
  options: {},
  facts: {},
})

const constant = defineFinding({
  name: 'constantColumn',
  label: 'Constant',
  help: 'A column with the same value in every row teaches nothing.',
  severity: 'warning',
  many: 'columns have the same value in every row: nothing can be learned from them',
  ofEveryRow: true,
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
  hides: ['skewedColumn', 'outliers', 'manyZeros'],
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

/** What counts as far depends on what is a gap. */
export const zerosMissing = defineFinding({
  name: 'zerosMissing',
  label: 'Zeros for missing',
  help: 'A gap between zero and the next value, in a measured quantity: nobody has a blood pressure of 0, then of 24. Such zeros pull the mean and the fitted scale.',
  severity: 'warning',
  many: 'columns have zeros far from any other value: zero may stand for “missing” there',
  hides: ['manyZeros'],
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
    wide: number({
      label: 'Wide gap',
      help: 'From a gap of this share on a single zero is enough.',
      least: 0,
      most: 1,
      step: 0.05,
      start: 0.25,
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
  hides: ['skewedColumn', 'outliers', 'manyZeros'],
  options: {},
  facts: { distinct: fact.count('Different values') },
})

const unique = defineFinding({
  name: 'uniqueValues',
  label: 'Different in every row',
  help: 'A category that never repeats names the row: what is learned of it holds for no other.',
  severity: 'warning',
  many: 'columns are different in every row: they name the row',
  ofEveryRow: true,
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
  label: 'Spelled in several ways',
  help: '“Yes” and “yes ” are two categories here, each with a part of the rows. Spell them alike in the file.',
  severity: 'info',
  many: 'columns have categories that differ only in upper and lower case or in spaces',
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

const nullSpellings = defineFinding({
  name: 'nullSpellings',
  label: 'Missing in words',
  help: '“unknown” and “n/a” are categories here, beside the gaps. If they mean the same, name them among the marks for missing values when the file is read.',
  severity: 'info',
  many: 'columns say “missing” in several ways',
  options: {},
  facts: { spellings: fact.count('Spellings'), rows: fact.count('Rows') },
})

const datesAsCategories = defineFinding({
  name: 'datesAsCategories',
  label: 'Dates as categories',
  help: 'As categories, days have no order and no distance, and a day that was not in training is unknown. As dates they are year, month, weekday and time.',
  severity: 'warning',
  many: 'columns of categories look like dates',
  hides: ['highCardinality', 'uniqueValues'],
  options: {
    share: shareFrom(0.9, 'It is said where at least this share of the categories are written like dates.'),
  },
  facts: { share: fact.share('Like dates') },
})

const namesRows = defineFinding({
  name: 'setAside',
  label: 'Names the row',
  help: 'An identifier is kept to find rows again and never reaches the network: what is learned of it holds for no other row.',
  severity: 'info',
  many: 'columns name the row and are set aside',
  options: {},
  facts: { distinct: fact.count('Different values') },
})

const leftOut = defineFinding({
  name: 'leftOut',
  label: 'Left out',
  help: 'A column with one value, or with none, teaches nothing; it is not used.',
  severity: 'info',
  many: 'columns have one value or none, and are left out',
  ofEveryRow: true,
  options: {},
  facts: { distinct: fact.count('Different values') },
})

const manyZeros = defineFinding({
  name: 'manyZeros',
  label: 'Zeros',
  help: 'Zero is a value of its own in many quantities: nobody bought, nothing fell. Such a column is two things at once, whether and how much.',
  source: ydata,
  severity: 'info',
  many: 'columns have many zeros',
  options: {
    share: shareFrom(0.01, 'It is said above this share of the rows.'),
    distinct: countFrom(
      10,
      'Values',
      'Only of columns with more different values: in others zero is a small count or a code like any other.',
    ),
  },
  facts: { zeros: fact.count('Zeros'), share: fact.share('Share of rows') },
})

const sentinelValues = defineFinding({
  name: 'sentinelValues',
  label: 'A value for missing',
  help: 'A round number far from all others, again and again, mostly says that nothing was measured. Name it among the marks for missing values when the file is read.',
  severity: 'warning',
  many: 'columns have a value far from all others that may stand for “missing”',
  hides: ['skewedColumn', 'outliers'],
  options: { rows: countFrom(2, 'Times', 'It is said of values that stand in at least so many rows.') },
  facts: { value: fact.number('Value'), rows: fact.count('Rows'), next: fact.number('Next value') },
})

const uniformColumn = defineFinding({
  name: 'uniformColumn',
  label: 'Uniform',
  help: 'Every value is as frequent as every other, more evenly than chance would have it: a planned experiment, a counter, or made-up data.',
  source: ydata,
  severity: 'info',
  many: 'columns are more even than chance would have it',
  options: {
    p: fraction({
      label: 'P value',
      help: 'It is said where a χ² test against equal frequencies gives more than this.',
      step: 0.001,
      start: 0.999,
    }),
  },
  facts: { p: fact.number('P value of the χ² test'), values: fact.count('Values') },
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

// ---- columns that are marked sensitive ----

const fairness = 'Fairlearn, https://fairlearn.org/main/user_guide/assessment/index.html'

const sensitiveGap = defineFinding({
  name: 'sensitiveGap',
  label: 'Groups with another target',
  help: 'Where the target stands otherwise in one group of people than in another, a model learns to tell them apart by it, also by columns that stand for the group. Whether that is wanted is for people to say.',
  source: fairness,
  severity: 'warning',
  options: {
    gap: fraction({
      label: 'Difference',
      help: 'Of shares: it is said from this difference on. Of means: from this part of the target’s standard deviation on. The intervals of 95 % must lie apart.',
      step: 0.05,
      start: 0.1,
    }),
    rows: countFrom(30, 'Rows', 'Smaller groups are not compared.'),
  },
  facts: {
    low: fact.text('Group with the least'),
    high: fact.text('Group with the most'),
    difference: fact.number('Difference'),
  },
})

const sensitiveGroup = defineFinding({
  name: 'sensitiveGroup',
  label: 'Tiny groups',
  help: 'Of a group with few rows a model learns little, and a test says nothing of how it does there.',
  source: fairness,
  severity: 'warning',
  ofEveryRow: true,
  options: { rows: countFrom(30, 'Rows', 'It is said of groups with fewer rows.') },
  facts: { groups: fact.count('Tiny groups'), fewest: fact.count('Rows of the smallest') },
})

// ---- images ----

const cleanvision = 'CleanVision, https://github.com/cleanlab/cleanvision'
const someImages = {
  images: fact.count('Images, of those looked at'),
  share: fact.share('Share of those looked at'),
} as const

export const darkImages = defineFinding({
  name: 'darkImages',
  label: 'Dark images',
  help: 'In a picture that is dark all over, little can be told apart: it may be a night scene, or a lens that was covered.',
  source: cleanvision,
  severity: 'info',
  options: {
    brightness: fraction({
      label: 'Brightness',
      help: 'An image is dark where even its brightest hundredth is below this share of white.',
      share: true,
      step: 0.01,
      start: 0.32,
    }),
  },
  facts: someImages,
})

export const lightImages = defineFinding({
  name: 'lightImages',
  label: 'Light images',
  help: 'In a picture that is white all over, little can be told apart: it may be empty, or overexposed.',
  source: cleanvision,
  severity: 'info',
  options: {
    brightness: fraction({
      label: 'Brightness',
      help: 'An image is light where even its darkest twentieth is above this share of white.',
      share: true,
      step: 0.01,
      start: 0.95,
    }),
  },
  facts: someImages,
})

export const blurryImages = defineFinding({
  name: 'blurryImages',
  label: 'Blurry images',
  help: 'Where hardly any pixel differs from its neighbors more than they go on to differ, there are no edges: the picture is out of focus, or plain.',
  source: 'Variance of the Laplacian: Pech-Pacheco et al. 2000, https://doi.org/10.1109/ICPR.2000.903548',
  severity: 'info',
  options: {
    sharpness: fraction({
      label: 'Sharpness',
      help: 'An image is blurry where the variance of its Laplacian is below this share of the median over all images.',
      share: true,
      step: 0.01,
      start: 0.05,
    }),
  },
  facts: someImages,
})

export const oddImages = defineFinding({
  name: 'oddImages',
  label: 'Odd sizes and shapes',
  help: 'A picture that is far larger or smaller than the others, or far longer than wide, is mostly something else than they are, and loses most when it is brought to their size.',
  source: cleanvision,
  severity: 'info',
  options: {
    ratio: number({
      label: 'Sides',
      help: 'An image is odd where one side is more than so many times the other.',
      above: 1,
      most: 100,
      step: 0.5,
      start: 3,
    }),
    size: number({
      label: 'Size',
      help: 'An image is odd, too, where it is so many times larger or smaller than the median.',
      above: 1,
      most: 1000,
      step: 1,
      start: 10,
    }),
  },
  facts: someImages,
})

const alikeImages = defineFinding({
  name: 'alikeImages',
  label: 'Near-duplicates',
  help: 'Pictures that look the same in small were taken in one moment, or saved twice. On both sides of a split they flatter the result as copies do.',
  source:
    'Difference hash: Krawetz 2013, https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html',
  severity: 'warning',
  options: { share: shareFrom(0.01, 'It is said from this share of the images on.') },
  facts: { ...someImages, groups: fact.count('Groups') },
})

const alikeAcross = defineFinding({
  name: 'alikeAcross',
  label: 'The same images in training and test',
  help: 'A test image that looks like one of the training images is remembered, not recognized: the result says nothing of new pictures.',
  source: 'Barz & Denzler 2020, https://arxiv.org/abs/1902.00423',
  severity: 'warning',
  options: {},
  facts: {
    images: fact.count('Test images, of those looked at'),
    share: fact.share('Share of the test images looked at'),
  },
})

const someTexts = { texts: fact.count('Texts'), share: fact.share('Share') }

const alikeTexts = defineFinding({
  name: 'alikeTexts',
  label: 'Near-duplicates',
  help: 'Texts that share four of five of their pairs of words were copied and changed a little, or come from one form. On both sides of a split they flatter the result as copies do.',
  source: 'MinHash: Broder 1997, https://doi.org/10.1109/SEQUEN.1997.666900',
  severity: 'warning',
  options: { share: shareFrom(0.01, 'It is said from this share of the texts on.') },
  facts: { ...someTexts, groups: fact.count('Groups') },
})

const alikeTextsAcross = defineFinding({
  name: 'alikeTextsAcross',
  label: 'The same texts in training and test',
  help: 'A test text that is nearly one of the training texts is remembered, not understood: the result says nothing of new texts.',
  source: 'Lee et al. 2022, https://arxiv.org/abs/2107.06499',
  severity: 'warning',
  options: {},
  facts: { texts: fact.count('Test texts'), share: fact.share('Share of the test texts') },
})

const otherScript = defineFinding({
  name: 'otherScript',
  label: 'Texts in another script',
  help: 'Of few texts in another script, and so mostly in another language, hardly any word is in the vocabulary.',
  severity: 'info',
  options: {
    share: shareFrom(0.1, 'It is said up to this share of the texts: of more, it is what the data is about.'),
  },
  facts: someTexts,
})

const otherLanguage = defineFinding({
  name: 'otherLanguage',
  label: 'Texts in another language',
  help: 'Of few texts in another language hardly any word is learned, while the tokenizer, the vocabulary and the vectors are those of the others. It is told of texts that are long enough, by their triples of letters.',
  source: 'Cavnar & Trenkle 1994, N-gram-based text categorization',
  severity: 'info',
  options: {
    share: shareFrom(0.1, 'It is said up to this share of the texts: of more, it is what the data is about.'),
  },
  facts: someTexts,
})

const suspectTexts = defineFinding({
  name: 'suspectTexts',
  label: 'Suspect labels',
  help: 'Texts that a model of words, trained on other texts, is more sure to be of another class than texts of that class usually are. Look at them: some are mislabeled, some are the hard ones.',
  source: 'Confident learning: Northcutt, Jiang & Chuang 2021, https://doi.org/10.1613/jair.1.12125',
  severity: 'info',
  options: {
    share: shareFrom(0.002, 'It is said from this share of the texts on.'),
    accuracy: fraction({
      label: 'Accuracy',
      help: 'It is said where the model gets at least this share of the texts right: what is hard for it all over is no mistake.',
      share: true,
      step: 0.05,
      start: 0.7,
    }),
  },
  facts: { ...someTexts, accuracy: fact.share('Accuracy of the model') },
})

/** In the order in which they are shown, where they are as serious. */
export const alerts = findingRegistry({
  name: 'alerts',
  one: 'alert',
  help: 'What Explore says about the data.',
  members: [
    fewRows,
    duplicateRows,
    nearDuplicates,
    conflictingLabels,
    singleClass,
    tinyClass,
    imbalance,
    rareClass,
    leak,
    strongFeature,
    sumColumn,
    redundant,
    correlated,
    associated,
    noValues,
    constant,
    quasiConstant,
    mostlyMissing,
    missingValues,
    missingTarget,
    infiniteValues,
    zerosMissing,
    sentinelValues,
    datesAsCategories,
    nullSpellings,
    idLike,
    unique,
    highCardinality,
    caseVariants,
    classVariants,
    outliers,
    skewed,
    manyZeros,
    uniformColumn,
    suspectLabels,
    namesRows,
    leftOut,
    sensitiveGap,
    sensitiveGroup,
    alikeAcross,
    alikeImages,
    alikeTextsAcross,
    alikeTexts,
    suspectTexts,
    otherScript,
    otherLanguage,
    oddImages,
    darkImages,
    lightImages,
    blurryImages,
  ],
})
