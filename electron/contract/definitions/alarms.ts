/** What is said about a training, while it runs and after, from its curves and its layers. */
import { countFrom, defineFinding, fact, findingRegistry, shareFrom } from './findings.ts'
import { number, type NumberOption } from './options.ts'

const times = (start: number, label: string, help: string): NumberOption =>
  number({ label, help, above: 1, most: 1000, step: 0.5, start })

const epochsFrom = (start: number, help: string): NumberOption => countFrom(start, 'Epochs', help)

const stepsFrom = (start: number, help: string): NumberOption => countFrom(start, 'Steps', help)

/** What is said of layers is said where so many of the watched steps show it, one after the other. */
const watched = stepsFrom(3, 'It is said where so many watched steps in a row show it.')

/** A loss that is all but nothing doubles by chance. */
const leastOfStart = shareFrom(
  0.01,
  'Only where it is at least this share of what a network that knows nothing loses: tiny losses vary by chance.',
)

const notFinite = defineFinding({
  name: 'notFinite',
  label: 'Not finite',
  help: 'A loss that is infinite or not a number leaves nothing to learn from, and ends the training. Mostly the steps were too large, or inputs were not scaled.',
  severity: 'error',
  options: {},
  facts: {
    epoch: fact.count('Epoch'),
    learningRate: fact.number('Learning rate'),
    operation: fact.text('First in the operation'),
    example: fact.text('For the training example'),
  },
})

const negativeLoss = defineFinding({
  name: 'negativeLoss',
  label: 'Negative loss',
  help: 'The losses of all tasks are 0 for a perfect answer and above 0 for any other. One below 0 has the wrong sign somewhere, and training makes the network worse.',
  severity: 'error',
  options: {},
  facts: { loss: fact.number('Loss') },
})

const climbing = defineFinding({
  name: 'climbing',
  label: 'Climbing from the start',
  help: 'In its first steps the network loses far more than it did before it had learned anything. The steps are much too large, or lead uphill.',
  source: 'Smith 2017, https://arxiv.org/abs/1506.01186',
  severity: 'error',
  options: {
    steps: stepsFrom(10, 'The median loss of so many steps is held against the first one.'),
    ratio: times(3, 'Times the first loss', 'It is said where that is above so many times the first loss.'),
  },
  facts: {
    first: fact.number('Loss of the first step'),
    now: fact.number('Loss now'),
    learningRate: fact.number('Learning rate'),
  },
})

const stepsTooLarge = defineFinding({
  name: 'stepsTooLarge',
  label: 'Steps too large',
  help: 'A step should move weights by about a thousandth of their length. One that moves them by as much as they are long throws away what was learned before.',
  source: 'Karpathy, https://cs231n.github.io/neural-networks-3/#ratio',
  severity: 'error',
  options: {
    steps: { ...watched, start: 2 },
    share: shareFrom(
      0.5,
      'It is said where half of the weights move by at least this share of their length.',
    ),
  },
  facts: {
    update: fact.number('Update, as a share of the weights'),
    learningRate: fact.number('Learning rate'),
  },
})

const noGradient = defineFinding({
  name: 'noGradient',
  label: 'No gradient',
  help: 'Nothing that these weights do reaches the loss, or its gradient is cut off on the way back. They never learn.',
  severity: 'error',
  options: {},
  facts: { parameters: fact.count('Parameters') },
})

const frozen = defineFinding({
  name: 'frozen',
  label: 'Not moving',
  help: 'These weights learn nothing, although others do: they are frozen, or their gradient is 0 for every example.',
  source: 'SageMaker Debugger, https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-rules.html',
  severity: 'error',
  options: { steps: watched },
  facts: { parameters: fact.count('Parameters') },
})

const vanishing = defineFinding({
  name: 'vanishing',
  label: 'Vanishing gradient',
  help: 'Next to nothing of the error reaches these weights, so they hardly learn. Shorter paths (residuals), normalization, or activations that keep a slope let it through.',
  source: 'SageMaker Debugger, https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-rules.html',
  severity: 'warning',
  options: {
    steps: watched,
    below: number({
      label: 'Gradient',
      help: 'It is said of weights whose gradient, as a root mean square, is below this.',
      above: 0,
      most: 1,
      scale: 'logarithmic',
      start: 1e-7,
    }),
    leastOfStart,
  },
  facts: { gradient: fact.number('Gradient'), layers: fact.count('Layers') },
})

const exploding = defineFinding({
  name: 'exploding',
  label: 'Exploding gradient',
  help: 'The gradient is so long that single steps go far astray. Deep and recurrent networks multiply it layer by layer, or step by step of a text.',
  source: 'Pascanu et al. 2013, https://arxiv.org/abs/1211.5063',
  severity: 'error',
  options: {
    steps: watched,
    above: number({
      label: 'Gradient norm',
      help: 'It is said where the gradient of all parameters together is longer than this.',
      above: 0,
      most: 1e9,
      scale: 'logarithmic',
      start: 100,
    }),
  },
  facts: { norm: fact.number('Gradient norm'), gradient: fact.number('Largest gradient of a layer') },
})

