/** The checks of `npm test`, in the order in which they run and are printed. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, runPackage, type Finished } from './process.ts'
import { provideChromium, provideServers, provideWebGpu, vulkanEnvironment } from './provision.ts'
import { buildTestPrograms } from './test-programs.ts'
import {
  countPlaywright,
  nothing,
  readPlaywright,
  readVitest,
  thorough,
  type Report,
  type Tally,
} from './reports.ts'

export interface Outcome extends Tally {
  output: string
  /** What could not run, and why. */
  notRun: string[]
  /** How many tests were left to `npm run acceptance -- whole`. */
  left?: number
}

export interface Check {
  name: string
  title: string
  /** Uses little enough to run beside others; its output is held back until its turn. */
  parallel: boolean
  run: () => Promise<Outcome>
}

const results = join(root, 'test-results')

/** `npm run acceptance -- whole` leaves nothing out. */
const whole = process.env['DESCENT_WHOLE'] === '1'

const verdict = (finished: Finished): Outcome => ({
  ...nothing,
  passed: finished.code === 0 ? 1 : 0,
  failed: finished.code === 0 ? 0 : 1,
  output: finished.code === 0 ? '' : finished.output,
  notRun: [],
})

/** On a build server a test that cannot run is a failure: nobody is there to read the reason. */
export function cannotRun(name: string, reason: string, inCi = !!process.env['CI']): Outcome {
  return {
    ...nothing,
    failed: inCi ? 1 : 0,
    skipped: inCi ? 0 : 1,
    output: '',
    notRun: [`${name}: ${reason}`],
  }
}

/** A runner that ended badly without a failed test (a crash, an open handle) still is one failure. */
export function judge<T extends Tally>(report: T, code: number): T {
  return { ...report, failed: report.failed === 0 && code !== 0 ? 1 : report.failed }
}

function readReport<T>(path: string, read: (json: T) => Report, finished: Finished): Outcome {
  if (!existsSync(path))
    return {
      ...nothing,
      failed: 1,
      output: `The runner wrote no report (exit ${finished.code}).`,
      notRun: [],
    }
  return { ...judge(read(JSON.parse(readFileSync(path, 'utf8')) as T), finished.code), output: '' }
}

function freshReport(name: string): string {
  mkdirSync(results, { recursive: true })
  const path = join(results, name)
  rmSync(path, { force: true })
  return path
}

async function types(): Promise<Outcome> {
  const [node, renderer] = await Promise.all([
    runPackage('typescript', ['--project', '.', '--pretty', 'false'], { command: 'tsc' }),
    runPackage('vue-tsc', ['--project', 'renderer/tsconfig.json', '--noEmit', '--pretty', 'false']),
  ])
  const outcomes = [verdict(node), verdict(renderer)]
  return {
    passed: outcomes.every((outcome) => outcome.failed === 0) ? 1 : 0,
    failed: outcomes.some((outcome) => outcome.failed > 0) ? 1 : 0,
    skipped: 0,
    output: outcomes.map((outcome) => outcome.output).join(''),
    notRun: [],
  }
}

async function unit(): Promise<Outcome> {
  const device = await provideWebGpu()
  console.log(`WebGPU tests run on: ${device.ok ? device.note : 'nothing'}`)
  const servers = await provideServers()
  console.log(`Tests of database servers run on: ${servers.ok ? servers.note : servers.reason}`)
  const programs = await buildTestPrograms()
  const path = freshReport('unit.json')
  const finished = await runPackage(
    'vitest',
    [
      ...['run', '--reporter=dot', '--reporter=json', `--outputFile.json=${path}`],
      ...(whole ? [] : [`--tags-filter=!${thorough}`]),
    ],
    { live: true, env: { ...vulkanEnvironment(), ...programs } },
  )
  const outcome = readReport(
    path,
    (json: Parameters<typeof readVitest>[0]) => readVitest(json, whole),
    finished,
  )
  if (device.ok) return outcome
  const missing = cannotRun('WebGPU backend', device.reason)
  return {
    ...outcome,
    failed: outcome.failed + missing.failed,
    skipped: outcome.skipped + missing.skipped,
    notRun: [...outcome.notRun, ...missing.notRun],
  }
}

type PlaywrightReport = Parameters<typeof readPlaywright>[0]

const playwrightTest = ['test', '--config', 'e2e/playwright.config.ts']

/** Playwright's report says nothing of what it was told to leave out. */
async function thoroughSpecs(): Promise<number> {
  const path = freshReport('e2e-thorough.json')
  await runPackage('@playwright/test', [...playwrightTest, '--list', '--grep', `@${thorough}`], {
    command: 'playwright',
    env: { PLAYWRIGHT_JSON_OUTPUT_FILE: path },
  })
  return existsSync(path) ? countPlaywright(JSON.parse(readFileSync(path, 'utf8')) as PlaywrightReport) : 0
}

async function e2e(): Promise<Outcome> {
  const browser = await provideChromium()
  if (!browser.ok) return cannotRun('end-to-end tests', browser.reason)
  const programs = await buildTestPrograms()
  const path = freshReport('e2e.json')
  const left = whole ? 0 : await thoroughSpecs()
  const finished = await runPackage(
    '@playwright/test',
    [...playwrightTest, ...(whole ? [] : ['--grep-invert', `@${thorough}`])],
    {
      command: 'playwright',
      live: true,
      env: {
        ...vulkanEnvironment(),
        ...programs,
        DESCENT_CHROMIUM: browser.path,
        PLAYWRIGHT_JSON_OUTPUT_FILE: path,
      },
    },
  )
  return readReport(path, (json: PlaywrightReport) => readPlaywright(json, left), finished)
}

const tool = (name: string, title: string, start: () => Promise<Finished>): Check => ({
  name,
  title,
  parallel: true,
  run: async () => verdict(await start()),
})

export const checks: Check[] = [
  tool('format', 'Formatting (prettier)', () => runPackage('prettier', ['--check', '.'])),
  tool('lint', 'Lint (eslint)', () => runPackage('eslint', ['--max-warnings=0', '.'])),
  tool('walls', 'Architecture walls (dependency-cruiser)', () =>
    runPackage(
      'dependency-cruiser',
      ['--config', '.dependency-cruiser.cjs', 'electron', 'engine', 'renderer', 'e2e', 'resources'],
      { command: 'depcruise' },
    ),
  ),
  tool('unused', 'Unused code and dependencies (knip)', () => runPackage('knip', ['--no-progress'])),
  { name: 'types', title: 'Types (tsc, vue-tsc)', parallel: true, run: types },
  { name: 'unit', title: 'Unit, host and engine tests (vitest)', parallel: false, run: unit },
  { name: 'e2e', title: 'End-to-end tests (playwright)', parallel: false, run: e2e },
]
