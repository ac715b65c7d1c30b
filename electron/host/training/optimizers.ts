import { optim, type Tensor } from '../../../engine/index.ts'
import { implementationOf, optimizers, type Implementations, type Optimizer } from '../../contract/index.ts'

type Begin = (parameters: Tensor[]) => optim.Optimizer

const implementations: Implementations<typeof optimizers, Begin> = {
  sgd:
    ({ learningRate: lr, ...options }) =>
    (parameters) =>
      new optim.SGD(parameters, { lr, ...options }),
  adam:
    ({ learningRate: lr, beta1, beta2, ...options }) =>
    (parameters) =>
      new optim.Adam(parameters, { lr, betas: [beta1, beta2], ...options }),
  adamw:
    ({ learningRate: lr, beta1, beta2, ...options }) =>
    (parameters) =>
      new optim.AdamW(parameters, { lr, betas: [beta1, beta2], ...options }),
  rmsprop:
    ({ learningRate: lr, ...options }) =>
    (parameters) =>
      new optim.RMSprop(parameters, { lr, ...options }),
  adagrad:
    ({ learningRate: lr, ...options }) =>
    (parameters) =>
      new optim.Adagrad(parameters, { lr, ...options }),
}

export const optimizerOf = (chosen: Optimizer, parameters: Tensor[]): optim.Optimizer =>
  implementationOf(optimizers, implementations, chosen)(parameters)
