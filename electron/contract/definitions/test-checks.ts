/** What is said about a trained network on the rows that it is judged by. */
import { countFrom, defineFinding, fact, findingRegistry, shareFrom } from './findings.ts'
import { number, type NumberOption } from './options.ts'

const skore = 'https://docs.skore.probabl.ai'

const part = (start: number, label: string, help: string): NumberOption =>
  number({ label, help, least: 0, most: 1, step: 0.01, start })

/** How far two values of a metric have to be apart to be called so. */
const gaps = {
  absolute: part(0.03, 'Gap', 'Of shares and scores a gap is at least so much.'),
  relative: part(
    0.1,
    'Part of the value',
    'A gap is at least this part of the value that it is held against.',
  ),
  metrics: shareFrom(0.5, 'It is said where more than this share of the metrics have such a gap.'),
}
const certain = countFrom(60, 'Rows', 'Fewer rows say nothing of it.')

const inconsistentMetric = defineFinding({
  name: 'inconsistentMetric',
  label: 'Metric is not what it was',
  help: 'The same weights on the same rows give the same metrics. Where what was recorded in training is not what is measured now, data, preparation or weights are not what they were, and no figure of the run can be trusted.',
  source: skore,
  severity: 'error',
  options: {
    relative: part(0.001, 'Part of the value', 'It is said from this part of the recorded value on.'),
  },
  facts: {
    metric: fact.text('Metric'),
    recorded: fact.number('Recorded in training'),
    measured: fact.number('Measured now'),
  },
})

const testDuplicates = defineFinding({
  name: 'testDuplicates',
  label: 'Rows are remembered',
  help: 'Rows that are in the training split as well, or nearly so, are remembered, not predicted. With how the network does on the others it is told how much that flatters.',
  severity: 'warning',
  options: { share: shareFrom(0.01, 'It is said above this share of the rows.') },
  facts: {
    rows: fact.count('Such rows'),
    share: fact.share('Of the rows'),
  },
})

const overfit = defineFinding({
  name: 'overfit',
  label: 'Overfit',
  help: 'The network does much better on the rows it learned from than on others: it has learned by heart what holds for these alone.',
  source: skore,
  severity: 'warning',
  options: gaps,
  facts: {
    metric: fact.text('Metric'),
    train: fact.number('On training rows'),
    here: fact.number('On these rows'),
    metrics: fact.count('Metrics with such a gap'),
    of: fact.count('Of so many'),
  },
})

const underfit = defineFinding({
  name: 'underfit',
  label: 'Underfit',
  help: 'Even on the rows it learned from, the network is hardly better than always giving the same answer: it has not learned what there is to learn, or the columns do not tell it.',
  source: skore,
  severity: 'warning',
  options: gaps,
  facts: {
    metric: fact.text('Metric'),
    train: fact.number('On training rows'),
    baseline: fact.number('Of a constant answer'),
    metrics: fact.count('Metrics without a gain'),
    of: fact.count('Of so many'),
  },
})

const overconfident = defineFinding({
  name: 'overconfident',
  label: 'Over-confident',
  help: 'The network is surer than it is right, by more than chance makes of so many rows. Whoever decides by its probabilities is misled.',
  source: 'Guo et al. 2017, https://arxiv.org/abs/1706.04599',
  severity: 'warning',
  options: {
    distance: part(0.05, 'Distance', 'It is said where it is surer than right by so much in the mean.'),
    rows: certain,
  },
  facts: {
    said: fact.share('Mean confidence'),
    seen: fact.share('Right'),
    ece: fact.number('ECE'),
    chance: fact.number('By chance up to'),
  },
})

const goldenFeature = defineFinding({
  name: 'goldenFeature',
  label: 'Golden feature',
  help: 'One column alone gives the network nearly all it knows. Often it is known only once the answer is: then the model is worth nothing for new rows.',
  source: skore,
  severity: 'warning',
  options: {
    share: shareFrom(0.95, 'It is said where one column alone keeps this share of what the network knows.'),
    rows: certain,
  },
  facts: { share: fact.share('Kept by it alone') },
})

