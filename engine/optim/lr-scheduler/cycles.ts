/**
 * Rates that rise and fall within a training; they count steps. Where they move a momentum too, an optimizer's captured step
 * is traced anew with every value of it: there, leave `cycleMomentum` off.
 */
import { numberWithin, oneOf, yesOrNo } from '../../nn/checks.ts'
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

const hasMomentum = (group: Rated): boolean => group.momentum !== undefined || group.betas !== undefined

function setMomentum(group: Rated, value: number): void {
  if (group.betas) group.betas = [value, group.betas[1]]
  else group.momentum = value
}

function requireMomentum(name: string, { paramGroups }: Scheduled): void {
  if (!paramGroups.every(hasMomentum))
    throw new Error(`${name}: the optimizer has no momentum to move; set cycleMomentum to false.`)
}

type PerGroup = number | readonly number[]

const cosine = (from: number, to: number, done: number): number =>
  to + ((from - to) / 2) * (Math.cos(Math.PI * done) + 1)
const straight = (from: number, to: number, done: number): number => from + (to - from) * done

export interface OneCycleOptions extends ScheduleOptions {
  /** The highest rate, of all groups or of each. */
  readonly maxLr?: PerGroup
  /** Steps of the whole training; or say `epochs` and `stepsPerEpoch`. */
  readonly totalSteps?: number
  readonly epochs?: number
  readonly stepsPerEpoch?: number
  /** The share of steps in which the rate rises; 0.3 by default. */
  readonly pctStart?: number
  /** 'cos' by default. */
  readonly annealStrategy?: 'cos' | 'linear'
  /** Moves the momentum against the rate; true by default. */
  readonly cycleMomentum?: boolean
  /** Where the rate is highest; 0.85 by default. */
  readonly baseMomentum?: PerGroup
  /** Where it is lowest; 0.95 by default. */
  readonly maxMomentum?: PerGroup
  /** The rate begins at maxLr / divFactor; 25 by default. */
  readonly divFactor?: number
  /** And ends at that / finalDivFactor; 10,000 by default. */
  readonly finalDivFactor?: number
  /** Falls as it rose, and then to the end. */
  readonly threePhase?: boolean
}
const oneCycleOrder = [
  'maxLr',
  'totalSteps',
  'epochs',
  'stepsPerEpoch',
  'pctStart',
  'annealStrategy',
  'cycleMomentum',
  'baseMomentum',
  'maxMomentum',
  'divFactor',
  'finalDivFactor',
  'threePhase',
  'lastEpoch',
] as const
const oneCycleSignature: Signature<OneCycleOptions> = { name: 'OneCycleLR', positional: oneCycleOrder }

type Level = 'initial_lr' | 'max_lr' | 'min_lr'
interface Phase {
  readonly end: number
  readonly from: Level
  readonly to: Level
  /** Whether the momentum falls, rises or stays high meanwhile. */
  readonly momentum: 'falls' | 'rises' | 'stays'
}

function totalOf({ totalSteps, epochs, stepsPerEpoch }: OneCycleOptions): number {
  if (totalSteps !== undefined) return wholeNumber('totalSteps', totalSteps, 1)
  if (epochs === undefined || stepsPerEpoch === undefined)
    throw new TypeError('OneCycleLR needs totalSteps, or epochs and stepsPerEpoch.')
  return wholeNumber('epochs', epochs, 1) * wholeNumber('stepsPerEpoch', stepsPerEpoch, 1)
}

/**
 * Up to a high rate and down far below the first one, once in a training (Smith & Topin 2018, https://arxiv.org/abs/1708.07120).
 * Errors: an Error for a step beyond the last. Source: torch.optim.lr_scheduler.OneCycleLR.
 */
