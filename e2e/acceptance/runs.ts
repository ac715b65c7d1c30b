/** A workspace of 75,000 runs with 200 metrics each, and a run of a million epochs: lists and curves come at once. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { detected, defaultRecipe, type RunQuery } from '../../electron/contract/index.ts'
import { readCurves } from '../../electron/host/runs/curves.ts'
import { columnsOfRuns, listRuns } from '../../electron/host/runs/list.ts'
import { longRun, manyRuns, percentile95 } from '../../electron/host/runs/testing.ts'
import { openStore, type Store } from '../../electron/host/store/index.ts'
import { add, nothing, type Tally } from '../checks/reports.ts'

const size = { runs: 75_000, metrics: 200 }
const epochs = 1_000_000
/** In milliseconds, at the 95th percentile. */
const listLimit = 200
const curveLimit = 1000
const turns = 40

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

function hold(store: Store): Tally {
  const projectId = manyRuns(store, recipe, size)
  const names = ['train/loss', 'validation/loss', 'validation/accuracy', 'learningRate', 'throughput']
  const runId = longRun(store, projectId, { epochs, series: names, spike: 333_333, best: 777_777 })
  let total = nothing
  for (const [what, query] of Object.entries(queries)) {
    const ask = (turn: number) => listRuns(store, { projectId, series: shown, ...query(turn) })
    if (ask(0).runs.length === 0) throw new Error(`${what}: there are none`)
    total = add(total, judged(`runs ${what}`, percentile95(ask, turns), listLimit))
  }
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
