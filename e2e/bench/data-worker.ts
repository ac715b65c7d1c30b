/** One turn of the benchmark `data`, in a process of its own: `descent`, `duckdb` or `run`, a file, a folder. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { defaultMissingValues } from '../../electron/contract/index.ts'
import { profileTable } from '../../electron/host/explore/profile.ts'
import { plainContext } from '../../electron/host/kinds/kind.ts'
import { importTable } from '../../electron/host/kinds/table/import-table.ts'
import { root } from '../checks/process.ts'

const [what, path = '', folder = ''] = process.argv.slice(2)
const seconds = (since: number): number => (performance.now() - since) / 1000
const megabytes = (): number => process.resourceUsage().maxRSS / 1024

async function descent() {
  const file = join(folder, 'table.parquet')
  const began = performance.now()
  let first = NaN
  const context = { ...plainContext, scratch: folder, firstLook: () => void (first = seconds(began)) }
  const { columns } = await importTable({ path, missingValues: [...defaultMissingValues] }, file, context)
  const imported = seconds(began)
  const since = performance.now()
  await profileTable({ file }, columns, context)
  const profile = seconds(since)
  rmSync(file)
  // A small file is read before anybody could look.
  return {
    'first figures': Number.isNaN(first) ? imported + profile : first,
    import: imported,
    profile,
    MB: megabytes(),
  }
}

async function duckdb() {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const began = performance.now()
  await connection.run(`CREATE TABLE t AS SELECT * FROM read_csv('${path.replaceAll("'", "''")}')`)
  const read = seconds(began)
  const since = performance.now()
  await connection.runAndReadAll('SUMMARIZE t')
  return { read, describe: seconds(since), MB: megabytes() }
}

function run() {
  const out = join(folder, 'run')
  const began = performance.now()
  // As people call it: with the code that an earlier start has compiled.
  const cli = join(root, 'electron/descent.mjs')
  const { status, stderr } = spawnSync(
    process.execPath,
    [cli, 'run', path, '--target', 'target', '--set', 'training.epochs=1', '--out', out],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(stderr)
  const took = seconds(began)
  rmSync(out, { recursive: true, force: true })
  return { run: took }
}

const turns = { descent, duckdb, run } as const
if (!Object.hasOwn(turns, what ?? '')) throw new Error(`There is no turn ${what}.`)
console.log(JSON.stringify(await turns[what as keyof typeof turns]()))
process.exit(0)
