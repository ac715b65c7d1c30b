/** A workspace of 75,000 runs with 200 metrics each, and a run of a million epochs: lists and curves come at once. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { detected, defaultRecipe, type RunQuery } from '../../electron/contract/index.ts'
import { readCurves } from '../../electron/host/runs/curves.ts'
import { bestRuns, groupsOfRuns } from '../../electron/host/runs/groups.ts'
import { columnsOfRuns, listRuns } from '../../electron/host/runs/list.ts'
import { markRuns, unmarkRuns } from '../../electron/host/runs/marks.ts'
import { longRun, manyRuns, percentile95 } from '../../electron/host/runs/testing.ts'
import { meanCurves, overlayOf } from '../../electron/host/runs/overlay.ts'
import { openStore, type Store } from '../../electron/host/store/index.ts'
import { add, nothing, type Tally } from '../checks/reports.ts'

const size = { runs: 75_000, metrics: 200 }
const epochs = 1_000_000
/** In milliseconds, at the 95th percentile. */
const listLimit = 200
const curveLimit = 1000
const turns = 40
/** Marks on all of the runs: people wait for them once. */
const markLimit = 1000
/** Of a million points of one series, in MiB. */
const pointsLimit = 60

const recipe = defaultRecipe(
  { path: '/a.csv', ...detected, header: 'first', missingValues: [] },
  [
    { name: 'age', kind: 'number', role: 'feature' },
    { name: 'churned', kind: 'category', role: 'target' },
  ],
  'classification',
  500,
)
const shown = ['validation/loss', 'validation/accuracy', 'test/accuracy']
const measured = (turn: number): string => `validation/metric${10 + turn}`

/** Each with what varies from turn to turn, so that nothing is remembered. */
const queries: Record<string, (turn: number) => Omit<RunQuery, 'projectId'>> = {
  'the newest': (turn) => ({ offset: 100 * turn }),
  'all metrics of a page': (turn) => ({ offset: 100 * turn, series: undefined }),
  'sorted by a metric': (turn) => ({ order: { series: measured(turn) }, offset: 100 * turn }),
  'the end of those': (turn) => ({ order: { series: measured(turn) }, offset: size.runs - 100 * (turn + 1) }),
  'sorted by a metric of the test': () => ({ order: { series: 'test/accuracy' }, descending: false }),
  'sorted by name': (turn) => ({ order: { field: 'name' }, offset: 500 * turn }),
  'sorted by duration': (turn) => ({ order: { field: 'seconds' }, offset: 500 * turn }),
  'sorted by a setting': (turn) => ({ order: { setting: 'training.batchSize' }, offset: 500 * turn }),
  'filtered by name': (turn) => ({ filter: { text: String(11 + turn) } }),
  'filtered by state': () => ({ filter: { states: ['failed', 'stopped'] } }),
  'found by a line': (turn) => ({
    filter: {
      where: `${measured(turn)} > 0.5 and (batchSize = 32 or tag = paper) and not state = failed and name ~ 1`,
    },
    order: { series: measured(turn + 1) },
  }),
  'found by a tag': () => ({ filter: { where: 'tag = paper' } }),
  'starred first': () => ({ order: { mark: 'starred' } }),
  'sorted by a tag': (turn) => ({ order: { mark: 'tag' }, offset: 100 * turn }),
  'sorted by a metric at the end': (turn) => ({
    moment: 'lastEpoch' as const,
    order: { series: 'validation/accuracy' },
    offset: 100 * turn,
  }),
  'filtered by a threshold': (turn) => ({ filter: { metrics: [{ series: measured(turn), atLeast: 0.5 }] } }),
  'filtered by a setting': () => ({ filter: { settings: [{ setting: 'training.batchSize', is: '32' }] } }),
  'filtered by all of them, and sorted': (turn) => ({
    order: { series: measured(turn) },
    filter: {
      text: '1',
      states: ['finished'],
      metrics: [{ series: measured(turn + 1), atMost: 0.7 }],
      settings: [{ setting: 'training.batchSize', is: '32' }],
    },
  }),
}

function judged(what: string, taken: number, limit: number): Tally {
  const fits = taken <= limit
  console.log(`${fits ? '✓' : '✗'} ${what}: ${taken.toFixed(0)} ms (at most ${limit})`)
  return { ...nothing, passed: fits ? 1 : 0, failed: fits ? 0 : 1 }
}

/** What a million points take of the file, in MiB. */
function pointsTake(store: Store, projectId: string): Tally {
  const pages = (): number => {
    const [count, free, size] = ['page_count', 'freelist_count', 'page_size'].map((name) =>
      Number(store.db.pragma(name, { simple: true })),
    )
    return ((count! - free!) * size!) / 2 ** 20
  }
  const before = pages()
  longRun(store, projectId, { epochs, series: ['train/loss'], spike: 3, best: 4 })
  const taken = pages() - before
  const fits = taken <= pointsLimit
  console.log(
    `${fits ? '✓' : '✗'} ${epochs} points of a run: ${taken.toFixed(1)} MiB (at most ${pointsLimit})`,
  )
  return { ...nothing, passed: fits ? 1 : 0, failed: fits ? 0 : 1 }
}

