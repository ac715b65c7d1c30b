/** Early stopping as a function of the losses so far, so that a resumed run needs no more than its state. */
import type { Training } from '../../contract/index.ts'

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
