/** `npm run bench [-- --quick] [--json FILE]`: step times of our backends beside their peers', measured in the same run. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { vulkanEnvironment } from '../node.ts'
import { descent } from './contestants/descent.ts'
import { jaxJs } from './contestants/jax-js.ts'
import { pytorch } from './contestants/pytorch.ts'
import { measure } from './measure.ts'
import { table, toRows, type Row } from './report.ts'
import { digits } from './workloads/digits.ts'
import { tabular } from './workloads/tabular.ts'

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
})
// Inherited by the contestants: without a graphics driver, WebGPU is measured on a software device, and named as one.
Object.assign(process.env, vulkanEnvironment())

const effort = values.quick ? { rounds: 3, turnSeconds: 0.1 } : { rounds: 9, turnSeconds: 0.4 }
const contestants = [descent('wasm'), descent('webgpu'), pytorch, jaxJs]

const rows: Row[] = []
for (const workload of [tabular, digits]) {
  console.log(`\n━━ ${workload.name}`)
  const { measured, missing } = await measure(workload, contestants, effort)
  const workloadRows = toRows(workload, measured)
  rows.push(...workloadRows)
  console.log(table(measured, workloadRows))
  for (const { contestant, reason } of missing) console.log(`${contestant.name.padEnd(16)} — ${reason}`)
}
if (values.json) writeFileSync(values.json, JSON.stringify(rows, null, 2) + '\n')
process.exit(0)
