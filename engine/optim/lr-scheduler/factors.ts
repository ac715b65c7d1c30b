/** Rates times a factor: of the epoch, at milestones, or while a training warms up. */
import { numberWithin } from '../../nn/checks.ts'
import { readArguments, wholeNumber, type Arguments, type Signature } from '../../tensor/arguments.ts'
import {
  eachGroup,
  LRScheduler,
  numberOr,
  type Rated,
  type ScheduleOptions,
  type Scheduled,
  type SchedulerState,
} from './scheduler.ts'

/** A factor for each epoch. */
export type RateFactor = (epoch: number) => number

export interface LambdaOptions extends ScheduleOptions {
  /** One for all groups, or one for each. */
  readonly lrLambda?: RateFactor | readonly RateFactor[]
}
const lambdaOrder = ['lrLambda', 'lastEpoch'] as const
const signatureOfLambda = (name: string): Signature<LambdaOptions> => ({ name, positional: lambdaOrder })

function factorsOf(name: string, optimizer: Scheduled, given: LambdaOptions['lrLambda']): RateFactor[] {
  const factors = eachGroup<RateFactor | undefined>('lrLambda', optimizer, given)
  return factors.map((factor) => {
    if (typeof factor === 'function') return factor
    throw new TypeError(`${name} needs lrLambda: a function of the epoch, or one for each group.`)
  })
}

/**
 * The starting rate times what a function says of the epoch, from 0. Functions are not saved. Errors: a TypeError without a function.
 * Source: torch.optim.lr_scheduler.LambdaLR.
 */
export class LambdaLR extends LRScheduler {
  readonly #factors: readonly RateFactor[]
  constructor(optimizer: Scheduled, ...rest: Arguments<LambdaOptions, typeof lambdaOrder>) {
    const { lrLambda, lastEpoch } = readArguments<LambdaOptions>(signatureOfLambda('LambdaLR'), rest)
    super(optimizer, lastEpoch)
    this.#factors = factorsOf('LambdaLR', optimizer, lrLambda)
    this.step()
  }

