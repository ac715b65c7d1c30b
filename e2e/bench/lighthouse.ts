/**
 * `npm run bench -- lighthouse [--only PAGE] [--reports DIR]`: what Lighthouse says of the start page and of every step, as on a
 * desktop. It is no dependency: npm fetches this very version when it is first asked for. Its performance is one of this machine
 * at this moment, too: the first line is of a page with one word, served alike, and `index` is Lighthouse's own measure of the
 * machine's speed, which its limits expect at 1,000 and more; tasks are timed by the wall's clock, so whatever else runs here counts.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, expect } from '@playwright/test'
import { buildWindow } from '../../electron/launch/window-build.ts'
import { root, run } from '../checks/process.ts'
import { findChromium } from '../checks/provision.ts'
import { serveApp } from '../specs/support/app.ts'
import { expectState, goTo, openSample, setField, startTraining, takeQuick } from '../specs/support/steps.ts'

const version = '13.5.0'

/** In hundredths, as Lighthouse shows them. */
const least = { performance: 98, accessibility: 100, 'best-practices': 100 }
type Category = keyof typeof least
const categories = Object.keys(least) as Category[]

const steps = ['Data', 'Explore', 'Prepare', 'Model', 'Train', 'Evaluate', 'Deploy', 'Compare']

interface Report {
  readonly categories: Readonly<
    Record<
      Category,
      { readonly score: number | null; readonly auditRefs: readonly { readonly id: string }[] }
    >
  >
  readonly audits: Readonly<
    Record<
      string,
      {
        readonly title: string
        readonly score: number | null
        readonly scoreDisplayMode: string
        readonly displayValue?: string
        /** Of a metric, in milliseconds or, for shifts, in parts of the window. */
        readonly numericValue?: number
      }
    >
  >
  readonly environment: { readonly benchmarkIndex: number }
}

/** What the performance is made of, by the names that people know them by. */
const metrics = {
  FCP: 'first-contentful-paint',
  LCP: 'largest-contentful-paint',
  TBT: 'total-blocking-time',
  CLS: 'cumulative-layout-shift',
  SI: 'speed-index',
} as const

const metricsOf = ({ audits, environment }: Report): string => {
  const values = Object.entries(metrics).map(([short, id]) => {
    const value = audits[id]?.numericValue ?? Number.NaN
    return short === 'CLS' ? `${short} ${value.toFixed(3)}` : `${short} ${value.toFixed(0)} ms`
  })
  return [...values, `index ${environment.benchmarkIndex.toFixed(0)}`].join('   ')
}

/** The program, once npm has it. Errors: an Error with npm’s reason. */
function installed(): string {
  const folder = join(root, 'node_modules/.cache/bench-peers', `lighthouse-${version}`)
  const program = join(folder, 'node_modules/lighthouse/cli/index.js')
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  console.error(`Installing lighthouse@${version} into ${folder} …`)
  const args = ['install', '--ignore-scripts', '--no-save', '--no-audit', `lighthouse@${version}`]
  const npm = spawnSync('npm', args, { cwd: folder, shell: process.platform === 'win32', encoding: 'utf8' })
  if (npm.status !== 0)
    throw new Error(
      `npm could not install Lighthouse: ${(npm.stderr || String(npm.error)).trim().split('\n')[0]}`,
    )
  return program
}

async function judge(program: string, port: number, address: string, file: string): Promise<Report> {
  const finished = await run(
    process.execPath,
    [
      ...[program, address, '--port', String(port), '--preset=desktop', '--quiet', '--output=json'],
      // Whoever has signed in stays so.
      ...['--disable-storage-reset', `--only-categories=${categories.join(',')}`, `--output-path=${file}`],
    ],
    { timeoutSeconds: 300 },
  )
  if (finished.code !== 0)
    throw new Error(`Lighthouse ended with ${finished.code}: ${finished.output.trim()}`)
  return JSON.parse(readFileSync(file, 'utf8')) as Report
}

const scoreOf = (report: Report, category: Category): number =>
  Math.round(100 * (report.categories[category].score ?? 0))

