/** Learning rate and stopping as functions of the epoch alone, so that a resumed run needs no more than its number. */
import type { Schedule, Training } from '../../contract/index.ts'

/**
 * The rate for 0-based `epoch`. Cosine is SGDR's without restarts (Loshchilov & Hutter 2017, eq. 5, ηmin = 0), as
 * torch.optim.lr_scheduler.CosineAnnealingLR in closed form; step is StepLR's.
 */
export function learningRateAt(schedule: Schedule, base: number, epoch: number, epochs: number): number {
  switch (schedule.name) {
    case 'constant':
      return base
    case 'cosine':
      return (base * (1 + Math.cos((Math.PI * epoch) / epochs))) / 2
    case 'step':
      return base * schedule.factor ** Math.floor(epoch / schedule.every)
  }
}

export interface StoppingState {
  /** The loss an epoch has to undercut by minDelta; null before the first. */
  reference: number | null
  /** Epochs since that happened. */
  waited: number
}

export const freshStopping: StoppingState = { reference: null, waited: 0 }

/** As Keras's EarlyStopping: an epoch counts as progress when it beats the last one that counted by minDelta. */
export function afterEpoch(
  state: StoppingState,
  validationLoss: number,
  rule: Training['earlyStopping'],
): { state: StoppingState; stop: boolean } {
  const minDelta = rule?.minDelta ?? 0
  if (state.reference === null || validationLoss < state.reference - minDelta) {
    return { state: { reference: validationLoss, waited: 0 }, stop: false }
  }
  const waited = state.waited + 1
  return { state: { reference: state.reference, waited }, stop: rule !== null && waited >= rule.patience }
}
