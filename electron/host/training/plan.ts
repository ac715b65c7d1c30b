/** What a training does in its coming epochs: as its recipe says, and as it was changed while it ran. */
import type { Adjusted, Training } from '../../contract/index.ts'
import { learningRates } from './schedules.ts'

export interface Plan {
  /** Of the epoch with this number, counted from 0. */
  readonly rateAt: (epoch: number) => number
  readonly epochs: number
  readonly earlyStopping: Training['earlyStopping']
}

/** A changed rate is one from there on: the schedule goes on turning it as it would have turned its own. */
export function planAfter(training: Training, adjusted: readonly Adjusted[] = []): Plan {
  const { schedule, optimizer, epochs: planned } = training
  const scheduled = learningRates(schedule, optimizer.learningRate, planned)
  // Beyond its last epoch a schedule stays where it ended.
  const ownRate = (epoch: number): number => scheduled(Math.min(epoch, planned - 1))
  let { epochs, earlyStopping } = training
  let factor = 1
  for (const { epoch, learningRate, epochs: most, patience } of adjusted) {
    if (learningRate !== undefined) factor = learningRate / Math.max(ownRate(epoch), Number.MIN_VALUE)
    if (most !== undefined) epochs = most
    if (patience === null) earlyStopping = null
    else if (patience !== undefined) earlyStopping = { minDelta: earlyStopping?.minDelta ?? 0, patience }
  }
  return { rateAt: (epoch) => ownRate(epoch) * factor, epochs, earlyStopping }
}
