/** A run that goes on from a checkpoint of another one, with other settings. */
import { DescentError, type BranchStart, type Recipe } from '../../contract/index.ts'
import { copyPoints } from '../runs/curves.ts'
import { putReport } from '../runs/reports.ts'
import type { StoredRun } from '../runs/repository.ts'
import type { Store } from '../store/index.ts'
import {
  bestSchema,
  checkpointMetaSchema,
  section,
  withPrefix,
  type CheckpointMeta,
  type Tensors,
} from './checkpoint.ts'
import { freshStopping } from './stopping.ts'

/** What the weights belong to: the rows, what becomes of them, and the network. */
const partsOf = ({ kind, task, data, prepare, target, selection, split, model }: Recipe) => ({
  'the data': [kind, data],
  'the target': [task, target],
  'the preparation': [prepare, selection ?? null],
  'the split': split,
  'the network': model,
})

/** Errors: a DescentError that says what has been changed since. */
export function requireGoingOn(run: StoredRun, recipe: Recipe): void {
  const [before, now] = [partsOf(run.recipe), partsOf(recipe)]
  const other = (Object.keys(now) as (keyof typeof now)[]).filter(
    (part) => JSON.stringify(before[part]) !== JSON.stringify(now[part]),
  )
  if (other.length > 0)
    throw new DescentError(
      'badRequest',
      `The weights of “${run.name}” belong to other settings: ${other.join(', ')} ${other.length === 1 ? 'has' : 'have'} been changed since. Undo that, or train anew.`,
      'recipe',
    )
}

interface Branch {
  /** Of the new run. */
  readonly id: string
  readonly recipe: Recipe
  readonly from: BranchStart
}

/** Gives the new run the checkpoint, and the curves up to it. */
export function branchFrom(store: Store, run: StoredRun, { id, recipe, from }: Branch): void {
  const [last, best] = [store.loadCheckpoint(run.id, 'last'), store.loadCheckpoint(run.id, 'best')]
  const start = from === 'lastCheckpoint' ? last : best
  if (last === null || start === null)
    throw new DescentError('conflict', `The run “${run.name}” has no checkpoint to go on from yet.`, 'runId')
  const lastMeta = checkpointMetaSchema.parse(last.meta)
  const meta = from === 'lastCheckpoint' ? lastMeta : metaOfBest(lastMeta, run)
  // The order of an epoch's rows depends on how many go into a batch.
  const isWithin = meta.position > 0 && recipe.training.batchSize !== run.recipe.training.batchSize
  if (isWithin)
    throw new DescentError(
      'badRequest',
      'That checkpoint lies within an epoch, whose batches had another size. Keep the batch size, or go on from the best epoch.',
      'training.batchSize',
    )
  store.saveCheckpoints(id, {
    last: {
      epoch: meta.epoch,
      // What was changed of the other run while it ran stays with it.
      meta: { ...meta, adjusted: [] },
      tensors: tensorsFor(start.tensors, run.recipe, recipe),
    },
    ...(best !== null && {
      best: { epoch: meta.best?.epoch ?? meta.epoch, meta: best.meta, tensors: best.tensors },
    }),
  })
  copyPoints(store, { from: run.id, to: id, until: meta.step })
  putReport(store, id, { branchedFrom: { runId: run.id, name: run.name, from, epoch: meta.epoch } })
}

/** As it was when that epoch had ended. */
function metaOfBest(last: CheckpointMeta, run: StoredRun): CheckpointMeta {
  const best = bestSchema.parse(last.best)
  const stepsPerEpoch = last.epoch === 0 ? 0 : Math.round((last.step - last.position) / last.epoch)
  return {
    ...last,
    epoch: best.epoch,
    position: 0,
    step: stepsPerEpoch * best.epoch,
    seconds: run.epoch === 0 ? 0 : (last.seconds * best.epoch) / Math.max(1, last.epoch),
    stopping: { ...freshStopping, reference: best.loss },
    lossSum: 0,
  }
}

/** Another optimizer has nothing to do with what this one had gathered. */
function tensorsFor(tensors: Tensors, before: Recipe, now: Recipe): Tensors {
  const isSame = before.training.optimizer.name === now.training.optimizer.name
  return isSame ? tensors : withPrefix(section(tensors, 'model'), 'model')
}