export class OneCycleLR extends LRScheduler {
  #total: number
  readonly #phases: readonly Phase[]
  readonly #between: (from: number, to: number, done: number) => number
  readonly #moves: boolean
  constructor(optimizer: Scheduled, ...rest: Arguments<OneCycleOptions, typeof oneCycleOrder>) {
    const given = readArguments<OneCycleOptions>(oneCycleSignature, rest)
    const { maxLr, pctStart = 0.3, cycleMomentum = true, divFactor = 25, finalDivFactor = 1e4 } = given
    const { baseMomentum = 0.85, maxMomentum = 0.95, lastEpoch = -1 } = given
    const total = totalOf(given)
    numberWithin('pctStart', pctStart, 0, 1)
    const highest = eachGroup('maxLr', optimizer, maxLr).map((value) => numberWithin('maxLr', value, 0))
    numberWithin('divFactor', divFactor, Number.MIN_VALUE)
    numberWithin('finalDivFactor', finalDivFactor, Number.MIN_VALUE)
    const strategy = oneOf('annealStrategy', given.annealStrategy ?? 'cos', ['cos', 'linear'])
    if (yesOrNo('cycleMomentum', cycleMomentum)) requireMomentum('OneCycleLR', optimizer)
    if (lastEpoch === -1)
      optimizer.paramGroups.forEach((group, i) => {
        group.initialLr = highest[i]! / divFactor
        const kept = (group.scheduled ??= {})
        kept['max_lr'] = highest[i]!
        kept['min_lr'] = group.initialLr / finalDivFactor
        if (!cycleMomentum) return
        kept['max_momentum'] = eachGroup('maxMomentum', optimizer, maxMomentum)[i]!
        kept['base_momentum'] = eachGroup('baseMomentum', optimizer, baseMomentum)[i]!
        setMomentum(group, kept['max_momentum'])
      })
    super(optimizer, lastEpoch)
    this.#total = total
    this.#moves = cycleMomentum
    this.#between = strategy === 'cos' ? cosine : straight
    this.#phases = phasesOf(total, pctStart, yesOrNo('threePhase', given.threePhase ?? false))
    this.step()
  }

