/** A run that goes on from a checkpoint of another one, with other settings. */
import {
  DescentError,
  formatCount,
  type BranchStart,
  type Dataset,
  type Recipe,
} from '../../contract/index.ts'
import { copyPoints, lastPointOf } from '../runs/curves.ts'
import { putReport } from '../runs/reports.ts'
import type { StoredRun } from '../runs/repository.ts'
import type { Store } from '../store/index.ts'
import { checkpointMetaSchema, section, withPrefix, type CheckpointMeta, type Tensors } from './checkpoint.ts'
import { followedUntil } from './followed.ts'
import { freshStopping } from './stopping.ts'

/** What the weights belong to: the rows, what becomes of them, and the network. */
const partsOf = ({ kind, task, data, prepare, target, selection, split, model }: Recipe) => ({
  'the data': [kind, data],
  'the target': [task, target],
  'the preparation': [prepare, selection ?? null],
  'the split': split,
  'the network': model,
})

export interface Branch {
  readonly recipe: Recipe
  readonly from: BranchStart
  readonly start: { readonly meta: CheckpointMeta; readonly tensors: Tensors }
  readonly best: { readonly meta: unknown; readonly tensors: Tensors } | null
}

/** What a new run would begin with. Errors: a DescentError that says what stands against it; nothing is made then. */
export function branchOf(
  store: Store,
  run: StoredRun,
  { dataset, recipe, from }: { dataset: Dataset; recipe: Recipe; from: BranchStart },
): Branch {
  requireSameNetwork(run, dataset, recipe)
  const [last, best] = [store.loadCheckpoint(run.id, 'last'), store.loadCheckpoint(run.id, 'best')]
  const tensors = from === 'lastCheckpoint' ? last?.tensors : best?.tensors
  if (last === null || tensors === undefined)
    throw new DescentError('conflict', `The run “${run.name}” has no checkpoint to go on from yet.`, 'runId')
  if (Object.keys(tensors).length === 0)
    throw new DescentError(
      'conflict',
      `The last checkpoint of “${run.name}” was deleted to save space. Go on from its best epoch, or train anew.`,
      'runId',
    )
  const lastMeta = checkpointMetaSchema.parse(last.meta)
  const meta = from === 'lastCheckpoint' ? lastMeta : metaOfBest(store, lastMeta, run)
  requireWithinEpoch(meta, run.recipe, recipe)
  if (recipe.training.epochs <= meta.epoch)
    throw new DescentError(
      'badRequest',
      `“${run.name}” had trained ${formatCount(meta.epoch)} epochs there, and the settings ask for ${formatCount(recipe.training.epochs)} in all: give more epochs than that.`,
      'training.epochs',
    )
  return { recipe, from, start: { meta, tensors: tensorsFor(tensors, run.recipe, recipe) }, best }
}

function requireSameNetwork(run: StoredRun, dataset: Dataset, recipe: Recipe): void {
  if (run.datasetId !== dataset.id)
    throw new DescentError(
      'badRequest',
      `The weights of “${run.name}” were learned from another version of the data: rows it trained on could now validate it. Use that version again, or train anew.`,
      'data',
    )
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

/** The order of an epoch's rows follows from the seed, and where it stands from how many go into a batch. */
function requireWithinEpoch({ position }: CheckpointMeta, before: Recipe, now: Recipe): void {
  if (position === 0) return
  const other = [
    ...(before.training.batchSize === now.training.batchSize ? [] : ['batch size']),
    ...(before.training.accumulate === now.training.accumulate ? [] : ['number of batches a step']),
    ...(before.seed === now.seed ? [] : ['seed']),
    ...(JSON.stringify(before.imbalance) === JSON.stringify(now.imbalance)
      ? []
      : ['remedy for class imbalance']),
  ]
  if (other.length > 0)
    throw new DescentError(
      'badRequest',
      `That checkpoint lies within an epoch that was begun with another ${other.join(' and ')}. Keep that, or go on from the best epoch.`,
      'training.batchSize',
    )
}

/** Gives the new run the checkpoint, and the curves up to it. */
export function beginBranch(store: Store, run: StoredRun, id: string, { from, start, best }: Branch): void {
  const { meta, tensors } = start
  store.saveCheckpoints(id, {
    // What was changed of the other run while it ran stays with it.
    last: { epoch: meta.epoch, meta: { ...meta, adjusted: [] }, tensors },
    ...(best !== null && {
      best: { epoch: meta.best?.epoch ?? meta.epoch, meta: best.meta, tensors: best.tensors },
    }),
  })
  copyPoints(store, { from: run.id, to: id, until: meta })
  putReport(store, id, { branchedFrom: { runId: run.id, name: run.name, from, epoch: meta.epoch } })
}

/** As it was when that epoch had ended. */
function metaOfBest(store: Store, last: CheckpointMeta, run: StoredRun): CheckpointMeta {
  const { best } = last
  const point = best && lastPointOf(store, run.id, best.epoch)
  if (best === null || point === null)
    throw new DescentError('conflict', `The run “${run.name}” has no best epoch to go on from yet.`, 'runId')
  return {
    ...last,
    epoch: best.epoch,
    position: 0,
    step: point.step,
    seconds: point.seconds,
    stopping: { ...freshStopping, reference: best.loss },
    lossSum: 0,
    ...(last.followed && { followed: followedUntil(last.followed, best.epoch) }),
  }
}

/** What an optimizer has gathered is of no use to one with other options, but for those that only scale its steps. */
function tensorsFor(tensors: Tensors, before: Recipe, now: Recipe): Tensors {
  const shapeOfState = ({ training }: Recipe): string => {
    const { learningRate: _, weightDecay: __, ...options } = training.optimizer
    return JSON.stringify([options, training.averaging > 0, training.parameters])
  }
  return shapeOfState(before) === shapeOfState(now) ? tensors : withPrefix(section(tensors, 'model'), 'model')
}
