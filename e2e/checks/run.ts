/** `npm test`: every check, or those named as arguments. The last line is the total; non-zero when anything failed. */
import { checks, type Check, type Outcome } from './checks.ts'
import { add, leftLine, nothing, totalLine, type Tally } from './reports.ts'

const names = process.argv.slice(2)
const unknown = names.filter((name) => !checks.some((check) => check.name === name))
if (unknown.length > 0) {
  console.error(
    `There is no check called ${unknown.join(', ')}. There are: ${checks.map((c) => c.name).join(', ')}.`,
  )
  process.exit(2)
}
const chosen = names.length === 0 ? checks : checks.filter((check) => names.includes(check.name))

interface Timed {
  outcome: Outcome
  seconds: number
}

async function timed(check: Check): Promise<Timed> {
  const start = performance.now()
  const outcome = await check.run().catch((error: unknown) => ({
    ...nothing,
    failed: 1,
    output: error instanceof Error ? (error.stack ?? error.message) : String(error),
    notRun: [],
  }))
  return { outcome, seconds: (performance.now() - start) / 1000 }
}

/** Starts the parallel checks, the next one whenever one has ended; each check's result can be awaited in the order of printing. */
function startAhead(list: Check[], lanes: number): Map<Check, Promise<Timed>> {
  const waiting = list.map((check) => ({ check, ...Promise.withResolvers<Timed>() }))
  const results = new Map(waiting.map(({ check, promise }) => [check, promise]))
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      next.resolve(await timed(next.check))
  }
  for (let i = 0; i < lanes; i++) void lane()
  return results
}

const ahead = startAhead(
  chosen.filter((check) => check.parallel),
  2,
)
for (const check of chosen) check.ahead?.()
const failedChecks: string[] = []
const notRun: string[] = []
let total: Tally = nothing
let left = 0

for (const check of chosen) {
  console.log(`\n━━ ${check.name}: ${check.title}`)
  const { outcome, seconds } = await (ahead.get(check) ?? timed(check))
  if (outcome.output) console.log(outcome.output.trimEnd())
  console.log(`${outcome.failed === 0 ? '✓' : '✗'} ${totalLine(outcome)} in ${seconds.toFixed(1)} s`)
  total = add(total, outcome)
  left += outcome.left ?? 0
  notRun.push(...outcome.notRun.map((reason) => `${check.name}: ${reason}`))
  if (outcome.failed > 0) failedChecks.push(check.name)
}

console.log('\n━━ total')
for (const line of notRun) console.log(`not run: ${line}`)
if (left > 0) console.log(leftLine(left))
if (failedChecks.length > 0) console.log(`failed: ${failedChecks.join(', ')}`)
console.log(totalLine(total))
process.exit(failedChecks.length === 0 ? 0 : 1)
