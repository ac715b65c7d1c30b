import { family, type Chosen, type Definition } from './define.ts'
import { number, whole, type Options } from './options.ts'

interface RemedyWords {
  /** Only where the target has classes or labels. */
  readonly ofClasses?: true
  /** Only where each row has one class, so that rows can be counted by it. */
  readonly oneClass?: true
}
const define = <const Name extends string, const O extends Options>(
  definition: Definition<Name, O> & RemedyWords,
): Definition<Name, O> & RemedyWords => definition

export const none = define({
  name: 'none',
  label: 'As it is',
  help: 'Every example counts the same.',
  options: {},
})

export const classWeights = define({
  name: 'classWeights',
  label: 'Class weights',
  ofClasses: true,
  help: 'The loss of each example is multiplied by the inverse frequency of its class, so that rare classes count as much as common ones; of labels, what has one counts as much as what lacks it.',
  advice: 'Improves recall of rare classes at some cost in accuracy.',
  source:
    'https://scikit-learn.org/stable/modules/generated/sklearn.utils.class_weight.compute_class_weight.html',
  options: {},
})

const seed = whole({
  label: 'Sampling seed',
  help: 'Which rows are drawn.',
  least: 0,
  start: 0,
  advanced: true,
})
const balance = (help: string) =>
  number({ label: 'Balance', help, share: true, least: 0.05, most: 1, step: 0.05, start: 1 })

export const weightedSampler = define({
  name: 'weightedSampler',
  label: 'Weighted sampler',
  ofClasses: true,
  oneClass: true,
  help: 'Every epoch draws as many rows as there are, with replacement, each class as often as any other: rare rows are seen several times, common ones not in every epoch.',
  advice:
    'As class weights, with steadier steps where a class is very rare. Validation and test stay as they are.',
  source: 'https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.WeightedRandomSampler',
  options: {},
})

export const overSample = define({
  name: 'overSample',
  label: 'Over-sampling',
  ofClasses: true,
  oneClass: true,
  help: 'Training rows of rare classes are repeated until they are as many as those of the largest.',
  advice: 'Nothing is lost, but an epoch takes longer, and what is repeated can be learned by heart.',
  source:
    'https://imbalanced-learn.org/stable/references/generated/imblearn.over_sampling.RandomOverSampler.html',
  options: {
    balance: balance('Each class gets at least this share of the largest one’s rows.'),
    seed,
  },
})

export const underSample = define({
  name: 'underSample',
  label: 'Under-sampling',
  ofClasses: true,
  oneClass: true,
  help: 'Training rows of common classes are left out until they are as many as those of the smallest.',
  advice: 'For very many rows: an epoch is short. What is left out is not learned from.',
  source:
    'https://imbalanced-learn.org/stable/references/generated/imblearn.under_sampling.RandomUnderSampler.html',
  options: {
    balance: balance('The smallest class has at least this share of any other one’s rows.'),
    seed,
  },
})

export const smote = define({
  name: 'smote',
  label: 'SMOTE',
  ofClasses: true,
  oneClass: true,
  help: 'Rare classes get further training rows, each somewhere between a row of theirs and one of its nearest neighbors, in prepared numbers, until they are as many as those of the largest. Between two categories there is nothing: a new row has the one that most of these neighbors have, and categories that differ lie as far apart as the median standard deviation of the numbers (SMOTE-NC).',
  advice:
    'For numbers, also beside categories; not for texts, images and dates. Probabilities are those of a balanced world.',
  source: 'Chawla et al. 2002, https://doi.org/10.1613/jair.953',
  options: {
    neighbors: whole({
      label: 'Neighbors',
      help: 'How many of the nearest rows of the class a new one may lie towards.',
      most: 100,
      start: 5,
    }),
    balance: balance('Each class gets at least this share of the largest one’s rows.'),
    seed,
  },
})

export const imbalanceRemedies = family({
  name: 'imbalance',
  one: 'remedy for class imbalance',
  help: 'What is done about classes of different size.',
  path: 'imbalance',
  key: 'remedy',
  members: [none, classWeights, weightedSampler, overSample, underSample, smote],
})
export type ImbalanceRemedy = Chosen<typeof imbalanceRemedies>
