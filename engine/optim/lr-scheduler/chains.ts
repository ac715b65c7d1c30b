/** Schedules of schedules. */
import { wholeNumber } from '../../tensor/arguments.ts'
import { LRScheduler, type Scheduled, type SchedulerState } from './scheduler.ts'

function requireSame(schedulers: readonly LRScheduler[], optimizer: Scheduled | undefined): Scheduled {
  if (schedulers.length === 0) throw new Error('A chain of schedules needs at least one.')
  schedulers.forEach((scheduler, i) => {
    if (!(scheduler instanceof LRScheduler)) throw new TypeError(`Schedule ${i} of the chain is no schedule.`)
    if (scheduler.optimizer !== optimizer)
      throw new Error(`Schedule ${i} of the chain belongs to another optimizer.`)
  })
  return optimizer!
}

const statesOf = (schedulers: readonly LRScheduler[]): SchedulerState[] =>
  schedulers.map((scheduler) => scheduler.stateDict())

function restoreAll(schedulers: readonly LRScheduler[], states: unknown): void {
  if (!Array.isArray(states) || states.length !== schedulers.length)
    throw new Error(`The saved schedule does not fit: it needs ${schedulers.length} _schedulers.`)
  schedulers.forEach((scheduler, i) => scheduler.loadStateDict(states[i] as SchedulerState))
}

/**
 * One schedule after the other: each begins anew at its milestone, such as a warm-up before an annealing. Errors: an Error for
 * schedules of another optimizer, or where there is not one milestone less than schedules. Source: torch.optim.lr_scheduler.SequentialLR.
 */
export class SequentialLR {
  readonly optimizer: Scheduled
  lastEpoch: number
  readonly #schedulers: readonly LRScheduler[]
  #milestones: readonly number[]

  constructor(
    optimizer: Scheduled,
    schedulers: readonly LRScheduler[],
    milestones: readonly number[],
    lastEpoch = -1,
  ) {
    this.optimizer = requireSame(schedulers, optimizer)
    if (milestones.length !== schedulers.length - 1)
      throw new Error(
        `${schedulers.length} schedules need ${schedulers.length - 1} milestones between them, not ${milestones.length}.`,
      )
    this.#milestones = milestones.map((at, i) => wholeNumber(`milestones[${i}]`, at, 0))
    this.#schedulers = [...schedulers]
    this.lastEpoch = wholeNumber('lastEpoch', lastEpoch, -1) + 1
    // Each has made its first step when it was made; only the first of them was to.
    for (const group of optimizer.paramGroups) group.lr = group.initialLr!
    for (const scheduler of schedulers) scheduler.lastEpoch--
    schedulers[0]!.step()
  }

  get #current(): number {
    return this.#milestones.filter((at) => at <= this.lastEpoch).length
  }

  /** The learning rate of each group, since the last step. */
  getLastLr(): number[] {
    return this.#schedulers[this.#current]!.getLastLr()
  }

  step(): void {
    this.lastEpoch++
    const current = this.#current
    const begins = current > 0 && this.#milestones[current - 1] === this.lastEpoch
    this.#schedulers[current]!.step(begins ? 0 : undefined)
  }

  stateDict(): SchedulerState {
    const states = statesOf(this.#schedulers)
    const last = { last_epoch: this.lastEpoch, _last_lr: this.getLastLr() }
    return { _milestones: [...this.#milestones], ...last, _schedulers: states }
  }

  /** Goes on from a saved state. Errors: an Error for another number of schedules, or without an epoch. */
  loadStateDict(state: SchedulerState): void {
    const { last_epoch: epoch, _milestones: milestones } = state
    if (typeof epoch !== 'number') throw new Error('The saved schedule does not fit: it needs last_epoch.')
    restoreAll(this.#schedulers, state['_schedulers'])
    if (Array.isArray(milestones)) this.#milestones = milestones as readonly number[]
    this.lastEpoch = epoch
  }
}

/** Several schedules at once: their factors multiply. Errors: an Error for those of different optimizers. Source: torch.optim.lr_scheduler.ChainedScheduler. */
export class ChainedScheduler {
  readonly optimizer: Scheduled
  readonly #schedulers: readonly LRScheduler[]
  #lastLr: readonly number[]

  constructor(schedulers: readonly LRScheduler[]) {
    this.optimizer = requireSame(schedulers, schedulers[0]?.optimizer)
    this.#schedulers = [...schedulers]
    this.#lastLr = this.optimizer.paramGroups.map(({ lr }) => lr)
  }

  /** The learning rate of each group, since the last step. */
  getLastLr(): number[] {
    return [...this.#lastLr]
  }

  step(): void {
    for (const scheduler of this.#schedulers) scheduler.step()
    this.#lastLr = this.optimizer.paramGroups.map(({ lr }) => lr)
  }

  stateDict(): SchedulerState {
    return { _last_lr: this.getLastLr(), _schedulers: statesOf(this.#schedulers) }
  }

  /** Goes on from a saved state. Errors: an Error for another number of schedules. */
  loadStateDict(state: SchedulerState): void {
    restoreAll(this.#schedulers, state['_schedulers'])
    const last = state['_last_lr']
    if (Array.isArray(last)) this.#lastLr = last as readonly number[]
  }
}
