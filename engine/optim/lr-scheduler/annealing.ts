/** Rates that fall by a formula of the epoch. */
import { numberWithin } from '../../nn/checks.ts'
import { readArguments, wholeNumber, type Arguments, type Signature } from '../../tensor/arguments.ts'
import {
  LRScheduler,
  type Rated,
  type ScheduleOptions,
  type Scheduled,
  type SchedulerState,
} from './scheduler.ts'

export interface CosineAnnealingOptions extends ScheduleOptions {
  /** Epochs until the lowest rate. */
  readonly tMax?: number
  /** The same, as PyTorch writes it. */
  readonly TMax?: number
  /** That rate; 0 by default. */
  readonly etaMin?: number
}
const cosineOrder = ['tMax', 'etaMin', 'lastEpoch'] as const
const cosineSignature: Signature<CosineAnnealingOptions> = {
  name: 'CosineAnnealingLR',
  positional: cosineOrder,
  named: ['TMax'],
}

/**
 * Half a cosine from the starting rate down to etaMin after tMax epochs (https://arxiv.org/abs/1608.03983), and up again. Errors: a
 * RangeError for a tMax that is no whole number from 1, a TypeError for tMax and TMax at once. Source: torch.optim.lr_scheduler.CosineAnnealingLR.
 */
export class CosineAnnealingLR extends LRScheduler {
  #tMax: number
  #etaMin: number
  constructor(optimizer: Scheduled, ...rest: Arguments<CosineAnnealingOptions, typeof cosineOrder>) {
    const given = readArguments<CosineAnnealingOptions>(cosineSignature, rest)
    if (given.tMax !== undefined && given.TMax !== undefined)
      throw new TypeError('CosineAnnealingLR: "tMax" is given twice, as tMax and as TMax.')
    const { tMax = given.TMax, etaMin = 0, lastEpoch } = given
    super(optimizer, lastEpoch)
    this.#tMax = wholeNumber('tMax', tMax, 1)
    this.#etaMin = numberWithin('etaMin', etaMin, 0)
    this.step()
  }

