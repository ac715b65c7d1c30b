import { define, family, type Chosen } from './define.ts'
import { flag, fraction, list, number, whole } from './options.ts'

export const constant = define({
  name: 'constant',
  label: 'Constant',
  help: 'The same rate throughout.',
  options: {},
})

const floor = fraction({
  label: 'Lowest',
  advanced: true,
  unit: 'share of the rate',
  help: 'Where the rate ends, as a share of the learning rate.',
  start: 0,
})

export const cosine = define({
  name: 'cosine',
  label: 'Cosine',
  help: 'Down along half a cosine over all epochs. A good first choice: large steps first, small ones to settle.',
  source: 'Loshchilov & Hutter 2017, https://arxiv.org/abs/1608.03983',
  options: { floor },
})

export const cosineRestarts = define({
  name: 'cosineRestarts',
  label: 'Cosine with restarts',
  help: 'Down along half a cosine, and up to the whole rate again: tries several valleys in one training.',
  source: 'Loshchilov & Hutter 2017, https://arxiv.org/abs/1608.03983',
  options: {
    every: whole({
      label: 'First round',
      unit: 'epochs',
      help: 'Epochs until the first restart.',
      start: 10,
    }),
    growth: whole({
      label: 'Growth',
      help: 'Each round is so many times as long as the last.',
      most: 10,
      start: 2,
    }),
    floor,
  },
})

export const step = define({
  name: 'step',
  label: 'Steps',
  help: 'Times a factor every so many epochs.',
  source: 'https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html',
  options: {
    every: whole({ label: 'Every', unit: 'epochs', help: 'Epochs between two steps down.', start: 30 }),
    factor: number({
      label: 'Factor',
      help: 'What the rate is multiplied by.',
      above: 0,
      below: 1,
      step: 0.05,
      start: 0.1,
    }),
  },
})

export const exponential = define({
  name: 'exponential',
  label: 'Exponential',
  help: 'Times a factor after every epoch.',
  source: 'https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html',
  options: {
    factor: number({
      label: 'Factor',
      unit: 'an epoch',
      help: 'What the rate is multiplied by after each epoch: 0.95 leaves 60 % after ten of them.',
      above: 0,
      below: 1,
      step: 0.01,
      start: 0.95,
    }),
  },
})

export const polynomial = define({
  name: 'polynomial',
  label: 'Polynomial',
  help: 'Down to nothing over all epochs: in a straight line with power 1, faster at first with more.',
  source: 'https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html',
  options: {
    power: number({
      label: 'Power',
      help: 'How the rate bends: 1 is a straight line.',
      above: 0,
      most: 10,
      step: 0.5,
      start: 1,
    }),
  },
})

export const milestones = define({
  name: 'milestones',
  label: 'Milestones',
  help: 'Times a factor at certain epochs: the classic plan for deep networks on images.',
  source: 'https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html',
  options: {
    epochs: list(whole({ label: 'Epoch', help: 'After so many epochs the rate falls.', start: 30 }), {
      label: 'Epochs',
      unit: 'done at each fall',
      help: 'After how many epochs the rate falls, one number for each fall.',
      fewest: 1,
      most: 16,
      start: [30, 60, 80],
    }),
    factor: number({
      label: 'Factor',
      help: 'What the rate is multiplied by each time.',
      above: 0,
      below: 1,
      step: 0.05,
      start: 0.1,
    }),
  },
})

export const warmupCosine = define({
  name: 'warmupCosine',
  label: 'Warm-up, then cosine',
  help: 'Up to the whole rate in a straight line, then down along half a cosine. Usual for Transformers.',
  source: 'Goyal et al. 2017, https://arxiv.org/abs/1706.02677',
  options: {
    warmup: whole({ label: 'Warm-up', unit: 'epochs', help: 'Epochs until the whole rate.', start: 5 }),
    first: number({
      label: 'First',
      unit: 'share of the rate',
      help: 'The first epoch’s rate, as a share of the learning rate.',
      above: 0,
      most: 1,
      step: 0.05,
      start: 0.1,
    }),
    floor,
  },
})

export const oneCycle = define({
  name: 'oneCycle',
  label: 'One cycle',
  help: 'Up to the rate, which may be higher than usual, and down to almost nothing, once over the whole training.',
  advice: 'Take three to ten times the rate that another schedule would have.',
  source: 'Smith & Topin 2018, https://arxiv.org/abs/1708.07120',
  options: {
    rise: number({
      label: 'Rise',
      unit: 'share of epochs',
      help: 'For what part of the training the rate rises.',
      above: 0,
      below: 1,
      step: 0.05,
      start: 0.3,
    }),
    divisor: number({
      label: 'First divisor',
      advanced: true,
      help: 'The first rate is the highest one divided by this.',
      least: 1,
      start: 25,
    }),
    lastDivisor: number({
      label: 'Last divisor',
      advanced: true,
      help: 'The last rate is the first one divided by this.',
      least: 1,
      start: 10_000,
    }),
  },
})

export const triangles = define({
  name: 'triangles',
  label: 'Triangles',
  help: 'Up and down between two rates, again and again; each peak may be half as high as the last.',
  source: 'Smith 2017, https://arxiv.org/abs/1506.01186',
  options: {
    half: whole({ label: 'Half a cycle', unit: 'epochs', help: 'Epochs up, and as many down.', start: 5 }),
    floor: fraction({
      label: 'Lowest',
      unit: 'share of the rate',
      help: 'Where each cycle begins, as a share of the learning rate.',
      start: 0.1,
    }),
    halving: flag({ label: 'Halving', help: 'Halves the height of each peak.', start: true }),
  },
})
export const waves = {
  ...define({
    name: 'waves',
    label: 'Waves',
    help: 'Up and down several times, each wave twice as long as the one before, and at nothing in the end: base · ½(1 − cos(2π log₂(1 + (2^waves − 1)·t))). It changes from step to step.',
    source: 'Holzmüller et al. 2024, https://arxiv.org/abs/2407.04491',
    options: {
      waves: whole({ label: 'Waves', help: 'How often the rate rises and falls.', most: 12, start: 4 }),
    },
  }),
  /** The rate changes from step to step, and not only from epoch to epoch. */
  withinEpochs: true,
} as const

export const schedules = family({
  name: 'schedules',
  one: 'schedule',
  help: 'How the learning rate changes from epoch to epoch.',
  path: 'training.schedule',
  key: 'name',
  members: [
    cosine,
    constant,
    step,
    exponential,
    polynomial,
    cosineRestarts,
    warmupCosine,
    oneCycle,
    milestones,
    triangles,
    waves,
  ],
})
export type Schedule = Chosen<typeof schedules>
