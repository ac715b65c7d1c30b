import { DescentError } from '../../contract/index.ts'
import type { Store } from '../store/index.ts'
import type { Tensors } from './checkpoint.ts'
import type { StoredRun } from '../runs/repository.ts'
import { isEvaluable } from './state.ts'

export interface BestOfRun {
  readonly epoch: number
  /** `model.*` */
  readonly tensors: Tensors
}

/** The weights a run is judged and deployed by; says why there are none. */
export function bestOfRun(store: Store, run: StoredRun): BestOfRun {
  if (!isEvaluable(run.state)) {
    const advice = run.state === 'failed' ? 'Train again.' : 'Let it finish, or stop it.'
    throw new DescentError('conflict', `The run "${run.name}" is ${run.state}. ${advice}`, 'runId')
  }
  const best = store.loadCheckpoint(run.id, 'best')
  if (best === null && run.bestEpoch !== null)
    throw new DescentError(
      'damaged',
      `The weights of the run "${run.name}" are missing from the workspace’s checkpoint file, which was damaged or exchanged. Its curves are intact. Put a copy of checkpoints.db back while Descent is closed, or train again.`,
      'runId',
    )
  if (best === null) {
    throw new DescentError(
      'conflict',
      `The run "${run.name}" was stopped before it had any weights.`,
      'runId',
    )
  }
  return { epoch: best.epoch, tensors: best.tensors }
}
