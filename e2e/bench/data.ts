/**
 * How long reading a CSV file takes, until the first figures, until it is imported, profiled, and until a first model is
 * trained on it and has predicted it — beside pandas' `read_csv` and `describe`, DuckDB's `read_csv` and `SUMMARIZE` alone, which
 * decide less, and onnxruntime with the exported model: in turns, each in a process of its own, with the most memory that it took.
 * Printed are medians, and their ratios.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { run, root } from '../checks/process.ts'

interface Options {
  /** Ten million rows, and two thousand columns, too. */
  readonly large: boolean
  /** A fifth of the rows. */
  readonly quick: boolean
  readonly rounds: number
}

interface Table {
  readonly name: string
  readonly rows: number
  /** Beside a target of two classes. */
  readonly numbers: number
  readonly wholes: number
  readonly categories: number
  readonly large?: true
  /** A model is trained on it, for one epoch, and predicts it. */
  readonly trained?: true
}

const tables: readonly Table[] = [
  { name: '1 M × 20', rows: 1_000_000, numbers: 12, wholes: 3, categories: 4, trained: true },
  { name: '60 × 3,000', rows: 60, numbers: 2999, wholes: 0, categories: 0, trained: true },
  { name: '10 M × 20', rows: 10_000_000, numbers: 12, wholes: 3, categories: 4, large: true },
  { name: '100 K × 2,000', rows: 100_000, numbers: 1999, wholes: 0, categories: 0, large: true },
]

type Figures = Readonly<Record<string, number>>

/** The same every time: numbers of up to three decimals, whole numbers of three sizes, words of 4 to 28 kinds. */
async function write({ rows, numbers, wholes, categories }: Table, path: string): Promise<void> {
  const random = (column: number): string => `((hash(i * 1000 + ${column}) % 1000003)::DOUBLE / 1000003)`
  const cells = [
    ...Array.from(
      { length: numbers },
      (_, k) => `round(${10 ** (k % 3)} * (${random(k)} + ${random(k + 300)} - 1), 3) AS x${k}`,
    ),
    ...Array.from(
      { length: wholes },
      (_, k) => `(${random(600 + k)} * ${[10, 1000, 100_000][k]})::INT AS k${k}`,
    ),
    ...Array.from(
      { length: categories },
      (_, k) => `'cat' || (${random(700 + k)} * ${4 + 8 * k})::INT AS c${k}`,
    ),
    `CASE WHEN ${random(0)} + ${random(300)} + ${random(800)} > 1.5 THEN 'yes' ELSE 'no' END AS target`,
  ]
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await instance.connect()
  await connection.run(`SET disabled_optimizers = 'common_subexpressions'`)
  await connection.run(
    `COPY (SELECT ${cells.join(', ')} FROM range(${rows}) AS r(i)) TO '${path.replaceAll("'", "''")}' (HEADER)`,
  )
  connection.closeSync()
  instance.closeSync()
}

const pandas = `
import sys, time, resource, json
import pandas
start = time.time()
frame = pandas.read_csv(sys.argv[1])
read = time.time()
frame.describe(include='all')
done = time.time()
print(json.dumps({'read': read - start, 'describe': done - read,
  'MB': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
`

const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import pandas']).status === 0,
)

async function figuresOf(command: string, args: readonly string[]): Promise<Figures | null> {
  const { code, output } = await run(command, args)
  const line = output.split('\n').findLast((text) => text.startsWith('{'))
  if (code === 0 && line !== undefined) return JSON.parse(line) as Figures
  console.log(`  ${command} ${args[0]} failed: ${output.trim().split('\n').at(-1)}`)
  return null
}

const worker = join(root, 'e2e/bench/data-worker.ts')
const ours = (what: string, path: string, folder: string) =>
  figuresOf(process.execPath, [worker, what, path, folder])

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN

/** Of each figure, the median over the rounds. */
const medians = (rounds: readonly (Figures | null)[]): Figures => {
  const known = rounds.filter((one) => one !== null)
  const names = Object.keys(known[0] ?? {})
  return Object.fromEntries(names.map((name) => [name, median(known.map((one) => one[name] ?? NaN))]))
}

const shown = (figures: Figures): string =>
  Object.entries(figures)
    .map(([name, value]) => (name === 'MB' ? `${Math.round(value)} MB` : `${name} ${value.toFixed(2)} s`))
    .join(', ')

export async function benchData({ large, quick, rounds }: Options): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'descent-bench-data-'))
  try {
    for (const table of tables) {
      if (table.large && !large) continue
      const path = join(folder, 'table.csv')
      const rows = quick && table.rows > 1000 ? table.rows / 5 : table.rows
      await write({ ...table, rows }, path)
      console.log(
        `\n${table.name}${rows < table.rows ? ', a fifth of it' : ''}: ${Math.round(statSync(path).size / 1e6)} MB`,
      )
      const turns: Record<string, (Figures | null)[]> = { Descent: [], DuckDB: [], pandas: [] }
      const modeled: Record<string, (Figures | null)[]> = { run: [], predict: [], onnxruntime: [] }
      for (let round = 0; round < rounds; round++) {
        turns.Descent!.push(await ours('descent', path, folder))
        turns.DuckDB!.push(await ours('duckdb', path, folder))
        if (python !== undefined) turns.pandas!.push(await figuresOf(python, ['-c', pandas, path]))
        if (!table.trained) continue
        modeled.run!.push(await ours('run', path, folder))
        modeled.predict!.push(await ours('predict', path, folder))
        if (round === 0) await ours('export', path, folder)
        modeled.onnxruntime!.push(await ours('onnxruntime', path, folder))
      }
      const found = Object.entries(turns).map(([name, all]) => [name, medians(all)] as const)
      for (const [name, figures] of found)
        console.log(
          `  ${name.padEnd(8)}${Object.keys(figures).length === 0 ? 'is not there' : shown(figures)}`,
        )
      if (table.trained) {
        const [trained, predicted, alone] = Object.values(modeled).map(medians)
        console.log(`  Descent ${shown({ ...trained, ...predicted })}; a run trains for one epoch`)
        console.log(`  onnxruntime ${shown(alone!)}`)
        const ratio = (predicted!.predict ?? NaN) / (alone!.predict ?? NaN)
        console.log(`  beside DuckDB and onnxruntime: predicting ${ratio.toFixed(2)} times as long`)
      }
      const [descent, ...peers] = found
      for (const [name, figures] of peers)
        if (figures.read !== undefined && descent !== undefined)
          console.log(
            `  beside ${name}: reading ${((descent[1].import ?? NaN) / figures.read).toFixed(2)}, describing ${((descent[1].profile ?? NaN) / (figures.describe ?? NaN)).toFixed(2)} times as long`,
          )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
