/** One turn of the benchmark `data`, in a process of its own: the name of the turn, a file, a folder. */
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { defaultMissingValues } from '../../electron/contract/index.ts'
import { profileTable } from '../../electron/host/explore/profile.ts'
import { plainContext } from '../../electron/host/kinds/kind.ts'
import type { Signature } from '../../electron/host/deploy/exports/signature.ts'
import { importTable } from '../../electron/host/kinds/table/import-table.ts'
import { onnxruntime as loadOnnxruntime } from '../../engine/fixtures/onnxruntime.ts'
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

const model = join(folder, 'run')
const exported = join(folder, 'onnx')

/** As people call it: with the code that an earlier start has compiled. */
function cli(...args: readonly string[]): number {
  const began = performance.now()
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'electron/descent.mjs'), ...args], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return seconds(began)
}

/** The model stays, for `predict` and `onnxruntime`. */
function run() {
  rmSync(model, { recursive: true, force: true })
  return { run: cli('run', path, '--target', 'target', '--set', 'training.epochs=1', '--out', model) }
}

const predict = () => ({
  predict: cli('predict', model, path, '--out', join(folder, 'predicted.csv'), '--overwrite'),
})

/** Exports the model, once. */
function exportModel() {
  rmSync(exported, { recursive: true, force: true })
  return { export: cli('export', model, '--format', 'onnx', '--set', 'certificate=0', '--out', exported) }
}

/** As a script of few lines would: read by DuckDB, predicted by the exported model in passes of 8,192 rows. Nothing is written. */
async function onnxruntime() {
  const began = performance.now()
  const ort = loadOnnxruntime()
  const { inputs } = JSON.parse(readFileSync(join(exported, 'signature.json'), 'utf8')) as Signature
  const session = await ort.InferenceSession.create(readFileSync(join(exported, 'model.onnx')), {
    logSeverityLevel: 3,
  })
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const cells = inputs.map(({ name, dtype }) => `"${name}"::${dtype === 'string' ? 'VARCHAR' : 'FLOAT'}`)
  const rows = await connection.stream(
    `SELECT ${cells.join(', ')} FROM read_csv('${path.replaceAll("'", "''")}')`,
  )
  let waiting: unknown[][] = inputs.map(() => [])
  const predictWaiting = async (): Promise<void> => {
    const feeds = inputs.map(({ name, dtype }, i) => {
      const values = waiting[i]!
      const data = dtype === 'string' ? values.map(String) : Float32Array.from(values as number[])
      return [name, new ort.Tensor(dtype, data, [values.length, 1])] as const
    })
    await session.run(Object.fromEntries(feeds))
    waiting = inputs.map(() => [])
  }
  for (let chunk = await rows.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await rows.fetchChunk()) {
    chunk.getColumns().forEach((values, i) => waiting[i]!.push(...values))
    if (waiting[0]!.length >= 8192) await predictWaiting()
  }
  if (waiting[0]!.length > 0) await predictWaiting()
  return { predict: seconds(began), MB: megabytes() }
}

const turns = { descent, duckdb, run, predict, export: exportModel, onnxruntime } as const
if (!Object.hasOwn(turns, what ?? '')) throw new Error(`There is no turn ${what}.`)
console.log(JSON.stringify(await turns[what as keyof typeof turns]()))
process.exit(0)