  protected override next({ lr }: Rated, base: number, epoch: number): number {
    const [tMax, low] = [this.#tMax, this.#etaMin]
    if (epoch === 0) return lr
    if ((epoch - 1 - tMax) % (2 * tMax) === 0) return lr + ((base - low) * (1 - Math.cos(Math.PI / tMax))) / 2
    const level = (at: number): number => 1 + Math.cos((Math.PI * at) / tMax)
    return (level(epoch) / level(epoch - 1)) * (lr - low) + low
  }

  protected override rateAt(base: number, epoch: number): number {
    return this.#etaMin + ((base - this.#etaMin) * (1 + Math.cos((Math.PI * epoch) / this.#tMax))) / 2
  }

  protected override settings(): Record<string, number> {
    return { T_max: this.#tMax, eta_min: this.#etaMin }
  }

  protected override restore({ T_max: tMax, eta_min: etaMin }: SchedulerState): void {
    if (typeof tMax === 'number') this.#tMax = tMax
    if (typeof etaMin === 'number') this.#etaMin = etaMin
  }
}

export interface StepOptions extends ScheduleOptions {
  /** In epochs. */
  readonly stepSize?: number
  /** 0.1 by default. */
  readonly gamma?: number
}
const stepOrder = ['stepSize', 'gamma', 'lastEpoch'] as const
const stepSignature: Signature<StepOptions> = { name: 'StepLR', positional: stepOrder }

/** The rate times gamma every stepSize epochs. Errors: a RangeError for a stepSize that is no whole number from 1. Source: torch.optim.lr_scheduler.StepLR. */
export class StepLR extends LRScheduler {
  #stepSize: number
  #gamma: number
  constructor(optimizer: Scheduled, ...rest: Arguments<StepOptions, typeof stepOrder>) {
    const { stepSize, gamma = 0.1, lastEpoch } = readArguments<StepOptions>(stepSignature, rest)
    super(optimizer, lastEpoch)
    this.#stepSize = wholeNumber('stepSize', stepSize, 1)
    this.#gamma = numberWithin('gamma', gamma, 0)
    this.step()
  }

  protected override next({ lr }: Rated, _: number, epoch: number): number {
    return epoch === 0 || epoch % this.#stepSize !== 0 ? lr : lr * this.#gamma
  }

  protected override rateAt(base: number, epoch: number): number {
    return base * this.#gamma ** Math.floor(epoch / this.#stepSize)
  }

  protected override settings(): Record<string, number> {
    return { step_size: this.#stepSize, gamma: this.#gamma }
  }

  protected override restore({ step_size: stepSize, gamma }: SchedulerState): void {
    if (typeof stepSize === 'number') this.#stepSize = stepSize
    if (typeof gamma === 'number') this.#gamma = gamma
  }
}

export interface ExponentialOptions extends ScheduleOptions {
  readonly gamma?: number
}
const exponentialOrder = ['gamma', 'lastEpoch'] as const
const exponentialSignature: Signature<ExponentialOptions> = {
  name: 'ExponentialLR',
  positional: exponentialOrder,
}

/** The rate times gamma after every epoch. Errors: a RangeError for a gamma that is no number from 0. Source: torch.optim.lr_scheduler.ExponentialLR. */
export class ExponentialLR extends LRScheduler {
  #gamma: number
  constructor(optimizer: Scheduled, ...rest: Arguments<ExponentialOptions, typeof exponentialOrder>) {
    const { gamma, lastEpoch } = readArguments<ExponentialOptions>(exponentialSignature, rest)
    super(optimizer, lastEpoch)
    this.#gamma = numberWithin('gamma', gamma, 0)
    this.step()
  }

  protected override next({ lr }: Rated, _: number, epoch: number): number {
    return epoch === 0 ? lr : lr * this.#gamma
  }

  protected override rateAt(base: number, epoch: number): number {
    return base * this.#gamma ** epoch
  }

  protected override settings(): Record<string, number> {
    return { gamma: this.#gamma }
  }

  protected override restore({ gamma }: SchedulerState): void {
    if (typeof gamma === 'number') this.#gamma = gamma
  }
}

export interface PolynomialOptions extends ScheduleOptions {
  /** Epochs until the rate is 0; 5 by default. */
  readonly totalIters?: number
  /** 1, a straight line, by default. */
  readonly power?: number
}
const polynomialOrder = ['totalIters', 'power', 'lastEpoch'] as const
const polynomialSignature: Signature<PolynomialOptions> = {
  name: 'PolynomialLR',
  positional: polynomialOrder,
}

/**
 * The starting rate times (1 − t / totalIters) to a power, t the epoch, and 0 from totalIters on. Source:
 * torch.optim.lr_scheduler.PolynomialLR.
 */
export class PolynomialLR extends LRScheduler {
  #totalIters: number
  #power: number
  constructor(optimizer: Scheduled, ...rest: Arguments<PolynomialOptions, typeof polynomialOrder>) {
    const {
      totalIters = 5,
      power = 1,
      lastEpoch,
    } = readArguments<PolynomialOptions>(polynomialSignature, rest)
    super(optimizer, lastEpoch)
    this.#totalIters = wholeNumber('totalIters', totalIters, 1)
    this.#power = numberWithin('power', power, 0)
    this.step()
  }

  #level(epoch: number): number {
    return 1 - Math.min(epoch, this.#totalIters) / this.#totalIters
  }

  protected override next({ lr }: Rated, _: number, epoch: number): number {
    if (epoch === 0 || epoch > this.#totalIters) return lr
    return lr * (this.#level(epoch) / this.#level(epoch - 1)) ** this.#power
  }

  protected override rateAt(base: number, epoch: number): number {
    return base * this.#level(epoch) ** this.#power
  }

  protected override settings(): Record<string, number> {
    return { total_iters: this.#totalIters, power: this.#power }
  }

  protected override restore({ total_iters: totalIters, power }: SchedulerState): void {
    if (typeof totalIters === 'number') this.#totalIters = totalIters
    if (typeof power === 'number') this.#power = power
  }
}

export interface WarmRestartsOptions extends ScheduleOptions {
  /** Epochs of the first round. */
  readonly t0?: number
  /** How many times as long each round is as the one before; 1 by default. */
  readonly tMult?: number
  /** Where each round ends; 0 by default. */
  readonly etaMin?: number
}
const restartsOrder = ['t0', 'tMult', 'etaMin', 'lastEpoch'] as const
const restartsSignature: Signature<WarmRestartsOptions> = {
  name: 'CosineAnnealingWarmRestarts',
  positional: restartsOrder,
}

/** Half a cosine down, and up to the whole rate again, in rounds that may grow (https://arxiv.org/abs/1608.03983). */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  #t0: number
  #tMult: number
  #etaMin: number
  constructor(optimizer: Scheduled, ...rest: Arguments<WarmRestartsOptions, typeof restartsOrder>) {
    const {
      t0,
      tMult = 1,
      etaMin = 0,
      lastEpoch,
    } = readArguments<WarmRestartsOptions>(restartsSignature, rest)
    super(optimizer, lastEpoch)
    this.#t0 = wholeNumber('t0', t0, 1)
    this.#tMult = wholeNumber('tMult', tMult, 1)
    this.#etaMin = numberWithin('etaMin', etaMin, 0)
    this.step()
  }

  /** How much of its round an epoch has behind it. */
  #progress(epoch: number): number {
    let [round, into] = [this.#t0, epoch]
    if (this.#tMult === 1) return (into % round) / round
    for (; into >= round; round *= this.#tMult) into -= round
    return into / round
  }

  protected override next(_: Rated, base: number, epoch: number): number {
    return this.rateAt(base, epoch)
  }

  protected override rateAt(base: number, epoch: number): number {
    return this.#etaMin + ((base - this.#etaMin) * (1 + Math.cos(Math.PI * this.#progress(epoch)))) / 2
  }

  protected override settings(): Record<string, number> {
    return { T_0: this.#t0, T_mult: this.#tMult, eta_min: this.#etaMin }
  }

  protected override restore({ T_0: t0, T_mult: tMult, eta_min: etaMin }: SchedulerState): void {
    if (typeof t0 === 'number') this.#t0 = t0
    if (typeof tMult === 'number') this.#tMult = tMult
    if (typeof etaMin === 'number') this.#etaMin = etaMin
  }
}
