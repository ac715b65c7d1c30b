import { numberWithin, oneOf } from '../../nn/checks.ts'
import { readArguments, wholeNumber, type Arguments, type Signature } from '../../tensor/arguments.ts'
import { eachGroup, numberOr, type Scheduled, type SchedulerState } from './scheduler.ts'

export interface PlateauOptions {
  /** Whether lower or higher is better; 'min' by default. */
  readonly mode?: 'min' | 'max'
  /** What the rate is multiplied by; 0.1 by default, below 1. */
  readonly factor?: number
  /** Epochs without progress that are let pass; 10 by default. */
  readonly patience?: number
  /** Progress smaller than that is none; 1e-4 by default. */
  readonly threshold?: number
  /** Whether that is a share of the best value so far or a difference; 'rel' by default. */
  readonly thresholdMode?: 'rel' | 'abs'
  /** Epochs after a reduction that do not count; 0 by default. */
  readonly cooldown?: number
  /** The lowest rate, of all groups or of each; 0 by default. */
  readonly minLr?: number | readonly number[]
  /** Smaller changes of the rate are not made; 1e-8 by default. */
  readonly eps?: number
}
const order = [
  'mode',
  'factor',
  'patience',
  'threshold',
  'thresholdMode',
  'cooldown',
  'minLr',
  'eps',
] as const
const signature: Signature<PlateauOptions> = { name: 'ReduceLROnPlateau', positional: order }

/** Times a factor whenever a number has stopped to improve. Source: torch.optim.lr_scheduler.ReduceLROnPlateau. */
export class ReduceLROnPlateau {
  readonly optimizer: Scheduled
  lastEpoch = 0
  /** The best value so far. */
  best: number
  #bad = 0
  #cooling = 0
  readonly #options: Required<PlateauOptions>
  readonly #lowest: readonly number[]
  #lastLr: readonly number[]

  constructor(optimizer: Scheduled, ...rest: Arguments<PlateauOptions, typeof order>) {
    const given = readArguments<PlateauOptions>(signature, rest)
    const options: Required<PlateauOptions> = {
      mode: 'min',
      factor: 0.1,
      patience: 10,
      threshold: 1e-4,
      thresholdMode: 'rel',
      cooldown: 0,
      minLr: 0,
      eps: 1e-8,
      ...given,
    }
    oneOf('mode', options.mode, ['min', 'max'])
    oneOf('thresholdMode', options.thresholdMode, ['rel', 'abs'])
    if (!(numberWithin('factor', options.factor, 0) < 1))
      throw new RangeError(`factor must be less than 1, not ${options.factor}.`)
    wholeNumber('patience', options.patience, 0)
    wholeNumber('cooldown', options.cooldown, 0)
    numberWithin('threshold', options.threshold, 0)
    numberWithin('eps', options.eps, 0)
    this.#lowest = eachGroup('minLr', optimizer, options.minLr).map((rate) => numberWithin('minLr', rate, 0))
    this.optimizer = optimizer
    this.#options = options
    this.best = options.mode === 'min' ? Infinity : -Infinity
    this.#lastLr = optimizer.paramGroups.map(({ lr }) => lr)
  }

  /** The learning rate of each group, since the last step. */
  getLastLr(): number[] {
    return [...this.#lastLr]
  }

  /** With what is to improve, once an epoch. Errors: a TypeError for what is no number, such as a tensor: `await` its item() first. */
  step(metric: number): void {
    if (typeof metric !== 'number')
      throw new TypeError('ReduceLROnPlateau goes by a number: give it await loss.item().')
    this.lastEpoch++
    const { patience, cooldown } = this.#options
    if (this.#improves(metric)) {
      this.best = metric
      this.#bad = 0
    } else this.#bad++
    if (this.#cooling > 0) {
      this.#cooling--
      this.#bad = 0
    }
    if (this.#bad > patience) {
      this.#reduce()
      this.#cooling = cooldown
      this.#bad = 0
    }
    this.#lastLr = this.optimizer.paramGroups.map(({ lr }) => lr)
  }

  #improves(value: number): boolean {
    const { mode, threshold, thresholdMode } = this.#options
    const { best } = this
    if (thresholdMode === 'rel')
      return mode === 'min' ? value < best * (1 - threshold) : value > best * (1 + threshold)
    return mode === 'min' ? value < best - threshold : value > best + threshold
  }

  #reduce(): void {
    const { factor, eps } = this.#options
    this.optimizer.paramGroups.forEach((group, i) => {
      const next = Math.max(group.lr * factor, this.#lowest[i] ?? 0)
      if (group.lr - next > eps) group.lr = next
    })
  }

  stateDict(): SchedulerState {
    return {
      last_epoch: this.lastEpoch,
      best: this.best,
      num_bad_epochs: this.#bad,
      cooldown_counter: this.#cooling,
      _last_lr: this.getLastLr(),
    }
  }

  /** Goes on from a saved state. Errors: an Error without the best value. */
  loadStateDict(state: SchedulerState): void {
    const { best } = state
    if (typeof best !== 'number') throw new Error('The saved schedule does not fit: it needs best.')
    this.best = best
    this.lastEpoch = numberOr(state['last_epoch'], 0)
    this.#bad = numberOr(state['num_bad_epochs'], 0)
    this.#cooling = numberOr(state['cooldown_counter'], 0)
    const last = state['_last_lr']
    if (Array.isArray(last)) this.#lastLr = last as readonly number[]
  }
}
