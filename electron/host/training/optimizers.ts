import { optim, type Tensor } from '../../../engine/index.ts'
import { implementationOf, optimizers, type Implementations, type Optimizer } from '../../contract/index.ts'

type Begin = (groups: readonly Group[]) => optim.Optimizer

const implementations: Implementations<typeof optimizers, Begin> = {
  sgd:
    ({ learningRate: lr, ...options }) =>
    (groups) =>
      new optim.SGD(groups, { lr, ...options }),
  adam:
    ({ learningRate: lr, beta1, beta2, ...options }) =>
    (groups) =>
      new optim.Adam(groups, { lr, betas: [beta1, beta2], ...options }),
  adamw:
    ({ learningRate: lr, beta1, beta2, ...options }) =>
    (groups) =>
      new optim.AdamW(groups, { lr, betas: [beta1, beta2], ...options }),
  rmsprop:
    ({ learningRate: lr, ...options }) =>
    (groups) =>
      new optim.RMSprop(groups, { lr, ...options }),
  adagrad:
    ({ learningRate: lr, ...options }) =>
    (groups) =>
      new optim.Adagrad(groups, { lr, ...options }),
  nadam:
    ({ learningRate: lr, beta1, beta2, ...options }) =>
    (groups) =>
      new optim.NAdam(groups, { lr, betas: [beta1, beta2], ...options }),
  radam:
    ({ learningRate: lr, beta1, beta2, ...options }) =>
    (groups) =>
      new optim.RAdam(groups, { lr, betas: [beta1, beta2], ...options }),
  adamax:
    ({ learningRate: lr, beta1, beta2, ...options }) =>
    (groups) =>
      new optim.Adamax(groups, { lr, betas: [beta1, beta2], ...options }),
  adadelta:
    ({ learningRate: lr, ...options }) =>
    (groups) =>
      new optim.Adadelta(groups, { lr, ...options }),
}

/** Parameters that are moved alike: with the chosen options, but for these. */
export interface Group {
  readonly params: readonly Tensor[]
  /** What the chosen rate is multiplied by; absent: 1. */
  readonly factor?: number
  readonly weightDecay?: number
}

export const optimizerOf = (chosen: Optimizer, groups: readonly Group[]): optim.Optimizer =>
  implementationOf(
    optimizers,
    implementations,
    chosen,
  )(groups.map(({ factor, ...group }) => ({ ...group, ...(factor && { lr: chosen.learningRate * factor }) })))

/** The rate of all groups, each times its factor. */
export function setLearningRate(optimizer: optim.Optimizer, groups: readonly Group[], rate: number): void {
  optimizer.paramGroups.forEach((group, i) => (group.lr = rate * (groups[i]?.factor ?? 1)))
}
