/** The error that a loss without a value ends a training with; a stored run is told by its sentence. */
import { DescentError } from '../../contract/index.ts'

const became = 'became infinite or not a number'

export const saysNotFinite = (error: string | null): boolean => error?.includes(became) ?? false

export const notFinite = (what: string, epoch: number, step: number, rate: number): DescentError =>
  new DescentError(
    'trainingFailed',
    `${what} ${became} in epoch ${epoch}, by step ${step} (learning rate ${rate.toPrecision(2)}). ` +
      'Lower the learning rate, scale the inputs (Prepare), or make the network smaller, then train again.',
    'training.optimizer.learningRate',
  )
