/** What is tried before a training, seconds long, on a sample of its data and networks of its own. */
import { countFrom, defineFinding, fact, findingRegistry, shareFrom } from './findings.ts'
import { number, type NumberOption } from './options.ts'

const times = (start: number, label: string, help: string): NumberOption =>
  number({ label, help, above: 1, most: 1e6, step: 0.5, start })

const notFiniteInputs = defineFinding({
  name: 'notFiniteInputs',
  label: 'All inputs are numbers',
  help: 'One value that is infinite or not a number spoils every weight in the first step that sees it.',
  severity: 'error',
  options: {},
  facts: { values: fact.count('Such values'), example: fact.count('First in training example') },
})

const unscaledInputs = defineFinding({
  name: 'unscaledInputs',
  label: 'Inputs are scaled',
  help: 'Networks learn from inputs of about the same size, around 0. A feature in the thousands drowns the others and makes steps jump.',
  source: 'LeCun et al. 1998, Efficient BackProp, section 4.3',
  severity: 'warning',
  options: {
    deviation: times(10, 'Standard deviation', 'It is said from this standard deviation on.'),
    mean: times(10, 'Mean', 'It is said where the mean is farther from 0 than this.'),
  },
  facts: {
    features: fact.count('Such features'),
    mean: fact.number('Mean'),
    deviation: fact.number('Standard deviation'),
  },
})

const startLossOff = defineFinding({
  name: 'startLossOff',
  label: 'The loss starts where guessing is',
  help: 'Before it has learned anything, a network should lose about what guessing loses: the logarithm of the number of classes, the variance of a number.',
  source: 'Karpathy 2019, https://karpathy.github.io/2019/04/25/recipe/',
  severity: 'warning',
  options: {
    ratio: times(2, 'Times the expected loss', 'It is said above so many times the loss of guessing.'),
  },
  facts: { start: fact.number('Loss at the start'), expected: fact.number('Loss of guessing') },
})

const alreadyProbabilities = defineFinding({
  name: 'alreadyProbabilities',
  label: 'Outputs are not normalized twice',
  help: 'The loss turns outputs into probabilities itself. Where the network has done so already, they are squeezed twice, and the loss can hardly fall.',
  source: 'https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html',
  severity: 'error',
  options: {},
  facts: { least: fact.number('Least output'), most: fact.number('Largest output') },
})

const examplesMixed = defineFinding({
  name: 'examplesMixed',
  label: 'Examples are kept apart',
  help: 'What a network says of one example must not depend on the others of its batch: mostly two dimensions were mistaken for each other.',
  source: 'Karpathy 2019, https://karpathy.github.io/2019/04/25/recipe/',
  severity: 'error',
  options: {
    share: shareFrom(0.001, 'It is said where an answer changes by more than this share when the others do.'),
  },
  facts: { change: fact.share('Change of the answer') },
})

const cutOff = defineFinding({
  name: 'cutOff',
  label: 'Gradients reach all weights',
  help: 'Weights that no gradient reaches never learn: the way to the loss is missing, or cut by a function without a slope.',
  severity: 'error',
  options: {},
  facts: { parameters: fact.count('Parameters') },
})

const gradientOff = defineFinding({
  name: 'gradientOff',
  label: 'Gradients are right',
  help: 'The slope that the gradient promises is compared with what the loss does when all weights go a little that way.',
  source: 'https://cs231n.github.io/neural-networks-3/#gradcheck',
  severity: 'error',
  options: {
    share: shareFrom(0.5, 'It is said where the two differ by more than this share.'),
  },
  facts: { promised: fact.number('Promised'), measured: fact.number('Measured') },
})

const deadFromStart = defineFinding({
  name: 'deadFromStart',
  label: 'Units are alive',
  help: 'Units that let nothing through for any example before training hardly come to life in it: their weights or biases start too low.',
  severity: 'warning',
  options: { share: shareFrom(0.5, 'It is said from this share of a layer’s units on.') },
  facts: { dead: fact.share('Dead units') },
})

