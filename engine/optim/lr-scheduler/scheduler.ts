/** What all schedules have in common. Call step() once an epoch, or once a step where that is how they count. */
import { wholeNumber } from '../../tensor/arguments.ts'

export interface ScheduleOptions {
  /** Epochs done before, of a run that goes on: its groups then know their initial rates. −1, the default, starts anew. */
  readonly lastEpoch?: number
}

/** A group of an optimizer, or whatever else has a rate; a momentum too, where a schedule moves that. */
export interface Rated {
  lr: number
  initialLr?: number | undefined
  /** What schedules keep, by PyTorch's names; an optimizer saves it. */
  scheduled?: Record<string, number>
  momentum?: number
  betas?: readonly [number, number]
}

/** An optimizer, or whatever else has rates by groups. */
export interface Scheduled {
  readonly paramGroups: readonly Rated[]
}

/** Plain data, by PyTorch's names. */
export type SchedulerState = Readonly<Record<string, unknown>>

/** Takes saved numbers over where they are there. */
export const numberOr = (value: unknown, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise

/** One number for each group. Errors: a RangeError that names the option, where there are more or fewer. */
export function eachGroup<T>(name: string, { paramGroups }: Scheduled, value: T | readonly T[]): T[] {
  const values = Array.isArray(value) ? (value as readonly T[]) : paramGroups.map(() => value as T)
  if (values.length === paramGroups.length) return [...values]
  throw new RangeError(
    `${name} needs one value for each of the ${paramGroups.length} groups, not ${values.length}.`,
  )
}

/** Sets the learning rates of an optimizer’s groups, epoch by epoch. Source: torch.optim.lr_scheduler._LRScheduler. */
export abstract class LRScheduler {
  readonly optimizer: Scheduled
  /** Of each group at the start. */
  baseLrs: readonly number[]
  /** Epochs done. */
  lastEpoch: number
  #lastLr: readonly number[] = []

  constructor(optimizer: Scheduled, lastEpoch = -1) {
    if (!Array.isArray((optimizer as Partial<Scheduled> | null)?.paramGroups))
      throw new TypeError('A schedule takes the optimizer first, whose rates it sets, then its own options.')
    this.optimizer = optimizer
    this.lastEpoch = wholeNumber('lastEpoch', lastEpoch, -1)
    const groups = optimizer.paramGroups
    groups.forEach((group, i) => {
      if (lastEpoch !== -1 && group.initialLr === undefined) {
        throw new Error(
          `The parameter group ${i} has no initial rate to go on from: load the optimizer's state first.`,
        )
      }
      group.initialLr ??= group.lr
    })
    this.baseLrs = groups.map((group) => group.initialLr!)
  }

  /** What stands in the groups since the last step. */
  getLastLr(): number[] {
    return [...this.#lastLr]
  }

  /** Moves to the next epoch, or to `epoch` when resuming. */
  step(epoch?: number): void {
    const next = epoch === undefined ? this.lastEpoch + 1 : wholeNumber('epoch', epoch, 0)
    this.lastEpoch = next
    this.optimizer.paramGroups.forEach((group, i) => {
      // A group that joined since then starts from its own rate.
      const base = this.baseLrs[i] ?? group.lr
      group.lr = epoch === undefined ? this.next(group, base, next, i) : this.rateAt(base, next, group, i)
    })
    this.noteRates()
  }

  /** Remembers what stands in the groups now. */
  protected noteRates(): void {
    this.#lastLr = this.optimizer.paramGroups.map((group) => group.lr)
  }

  /** From the rate that stands in the group, so that several schedules act together. */
  protected abstract next(group: Rated, base: number, epoch: number, index: number): number

  /** From the epoch alone, where there is such a formula. */
  protected rateAt(base: number, epoch: number, group: Rated, index: number): number {
    return this.next(group, base, epoch, index)
  }

  /** Its own settings, by PyTorch's names. */
  protected abstract settings(): Record<string, unknown>

  stateDict(): SchedulerState {
    return {
      ...this.settings(),
      base_lrs: [...this.baseLrs],
      last_epoch: this.lastEpoch,
      _last_lr: this.getLastLr(),
    }
  }

  /** Goes on from a saved state. Errors: an Error where epochs or rates are missing. The rates themselves are the optimizer's to load. */
  loadStateDict(state: SchedulerState): void {
    const { base_lrs: bases, last_epoch: epoch, _last_lr: last } = state
    if (!Array.isArray(bases) || typeof epoch !== 'number')
      throw new Error('The saved schedule does not fit: it needs base_lrs and last_epoch.')
    this.baseLrs = bases as readonly number[]
    this.lastEpoch = epoch
    this.#lastLr = Array.isArray(last) ? (last as readonly number[]) : []
    this.restore(state)
  }

  protected abstract restore(state: SchedulerState): void
}
