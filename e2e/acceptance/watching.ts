/**
 * What is said of trainings: nothing stands against those of published data with all defaults, and each planted fault is named by
 * the right check or alarm, in its first steps. The data are not part of the project.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../checks/process.ts'
import { add, nothing, type Tally } from '../checks/reports.ts'
import { said } from './said.ts'

/** File in the folder of data, and what is predicted where that is not the last column. */
const healthy: readonly (readonly [file: string, ...args: string[]])[] = [
  ['tables/Churn_Modelling.csv'],
  ['tables/Hitters.csv', '--target', 'Salary'],
  ['tables/HouseVotes84.csv', '--target', 'Class'],
  ['tables/Life_Expectancy_Data.csv', '--target', 'Life expectancy'],
  ['tables/Sacramento.csv', '--target', 'price'],
  ['tables/Soybean.csv', '--target', 'Class'],
  ['tables/Vehicle.csv'],
  ['tables/Vowel.csv'],
  ['tables/abalone.csv'],
  ['tables/breast-cancer-wisconsin.csv'],
  ['tables/diamonds.csv', '--target', 'price'],
  ['tables/german.csv'],
  ['tables/horse-colic.csv'],
  ['tables/insurance.csv'],
  ['tables/letterdata.csv', '--target', 'letter'],
  ['tables/mpg.csv', '--target', 'mpg'],
  ['tables/mushrooms.csv', '--target', 'type'],
  ['tables/penguins.csv', '--target', 'species'],
  ['tables/pima-indians-diabetes.csv'],
  ['tables/sms_spam.csv', '--target', 'type'],
  ['tables/taxis.csv', '--target', 'tip'],
  ['tables/titanic.csv', '--target', 'survived'],
  ['tables/whitewines.csv'],
  ['tables/wine.csv', '--target', '1'],
  ['uci/energy/data.txt'],
  ['uci/wine-quality-red/data.txt'],
  ['text/trec'],
  ['fashion-mnist', '--set', 'data.rows=12000', '--set', 'training.epochs=3'],
]

interface Told {
  readonly code: string
  readonly severity: 'error' | 'warning' | 'info'
  readonly layer: string | null
  readonly step: number | null
  readonly message: string
}
/** What was said before, and what came of it; null: it was not said, or did not come. */
interface Resource {
  readonly estimated: number | null
  readonly used: number | null
}
interface Report {
  readonly resources?: { readonly memory: Resource; readonly secondsPerEpoch: Resource }
  /** Training ended in it. */
  readonly error?: string
  readonly alerts: Told[]
  readonly preflight: Told[]
  readonly alarms: Told[]
}

