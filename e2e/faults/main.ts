/**
 * `npm run faults [-- kills storage …] [--rounds N] [--seed N] [--from N] [--only WORDS]`: attacks the real host and the
 * real command line. A case that failed is named with what runs it again. The last line is the total.
 */
import { parseArgs } from 'node:util'
import { attacks, type Attack } from './registry.ts'
import type { Result } from './cases.ts'
import { endHosts } from './support.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    /** The first round: with --rounds 1, that one alone. */
    from: { type: 'string', default: '0' },
    /** Part of the name of the cases that are to be run. */
    only: { type: 'string', default: '' },
  },
})
const unknown = positionals.filter((name) => !attacks.some((attack) => attack.name === name))
if (unknown.length > 0) {
  console.error(
    `There is no attack ${unknown.join(', ')}. There are: ${attacks.map(({ name }) => name).join(', ')}.`,
  )
  process.exit(2)
}
const chosen = attacks.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
process.on('exit', endHosts)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))

async function make({ name, rounds, run }: Attack): Promise<Result> {
  const { seed, from, only } = values
  try {
    return await run({
      rounds: Number(values.rounds ?? rounds),
      seed: Number(seed),
      from: Number(from),
      only,
      say: (line) => console.log(line),
    })
  } catch (error) {
    return {
      passed: 0,
      failed: [`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`],
    }
  }
}

interface Row extends Result {
  readonly name: string
  readonly seconds: number
}

const rows: Row[] = []
for (const attack of chosen) {
  console.log(`\n━━ ${attack.name} (--seed ${values.seed})`)
  const start = performance.now()
  const result = await make(attack)
  rows.push({ name: attack.name, ...result, seconds: (performance.now() - start) / 1000 })
}

const cells = (row: readonly (string | number)[]): string =>
  row.map((cell, i) => (i === 0 ? String(cell).padEnd(10) : String(cell).padStart(9))).join('')

console.log(`\n${cells(['attack', 'cases', 'passed', 'failed', 'seconds'])}`)
for (const { name, passed, failed, seconds } of rows)
  console.log(cells([name, passed + failed.length, passed, failed.length, seconds.toFixed(0)]))
for (const { name, notRun = [] } of rows) for (const line of notRun) console.log(`not run: ${name}: ${line}`)
for (const { name, failed } of rows) for (const line of failed) console.log(`failed: ${name}: ${line}`)
const total = (of: (row: Row) => number): number => rows.reduce((sum, row) => sum + of(row), 0)
if (rows.some(({ failed }) => failed.length > 0))
  console.log(
    `again: npm run faults -- ATTACK --seed ${values.seed} --only NAME, and of kills --from ROUND --rounds 1`,
  )
const failures = total(({ failed }) => failed.length)
console.log(`\n${total(({ passed }) => passed)} passed, ${failures} failed`)
process.exit(failures === 0 ? 0 : 1)