  protected override next(group: Rated, _: number, step: number): number {
    if (step > this.#total)
      throw new Error(`OneCycleLR was made for ${this.#total} steps, and this is step ${step + 1}.`)
    const kept = group.scheduled ?? {}
    const level = (of: Level): number => (of === 'initial_lr' ? group.initialLr! : kept[of]!)
    const at = this.#phases.findIndex(({ end }, i) => step <= end || i === this.#phases.length - 1)
    const { end, from, to, momentum } = this.#phases[at]!
    const start = this.#phases[at - 1]?.end ?? 0
    // A loop that steps after each batch steps once more at its end.
    const done = end > start ? Math.min(1, (step - start) / (end - start)) : 1
    if (this.#moves) {
      const [high, low] = [kept['max_momentum']!, kept['base_momentum']!]
      const [a, b] = momentum === 'falls' ? [high, low] : momentum === 'rises' ? [low, high] : [high, high]
      setMomentum(group, this.#between(a, b, done))
    }
    return this.#between(level(from), level(to), done)
  }

  protected override settings(): Record<string, unknown> {
    return { total_steps: this.#total, cycle_momentum: this.#moves }
  }

  protected override restore({ total_steps: total }: SchedulerState): void {
    this.#total = numberOr(total, this.#total)
  }
}

function phasesOf(total: number, rise: number, threePhase: boolean): readonly Phase[] {
  const up: Phase = { end: rise * total - 1, from: 'initial_lr', to: 'max_lr', momentum: 'falls' }
  if (!threePhase) return [up, { end: total - 1, from: 'max_lr', to: 'min_lr', momentum: 'rises' }]
  return [
    up,
    { end: 2 * rise * total - 2, from: 'max_lr', to: 'initial_lr', momentum: 'rises' },
    { end: total - 1, from: 'initial_lr', to: 'min_lr', momentum: 'stays' },
  ]
}

export interface CyclicOptions extends ScheduleOptions {
  /** The lowest rate, of all groups or of each. */
  readonly baseLr?: PerGroup
  /** The highest. */
  readonly maxLr?: PerGroup
  /** Steps up; 2,000 by default. */
  readonly stepSizeUp?: number
  /** Steps down; as many by default. */
  readonly stepSizeDown?: number
  /** Whether peaks stay, halve with each cycle, or shrink by gamma with each step; 'triangular' by default. */
  readonly mode?: 'triangular' | 'triangular2' | 'exp_range'
  readonly gamma?: number
  /** A factor of the peak, in place of a mode. */
  readonly scaleFn?: (x: number) => number
  /** Whether scaleFn takes the cycle, from 1, or the step; 'cycle' by default. */
  readonly scaleMode?: 'cycle' | 'iterations'
  /** Moves the momentum against the rate; true by default. */
  readonly cycleMomentum?: boolean
  /** 0.8 by default. */
  readonly baseMomentum?: PerGroup
  /** 0.9 by default. */
  readonly maxMomentum?: PerGroup
}
const cyclicOrder = [
  'baseLr',
  'maxLr',
  'stepSizeUp',
  'stepSizeDown',
  'mode',
  'gamma',
  'scaleFn',
  'scaleMode',
  'cycleMomentum',
  'baseMomentum',
  'maxMomentum',
  'lastEpoch',
] as const
const cyclicSignature: Signature<CyclicOptions> = { name: 'CyclicLR', positional: cyclicOrder }

/** Up and down between two rates, again and again (Smith 2017, https://arxiv.org/abs/1506.01186). Source: torch.optim.lr_scheduler.CyclicLR. */
export class CyclicLR extends LRScheduler {
  readonly #highest: readonly number[]
  readonly #length: number
  readonly #rise: number
  readonly #scale: (cycle: number, step: number) => number
  readonly #momentums: readonly (readonly [low: number, high: number])[] | null
  constructor(optimizer: Scheduled, ...rest: Arguments<CyclicOptions, typeof cyclicOrder>) {
    const given = readArguments<CyclicOptions>(cyclicSignature, rest)
    const { baseLr, maxLr, stepSizeUp = 2000, stepSizeDown = stepSizeUp, lastEpoch = -1 } = given
    const { cycleMomentum = true, baseMomentum = 0.8, maxMomentum = 0.9 } = given
    const lowest = eachGroup('baseLr', optimizer, baseLr).map((value) => numberWithin('baseLr', value, 0))
    const highest = eachGroup('maxLr', optimizer, maxLr).map((value) => numberWithin('maxLr', value, 0))
    numberWithin('stepSizeUp', stepSizeUp, Number.MIN_VALUE)
    numberWithin('stepSizeDown', stepSizeDown, Number.MIN_VALUE)
    const scale = scaleOf(given)
    if (yesOrNo('cycleMomentum', cycleMomentum)) requireMomentum('CyclicLR', optimizer)
    if (lastEpoch === -1) optimizer.paramGroups.forEach((group, i) => (group.lr = lowest[i]!))
    super(optimizer, lastEpoch)
    this.baseLrs = lowest
    this.#highest = highest
    this.#length = stepSizeUp + stepSizeDown
    this.#rise = stepSizeUp / this.#length
    this.#scale = scale
    const [low, high] = [
      eachGroup('baseMomentum', optimizer, baseMomentum),
      eachGroup('maxMomentum', optimizer, maxMomentum),
    ]
    this.#momentums = cycleMomentum ? low.map((value, i) => [value, high[i]!]) : null
    this.step()
  }

  protected override next(group: Rated, base: number, step: number, index: number): number {
    const cycle = Math.floor(1 + step / this.#length)
    const x = 1 + step / this.#length - cycle
    const height = x <= this.#rise ? x / this.#rise : (x - 1) / (this.#rise - 1)
    const scale = this.#scale(cycle, step)
    const momentum = this.#momentums?.[index]
    // Cycles of a momentum turn the second way: highest where the rate is lowest.
    if (momentum) setMomentum(group, momentum[1] - (momentum[1] - momentum[0]) * height * scale)
    return base + ((this.#highest[index] ?? base) - base) * height * scale
  }

  protected override settings(): Record<string, unknown> {
    return {
      max_lrs: [...this.#highest],
      total_size: this.#length,
      step_ratio: this.#rise,
      cycle_momentum: this.#momentums !== null,
    }
  }

  protected override restore(): void {}
}

function scaleOf(given: CyclicOptions): (cycle: number, step: number) => number {
  const { gamma = 1, scaleFn } = given
  if (scaleFn) {
    const by = oneOf('scaleMode', given.scaleMode ?? 'cycle', ['cycle', 'iterations'])
    return (cycle, step) => scaleFn(by === 'cycle' ? cycle : step)
  }
  const mode = oneOf('mode', given.mode ?? 'triangular', ['triangular', 'triangular2', 'exp_range'])
  numberWithin('gamma', gamma, 0)
  if (mode === 'triangular') return () => 1
  return mode === 'triangular2' ? (cycle) => 2 ** (1 - cycle) : (_, step) => gamma ** step
}
