/** What the workspace takes of the disk, and what of it is kept. */
import { lstatSync, readdirSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { DescentError, type Output, type SpaceUsed } from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { retentionOf } from '../settings/index.ts'
import {
  blobSpace,
  checkpointSizes,
  dropLastTensors,
  hasLastTensors,
  packBlobs,
  type Store,
} from '../store/index.ts'

/** Links are not followed; what goes while it is looked at takes nothing. */
function bytesOf(path: string): number {
  try {
    const stat = lstatSync(path)
    if (!stat.isDirectory()) return stat.size
    return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0)
  } catch {
    return 0
  }
}

/** Of a run that is resumed, paused or waits, nothing is dropped. */
const ended = ['finished', 'stopped']

interface RunRow {
  readonly id: string
  readonly project_id: string
  readonly name: string
  readonly state: string
}

const runsOf = (store: Store): RunRow[] =>
  store.db.prepare<[], RunRow>('SELECT id, project_id, name, state FROM runs WHERE deleted_at IS NULL').all()

/** As many as anybody looks through; what the rest take is in the sums of their projects. */
const shownRuns = 100

export function spaceUsed({ workspace, store }: HostContext): SpaceUsed {
  const projects = store.db
    .prepare<[], { id: string; name: string }>('SELECT id, name FROM projects ORDER BY name')
    .all()
  const files = store.db
    .prepare<[], { project_id: string; path: string }>(
      `SELECT DISTINCT project_id, path FROM datasets JOIN dataset_files ON dataset_files.dataset_id = datasets.id`,
    )
    .all()
  const sizes = new Map<string, { best: number; last: number }>()
  for (const { run_id, kind, bytes, alone } of checkpointSizes(store.db)) {
    const counted = { best: bytes, last: alone }
    sizes.set(run_id, { ...(sizes.get(run_id) ?? { best: 0, last: 0 }), [kind]: counted[kind] })
  }
  const runs = runsOf(store).map(({ id, project_id, name, state }) => {
    const { best, last } = sizes.get(id) ?? { best: 0, last: 0 }
    return {
      runId: id,
      projectId: project_id,
      name,
      best,
      last,
      trimmable: last > 0 && ended.includes(state),
    }
  })
  const largest = runs
    .filter(({ best, last }) => best + last > 0)
    .sort((a, b) => b.best + b.last - a.best - a.last)
  const { bavail, blocks, bsize } = statfsSync(workspace)
  const sum = (list: readonly number[]): number => list.reduce((total, one) => total + one, 0)
  return {
    disk: { free: bavail * bsize, total: blocks * bsize },
    projects: projects.map(({ id, name }) => {
      const own = runs.filter(({ projectId }) => projectId === id)
      return {
        projectId: id,
        name,
        runs: own.length,
        data: sum(
          files
            .filter((file) => file.project_id === id)
            .map(({ path }) => bytesOf(join(workspace, ...path.split('/')))),
        ),
        best: sum(own.map(({ best }) => best)),
        last: sum(own.map(({ last }) => last)),
      }
    }),
    runs: largest.slice(0, shownRuns),
    moreRuns: Math.max(0, largest.length - shownRuns),
    trimmable: sum(runs.filter(({ trimmable }) => trimmable).map(({ last }) => last)),
    models: bytesOf(join(workspace, 'models')),
    database: sum(['', '-wal', '-shm'].map((end) => bytesOf(join(workspace, `descent.db${end}`)))),
    weights: blobSpace(store.db),
    backups: bytesOf(join(workspace, 'backups')),
    logs: bytesOf(join(workspace, 'logs')),
  }
}

export function trimRuns(
  { store }: HostContext,
  { projectId, runId }: { readonly projectId?: string | undefined; readonly runId?: string | undefined },
): Output<'space.trim'> {
  const runs = runsOf(store)
  const named = runs.find(({ id }) => id === runId)
  if (runId !== undefined && named === undefined)
    throw new DescentError('notFound', `There is no run ${runId}. It may have been deleted.`, 'runId')
  if (named !== undefined && !ended.includes(named.state))
    throw new DescentError(
      'conflict',
      `The last checkpoint of ${named.name} stays: the run is ${named.state}, and goes on from it. Only runs that have finished or were stopped give theirs up.`,
      'runId',
    )
  const wanted = new Set(
    runs
      .filter(
        ({ id, project_id, state }) =>
          ended.includes(state) && (projectId ?? project_id) === project_id && (runId ?? id) === id,
      )
      .map(({ id }) => id),
  )
  const dropped = checkpointSizes(store.db).filter(
    ({ run_id, kind }) => kind === 'last' && wanted.has(run_id),
  )
  const before = blobSpace(store.db)
  store.write(() =>
    dropLastTensors(
      store.db,
      dropped.map(({ run_id }) => run_id),
    ),
  )
  const after = blobSpace(store.db)
  return { runs: dropped.length, bytes: after.free - before.free, packed: pack(store) }
}

/** Whether the file has given its room back. What was deleted is deleted all the same: packing needs room of its own for a while. */
function pack(store: Store): boolean {
  try {
    return packBlobs(store.db)
  } catch {
    return false
  }
}

/** A run that has just ended keeps what the settings say. */
export function keepRetention({ store }: HostContext, runId: string): void {
  if (retentionOf(store).lastCheckpoints !== false || !hasLastTensors(store.db, runId)) return
  store.write(() => dropLastTensors(store.db, [runId]))
}

export const spaceHandlers = (context: HostContext): Pick<Handlers, 'space.used' | 'space.trim'> => ({
  'space.used': async () => spaceUsed(context),
  'space.trim': async (which) => trimRuns(context, which),
})
