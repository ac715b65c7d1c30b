/**
 * `npm run acceptance -- tables --data DIR [--only NAME] [--splits 0,1,2,3,4] [--again]`: what an untouched table gets
 * beside scikit-learn's models, trained on the same rows and tested on the same rows. Each table-split is kept in docs/tables.json as
 * soon as it is measured, and docs/tables.md is written from that: an interrupted run goes on where it was, and `--again`
 * measures ours anew. The data are not part of the project.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { root, run } from '../checks/process.ts'
import { nothing, type Tally } from '../checks/reports.ts'
import { tables, type Table } from './tables-list.ts'
import { pageOf, tallyOf, type Measured, type Scores } from './tables-page.ts'

const kept = join(root, 'docs/tables.json')
const page = join(root, 'docs/tables.md')
const script = join(import.meta.dirname, 'tables_peers.py')

interface Split {
  readonly target: string
  readonly rows: { readonly train: number; readonly test: number }
  readonly peers: Readonly<Record<string, Scores>>
}
interface Ours {
  readonly epochs: number
  readonly seconds: number
  readonly test: Scores
  /** Of how many test rows the truth was within what is promised to hold it for 90 %. */
  readonly coverage: number | null
}

const pythonWithPeers = (): string | undefined =>
  ['/usr/bin/python3', 'python3'].find((p) => spawnSync(p, ['-c', 'import sklearn, pandas']).status === 0)

/** Writes `train.csv` and `test.csv` into the folder; trains the peers where they are asked for. */
function splitTable(
  python: string,
  data: string,
  table: Table,
  split: number,
  folder: string,
  peers: boolean,
) {
  const { path, rows, ...ask } = table
  const input = JSON.stringify({ ...ask, rows, path: resolve(data, path), split, folder, peers })
  // Threads of OpenMP that wait for each other are slower than one, where others compute as well.
  const env = { ...process.env, OMP_NUM_THREADS: '1' }
  const { status, stdout, stderr } = spawnSync(python, [script], { input, encoding: 'utf8', env })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Split
}

async function trainOurs({ task }: Table, split: number, folder: string, target: string): Promise<Ours> {
  const args = ['run', join(folder, 'train.csv'), '--test', join(folder, 'test.csv'), '--target', target]
  // A grade of wine is a number here, whatever else it might be.
  const asked = task === 'regression' ? ['--task', 'regression'] : []
  const how = ['--baselines', 'none', '--seed', String(split + 1), '--backend', 'wasm']
  const own = [...how, '--json', '--out', join(folder, 'run')]
  const { code, output } = await run(process.execPath, ['electron/host/cli.ts', ...args, ...asked, ...own])
  const line = output.split('\n').findLast((text) => text.startsWith('{"task"'))
  if (code !== 0 || line === undefined) throw new Error(`ended with ${code}: ${output.trim().slice(-600)}`)
  return JSON.parse(line) as Ours
}

const readKept = (): Measured[] =>
  existsSync(kept) ? (JSON.parse(readFileSync(kept, 'utf8')) as { results: Measured[] }).results : []

function keep(results: readonly Measured[]): void {
  const places = new Map(tables.map(({ name }, i) => [name, i]))
  const place = ({ table, split }: Measured): number => (places.get(table) ?? 0) * 1000 + split
  const ordered = results.toSorted((a, b) => place(a) - place(b))
  writeFileSync(kept, `${JSON.stringify({ results: ordered }, null, 2)}\n`)
  writeFileSync(page, pageOf(ordered, tables))
}

interface Asked {
  readonly only: string
  readonly splits: readonly number[]
  readonly again: boolean
}

/** `folder`: of the data. */
export async function holdTables(folder: string | undefined, { only, splits, again }: Asked): Promise<Tally> {
  const python = pythonWithPeers()
  if (folder === undefined || python === undefined) {
    const why = python === undefined ? 'no Python with scikit-learn was found' : 'no --data DIR was given'
    console.log(`– tables: not run, ${why}`)
    return { ...nothing, skipped: 1 }
  }
  let skipped = 0
  const wanted = tables.filter(({ name }) => only.split(',').some((part) => name.includes(part)))
  for (const table of wanted) {
    if (!existsSync(resolve(folder, table.path))) {
      console.log(`– ${table.name}: not run, ${resolve(folder, table.path)} does not exist`)
      skipped++
      continue
    }
    for (const split of splits) {
      const isIt = (one: Measured): boolean => one.table === table.name && one.split === split
      const known = readKept().find(isIt)
      if (known !== undefined && !again) continue
      const place = mkdtempSync(join(tmpdir(), 'descent-acceptance-'))
      try {
        const { target, rows, ...made } = splitTable(python, folder, table, split, place, known === undefined)
        const { test: ours, epochs, seconds, coverage } = await trainOurs(table, split, place, target)
        const peers = known?.peers ?? made.peers
        const of = { table: table.name, task: table.task, split, rows }
        const measured = { ...of, ours, epochs, seconds, ...(coverage !== null && { coverage }), peers }
        keep([...readKept().filter((one) => !isIt(one)), measured])
        console.log(
          `${table.name}, split ${split}: ${JSON.stringify({ ours, ...peers })}, ${seconds.toFixed(1)} s`,
        )
      } finally {
        rmSync(place, { recursive: true, force: true })
      }
    }
  }
  const measured = readKept().filter(
    ({ table, split }) => wanted.some(({ name }) => name === table) && splits.includes(split),
  )
  return { ...tallyOf(measured, tables), skipped }
}
