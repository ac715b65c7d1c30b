/**
 * Two searches of one space on published data, with the same draws: successive halving comes to as good a network as training
 * all of them to their end, in less time, and what it stops early it says. The data are not part of the project.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../checks/process.ts'
import { add, nothing, type Tally } from '../checks/reports.ts'
import { said } from './said.ts'
import { percent } from './trained.ts'

interface Report {
  readonly seconds: number
  readonly best: number | null
  readonly trials: readonly {
    readonly number: number
    readonly state: string
    readonly epoch: number
    readonly value: number | null
    readonly why: string | null
    readonly settings: Record<string, unknown>
  }[]
  readonly importance: {
    readonly settings: readonly { readonly path: string; readonly share: number }[]
  } | null
  readonly said: readonly string[]
}

const runs = 27
const epochs = 81
const space = [
  'training.optimizer.learningRate=1e-5..1e-1:log',
  'model.hidden=[16],[64,64],[128,128]',
  'model.dropout=0..0.5',
]
/** Another validation split would move it by as much. */
const tolerance = 0.01

async function search(file: string, kind: string, how: readonly string[] = []): Promise<Report> {
  const out = mkdtempSync(join(tmpdir(), 'descent-acceptance-'))
  try {
    const args = [
      'electron/host/cli.ts',
      'search',
      file,
      '--target',
      'letter',
      '--kind',
      kind,
      '--runs',
      String(runs),
    ]
    // Where starting a process takes as long as training, nothing is gained by training less.
    const long = ['--set', 'training.batchSize=16', '--set', 'training.earlyStopping=null']
    const own = ['--rows', '16000', '--epochs', String(epochs), '--seed', '1', '--backend', 'wasm', '--json']
    const over = space.flatMap((one) => ['--over', one])
    const { output } = await run(process.execPath, [
      ...args,
      ...how,
      ...own,
      ...long,
      ...over,
      '--out',
      join(out, 'search'),
    ])
    const line = output.split('\n').findLast((text) => text.startsWith('{"'))
    if (line === undefined) throw new Error(output)
    return JSON.parse(line) as Report
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

const bestOf = ({ trials, best }: Report): number => trials.find(({ number }) => number === best)?.value ?? 0
const epochsOf = ({ trials }: Report): number => trials.reduce((sum, { epoch }) => sum + epoch, 0)

/** `folder`: of the data. */
export async function holdSearches(folder: string | undefined): Promise<Tally> {
  const file = folder === undefined ? null : join(folder, 'tables/letterdata.csv')
  if (file === null || !existsSync(file)) {
    console.log(
      `– searches need --data DIR with tables/letterdata.csv${file === null ? '' : `: there is no ${file}`}`,
    )
    return { ...nothing, skipped: 1 }
  }
  const halving = await search(file, 'asha', ['--least-epochs', '5'])
  const random = await search(file, 'randomSearch')
  const drawn = ({ trials }: Report): string => JSON.stringify(trials.map(({ settings }) => settings))
  const stopped = halving.trials.filter(({ state }) => state === 'stoppedEarly')
  return [
    said('both draw the same settings', drawn(halving) === drawn(random), `${runs} of them`),
    said(
      'as good a network',
      bestOf(halving) >= bestOf(random) - tolerance,
      `${percent(bestOf(halving))} by halving, ${percent(bestOf(random))} by training all`,
    ),
    said(
      'in less time',
      halving.seconds < 0.6 * random.seconds,
      `${halving.seconds.toFixed(0)} s and ${epochsOf(halving)} epochs, ${random.seconds.toFixed(0)} s and ${epochsOf(random)} epochs`,
    ),
    said(
      'what was stopped early says why',
      stopped.length > runs / 2 && stopped.every(({ why }) => /of \d+ after \d+ epochs/.test(why ?? '')),
      `${stopped.length} of ${runs}`,
    ),
    said(
      'the learning rate matters most',
      random.importance?.settings[0]?.path === 'training.optimizer.learningRate',
      (random.importance?.settings ?? []).map(({ path, share }) => `${path} ${percent(share)}`).join(', '),
    ),
  ].reduce(add)
}
