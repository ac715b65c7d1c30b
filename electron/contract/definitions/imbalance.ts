import { family, type Chosen, type Definition } from './define.ts'
import type { Options } from './options.ts'

interface RemedyWords {
  /** Only where the target has classes or labels. */
  readonly ofClasses?: true
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

export const imbalanceRemedies = family({
  name: 'imbalance',
  one: 'remedy for class imbalance',
  help: 'What is done about classes of different size.',
  path: 'imbalance',
  key: 'remedy',
  members: [none, classWeights],
})
export type ImbalanceRemedy = Chosen<typeof imbalanceRemedies>