/** Everything that is done to all runs at once. */
function overAll(store: Store, projectId: string): Tally {
  let total = nothing
  const judge = (what: string, work: (turn: number) => unknown, limit = listLimit): void => {
    total = add(total, judged(what, percentile95(work, turns), limit))
  }
  const series = (turn: number) => ['validation/loss', 'validation/accuracy', measured(turn)]
  judge('the best of all in 3 metrics', (turn) => bestRuns(store, projectId, {}, series(turn)))
  const grouped = { by: 'setting' as const, setting: 'training.batchSize' }
  judge('grouped by a setting, 1 metric', (turn) =>
    groupsOfRuns(store, projectId, {}, grouped, [measured(turn)]),
  )
  judge('grouped by all but the seed, 1 metric', (turn) =>
    groupsOfRuns(store, projectId, { where: 'name ~ 7' }, { by: 'repeats' }, [measured(turn)]),
  )
  const some = { where: 'batchSize = 16' }
  judge(
    'a tag on a quarter of the runs',
    (turn) => markRuns(store, projectId, some, { tag: `t${turn}` }),
    markLimit,
  )
  judge('that taken back', () => unmarkRuns(store, projectId), markLimit)
  return total
}

/** Curves of so many of the newest runs, of so many epochs. */
function addCurves(store: Store, projectId: string, lines: number, length: number): void {
  store.transaction(() => {
    const span = { lines, length, project: projectId }
    const chosen = `chosen AS (SELECT number FROM runs WHERE project_id = @project AND name <> 'Long' ORDER BY number DESC LIMIT @lines),
      each(epoch) AS (SELECT 1 UNION ALL SELECT epoch + 1 FROM each WHERE epoch < @length)`
    store.db
      .prepare(
        `INSERT INTO points WITH RECURSIVE ${chosen} SELECT number, epoch * 44, epoch, epoch FROM chosen, each`,
      )
      .run(span)
    store.db
      .prepare(
        `INSERT INTO point_values WITH RECURSIVE ${chosen}
         SELECT number, (SELECT id FROM series_names WHERE name = 'validation/loss'), epoch * 44,
           1.0 / epoch + (number % 97) / 100.0 FROM chosen, each`,
      )
      .run(span)
  })
}

function hold(store: Store): Tally {
  const projectId = manyRuns(store, recipe, size)
  markRuns(store, projectId, { where: 'name ~ 99' }, { tag: 'paper' })
  markRuns(store, projectId, { where: 'name ~ 77' }, { starred: true })
  const names = ['train/loss', 'validation/loss', 'validation/accuracy', 'learningRate', 'throughput']
  const runId = longRun(store, projectId, { epochs, series: names, spike: 333_333, best: 777_777 })
  let total = pointsTake(store, projectId)
  addCurves(store, projectId, 2000, 100)
  const overlay = percentile95(() => overlayOf(store, projectId, {}, 'validation/loss'), 10)
  total = add(total, judged('2000 lines of 100 epochs', overlay, curveLimit))
  const means = percentile95(
    () => meanCurves(store, projectId, { where: 'number > 0' }, { by: 'repeats' }, 'validation/loss'),
    10,
  )
  total = add(total, judged('means over the seeds', means, curveLimit))
  for (const [what, query] of Object.entries(queries)) {
    const ask = (turn: number) => listRuns(store, { projectId, series: shown, ...query(turn) })
    if (ask(0).runs.length === 0) throw new Error(`${what}: there are none`)
    total = add(total, judged(`runs ${what}`, percentile95(ask, turns), listLimit))
  }
  total = add(total, overAll(store, projectId))
  const columns = percentile95(() => columnsOfRuns(store, projectId), turns)
  total = add(total, judged('the columns of the project', columns, listLimit))
  const curves = percentile95(() => readCurves(store, runId, { limit: 1000 }), turns)
  total = add(total, judged(`${names.length} curves of ${epochs} epochs`, curves, curveLimit))
  const { value = [] } = readCurves(store, runId, { limit: 1000 }).series['train/loss'] ?? {}
  const kept = value.includes(50) && value.includes(-1) && value.length <= 1000
  if (!kept) console.log('✗ the spike or the best epoch is missing in the thinned curve')
  return add(total, { ...nothing, passed: kept ? 1 : 0, failed: kept ? 0 : 1 })
}

export function holdRuns(): Tally {
  const folder = mkdtempSync(join(tmpdir(), 'descent-many-runs-'))
  const store = openStore(folder)
  try {
    const total = hold(store)
    store.db.pragma('wal_checkpoint(TRUNCATE)')
    console.log(`The database holds ${(statSync(join(folder, 'descent.db')).size / 2 ** 20).toFixed(0)} MB.`)
    return total
  } finally {
    store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
