/** Runs as they are written elsewhere: one after the other, with all that is known of each. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  DescentError,
  formatCount,
  plural,
  type ListedRun,
  type MetricPoint,
  type RunFilter,
} from '../../../contract/index.ts'
import type { Store } from '../../store/index.ts'
import { readCurves } from '../curves.ts'
import { columnsOfRuns, listRuns } from '../list.ts'

export interface ExportedRuns {
  readonly project: string
  readonly total: number
  /** What runs are known by. */
  readonly series: readonly string[]
  /** What their curves are of. */
  readonly recorded: readonly string[]
  readonly settings: readonly string[]
  /** Oldest first. */
  each(): AsyncGenerator<ListedRun>
  /** All that was recorded, epoch by epoch; the values that were not recorded then are left out. */
  points(run: ListedRun): MetricPoint[]
}

const pageSize = 200

export function exportedRuns(store: Store, projectId: string, filter: RunFilter): ExportedRuns {
  const { series, settings } = columnsOfRuns(store, projectId)
  const page = (offset: number, limit = pageSize) =>
    listRuns(store, {
      projectId,
      filter,
      offset,
      limit,
      order: { field: 'number' },
      descending: false,
      settings,
    })
  const { total } = page(0, 1)
  if (total === 0)
    throw new DescentError('badRequest', 'The filter finds no run, so there is nothing to export.', 'filter')
  return {
    project: store.db
      .prepare<[string], string>('SELECT name FROM projects WHERE id = ?')
      .pluck()
      .get(projectId)!,
    total,
    series,
    recorded: recordedIn(store, projectId),
    settings,
    async *each() {
      for (let offset = 0; offset < total; offset += pageSize)
        for (const run of page(offset).runs) {
          yield run
          // Others are answered meanwhile.
          await nextTurn()
        }
    },
    points: (run) => pointsOf(store, run.id),
  }
}

/** Of each stretch of a curve there is a row of blocks, which are far fewer than its points. */
const recordedIn = (store: Store, projectId: string): string[] =>
  store.db
    .prepare<[string], string>(
      `SELECT name FROM series_names WHERE id IN (
         SELECT DISTINCT series FROM runs JOIN curve_blocks ON run = number WHERE project_id = ? AND deleted_at IS NULL
       ) ORDER BY id`,
    )
    .pluck()
    .all(projectId)

function pointsOf(store: Store, runId: string): MetricPoint[] {
  const points = new Map<number, MetricPoint>()
  const { series } = readCurves(store, runId, { limit: Number.MAX_SAFE_INTEGER })
  for (const [name, curve] of Object.entries(series))
    curve.step.forEach((step, i) => {
      const point = points.get(step) ?? {
        epoch: curve.epoch[i]!,
        step,
        seconds: curve.seconds[i]!,
        values: {},
      }
      point.values[name] = curve.value[i]!
      points.set(step, point)
    })
  return [...points.values()].sort((a, b) => a.step - b.step)
}

/** More files than a folder can hold, and than anybody opens. */
const mostInFolder = 5000

export function requireFew({ total }: ExportedRuns): void {
  if (total > mostInFolder)
    throw new DescentError(
      'tooLarge',
      `${plural(total, 'run')} would be as many folders; at most ${formatCount(mostInFolder)} are written at once. Filter the runs first.`,
      'filter',
    )
}

/** File names that say the run's name as far as one can; the same never comes twice. */
export function folderNames(): (run: ListedRun) => string {
  const taken = new Set<string>()
  return ({ name, number }) => {
    const safe =
      name
        .normalize('NFC')
        .replaceAll(/[^\p{L}\p{N}._ +=-]+/gu, '-')
        .replaceAll(/^[-. ]+|[-. ]+$/g, '')
        .slice(0, 80)
        // A name may not end with what Windows drops.
        .trimEnd() || `run ${number}`
    const free = taken.has(safe.toLowerCase()) ? `${safe} (${number})` : safe
    taken.add(free.toLowerCase())
    return free
  }
}
