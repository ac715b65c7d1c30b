/** Learning rate over epochs, as in torch.optim.lr_scheduler. Call step() once an epoch. */
import type { Optimizer } from './optimizer.ts'

abstract class Scheduler {
  protected readonly base: number
  readonly #optimizer: Optimizer
  #epoch = 0

  constructor(optimizer: Optimizer) {
    this.#optimizer = optimizer
    this.base = optimizer.learningRate
  }

  get epoch(): number {
    return this.#epoch
  }

  /** Moves to the next epoch, or to `epoch` when resuming. */
  step(epoch = this.#epoch + 1): void {
    this.#epoch = epoch
    this.#optimizer.setLearningRate(this.rateAt(epoch))
  }

  protected abstract rateAt(epoch: number): number
}

/** Half a cosine from the starting rate down to etaMin after tMax epochs (https://arxiv.org/abs/1608.03983). */
export class CosineAnnealingLR extends Scheduler {
  readonly #tMax: number
  readonly #etaMin: number
  constructor(optimizer: Optimizer, options: { readonly tMax: number; readonly etaMin?: number }) {
    super(optimizer)
    this.#tMax = options.tMax
    this.#etaMin = options.etaMin ?? 0
  }
  protected override rateAt(epoch: number): number {
    return this.#etaMin + ((this.base - this.#etaMin) * (1 + Math.cos((Math.PI * epoch) / this.#tMax))) / 2
  }
}

/** Times gamma every stepSize epochs. */
export class StepLR extends Scheduler {
  readonly #stepSize: number
  readonly #gamma: number
  constructor(optimizer: Optimizer, options: { readonly stepSize: number; readonly gamma?: number }) {
    super(optimizer)
    this.#stepSize = options.stepSize
    this.#gamma = options.gamma ?? 0.1
  }
  protected override rateAt(epoch: number): number {
    return this.base * this.#gamma ** Math.floor(epoch / this.#stepSize)
  }
}
