/** `npm run bench [-- WORKLOAD …] [--quick] [--json FILE] …`: our backends beside their peers, measured in the same run. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { vulkanEnvironment } from '../node.ts'
import { contestantsFor } from './contestants/index.ts'
import { makeIdxFiles } from './contestants/idx-files.ts'
import { drawChart } from './drawing.ts'
import type { Row } from './report.ts'
import { run } from './run.ts'
import { select } from './selection.ts'
import { workloads } from './workloads/index.ts'

const usage = `npm run bench -- [WORKLOAD …] [options]

  --quick            three minutes at most, fewer sizes and rounds
  --backend NAME     wasm, webgpu or all; by default wasm, and webgpu too where there is a GPU
  --threads N        of our WebAssembly backend
  --data FOLDER      of Fashion-MNIST's IDX files, for data-path; otherwise images are made up
  --steps N          of the workload memory (100000)
  --json FILE        also writes every figure there
  --chart FILE       and a chart of the ratios, as SVG

Workloads: ${workloads.map(({ name }) => name).join(', ')}`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    backend: { type: 'string' },
    threads: { type: 'string' },
    data: { type: 'string' },
    steps: { type: 'string', default: '100000' },
    json: { type: 'string' },
    chart: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

/** After every workload: a run that is cut short keeps what it measured. */
function keep(rows: readonly Row[]): void {
  if (values.json) writeFileSync(values.json, JSON.stringify(rows, null, 2) + '\n')
  if (values.chart) writeFileSync(values.chart, drawChart(rows))
}

async function main(): Promise<void> {
  if (values.help) return console.log(usage)
  // Inherited by the contestants: without a graphics driver, WebGPU is measured on a software device, and named as one.
  Object.assign(process.env, vulkanEnvironment())
  let folder = values.data
  const data = (): string => (folder ??= makeIdxFiles())
  await run(
    select(workloads, positionals, values.quick),
    await contestantsFor(values.backend, values.threads),
    { quick: values.quick, steps: Number(values.steps), data, keep },
  )
}

try {
  await main()
  process.exit(0)
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