const saturatedFromStart = defineFinding({
  name: 'saturatedFromStart',
  label: 'Activations have a slope',
  help: 'A sigmoid or tanh whose answers lie at its ends from the start passes next to no gradient back: weights start too large, or inputs are.',
  severity: 'warning',
  options: { share: shareFrom(0.5, 'It is said from this share of a layer’s answers on.') },
  facts: { saturated: fact.share('Saturated') },
})

const batchOfOne = defineFinding({
  name: 'batchOfOne',
  label: 'Batches have a variance',
  help: 'Batch normalization divides by the deviation within a batch. A batch of one has none, so nothing is left of the example.',
  severity: 'error',
  options: { least: countFrom(2, 'Examples', 'It is said of smaller batches.') },
  facts: { batchSize: fact.count('Batch size') },
})

const staleStatistics = defineFinding({
  name: 'staleStatistics',
  label: 'Batch statistics keep up',
  help: 'Batch normalization predicts with averages that it gathers in training. Where these do not follow the batches, the network that is tested is not the one that was trained.',
  source: 'https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html',
  severity: 'error',
  options: {
    share: shareFrom(0.5, 'It is said where answers differ by more than this share of their size.'),
  },
  facts: { difference: fact.share('Difference of the answers') },
})

const cannotOverfit = defineFinding({
  name: 'cannotOverfit',
  label: 'A few examples can be learned by heart',
  help: 'A network that cannot learn even a handful of examples will not learn the rest: the wiring, the loss or the targets are wrong.',
  source: 'Karpathy 2019, https://karpathy.github.io/2019/04/25/recipe/',
  severity: 'error',
  options: {
    share: shareFrom(0.5, 'It is said where more than this share of the loss is left.'),
  },
  facts: {
    before: fact.number('Loss before'),
    after: fact.number('Loss after'),
    steps: fact.count('Steps'),
  },
})

const inputsTellNothing = defineFinding({
  name: 'inputsTellNothing',
  label: 'Inputs tell of the target',
  help: 'A network that sees the inputs should soon do better, on examples it has not seen, than one that sees the same input every time. Where it does not, labels may be shuffled, or joined to the wrong rows.',
  source: 'Karpathy 2019, https://karpathy.github.io/2019/04/25/recipe/',
  severity: 'warning',
  options: {
    least: countFrom(50, 'Examples', 'It is not said of fewer examples that were not trained on.'),
  },
  facts: {
    seeing: fact.number('Loss with the inputs'),
    blind: fact.number('Loss without them'),
    examples: fact.count('Examples'),
  },
})

const overSize = defineFinding({
  name: 'overSize',
  label: 'The model fits its budget of size',
  help: 'The weights of this network take more than the budget of the recipe allows.',
  severity: 'warning',
  options: {},
  facts: { megabytes: fact.number('MB'), allowed: fact.number('Allowed MB') },
})

const overTime = defineFinding({
  name: 'overTime',
  label: 'Answers fit their budget of time',
  help: 'An untrained network of the same shape was timed: what weights it has makes no difference.',
  severity: 'warning',
  options: {},
  facts: { milliseconds: fact.number('Milliseconds of 99 % of calls'), allowed: fact.number('Allowed') },
})

export type PreflightCheck = (typeof preflight)['members'][number]['name']

/** In the order in which they are shown. */
export const preflight = findingRegistry({
  name: 'preflight',
  one: 'pre-flight check',
  help: 'What is tried in the seconds before a training, on a sample of its data and a network of its own.',
  members: [
    notFiniteInputs,
    unscaledInputs,
    batchOfOne,
    startLossOff,
    alreadyProbabilities,
    examplesMixed,
    cutOff,
    gradientOff,
    deadFromStart,
    saturatedFromStart,
    staleStatistics,
    cannotOverfit,
    inputsTellNothing,
    overSize,
    overTime,
  ],
})
