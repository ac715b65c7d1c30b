/** Optimizers, as in torch.optim. Hyperparameters that change while training live on the device, as captured steps need. */
import { noGrad } from '../tensor/grad-mode.ts'
import { tensor } from '../tensor/creation.ts'
import { realizeAssigned } from '../tensor/realize.ts'
import { Scope, withScope } from '../tensor/scope.ts'
import { formatShape, sameShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** As in torch.optim: 0 is a rate, under which nothing moves. */
function checkRate(rate: number): void {
  if (!(rate >= 0 && rate < Infinity))
    throw new RangeError(`The learning rate must be a number from 0, not ${rate}.`)
}

export abstract class Optimizer {
  readonly parameters: readonly Tensor[]
  /** The learning rate on the device, [] float32. */
  protected readonly rate: Tensor
  readonly #scope = new Scope('optimizer', this.constructor.name, 'optimizer')
  #learningRate: number

  constructor(parameters: readonly Tensor[], learningRate: number) {
    if (parameters.length === 0) throw new Error('An optimizer needs at least one parameter.')
    checkRate(learningRate)
    this.parameters = parameters
    this.#learningRate = learningRate
    this.rate = tensor(learningRate, { device: parameters[0]!.device })
  }

  get learningRate(): number {
    return this.#learningRate
  }

  setLearningRate(value: number): void {
    checkRate(value)
    if (value === this.#learningRate) return
    this.#learningRate = value
    // Steps taken but not yet computed are to use the old rate.
    realizeAssigned(this.rate.device)
    // Written in place: captured steps keep reading the same memory.
    this.rate.device.write(this.rate.node.storage!.buffer, Float32Array.of(value))
  }

  /** Forgets all gradients. */
  zeroGrad(): void {
    for (const parameter of this.parameters) parameter.grad = null
  }

  /** Moves every parameter that has a gradient. */
  step(): void {
    const move = (): void => {
      this.begin()
      this.parameters.forEach((parameter, i) => {
        if (parameter.grad) parameter.copy_(this.update(parameter, parameter.grad, i))
      })
    }
    noGrad(() => withScope(this.#scope, move))
  }

  /** Once before each step. */
  protected begin(): void {}

  /** The parameter's next value. */
  protected abstract update(parameter: Tensor, grad: Tensor, index: number): Tensor

  /** Tensors that, with the parameters, are all there is to resume from. */
  abstract stateDict(): Record<string, Tensor>

  loadStateDict(state: Readonly<Record<string, Tensor>>): void {
    noGrad(() => {
      for (const [name, own] of Object.entries(this.stateDict())) {
        const saved = state[name]
        if (!saved || !sameShape(saved.shape, own.shape)) {
          const got = saved ? formatShape(saved.shape) : 'nothing'
          throw new Error(
            `The saved optimizer state does not fit: ${name} should be ${formatShape(own.shape)}, got ${got}.`,
          )
        }
        own.copy_(saved)
      }
    })
  }
}

export const zerosLikeEach = (parameters: readonly Tensor[]): Tensor[] =>
  parameters.map((p) => tensor(new Float32Array(p.numel()), { shape: p.shape, device: p.device }))

export const named = (prefix: string, tensors: readonly Tensor[]): Record<string, Tensor> =>
  Object.fromEntries(tensors.map((t, i) => [`${prefix}.${i}`, t]))