  protected override next(_: Rated, base: number, epoch: number, index: number): number {
    return base * (this.#factors[index] ?? this.#factors[0]!)(epoch)
  }

  protected override settings(): Record<string, unknown> {
    return { lr_lambdas: this.#factors.map(() => null) }
  }

  protected override restore(): void {}
}

/**
 * The rate as it stands times what a function says of the epoch, from 1. Functions are not saved. Errors: a TypeError without a function.
 * Source: torch.optim.lr_scheduler.MultiplicativeLR.
 */
export class MultiplicativeLR extends LRScheduler {
  readonly #factors: readonly RateFactor[]
  constructor(optimizer: Scheduled, ...rest: Arguments<LambdaOptions, typeof lambdaOrder>) {
    const { lrLambda, lastEpoch } = readArguments<LambdaOptions>(signatureOfLambda('MultiplicativeLR'), rest)
    super(optimizer, lastEpoch)
    this.#factors = factorsOf('MultiplicativeLR', optimizer, lrLambda)
    this.step()
  }

  protected override next({ lr }: Rated, _: number, epoch: number, index: number): number {
    return epoch > 0 ? lr * (this.#factors[index] ?? this.#factors[0]!)(epoch) : lr
  }

  protected override settings(): Record<string, unknown> {
    return { lr_lambdas: this.#factors.map(() => null) }
  }

  protected override restore(): void {}
}

export interface MultiStepOptions extends ScheduleOptions {
  /** Epochs at which the rate falls. */
  readonly milestones?: readonly number[]
  /** 0.1 by default. */
  readonly gamma?: number
}
const multiStepOrder = ['milestones', 'gamma', 'lastEpoch'] as const
const multiStepSignature: Signature<MultiStepOptions> = { name: 'MultiStepLR', positional: multiStepOrder }

/**
 * The rate times gamma at each milestone, an epoch; one that comes twice counts twice. Errors: a TypeError without a list of milestones.
 * Source: torch.optim.lr_scheduler.MultiStepLR.
 */
export class MultiStepLR extends LRScheduler {
  #milestones: readonly number[]
  #gamma: number
  constructor(optimizer: Scheduled, ...rest: Arguments<MultiStepOptions, typeof multiStepOrder>) {
    const { milestones, gamma = 0.1, lastEpoch } = readArguments<MultiStepOptions>(multiStepSignature, rest)
    super(optimizer, lastEpoch)
    if (!Array.isArray(milestones)) throw new TypeError('MultiStepLR needs milestones: a list of epochs.')
    this.#milestones = (milestones as readonly number[])
      .map((epoch, i) => wholeNumber(`milestones[${i}]`, epoch, 0))
      .toSorted((a, b) => a - b)
    this.#gamma = numberWithin('gamma', gamma, 0)
    this.step()
  }

  protected override next({ lr }: Rated, _: number, epoch: number): number {
    return lr * this.#gamma ** this.#milestones.filter((at) => at === epoch).length
  }

  protected override rateAt(base: number, epoch: number): number {
    return base * this.#gamma ** this.#milestones.filter((at) => at <= epoch).length
  }

  protected override settings(): Record<string, unknown> {
    const counts: Record<string, number> = {}
    for (const at of this.#milestones) counts[at] = (counts[at] ?? 0) + 1
    return { milestones: counts, gamma: this.#gamma }
  }

  protected override restore({ milestones, gamma }: SchedulerState): void {
    if (typeof milestones === 'object' && milestones !== null)
      this.#milestones = Object.entries(milestones as Record<string, number>)
        .flatMap(([at, times]) => new Array<number>(times).fill(Number(at)))
        .toSorted((a, b) => a - b)
    this.#gamma = numberOr(gamma, this.#gamma)
  }
}

export interface ConstantOptions extends ScheduleOptions {
  /** Of the rate at first; 1/3 by default. */
  readonly factor?: number
  /** Epochs until the whole rate; 5 by default. */
  readonly totalIters?: number
}
const constantOrder = ['factor', 'totalIters', 'lastEpoch'] as const
const constantSignature: Signature<ConstantOptions> = { name: 'ConstantLR', positional: constantOrder }

/**
 * A part of the rate, `factor`, for totalIters epochs, then all of it. Errors: a RangeError for a factor outside 0 … 1. Source:
 * torch.optim.lr_scheduler.ConstantLR.
 */
export class ConstantLR extends LRScheduler {
  #factor: number
  #totalIters: number
  constructor(optimizer: Scheduled, ...rest: Arguments<ConstantOptions, typeof constantOrder>) {
    const {
      factor = 1 / 3,
      totalIters = 5,
      lastEpoch,
    } = readArguments<ConstantOptions>(constantSignature, rest)
    super(optimizer, lastEpoch)
    this.#factor = numberWithin('factor', factor, Number.MIN_VALUE, 1)
    this.#totalIters = wholeNumber('totalIters', totalIters, 0)
    this.step()
  }

  protected override next({ lr }: Rated, _: number, epoch: number): number {
    if (epoch === 0) return lr * this.#factor
    return epoch === this.#totalIters ? lr / this.#factor : lr
  }

  protected override rateAt(base: number, epoch: number): number {
    return epoch >= this.#totalIters ? base : base * this.#factor
  }

  protected override settings(): Record<string, unknown> {
    return { factor: this.#factor, total_iters: this.#totalIters }
  }

  protected override restore({ factor, total_iters: totalIters }: SchedulerState): void {
    this.#factor = numberOr(factor, this.#factor)
    this.#totalIters = numberOr(totalIters, this.#totalIters)
  }
}

export interface LinearOptions extends ScheduleOptions {
  /** Of the rate at first; above 0, 1/3 by default. */
  readonly startFactor?: number
  /** Of the rate in the end; 1 by default. */
  readonly endFactor?: number
  /** Epochs between them; 5 by default. */
  readonly totalIters?: number
}
const linearOrder = ['startFactor', 'endFactor', 'totalIters', 'lastEpoch'] as const
const linearSignature: Signature<LinearOptions> = { name: 'LinearLR', positional: linearOrder }

/**
 * From one part of the rate to another in a straight line over totalIters epochs: a warm-up. Errors: a RangeError for parts outside 0 …
 * 1. Source: torch.optim.lr_scheduler.LinearLR.
 */
export class LinearLR extends LRScheduler {
  #start: number
  #end: number
  #totalIters: number
  constructor(optimizer: Scheduled, ...rest: Arguments<LinearOptions, typeof linearOrder>) {
    const {
      startFactor = 1 / 3,
      endFactor = 1,
      totalIters = 5,
      lastEpoch,
    } = readArguments<LinearOptions>(linearSignature, rest)
    super(optimizer, lastEpoch)
    this.#start = numberWithin('startFactor', startFactor, Number.MIN_VALUE, 1)
    this.#end = numberWithin('endFactor', endFactor, 0, 1)
    this.#totalIters = wholeNumber('totalIters', totalIters, 1)
    this.step()
  }

  protected override next({ lr }: Rated, _: number, epoch: number): number {
    if (epoch === 0) return lr * this.#start
    if (epoch > this.#totalIters) return lr
    const change = this.#end - this.#start
    return lr * (1 + change / (this.#totalIters * this.#start + (epoch - 1) * change))
  }

  protected override rateAt(base: number, epoch: number): number {
    const done = Math.min(this.#totalIters, epoch) / this.#totalIters
    return base * (this.#start + (this.#end - this.#start) * done)
  }

  protected override settings(): Record<string, unknown> {
    return { start_factor: this.#start, end_factor: this.#end, total_iters: this.#totalIters }
  }

  protected override restore(state: SchedulerState): void {
    this.#start = numberOr(state['start_factor'], this.#start)
    this.#end = numberOr(state['end_factor'], this.#end)
    this.#totalIters = numberOr(state['total_iters'], this.#totalIters)
  }
}