const deadUnits = defineFinding({
  name: 'deadUnits',
  label: 'Dead units',
  help: 'A rectifier passes on nothing below 0, and has no slope there. Units that are below 0 for every example pass on nothing and learn nothing any more.',
  source: 'https://cs231n.github.io/neural-networks-1/#actfun',
  severity: 'warning',
  options: {
    steps: watched,
    share: shareFrom(0.5, 'It is said where at least this share of a layer’s units is dead.'),
  },
  facts: { dead: fact.share('Dead units'), layers: fact.count('Layers') },
})

const saturated = defineFinding({
  name: 'saturated',
  label: 'Saturated',
  help: 'Sigmoid and tanh are flat at their ends. Where most answers lie there, next to no gradient comes through.',
  source: 'Glorot & Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html',
  severity: 'warning',
  options: {
    steps: watched,
    share: shareFrom(0.5, 'It is said where at least this share of a layer’s answers lies at the ends.'),
  },
  facts: { saturated: fact.share('Saturated'), layers: fact.count('Layers') },
})

const decayDominates = defineFinding({
  name: 'decayDominates',
  label: 'Weight decay dominates',
  help: 'More of each step goes into shrinking the weights than into learning from the examples.',
  severity: 'error',
  options: {
    steps: watched,
    share: shareFrom(
      0.4,
      'It is said where weight decay alone makes at least this share of the movement of half of the weights.',
    ),
  },
  facts: { share: fact.share('Share of the movement'), weightDecay: fact.number('Weight decay') },
})

const diverging = defineFinding({
  name: 'diverging',
  label: 'Diverging',
  help: 'The training loss climbs although training is to lower it: steps are so large that each leads further away. Divide the learning rate by three until the loss falls.',
  source: 'Goodfellow, Bengio & Courville 2016, Deep Learning, section 11.4.1',
  severity: 'error',
  options: {
    epochs: epochsFrom(3, 'The training loss is averaged over so many epochs at the end.'),
    rise: number({
      label: 'Rise',
      help: 'It is said where that is above the lowest training loss by this share of it.',
      least: 0,
      most: 100,
      share: true,
      step: 0.1,
      start: 0.5,
    }),
    leastOfStart: { ...leastOfStart, start: 0.05 },
  },
  facts: {
    lowest: fact.number('Lowest training loss'),
    epoch: fact.count('In epoch'),
    now: fact.number('Training loss at the end'),
    learningRate: fact.number('Learning rate'),
  },
})

const unstable = defineFinding({
  name: 'unstable',
  label: 'Unstable',
  help: 'The training loss jumps up and comes back: now and then a step is far too large. Smaller steps, or larger batches whose gradients vary less, calm it.',
  source: 'SageMaker Debugger, https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-rules.html',
  severity: 'warning',
  options: {
    ratio: times(
      2,
      'Jump',
      'A jump is an epoch whose training loss is so many times the median of those before it.',
    ),
    window: epochsFrom(10, 'Epochs before it of which the median is taken.'),
    jumps: countFrom(2, 'Jumps', 'It is said from so many jumps on.'),
    leastOfStart: { ...leastOfStart, start: 0.05 },
  },
  facts: {
    jumps: fact.count('Jumps'),
    epoch: fact.count('The largest in epoch'),
    ratio: fact.number('Times the loss before'),
    learningRate: fact.number('Learning rate'),
  },
})

const firstLossOff = defineFinding({
  name: 'firstLossOff',
  label: 'First loss off',
  help: 'A network that knows nothing yet should lose about what guessing loses. Where it starts far above that, inputs or targets are mostly not scaled, or the first steps blew the weights up.',
  source: 'Karpathy 2019, https://karpathy.github.io/2019/04/25/recipe/',
  severity: 'warning',
  options: {
    ratio: times(
      2,
      'Times the expected loss',
      'It is said where the training loss of the first epoch is above so many times the loss that is expected of guessing.',
    ),
  },
  facts: { first: fact.number('Training loss of the first epoch'), expected: fact.number('Expected') },
})

const notLearning = defineFinding({
  name: 'notLearning',
  label: 'Hardly learning',
  help: 'The training loss has hardly fallen below what guessing loses, so the network tells nothing apart even where it has seen the answers. The learning rate is far off, the network is held down, or the inputs do not tell of the target.',
  source: 'Karpathy 2019, https://karpathy.github.io/2019/04/25/recipe/',
  severity: 'warning',
  options: {
    epochs: epochsFrom(5, 'It is not said before so many epochs.'),
    share: shareFrom(
      0.05,
      'It is said where the lowest training loss is less than this share below what guessing loses.',
    ),
  },
  facts: {
    lowest: fact.number('Lowest training loss'),
    expected: fact.number('Loss of guessing'),
    learningRate: fact.number('Learning rate'),
  },
})

