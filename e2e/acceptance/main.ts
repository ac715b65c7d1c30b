/**
 * `npm run acceptance -- programs [--count 10000] [--seed 1000]`: random programs beside PyTorch, see programs.ts.
 * `npm run acceptance -- whole`: the tests of `npm test` with all that it leaves out or takes a part of: those that take long, samples
 *   on WebGPU in software, broken files. About an hour on two cores.
 * `npm run acceptance -- broken [--count 5000] [--only csv]`: so many broken tables, pictures, archives and texts of every format are
 *   read or refused, see broken.ts.
 * `npm run acceptance -- networks`: 200 networks edited at random: their source computes the same in PyTorch, and is read back.
 * `npm run acceptance -- screens [--only table-5] [--again]`: every page at three widths in both themes, against its reference, see
 *   screens/main.ts.
 * `npm run acceptance -- looks`: the end-to-end tests, with screenshots of every state in both themes and two sizes.
 * `npm run acceptance -- runs`: lists and curves of a workspace of 75,000 runs, see runs.ts.
 * `npm run acceptance -- packaged`: the app as it is packaged, used from a folder without write rights, see packaged.ts.
 * `npm run acceptance -- pollock --data DIR`: published and spoilt CSV files, read told nothing, see pollock.ts.
 * `npm run acceptance -- alerts --data DIR`: what Explore says of published tables, against what an analyst expects, see alerts.ts.
 * `npm run acceptance -- watching [--data DIR]`: planted faults are named, healthy trainings raise no alarm and take
 *   the memory and time that was said, see watching.ts.
 * `npm run acceptance -- search --data DIR`: successive halving beside random search, with the same draws, see search.ts.
 * `npm run acceptance -- baselines --data DIR`: boosted trees beside scikit-learn's on published tables, see baselines.ts.
 * `npm run acceptance -- captured [--count 1000000]`: so many captured steps in constant memory, see captured.ts.
 * `npm run acceptance -- engine`: the engine packed, and used from a fresh folder in Node and in a browser, see engine-package.ts.
 * `npm run acceptance -- exports [--only table/]`: one model of each template as a page in Chromium, as servers under curl and in
 *   PyTorch, and projects trained by torchrun, see exports.ts.
 * `npm run acceptance -- soak [--minutes 480]`: the app at work for hours holds no more than once it was warm, see soak.ts.
 * `npm run acceptance -- rest`: a model that answers over HTTP under load and among hostile clients, see rest.ts.
 * `npm run acceptance -- images --data DIR [--seeds 1,2,3] [--only fashion-mnist/cnn]`: pictures of clothes, of houses and of
 *   insects, and what a step waits for its pictures (`--only loading`), see images.ts.
 * `npm run acceptance -- text --data DIR [--seeds 1,2,3] [--only trec]`: questions and intents, some of which are none, see text.ts.
 * `npm run acceptance -- tables --data DIR [--only NAME,NAME] [--splits 0,1] [--again]`: an untouched default for tables beside
 *   scikit-learn’s models, see tables.ts.
 * `npm run acceptance -- --data DIR [--only trec]`: trains on real data through the command line, over a few seeds, and holds the
 * test metrics against published results. The data is not part of the project; see expectations.ts for the files.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { run, runPackage } from '../checks/process.ts'
import { add, nothing, totalLine, type Tally } from '../checks/reports.ts'
import { holdAlerts } from './alerts.ts'
import { holdBroken } from './broken.ts'
import { holdCaptured } from './captured.ts'
import { holdEnginePackage } from './engine-package.ts'
import { holdImages } from './images.ts'
import { expectations, type Expectation } from './expectations.ts'
import { holdBaselines } from './baselines.ts'
import { holdExports } from './exports.ts'
import { holdPackaged } from './packaged.ts'
import { holdPollock } from './pollock.ts'
import { holdPrograms } from './programs.ts'
import { holdRest } from './rest.ts'
import { holdRuns } from './runs.ts'
import { holdScreens } from './screens/main.ts'
import { holdSearches } from './search.ts'
import { holdSoak } from './soak.ts'
import { holdTables } from './tables.ts'
import { holdText } from './text.ts'
import { mean } from './trained.ts'
import { holdWatching } from './watching.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Of what is tried by the thousands: how many. Of random programs, from which on. */
    count: { type: 'string' },
    seed: { type: 'string', default: '1000' },
    data: { type: 'string' },
    /** Of what goes on for hours. */
    minutes: { type: 'string', default: '6' },
    seeds: { type: 'string', default: '1,2,3' },
    backend: { type: 'string', default: 'auto' },
    /** Part of the name of what is to be run. */
    only: { type: 'string', default: '' },
    /** Of tables: which splits. */
    splits: { type: 'string', default: '0,1,2,3,4' },
    /** Of tables: what was measured before is measured anew. Of screens: the references are made anew. */
    again: { type: 'boolean', default: false },
  },
})
const folder = values.data ?? process.env['DESCENT_DATA']
const seeds = values.seeds.split(',')

interface Result {
  backend: string
  seconds: number
  test: Record<string, number>
  baseline: Record<string, number>
}

/** Metric by metric, the mean over the seeds. */
function meanOf(metrics: readonly Record<string, number>[]): Record<string, number> {
  const names = Object.keys(metrics[0] ?? {})
  return Object.fromEntries(
    names.map((name) => [name, mean(metrics.map((each) => each[name] ?? Number.NaN))]),
  )
}

const show = (metrics: Record<string, number>): string =>
  Object.entries(metrics)
    .map(([name, value]) => `${name} ${value.toFixed(3)}`)
    .join(', ')

