import { binary, classification, multilabel, ordinal, regression, type Task } from './tasks.ts'
import { family, memberOf, type Chosen, type Definition } from './define.ts'
import { longestFormula, namesOfFormula, readFormula } from '../formulas/read.ts'
import { fraction, number, text, type Options } from './options.ts'

interface LossWords {
  /** The tasks whose outputs and targets it compares. */
  readonly tasks: readonly Task[]
  /** What it is counted in: `nats`, or the standardized target's unit squared. */
  readonly unit: string
  /** What it is of, where somebody writes it. It may then go below 0, and nobody knows what guessing loses. */
  readonly writtenOf?: string
}
const defineLoss = <const Name extends string, const O extends Options>(
  definition: Definition<Name, O> & LossWords,
): Definition<Name, O> & LossWords => definition

const labelSmoothing = fraction({
  label: 'Label smoothing',
  help: 'This share of each target is spread over all classes, which keeps the network from becoming certain. 0.1 often helps accuracy and hurts log loss.',
  start: 0,
})

export const crossEntropy = defineLoss({
  name: 'crossEntropy',
  label: 'Cross-entropy',
  help: 'The negative logarithm of the probability that the true class was given. What classification is trained with unless there is a reason.',
  source: 'https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html',
  tasks: [classification.name],
  unit: 'nats',
  options: { labelSmoothing },
})

export const binaryCrossEntropy = defineLoss({
  name: 'binaryCrossEntropy',
  label: 'Binary cross-entropy',
  help: 'The negative logarithm of the probability that the truth was given, of every yes or no by itself. What two classes and labels are trained with unless there is a reason.',
  source: 'https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html',
  tasks: [binary.name, multilabel.name],
  unit: 'nats',
  options: { labelSmoothing },
})

export const focal = defineLoss({
  name: 'focal',
  label: 'Focal loss',
  help: 'Cross-entropy that counts less the better an example is predicted already: for rare classes among many easy examples.',
  source: 'Lin et al. 2017, https://arxiv.org/abs/1708.02002',
  tasks: [classification.name, binary.name, multilabel.name],
  unit: 'nats',
  options: {
    gamma: number({
      label: 'Gamma',
      help: 'How much less easy examples count; 0 is cross-entropy, 2 what its authors use.',
      least: 0,
      most: 10,
      step: 0.5,
      start: 2,
    }),
  },
})

export const corn = defineLoss({
  name: 'corn',
  label: 'Conditional ordinal',
  help: 'Binary cross-entropy of each step from one class to the next, among the examples that came as far: the probabilities of the classes never contradict their order.',
  source: 'Shi, Cao & Raschka 2021, https://arxiv.org/abs/2111.08851',
  tasks: [ordinal.name],
  unit: 'nats a step',
  options: {},
})

export const meanSquaredError = defineLoss({
  name: 'mse',
  label: 'Squared error',
  help: 'The mean square of the errors. Predicts the mean; single large errors weigh most.',
  source: 'https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html',
  tasks: [regression.name],
  unit: 'standardized units²',
  options: {},
})

export const meanAbsoluteError = defineLoss({
  name: 'mae',
  label: 'Absolute error',
  help: 'The mean size of the errors. Predicts the median; outliers weigh no more than others.',
  source: 'https://docs.pytorch.org/docs/stable/generated/torch.nn.L1Loss.html',
  tasks: [regression.name],
  unit: 'standardized units',
  options: {},
})

export const huber = defineLoss({
  name: 'huber',
  label: 'Huber loss',
  help: 'Squared where the error is small, absolute where it is large: the mean, with outliers held down.',
  source: 'Huber 1964, https://doi.org/10.1214/aoms/1177703732',
  tasks: [regression.name],
  unit: 'standardized units²',
  options: {
    delta: number({
      label: 'Delta',
      help: 'From which error on it is absolute, in standard deviations of the target.',
      above: 0,
      step: 0.1,
      start: 1,
    }),
  },
})

// ---- own formulas ----

const formulaOptions = (start: string, names: readonly string[], slopeOf: string) => ({
  formula: text({
    label: 'Formula',
    help: `Of ${names.join(', ')}, with + − * / ** and functions by PyTorch’s names, such as ${start}. The graph lab shows one step by step.`,
    longest: longestFormula,
    pattern: /\S/,
    bounds: `a formula of ${names.join(', ')}`,
    start,
  }),
  slope: text({
    label: 'Slope',
    help: `What stands for its derivative by ${slopeOf}, where it has none that teaches. Empty: the derivative that it has.`,
    longest: longestFormula,
    pattern: /^.*$/,
    bounds: `a formula of ${names.join(', ')}, or nothing`,
    start: '',
  }),
})

/** What is wrong with the formula or its slope; null: nothing. */
function checkFormulas(names: readonly string[]) {
  return (values: { readonly formula: string; readonly slope: string }) => {
    for (const option of ['formula', 'slope'] as const) {
      if (option === 'slope' && values.slope === '') continue
      try {
        const read = readFormula(values[option], names, 'elements')
        if (option === 'formula' && namesOfFormula(read).length === 0)
          return {
            option,
            message: `The formula ${values.formula} is of no prediction: it needs ${names.join(' or ')}.`,
          }
      } catch (error) {
        return { option, message: error instanceof Error ? error.message : String(error) }
      }
    }
    return null
  }
}

/** What the formula of an error is of; `error` is output − target. */
export const errorNames = ['error', 'output', 'target'] as const
/** What the formula of a probability is of: that of the truth, and its logarithm. */
export const probabilityNames = ['p', 'log_p'] as const

export const errorFormula = defineLoss({
  name: 'errorFormula',
  label: 'Own formula',
  help: 'What you write of each number that is predicted: error is output − target, in standardized units. The mean of it is made smaller.',
  tasks: [regression.name],
  unit: 'as written',
  writtenOf: 'error',
  options: formulaOptions('error ** 2', errorNames, 'error'),
  check: checkFormulas(errorNames),
})

export const probabilityFormula = defineLoss({
  name: 'probabilityFormula',
  label: 'Own formula',
  help: 'What you write of each prediction: p is the probability that the truth was given, and log_p its logarithm, which stays exact where p is tiny. The mean of it is made smaller.',
  tasks: [classification.name, binary.name, multilabel.name],
  unit: 'as written',
  writtenOf: 'p',
  options: formulaOptions('-log_p', probabilityNames, 'p'),
  check: checkFormulas(probabilityNames),
})

export const losses = family({
  name: 'losses',
  one: 'loss',
  help: 'What training makes smaller.',
  path: 'training.loss',
  key: 'name',
  members: [
    crossEntropy,
    binaryCrossEntropy,
    focal,
    corn,
    meanSquaredError,
    meanAbsoluteError,
    huber,
    errorFormula,
    probabilityFormula,
  ],
})
export type Loss = Chosen<typeof losses>

/** “Cross-entropy (nats)”: what stands at an axis. */
export function lossTitle(name: Loss['name']): string {
  const { label, unit } = memberOf(losses, name)
  return `${label} (${unit})`
}

/** The loss of a task that is a formula of one's own; null: there is none. */
export const writtenLoss = (task: Task): (LossWords & { readonly name: Loss['name'] }) | null =>
  losses.members.find(({ writtenOf, tasks }: LossWords) => writtenOf !== undefined && tasks.includes(task)) ??
  null

/** Whether it is a formula of one's own. */
export const isWritten = ({ name }: Pick<Loss, 'name'>): boolean =>
  (memberOf(losses, name) as LossWords).writtenOf !== undefined
