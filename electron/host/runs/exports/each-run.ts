/** Runs as they are written elsewhere: one after the other, with all that is known of each. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  DescentError,
  formatCount,
  isStepwise,
  layerOfSeries,
  plural,
  type ListedRun,
  type MetricPoint,
  type RunFilter,
} from '../../../contract/index.ts'
import type { Store } from '../../store/index.ts'
import { readCurves, recordedBy } from '../curves.ts'
import { columnsOfRuns, listRuns, matching } from '../list.ts'

/** Which of what was recorded: once an epoch; also within epochs, of the whole network; also of single layers. */
export type Recorded = 'epochs' | 'steps' | 'layers'
const isAmong: Readonly<Record<Recorded, (name: string) => boolean>> = {
  epochs: (name) => !isStepwise(name),
  steps: (name) => layerOfSeries(name) === null,
  layers: () => true,
}

export interface ExportedRuns {
  readonly project: string
  /** Found when the export began. */
  readonly total: number
  /** What runs are known by. */
  readonly series: readonly string[]
  readonly settings: readonly string[]
  /** What curves of any run of the project are of. */
  recorded(which: Recorded): readonly string[]
  /** Oldest first; those that are deleted meanwhile are left out. */
  each(): AsyncGenerator<ListedRun>
  /** How many `each` has given. */
  written(): number
  /** In the order of steps; the values that were not recorded at one are left out. */
  points(run: ListedRun, which: Recorded): MetricPoint[]
}

const pageSize = 200

export function exportedRuns(store: Store, projectId: string, filter: RunFilter): ExportedRuns {
  const { series, settings } = columnsOfRuns(store, projectId)
  // Which they are is settled now: pages of what changes meanwhile would leave some out and have others twice.
  const { where, parameters } = matching(store, projectId, filter)
  const ids = store.db
    .prepare<[object], string>(`SELECT id FROM runs WHERE ${where} ORDER BY number`)
    .pluck()
    .all(parameters)
  const total = ids.length
  const page = (some: string[]): ListedRun[] =>
    listRuns(store, {
      projectId,
      filter: { ids: some },
      limit: pageSize,
      order: { field: 'number' },
      descending: false,
      settings,
    }).runs
  let written = 0
  if (total === 0)
    throw new DescentError('badRequest', 'The filter finds no run, so there is nothing to export.', 'filter')
  return {
    project: store.db
      .prepare<[string], string>('SELECT name FROM projects WHERE id = ?')
      .pluck()
      .get(projectId)!,
    total,
    series,
    settings,
    recorded: (which) => recordedIn(store, projectId).filter(isAmong[which]),
    written: () => written,
    async *each() {
      written = 0
      for (let offset = 0; offset < total; offset += pageSize)
        for (const run of page(ids.slice(offset, offset + pageSize))) {
          written++
          yield run
          // Others are answered meanwhile.
          await nextTurn()
        }
    },
    points: (run, which) => pointsOf(store, run.id, recordedBy(store, run.id).filter(isAmong[which])),
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

function pointsOf(store: Store, runId: string, names: readonly string[]): MetricPoint[] {
  const points = new Map<number, MetricPoint>()
  const { series } = readCurves(store, runId, { limit: Number.MAX_SAFE_INTEGER, names })
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
