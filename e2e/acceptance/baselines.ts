/**
 * Boosted trees beside scikit-learn's HistGradientBoosting on published tables: the same columns, training rows and target, several
 * splits. Both are judged on the test rows; trees that are chosen otherwise where cuts are equally good may differ, in the mean they
 * may not. Needs Debian's python3-sklearn. The tables are not part of the project.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binColumns } from '../../electron/host/baselines/boosting/bins.ts'
import { fitBaselines } from '../../electron/host/baselines/index.ts'
import { parseCommand, type RunCommand } from '../../electron/host/cli/args.ts'
import { openData, prepareOpened } from '../../electron/host/cli/open-data.ts'
import { evaluateOutputs } from '../../electron/host/evaluate/evaluate.ts'
import type { Prepared } from '../../electron/host/prepare/prepare-data.ts'
import { functionsOfTask } from '../../electron/host/tasks/index.ts'
import { add, nothing, type Tally } from '../checks/reports.ts'

/** By name, and how the command line is told what to predict. */
const tables: readonly (readonly [file: string, ...how: string[]])[] = [
  ['abalone.csv', '--target', 'last', '--task', 'regression'],
  ['insurance.csv', '--target', 'charges'],
  ['mpg.csv', '--target', 'mpg', '--task', 'regression'],
  ['whitewines.csv', '--target', 'quality', '--task', 'regression'],
  ['Hitters.csv', '--target', 'Salary', '--task', 'regression'],
  ['taxis.csv', '--target', 'tip', '--task', 'regression'],
  ['Churn_Modelling.csv', '--target', 'Exited'],
  ['german.csv', '--target', 'last'],
  ['titanic.csv', '--target', 'survived'],
  ['Vehicle.csv', '--target', 'Class'],
  ['Vowel.csv', '--target', 'Class'],
  ['Soybean.csv', '--target', 'Class'],
]

const python = '/usr/bin/python3'
const script = join(import.meta.dirname, 'baselines.py')

/** Of the geometric mean over splits, and of any single table, how much worse may be. */
const asked = { mean: 1.02, table: 1.08 } as const

const judgedBy = (prepared: Prepared, outputs: ArrayLike<number>): number => {
  const { metrics } = evaluateOutputs(prepared, 'test', outputs, { intervals: [] })
  return metrics['logLoss'] ?? metrics['rmse'] ?? Number.NaN
}

/** What scikit-learn's trees say of the test rows, as ours would. */
function theirs(prepared: Prepared): Float64Array {
  const folder = mkdtempSync(join(tmpdir(), 'descent-baselines-'))
  try {
    const { preparation, split, data, features } = prepared
    const task = functionsOfTask(preparation.task)
    const columns = binColumns(features, split.train).map(({ name, bins, count, categories }) => {
      const column = features.find((one) => one.name === name)!
      if (categories) return { categories, values: Array.from(bins, (bin) => (bin === count ? null : bin)) }
      const values = 'values' in column ? Array.from(column.values as Float64Array) : [...bins]
      return { categories, values: values.map((value) => (Number.isNaN(value) ? null : value)) }
    })
    const plain = task.plain(preparation.target)
    const path = join(folder, 'asked.json')
    writeFileSync(
      path,
      JSON.stringify({
        ...plain,
        columns,
        train: [...split.train],
        test: [...split.test],
        targets: Array.from(data.targets, (value) => (Number.isNaN(value) ? null : value)),
      }),
    )
    const { stdout, stderr, status } = spawnSync(python, [script, path], {
      maxBuffer: 1e9,
      encoding: 'utf8',
      // Threads that wait for each other beside other programs take ten times as long.
      env: { ...process.env, OMP_NUM_THREADS: '1' },
    })
    if (status !== 0) throw new Error(stderr.trim().split('\n').at(-1) ?? 'Python ended.')
    const scores = Float64Array.from(JSON.parse(stdout) as number[])
    return Float64Array.from(task.fromPlain(preparation.target, scores))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export async function holdBaselines(
  folder: string | undefined,
  seeds: readonly string[],
  only: string,
): Promise<Tally> {
  if (folder === undefined || !existsSync(join(folder, 'tables')) || !existsSync(python)) {
    console.log(`– baselines: not run, ${existsSync(python) ? 'no --data DIR was given' : `no ${python}`}`)
    return { ...nothing, skipped: 1 }
  }
  let total = nothing
  const all: number[] = []
  for (const [file, ...how] of tables.filter(([name]) => name.includes(only))) {
    const ratios: number[] = []
    let seconds = 0
    for (const seed of seeds) {
      const scratch = mkdtempSync(join(tmpdir(), 'descent-baselines-'))
      try {
        const command = parseCommand(['run', join(folder, 'tables', file), ...how, '--seed', seed])
        const prepared = await prepareOpened(await openData(command as RunCommand, scratch))
        const { fitted } = fitBaselines(prepared, { names: ['boosted'] })
        const [ours] = fitted
        if (ours === undefined) throw new Error('No trees were grown.')
        seconds += ours.seconds
        ratios.push(judgedBy(prepared, ours.outputs.test) / judgedBy(prepared, theirs(prepared)))
      } finally {
        rmSync(scratch, { recursive: true, force: true })
      }
    }
    const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
    all.push(...ratios)
    const holds = mean <= asked.table
    total = add(total, { ...nothing, passed: holds ? 1 : 0, failed: holds ? 0 : 1 })
    console.log(
      `${holds ? '✓' : '✗'} ${file}: loss or error ${mean.toFixed(4)} of scikit-learn's (${ratios.map((ratio) => ratio.toFixed(3)).join(', ')}), ${(seconds / ratios.length).toFixed(1)} s`,
    )
  }
  const mean = Math.exp(all.reduce((sum, ratio) => sum + Math.log(ratio), 0) / all.length)
  const holds = mean <= asked.mean
  console.log(`${holds ? '✓' : '✗'} over all of them ${mean.toFixed(4)}; asked: at most ${asked.mean}`)
  return add(total, { ...nothing, passed: holds ? 1 : 0, failed: holds ? 0 : 1 })
}