/** null: it ended in an error of another sort than training has, which is what stands in `output`. */
async function report(args: readonly string[]): Promise<{ told: Report | null; output: string }> {
  const out = mkdtempSync(join(tmpdir(), 'descent-acceptance-'))
  try {
    const { output } = await run(process.execPath, [
      'electron/host/cli.ts',
      'run',
      ...args,
      '--json',
      '--out',
      join(out, 'run'),
    ])
    const line = output.split('\n').findLast((text) => text.startsWith('{"'))
    return { told: line === undefined ? null : (JSON.parse(line) as Report), output }
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

/** How far an estimate may lie from what came. */
const nearEnough = 0.3
/** Shorter epochs are of no interest to anybody, and are hardly measured. */
const leastSeconds = 0.5

/** Estimates of memory, and of the time of epochs that last, which are not within 30 %. */
function misjudged({ resources }: Report): string[] {
  if (resources === undefined) return []
  const { memory, secondsPerEpoch } = resources
  const isOff = ({ estimated, used }: Resource): boolean =>
    estimated !== null && used !== null && Math.abs(estimated / used - 1) > nearEnough
  const told = (what: string, { estimated, used }: Resource): string =>
    `${what} ${((estimated ?? 0) / (used ?? 1)).toFixed(2)} times what came`
  return [
    ...(isOff(memory) ? [told('memory', memory)] : []),
    ...((secondsPerEpoch.used ?? 0) >= leastSeconds && isOff(secondsPerEpoch)
      ? [told('seconds of an epoch', secondsPerEpoch)]
      : []),
  ]
}

/** What is only good to know is no alarm. */
const serious = ({ preflight, alarms }: Report): Told[] =>
  [...preflight, ...alarms].filter(({ severity }) => severity !== 'info')

async function holdHealthy(folder: string, seeds: readonly string[], only: string): Promise<Tally> {
  let total = nothing
  for (const [file, ...args] of healthy) {
    if (!file.includes(only)) continue
    for (const seed of seeds) {
      const path = join(folder, file)
      if (!existsSync(path)) {
        console.log(`– ${file}: not there, skipped`)
        total = add(total, { ...nothing, skipped: 1 })
        continue
      }
      const { told, output } = await report([path, ...args, '--seed', seed])
      const found = told && serious(told).map(({ code, step }) => code + (step === null ? '' : ` at ${step}`))
      const detail = told?.error ?? found?.join(', ') ?? output.trim().slice(-300)
      const off = told === null ? [] : misjudged(told)
      total = add(total, said(`${file}, seed ${seed}: estimates`, off.length === 0, off.join(', ')))
      total = add(total, said(`${file}, seed ${seed}`, found?.length === 0 && !told?.error, detail))
    }
  }
  return total
}

// ---- planted faults ----

/** Rows that a network learns with ease, and what is done to them. */
function rowsOf(count: number, change: (row: number[], i: number) => number[] = (row) => row): string {
  let state = 7
  const random = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647
  const lines = Array.from({ length: count }, (_, i) => {
    const x = Array.from({ length: 6 }, () => 2 * random() - 1)
    const kind = x[0]! * x[1]! + 0.5 * x[2]! > 0 ? 1 : 0
    const [kept, ...rest] = change([kind, ...x], i)
    return [...rest.map((one) => one.toFixed(5)), kept === 1 ? 'yes' : kept === 0 ? 'no' : 'other'].join()
  })
  return `a,b,c,d,e,f,y\n${lines.join('\n')}\n`
}

interface Fault {
  readonly what: string
  readonly csv: string
  readonly args?: readonly string[]
  /** Any of these names it. */
  readonly codes: readonly string[]
}

const set = (...settings: string[]): string[] => settings.flatMap((one) => ['--set', one])
const plain = rowsOf(1200)

const faults: readonly Fault[] = [
  {
    what: 'learning rate × 1000',
    csv: plain,
    args: set('training.optimizer.learningRate=1'),
    codes: ['climbing', 'stepsTooLarge', 'notFinite'],
  },
  {
    what: 'labels shuffled',
    csv: rowsOf(1200, ([, ...x], i) => [((i * 7919) % 1201) % 2, ...x]),
    codes: ['inputsTellNothing'],
  },
  {
    what: 'weight decay × 1000',
    csv: plain,
    args: set('training.optimizer.weightDecay=10'),
    codes: ['decayDominates'],
  },
  {
    what: 'inputs not normalized',
    csv: rowsOf(1200, ([kind, ...x]) => [kind!, x[0]! * 40_000, ...x.slice(1)]),
    args: set('prepare.number.steps='),
    codes: ['unscaledInputs'],
  },
  {
    what: 'a constant feature',
    csv: rowsOf(1200, ([kind, ...x]) => [kind!, ...x.slice(0, 5), 1]),
    codes: ['constantColumn', 'leftOut'],
  },
  {
    what: 'a column that leaks',
    csv: rowsOf(1200, ([kind, ...x]) => [kind!, ...x.slice(0, 5), kind!]),
    codes: ['leak', 'strongFeature'],
  },
  {
    what: 'batches of one with batch normalization',
    csv: rowsOf(200),
    args: set('model.template=mlp', 'model.batchNorm=true', 'training.batchSize=1', 'training.epochs=1'),
    codes: ['batchOfOne'],
  },
  {
    what: 'a learning rate that makes the loss infinite',
    csv: plain,
    args: set('training.optimizer.name=sgd', 'training.optimizer.learningRate=1e12'),
    codes: ['notFinite'],
  },
  {
    what: 'duplicate rows across splits',
    csv: (() => {
      const [header, ...lines] = plain.trim().split('\n')
      return [header, ...lines.slice(0, 500), ...lines.slice(0, 500)].join('\n') + '\n'
    })(),
    args: set('split.together=false'),
    codes: ['duplicatesAcross', 'duplicateRows'],
  },
]

async function holdFaults(only: string): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'descent-faults-'))
  try {
    let total = nothing
    for (const { what, csv, args = [], codes } of faults) {
      if (!what.includes(only)) continue
      const path = join(folder, 'planted.csv')
      writeFileSync(path, csv)
      const { told, output } = await report([path, '--seed', '1', ...args])
      const all = told ? [...told.alerts, ...told.preflight, ...told.alarms] : []
      const named = all.find(({ code, step }) => codes.includes(code) && (step === null || step <= 20))
      const others = told ? all.map(({ code }) => code).join(', ') : output.trim().slice(-400)
      total = add(total, said(what, named !== undefined, named ? named.message : `only ${others}`))
    }
    return total
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export async function holdWatching(
  folder: string | undefined,
  seeds: readonly string[],
  only: string,
): Promise<Tally> {
  const planted = await holdFaults(only)
  if (folder === undefined) {
    console.log('– healthy runs: give --data DIR')
    return add(planted, { ...nothing, skipped: 1 })
  }
  return add(planted, await holdHealthy(folder, seeds, only))
}