const uselessFeature = defineFinding({
  name: 'uselessFeature',
  label: 'Useless feature',
  help: 'Shuffled among the rows, the column makes the predictions no worse than chance does. It costs data and attention, and lets the network learn noise. Of columns that say the same each may look so.',
  source: 'Breiman 2001, https://doi.org/10.1023/A:1010933404324',
  severity: 'info',
  many: 'columns make the predictions no worse where they are shuffled',
  options: { rows: countFrom(100, 'Rows', 'Fewer rows say nothing of it.') },
  facts: {
    share: fact.share('Of what the network knows'),
    low: fact.share('At least'),
    high: fact.share('At most'),
  },
})

export const shortcut = defineFinding({
  name: 'shortcut',
  label: 'Shortcut',
  help: 'One small region of the pictures, or one word of the texts, gives the network nearly all it knows: a mark, a border or a phrase that came with the source of a class. It is worth nothing where that is absent.',
  source: 'Geirhos et al. 2020, https://arxiv.org/abs/2004.07780',
  severity: 'warning',
  options: {
    share: shareFrom(
      0.7,
      'It is said where a sixteenth of the picture, or one word, alone keeps this share of what the network knows.',
    ),
  },
  facts: { part: fact.text('Part'), share: fact.share('Kept by it alone') },
})

export const unstableResult = defineFinding({
  name: 'unstableResult',
  label: 'Unstable result',
  help: 'Trainings that differ in nothing but their seeds, or the rows that they were given, come to results that are far apart: which of them is looked at is luck. It takes three such runs of the project, or a cross-validation.',
  source: 'Bouthillier et al. 2021, https://arxiv.org/abs/2103.03098',
  severity: 'warning',
  options: {
    absolute: part(0.03, 'Deviation', 'Of shares and scores the standard deviation is at least so much.'),
    relative: part(0.05, 'Part of the mean', 'The standard deviation is at least this part of the mean.'),
    runs: countFrom(3, 'Runs', 'Fewer say nothing of it.'),
  },
  facts: {
    metric: fact.text('Metric'),
    runs: fact.count('Runs'),
    mean: fact.number('Mean'),
    deviation: fact.number('Standard deviation'),
    byRows: fact.number('That the rows alone explain'),
  },
})

const weakSegment = defineFinding({
  name: 'weakSegment',
  label: 'Weak segment',
  help: 'In a part of the rows the network does much worse than in all of them, by more than chance makes of as many parts as were looked at. The mean hides it from those it concerns.',
  source:
    'https://docs.deepchecks.com/stable/tabular/auto_checks/model_evaluation/plot_weak_segments_performance.html',
  severity: 'warning',
  options: {
    drop: shareFrom(0.2, 'It is said from this part of the score, or of the mean error, on.'),
    rows: countFrom(20, 'Rows', 'Parts of fewer rows are not looked at.'),
    share: shareFrom(0.05, 'Parts of a smaller share of the rows are not looked at.'),
    chance: part(0.05, 'Chance', 'How often chance may make one of all parts that were looked at look so.'),
  },
  facts: {
    segment: fact.text('Where'),
    rows: fact.count('Rows'),
    here: fact.number('Score there'),
    all: fact.number('Score of all rows'),
    looked: fact.count('Parts looked at'),
  },
})

export const testDrift = defineFinding({
  name: 'testDrift',
  label: 'Drift from training',
  help: 'A column is distributed otherwise in these rows than in training, by more than chance makes: the network is asked another question than it was trained on.',
  severity: 'warning',
  many: 'columns are distributed otherwise in these rows than in training',
  options: { distance: part(0.15, 'Distance', 'It is said from this D, or V, on.') },
  facts: { statistic: fact.text('Statistic'), distance: fact.number('Distance') },
})

const predictionDrift = defineFinding({
  name: 'predictionDrift',
  label: 'Predictions drift',
  help: 'The network says other things of these rows than it says of training rows, by more than chance makes: either the rows are of another kind, or it knew the training rows by heart.',
  severity: 'warning',
  options: { distance: part(0.15, 'Distance', 'It is said from this D, or V, on.') },
  facts: { statistic: fact.text('Statistic'), distance: fact.number('Distance') },
})

export const testChecks = findingRegistry({
  name: 'testChecks',
  one: 'test check',
  help: 'What Evaluate says about a trained network; what says nothing is passed.',
  members: [
    inconsistentMetric,
    testDuplicates,
    overfit,
    underfit,
    goldenFeature,
    shortcut,
    unstableResult,
    overconfident,
    weakSegment,
    testDrift,
    predictionDrift,
    uselessFeature,
  ],
})
