import { optim } from '../../../engine/index.ts'
import { implementationOf, schedules, type Implementations, type Schedule } from '../../contract/index.ts'

const { CosineAnnealingLR, CosineAnnealingWarmRestarts, ExponentialLR, PolynomialLR, StepLR } =
  optim.lrScheduler
type Scheduler = optim.lrScheduler.LRScheduler

/** What a schedule turns: one group with its rate. */
interface Rates {
  readonly paramGroups: [{ lr: number }]
}
/** null: the rate stays. */
type Begin = (rates: Rates, base: number, epochs: number) => Scheduler | null

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
}

/** The rate of each epoch, as a function of its number alone: a run that goes on needs no more than that. */
export function learningRates(schedule: Schedule, base: number, epochs: number): (epoch: number) => number {
  const rates: Rates = { paramGroups: [{ lr: base }] }
  const scheduler = implementationOf(schedules, implementations, schedule)(rates, base, epochs)
  return (epoch) => {
    scheduler?.step(epoch)
    return rates.paramGroups[0].lr
  }
}

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
