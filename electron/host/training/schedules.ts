import { optim } from '../../../engine/index.ts'
import {
  implementationOf,
  memberOf,
  schedules,
  type Implementations,
  type Schedule,
} from '../../contract/index.ts'

const {
  CosineAnnealingLR,
  CosineAnnealingWarmRestarts,
  CyclicLR,
  ExponentialLR,
  LambdaLR,
  MultiStepLR,
  OneCycleLR,
  PolynomialLR,
  StepLR,
} = optim.lrScheduler
type Scheduler = optim.lrScheduler.LRScheduler

/** What a schedule turns: one group with its rate. */
interface Rates {
  readonly paramGroups: [{ lr: number }]
}
/** Of an epoch, counted from 0, and the part of it that is over. */
type RateAt = (epoch: number) => number
/** null: the rate stays. */
type Begin = (rates: Rates, base: number, epochs: number) => Scheduler | RateAt | null

const implementations: Implementations<typeof schedules, Begin> = {
  constant: () => () => null,
  cosine:
    ({ floor }) =>
    (rates, base, epochs) =>
      new CosineAnnealingLR(rates, epochs, base * floor),
  cosineRestarts:
    ({ every, growth, floor }) =>
    (rates, base) =>
      new CosineAnnealingWarmRestarts(rates, every, growth, base * floor),
  step:
    ({ every, factor }) =>
    (rates) =>
      new StepLR(rates, every, factor),
  exponential:
    ({ factor }) =>
    (rates) =>
      new ExponentialLR(rates, factor),
  polynomial:
    ({ power }) =>
    (rates, _, epochs) =>
      new PolynomialLR(rates, epochs, power),
  milestones:
    ({ epochs, factor }) =>
    (rates) =>
      new MultiStepLR(rates, epochs, factor),
  warmupCosine:
    ({ warmup, first, floor }) =>
    (rates, _, epochs) =>
      new LambdaLR(rates, (epoch) => warmedUp(epoch, Math.min(warmup, epochs), first, epochs, floor)),
  oneCycle:
    ({ rise, divisor, lastDivisor }) =>
    (rates, base, epochs) =>
      new OneCycleLR(rates, base, {
        // A single epoch is to have a rate to speak of.
        totalSteps: Math.max(2, epochs),
        pctStart: rise,
        divFactor: divisor,
        finalDivFactor: lastDivisor,
        // The recipe's momentum stays as it is.
        cycleMomentum: false,
      }),
  triangles:
    ({ half, floor, halving }) =>
    (rates, base) =>
      new CyclicLR(rates, base * floor, base, half, half, halving ? 'triangular2' : 'triangular', {
        cycleMomentum: false,
      }),
  waves:
    ({ waves }) =>
    (_, base, epochs) =>
    (epoch) => {
      const past = Math.log2(1 + (2 ** waves - 1) * (epoch / epochs))
      return (base * (1 - Math.cos(2 * Math.PI * past))) / 2
    },
}

/** The share of the rate: a straight line from `first` over the warm-up, then half a cosine down to `floor`. */
function warmedUp(epoch: number, warmup: number, first: number, epochs: number, floor: number): number {
  if (epoch < warmup) return first + ((1 - first) * epoch) / warmup
  const done = (epoch - warmup) / Math.max(1, epochs - warmup)
  return floor + ((1 - floor) * (1 + Math.cos(Math.PI * done))) / 2
}

/** The rate of each epoch, as a function of its number alone: a run that goes on needs no more than that. */
export function learningRates(schedule: Schedule, base: number, epochs: number): (epoch: number) => number {
  const rates: Rates = { paramGroups: [{ lr: base }] }
  const scheduler = implementationOf(schedules, implementations, schedule)(rates, base, epochs)
  if (typeof scheduler === 'function') return scheduler
  return (epoch) => {
    scheduler?.step(Math.floor(epoch))
    return rates.paramGroups[0].lr
  }
}

/** Whether the rate changes from step to step, too. */
export const changesWithin = ({ name }: Schedule): boolean => 'withinEpochs' in memberOf(schedules, name)

/** At most `most` of them, evenly spread, with the first and the last. */
export function plannedRates(
  schedule: Schedule,
  base: number,
  epochs: number,
  most = 200,
): { epoch: number; rate: number }[] {
  const rateAt = learningRates(schedule, base, epochs)
  const count = Math.min(most, epochs)
  return Array.from({ length: count }, (_, i) => {
    const epoch = count === 1 ? 0 : Math.round((i * (epochs - 1)) / (count - 1))
    return { epoch: epoch + 1, rate: rateAt(epoch) }
  })
}