const pastItsBest = {
  source: 'Prechelt 1998, https://doi.org/10.1007/3-540-49430-8_3',
  options: {
    epochs: epochsFrom(
      5,
      'It is said from so many epochs after the lowest validation loss on, over which the losses are averaged.',
    ),
    rise: shareFrom(0.1, 'It is said where the validation loss is above its lowest by this share of it.'),
    leastOfStart,
    keptOfStart: shareFrom(
      0.95,
      'What is kept is hardly better than guessing where its validation loss is at least this share of what guessing loses.',
    ),
  },
  facts: {
    epoch: fact.count('Lowest validation loss in epoch'),
    lowest: fact.number('Lowest validation loss'),
    now: fact.number('Validation loss at the end'),
    rise: fact.share('Rise'),
    trainThen: fact.number('Training loss in that epoch'),
    trainNow: fact.number('Training loss at the end'),
  },
} as const

const overfitting = defineFinding({
  ...pastItsBest,
  name: 'overfitting',
  label: 'Overfitting',
  help: 'The network learns its training examples by heart: it does better on them, and worse on those it has not seen. Either nothing ends that before the last epoch — the weights of the best epoch are kept, so that only time is lost —, or it began so early that what is kept hardly does better than guessing. What holds the network back can make its best epoch better.',
  severity: 'warning',
})

const stoppedInTime = defineFinding({
  ...pastItsBest,
  name: 'stoppedInTime',
  label: 'Best before its end',
  help: 'The network began to learn its training examples by heart, and nothing is lost by that: early stopping ends it, or the learning rate comes down to nothing by the last epoch, and the weights of the best epoch are kept. What holds the network back can make that epoch better.',
  severity: 'info',
})

const notCarriedOver = defineFinding({
  name: 'notCarriedOver',
  label: 'Not carried over',
  help: 'The network does much better than guessing on the examples it learns from, and never did on others. In a short training that may be the fault of layers that normalize batches: while it learns, by the batch itself; when it predicts, by averages over past batches, which a few steps do not fill. Else it learns its few examples by heart, or those of the validation are of another kind.',
  source: 'Wu & Johnson 2021, https://arxiv.org/abs/2105.07576',
  severity: 'warning',
  options: {
    epochs: epochsFrom(3, 'It is said from so many epochs on.'),
    learned: shareFrom(
      0.7,
      'It is said where the training loss is at most this share of what guessing loses, over the epochs looked at.',
    ),
    carried: shareFrom(
      0.97,
      'And where the lowest validation loss is at least this share of what guessing loses.',
    ),
    steps: stepsFrom(500, 'Fewer steps than these may be too few for averages over batches.'),
  },
  facts: {
    trainNow: fact.number('Training loss'),
    lowest: fact.number('Lowest validation loss'),
    expected: fact.number('Loss of guessing'),
    steps: fact.count('Steps'),
  },
})

const stillImproving = defineFinding({
  name: 'stillImproving',
  label: 'Still improving',
  help: 'The training ended because it had no more epochs, not because it had learned what it could. More of them are likely to give a better model.',
  severity: 'info',
  options: {
    epochs: epochsFrom(
      10,
      'The validation loss of so many last epochs is compared with that of as many before them; in short trainings of half of all.',
    ),
    fall: shareFrom(0.02, 'It is said where it fell by at least this share.'),
  },
  facts: {
    before: fact.number('Validation loss before'),
    now: fact.number('Validation loss at the end'),
    fall: fact.share('Fall'),
    epochs: fact.count('Epochs'),
  },
})

const waitsForData = defineFinding({
  name: 'waitsForData',
  label: 'Much time for the data',
  help: 'All rows are in memory, and each step gathers its examples, unpacks and augments them. Where that takes a large part of the step, the network is small beside its inputs: what makes a step longer costs little, and what makes its inputs smaller saves much.',
  source:
    'TensorFlow Profiler calls more than 20 % highly input-bound, https://www.tensorflow.org/guide/profiler',
  severity: 'info',
  options: {
    share: shareFrom(0.25, 'It is said where the data take at least this share of a step.'),
  },
  facts: {
    share: fact.share('Share of a step'),
    input: fact.number('Milliseconds for its examples'),
    step: fact.number('Milliseconds of a step'),
  },
})

/** In the order in which they are shown, where they are as serious. */
export const alarms = findingRegistry({
  name: 'alarms',
  one: 'alarm',
  help: 'What Train says about a training, while it runs and after, from its curves and its layers.',
  members: [
    notFinite,
    negativeLoss,
    noGradient,
    frozen,
    climbing,
    stepsTooLarge,
    decayDominates,
    exploding,
    diverging,
    firstLossOff,
    notLearning,
    vanishing,
    deadUnits,
    saturated,
    unstable,
    overfitting,
    notCarriedOver,
    stoppedInTime,
    stillImproving,
    waitsForData,
  ],
})
