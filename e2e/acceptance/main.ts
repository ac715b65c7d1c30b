/**
 * `npm run acceptance -- --data DIR`: trains on real data through the command line and holds the test metrics against
 * published results. The data is not part of the project; see expectations.ts for the files it looks for.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { run } from '../checks/process.ts'
import { add, nothing, totalLine, type Tally } from '../checks/reports.ts'
import { expectations, type Expectation } from './expectations.ts'

const { values } = parseArgs({
  options: { data: { type: 'string' }, seed: { type: 'string', default: '1' } },
})
const dataFolder = values.data ?? process.env['DESCENT_DATA']

interface Result {
  backend: string
  seconds: number
  test: Record<string, number>
  baseline: Record<string, number>
}

const show = (metrics: Record<string, number>): string =>
  Object.entries(metrics)
    .map(([name, value]) => `${name} ${value.toFixed(3)}`)
    .join(', ')

async function train({ file, target }: Expectation, path: string): Promise<Result | string> {
  const folder = mkdtempSync(join(tmpdir(), 'descent-acceptance-'))
  try {
    const args = [
      'run',
      path,
      '--target',
      target,
      '--seed',
      values.seed,
      '--json',
      '--out',
      join(folder, 'run'),
    ]
    const finished = await run(process.execPath, ['electron/descent.mjs', ...args])
    const last = finished.output.trim().split('\n').at(-1) ?? ''
    return finished.code === 0
      ? (JSON.parse(last) as Result)
      : `${file} ended with ${finished.code}: ${finished.output.trim()}`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function hold(expectation: Expectation): Promise<Tally> {
  const { file, metric, atLeast, source } = expectation
  const path = resolve(dataFolder ?? '', file)
  if (dataFolder === undefined || !existsSync(path)) {
    console.log(
      `– ${file}: not run, ${dataFolder === undefined ? 'no --data DIR was given' : `${path} does not exist`}`,
    )
    return { ...nothing, skipped: 1 }
  }
  const result = await train(expectation, path)
  if (typeof result === 'string') {
    console.log(`✗ ${result}`)
    return { ...nothing, failed: 1 }
  }
  const reached = (result.test[metric] ?? Number.NaN) >= atLeast
  console.log(
    `${reached ? '✓' : '✗'} ${file} on ${result.backend} in ${result.seconds.toFixed(1)} s: ${show(result.test)}\n` +
      `  baseline: ${show(result.baseline)}; asked: ${metric} ≥ ${atLeast} (${source})`,
  )
  return { ...nothing, passed: reached ? 1 : 0, failed: reached ? 0 : 1 }
}

let total = nothing
for (const expectation of expectations) total = add(total, await hold(expectation))
console.log(totalLine(total))
process.exit(total.failed === 0 ? 0 : 1)
