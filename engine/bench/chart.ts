/** `node engine/bench/chart.ts FILE > docs/bench.svg`: what --json wrote, as a picture. */
import { readFileSync } from 'node:fs'
import { drawChart } from './drawing.ts'
import type { Row } from './report.ts'

const file = process.argv[2]
if (file === undefined) {
  console.error(
    'Usage: node engine/bench/chart.ts FILE, where FILE is what `npm run bench -- --json FILE` wrote.',
  )
  process.exit(1)
}
process.stdout.write(drawChart(JSON.parse(readFileSync(file, 'utf8')) as Row[]))