async function train({ args: how }: Expectation, path: string, seed: string): Promise<Result> {
  const out = mkdtempSync(join(tmpdir(), 'descent-acceptance-'))
  try {
    const args = ['run', path, ...how, '--seed', seed, '--backend', values.backend, '--json']
    const finished = await run(process.execPath, ['electron/host/cli.ts', ...args, '--out', join(out, 'run')])
    if (finished.code !== 0) throw new Error(`ended with ${finished.code}: ${finished.output.trim()}`)
    const line = finished.output.split('\n').findLast((text) => text.startsWith('{"task"'))
    return JSON.parse(line ?? '') as Result
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

async function hold(expectation: Expectation): Promise<Tally> {
  const { file, metric, atLeast, source } = expectation
  const path = resolve(folder ?? '', file)
  if (folder === undefined || !existsSync(path)) {
    const why = folder === undefined ? 'no --data DIR was given' : `${path} does not exist`
    console.log(`– ${file}: not run, ${why}`)
    return { ...nothing, skipped: 1 }
  }
  const results: Result[] = []
  try {
    for (const seed of seeds) results.push(await train(expectation, path, seed))
  } catch (error) {
    console.log(`✗ ${file} ${error instanceof Error ? error.message : String(error)}`)
    return { ...nothing, failed: 1 }
  }
  const test = meanOf(results.map((result) => result.test))
  const reached = (test[metric] ?? Number.NaN) >= atLeast
  const each = results.map((result) => (result.test[metric] ?? Number.NaN).toFixed(3)).join(', ')
  const seconds = mean(results.map((result) => result.seconds)).toFixed(1)
  console.log(
    `${reached ? '✓' : '✗'} ${file} on ${results[0]?.backend}, ${seconds} s a run: ${show(test)}\n` +
      `  ${metric} by seed (${seeds.join(', ')}): ${each}; asked: mean ≥ ${atLeast}\n` +
      `  baseline: ${show(meanOf(results.map((result) => result.baseline)))}\n` +
      `  published: ${source}`,
  )
  return { ...nothing, passed: reached ? 1 : 0, failed: reached ? 0 : 1 }
}

const verdict = (code: number): Tally => (code === 0 ? { ...nothing, passed: 1 } : { ...nothing, failed: 1 })

/** Both checks that leave something out. */
async function holdWhole(): Promise<Tally> {
  const { code } = await run(process.execPath, ['e2e/checks/run.ts', 'unit', 'e2e'], {
    env: { DESCENT_WHOLE: '1', DESCENT_FUZZ: '2000' },
    live: true,
  })
  return verdict(code)
}

async function holdNetworks(): Promise<Tally> {
  const tests = ['exports.test.ts', 'source', 'ideas'].map((name) => `electron/host/model/${name}`)
  const { code } = await runPackage('vitest', ['run', ...tests], {
    env: { DESCENT_NETWORK_EDITS: '200' },
    live: true,
  })
  return verdict(code)
}

async function takeLooks(): Promise<Tally> {
  const { code } = await run(process.execPath, ['e2e/checks/run.ts', 'e2e'], {
    env: { DESCENT_SCREENSHOTS: 'all', DESCENT_WHOLE: '1' },
    live: true,
  })
  return verdict(code)
}

let total = nothing
if (positionals.length > 0) {
  if (positionals.includes('programs'))
    total = await holdPrograms(Number(values.seed), Number(values.count ?? 10_000))
  if (positionals.includes('whole')) total = add(total, await holdWhole())
  if (positionals.includes('broken'))
    total = add(total, await holdBroken(Number(values.count ?? 5000), values.only))
  if (positionals.includes('networks')) total = add(total, await holdNetworks())
  if (positionals.includes('screens')) total = add(total, await holdScreens(values.only, values.again))
  if (positionals.includes('looks')) total = add(total, await takeLooks())
  if (positionals.includes('pollock')) total = add(total, await holdPollock(folder))
  if (positionals.includes('alerts')) total = add(total, await holdAlerts(folder, values.only))
  if (positionals.includes('runs')) total = add(total, holdRuns())
  if (positionals.includes('watching')) total = add(total, await holdWatching(folder, seeds, values.only))
  if (positionals.includes('search')) total = add(total, await holdSearches(folder))
  if (positionals.includes('baselines')) total = add(total, await holdBaselines(folder, seeds, values.only))
  if (positionals.includes('tables')) {
    const splits = values.splits.split(',').map(Number)
    total = add(total, await holdTables(folder, { only: values.only, splits, again: values.again }))
  }
  if (positionals.includes('images')) total = add(total, await holdImages(folder, seeds, values.only))
  if (positionals.includes('text')) total = add(total, await holdText(folder, seeds, values.only))
  if (positionals.includes('exports')) total = add(total, await holdExports(values.only))
  if (positionals.includes('soak')) total = add(total, await holdSoak(Number(values.minutes)))
  if (positionals.includes('rest')) total = add(total, await holdRest())
  if (positionals.includes('captured')) total = add(total, await holdCaptured(Number(values.count ?? 10_000)))
  if (positionals.includes('engine')) total = add(total, await holdEnginePackage())
  if (positionals.includes('packaged')) total = add(total, await holdPackaged())
  console.log(totalLine(total))
  process.exit(total.failed === 0 ? 0 : 1)
}
for (const expectation of expectations.filter(({ file }) => file.includes(values.only)))
  total = add(total, await hold(expectation))
console.log(totalLine(total))
process.exit(total.failed === 0 ? 0 : 1)
