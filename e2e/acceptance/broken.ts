/**
 * Thousands of broken tables, pictures, archives and texts of every format — cut, doubled, flipped, filled with what confuses readers, from a seed — each of which
 * must give a receipt or a sentence, in bounded time and memory. `npm test` tries a few dozen of each.
 */
import { join } from 'node:path'
import { soundFiles } from '../../electron/host/kinds/table/formats/testing-broken.ts'
import { brokenFiles } from '../../electron/host/kinds/testing-broken-files.ts'
import { root, run } from '../checks/process.ts'
import { add, nothing, type Tally } from '../checks/reports.ts'

interface Found {
  readonly read: number
  readonly refused: number
  /** Seconds. */
  readonly slowest: number
  /** The most memory that the process took. */
  readonly MB: number
  readonly wrong: readonly string[]
}

/** In one process: memory that a thousand files take and do not give back is seen. */
const atOnce = 1000
/** Files of a few kilobytes. */
const mostMB = 2048

const worker = join(root, 'e2e/acceptance/broken-worker.ts')

async function some(name: string, from: number, to: number): Promise<Found> {
  const { code, output } = await run(process.execPath, [worker, name, String(from), String(to)])
  const line = output.split('\n').findLast((text) => text.startsWith('{'))
  if (code === 0 && line !== undefined) return JSON.parse(line) as Found
  const last = output.trim().split('\n').at(-1)
  const wrong = [`seeds ${from} to ${to - 1}: the process ended with ${code}: ${last}`]
  return { read: 0, refused: 0, slowest: 0, MB: 0, wrong }
}

async function holdFormat(name: string, count: number): Promise<Tally> {
  const all: Found[] = []
  for (let from = 0; from < count; from += atOnce)
    all.push(await some(name, from, Math.min(count, from + atOnce)))
  const sum = (of: (found: Found) => number): number => all.reduce((total, found) => total + of(found), 0)
  const most = (of: (found: Found) => number): number => Math.max(0, ...all.map(of))
  const wrong = all.flatMap((found) => found.wrong)
  const MB = most((found) => found.MB)
  if (MB > mostMB) wrong.push(`it took ${Math.round(MB)} MB of memory, more than ${mostMB}`)
  console.log(
    `${wrong.length === 0 ? '✓' : '✗'} ${name}: ${sum(({ read }) => read)} read, ${sum(({ refused }) => refused)} refused in a sentence; ` +
      `the slowest took ${most(({ slowest }) => slowest).toFixed(1)} s, the process ${Math.round(MB)} MB`,
  )
  for (const one of wrong) console.log(`    ${one}`)
  return { ...nothing, passed: wrong.length === 0 ? 1 : 0, failed: wrong.length === 0 ? 0 : 1 }
}

/** `only`: part of the name of a file. */
export async function holdBroken(count: number, only: string): Promise<Tally> {
  let total = nothing
  const names = [...Object.keys(soundFiles), ...Object.keys(brokenFiles)]
  for (const name of names.filter((one) => one.includes(only)))
    total = add(total, await holdFormat(name, count))
  if (total.passed + total.failed === 0) console.log(`No format has “${only}” in its name.`)
  return total
}
