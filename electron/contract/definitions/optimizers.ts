import { define, family, type Chosen } from './define.ts'
import { flag, fraction, number, rate } from './options.ts'

const learningRate = (start: number) =>
  rate({
    label: 'Learning rate',
    help: 'The size of a step. Too large and the loss jumps or diverges; too small and it crawls.',
    advice: 'Change it by factors of three. Adam: 1e-4 to 1e-2. SGD: 1e-2 to 1e-1.',
    start,
  })
const weightDecay = (start: number) =>
  number({
    label: 'Weight decay',
    help: 'Pulls every weight a little toward zero in each step, which keeps the network simple. 0 turns it off.',
    advice: '0 to 0.1 with AdamW.',
    least: 0,
    scale: 'logarithmic',
    start,
  })
const eps = rate({
  label: 'Epsilon',
  advanced: true,
  help: 'Keeps a division by a tiny average from blowing a step up.',
  start: 1e-8,
})
const betas = {
  beta1: fraction({
    label: 'Beta 1',
    advanced: true,
    help: 'How much of the running average of gradients each step keeps.',
    start: 0.9,
  }),
  beta2: fraction({
    label: 'Beta 2',
    advanced: true,
    help: 'How much of the running average of squared gradients each step keeps. 0.95 follows changes faster.',
    step: 0.001,
    start: 0.999,
  }),
}

export const sgd = define({
  name: 'sgd',
  label: 'SGD',
  help: 'Plain gradient descent with momentum. Needs a well chosen rate, and often ends best on images.',
  source: 'https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html',
  options: {
    learningRate: learningRate(0.01),
    momentum: fraction({
      label: 'Momentum',
      help: 'The share of the last step that is carried into the next one. 0.9 averages over about ten steps.',
      start: 0.9,
    }),
    weightDecay: weightDecay(0),
    nesterov: flag({
      label: 'Nesterov',
      advanced: true,
      help: 'Takes the gradient where the momentum leads, not where the weights are. Needs a momentum.',
      start: false,
    }),
  },
  check: ({ nesterov, momentum }) =>
    nesterov && momentum === 0
      ? { option: 'nesterov', message: 'Nesterov looks ahead along the momentum: give one, or turn it off.' }
      : null,
})

export const adam = define({
  name: 'adam',
  label: 'Adam',
  help: 'Divides each weight’s step by how large its gradients usually are. Forgives a rate that is not quite right.',
  source: 'Kingma & Ba 2015, https://arxiv.org/abs/1412.6980',
  options: { learningRate: learningRate(1e-3), weightDecay: weightDecay(0), ...betas, eps },
})

export const adamw = {
  ...define({
    name: 'adamw',
    label: 'AdamW',
    help: 'Adam with weight decay taken off the weights instead of the gradient.',
    advice: 'A sound first choice.',
    source: 'Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101',
    options: { learningRate: learningRate(1e-3), weightDecay: weightDecay(0.01), ...betas, eps },
  }),
  /** Weight decay is taken off the weights themselves, times the learning rate; elsewhere it is part of the gradient. */
  decoupledDecay: true,
} as const

export const adagrad = define({
  name: 'adagrad',
  label: 'Adagrad',
  help: 'Divides each step by all gradients so far, so that steps only become smaller. For inputs that are rarely there, as words are.',
  source: 'Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html',
  options: {
    learningRate: learningRate(0.01),
    lrDecay: number({
      label: 'Rate decay',
      advanced: true,
      unit: 'a step',
      help: 'Divides the rate by 1 + this · steps, on top of what the gradients do.',
      least: 0,
      scale: 'logarithmic',
      start: 0,
    }),
    weightDecay: weightDecay(0),
    eps: { ...eps, start: 1e-10 },
  },
})

export const rmsprop = define({
  name: 'rmsprop',
  label: 'RMSprop',
  help: 'Divides each step by a running average of the size of gradients. Known for recurrent networks.',
  source: 'Tieleman & Hinton 2012, lecture 6.5',
  options: {
    learningRate: learningRate(1e-3),
    alpha: fraction({
      label: 'Alpha',
      advanced: true,
      help: 'How much of the running average of squared gradients each step keeps.',
      start: 0.99,
    }),
    momentum: fraction({
      label: 'Momentum',
      help: 'How much of the last step goes into the next one.',
      start: 0,
    }),
    weightDecay: weightDecay(0),
    eps,
  },
})

export const nadam = define({
  name: 'nadam',
  label: 'NAdam',
  help: 'Adam that looks ahead along its momentum, as Nesterov does. Often a little quicker where Adam is good.',
  source: 'Dozat 2016, https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ',
  options: {
    learningRate: learningRate(2e-3),
    weightDecay: weightDecay(0),
    ...betas,
    eps,
    momentumDecay: number({
      label: 'Momentum decay',
      advanced: true,
      help: 'How soon the momentum reaches its whole size, which it begins with half of.',
      least: 0,
      scale: 'logarithmic',
      start: 0.004,
    }),
  },
})

export const radam = define({
  name: 'radam',
  label: 'RAdam',
  help: 'Adam whose first steps are smaller, until it has seen enough gradients to judge their size. Needs no warm-up.',
  source: 'Liu et al. 2020, https://arxiv.org/abs/1908.03265',
  options: { learningRate: learningRate(1e-3), weightDecay: weightDecay(0), ...betas, eps },
})

export const adamax = define({
  name: 'adamax',
  label: 'Adamax',
  help: 'Adam that divides by the largest gradient of late. Calmer where gradients are rare and large.',
  source: 'Kingma & Ba 2015, section 7.1, https://arxiv.org/abs/1412.6980',
  options: { learningRate: learningRate(2e-3), weightDecay: weightDecay(0), ...betas, eps },
})

export const adadelta = define({
  name: 'adadelta',
  label: 'Adadelta',
  help: 'Finds the size of each step from the steps before it, so that a rate of 1 need not be tuned. Slow to begin.',
  source: 'Zeiler 2012, https://arxiv.org/abs/1212.5701',
  options: {
    learningRate: { ...learningRate(1), advice: 'Leave it at 1; a smaller one makes every step smaller.' },
    rho: fraction({
      label: 'Rho',
      advanced: true,
      help: 'How much of the running averages of squares each step keeps.',
      start: 0.9,
    }),
    weightDecay: weightDecay(0),
    eps: { ...eps, start: 1e-6 },
  },
})

export const optimizers = family({
  name: 'optimizers',
  one: 'optimizer',
  help: 'How a gradient becomes a step.',
  path: 'training.optimizer',
  key: 'name',
  members: [adamw, adam, sgd, rmsprop, adagrad, nadam, radam, adamax, adadelta],
})
export type Optimizer = Chosen<typeof optimizers>
