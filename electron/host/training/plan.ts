/** What a training does in its coming epochs: as its recipe says, and as it was changed while it ran. */
import type { Adjusted, Training } from '../../contract/index.ts'
import { changesWithin, learningRates } from './schedules.ts'

export interface Plan {
  /** Of the epoch with this number, counted from 0, and the part of it that is over. */
  readonly rateAt: (epoch: number) => number
  /** Whether the rate changes within an epoch. */
  readonly changesWithin: boolean
  readonly epochs: number
  readonly earlyStopping: Training['earlyStopping']
}

/** With what was changed while it ran, but for the rate and the end of it: these are in the plan. */
export function trainingAfter(training: Training, adjusted: readonly Adjusted[] = []): Training {
  const clipNorm = adjusted.findLast((one) => one.clipNorm !== undefined)?.clipNorm
  return clipNorm === undefined ? training : { ...training, clipNorm }
}

/**
 * A changed rate is one from there on. What the schedule lowers it by from there on holds for it, too; what it raises does not:
 * a rate that was given stays an upper bound, also where the schedule had come near 0 by then.
 */
export function planAfter(training: Training, adjusted: readonly Adjusted[] = []): Plan {
  const { schedule, optimizer, epochs: planned } = training
  const scheduled = learningRates(schedule, optimizer.learningRate, planned)
  // Beyond its last epoch a schedule stays where it ended.
  const ownRate = (epoch: number): number => scheduled(epoch < planned ? epoch : planned - 1)
  let { epochs, earlyStopping } = training
  let given: { readonly rate: number; readonly from: number } | null = null
  for (const { epoch, learningRate, epochs: most, patience } of adjusted) {
    if (learningRate !== undefined) given = { rate: learningRate, from: ownRate(epoch) }
    if (most !== undefined) epochs = most
    if (patience === null) earlyStopping = null
    else if (patience !== undefined) earlyStopping = { minDelta: earlyStopping?.minDelta ?? 0, patience }
  }
  const set = given
  const rateAt = (epoch: number): number => {
    const own = ownRate(epoch)
    if (set === null) return own
    return own < set.from ? set.rate * (own / set.from) : set.rate
  }
  return { rateAt, changesWithin: changesWithin(schedule), epochs, earlyStopping }
}