/** What took points, where there are too few. */
const faultsOf = ({ categories: judged, audits }: Report, category: Category): string[] =>
  judged[category].auditRefs
    .map(({ id }) => ({ id, ...audits[id]! }))
    .filter(({ score, scoreDisplayMode }) => (score ?? 1) < 0.9 && scoreDisplayMode !== 'informative')
    .map(
      ({ id, title, displayValue }) =>
        `    ${id}: ${title}${displayValue === undefined ? '' : ` (${displayValue})`}`,
    )

function told(page: string, report: Report): boolean {
  const scores = categories.map((category) => ({ category, score: scoreOf(report, category) }))
  const low = scores.filter(({ category, score }) => score < least[category])
  console.log(
    `${low.length === 0 ? '✓' : '✗'} ${page.padEnd(10)}${scores.map(({ score }) => String(score).padStart(16)).join('')}`,
  )
  console.log(`    ${metricsOf(report)}`)
  for (const { category } of low) for (const line of faultsOf(report, category)) console.log(line)
  return low.length === 0
}

const emptyPage = `<!doctype html><html lang="en"><head><meta charset="utf-8" />
<meta name="viewport" content="width=device-width" /><title>Empty</title></head><body><main><h1>Empty</h1></main></body></html>`

/** The ceiling here and now: a page that costs nothing. Gives its performance. */
async function judgeEmpty(program: string, port: number, folder: string): Promise<number> {
  const server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end(emptyPage),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port: door } = server.address() as AddressInfo
    const report = await judge(program, port, `http://127.0.0.1:${door}/`, join(folder, 'empty.json'))
    const score = scoreOf(report, 'performance')
    console.log(`  ${'(empty)'.padEnd(10)}${String(score).padStart(16)}`)
    console.log(`    ${metricsOf(report)}`)
    return score
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** `reports`: a folder for Lighthouse’s own; null: they are not kept. */
export async function benchLighthouse(only: string, reports: string | null): Promise<boolean> {
  const program = installed()
  await buildWindow(root)
  const folder = mkdtempSync(join(tmpdir(), 'descent-lighthouse-'))
  const app = await serveApp(join(folder, 'workspace'))
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: findChromium(),
    viewport: { width: 1350, height: 940 },
    args: ['--remote-debugging-port=0'],
  })
  try {
    const page = context.pages()[0]!
    await page.goto(app.url)
    const start = page.url()
    await openSample(page, 'Customer churn')
    const project = page.url().replace(/\/data$/, '')
    await takeQuick(page)
    await goTo(page, 'Train')
    await setField(page, 'Epochs', '12')
    await startTraining(page, 'measured')
    await expectState(page, /^finished$/)
    // What the host works out once is not the window’s.
    for (const step of steps) {
      await goTo(page, step)
      await expect(page.getByRole('heading', { level: 1, name: step })).toBeVisible()
      await page.waitForTimeout(4000)
    }
    await page.goto('about:blank')
    const [portLine = ''] = readFileSync(join(folder, 'profile/DevToolsActivePort'), 'utf8').split('\n')
    const port = Number(portLine)
    const kept = reports ?? folder
    mkdirSync(kept, { recursive: true })
    console.log(`  ${'page'.padEnd(10)}${categories.map((name) => name.padStart(16)).join('')}`)
    const ceiling = await judgeEmpty(program, port, kept)
    let holds = true
    let share = 1
    for (const name of ['Start', ...steps].filter((each) =>
      each.toLowerCase().includes(only.toLowerCase()),
    )) {
      const address = name === 'Start' ? start : `${project}/${name.toLowerCase()}`
      const report = await judge(program, port, address, join(kept, `${name.toLowerCase()}.json`))
      holds = told(name, report) && holds
      share = Math.min(share, scoreOf(report, 'performance') / ceiling)
    }
    console.log(`performance: at least ${share.toFixed(2)} of the empty page’s`)
    return holds
  } finally {
    await context.close()
    await app.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
