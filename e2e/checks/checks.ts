/** The checks of `npm test`, in the order in which they run and are printed. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, run, runPackage, type Finished } from './process.ts'
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
  /** What can be begun while other checks run. */
  ahead?: () => void
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

let turn: Promise<unknown> = Promise.resolve()
/** The system installs packages one after the other. */
function inTurn<T>(work: () => Promise<T>): () => Promise<T> {
  let given: Promise<T> | undefined
  return () => {
    if (given === undefined) {
      given = turn.then(work)
      turn = given.catch(() => undefined)
    }
    return given
  }
}
const forWindow = inTurn(provideChromium)
const forWebGpu = inTurn(provideWebGpu)
const forServers = inTurn(provideServers)

async function unit(): Promise<Outcome> {
  const device = await forWebGpu()
  console.log(`WebGPU tests run on: ${device.ok ? device.note : 'nothing'}`)
  const servers = await forServers()
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
  const browser = await forWindow()
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
  tool('lint', 'Lint, and types of all but the window (eslint, tsc)', () =>
    run(process.execPath, ['e2e/checks/lint.ts']),
  ),
  tool('walls', 'Architecture walls (dependency-cruiser)', () =>
    runPackage(
      'dependency-cruiser',
      ['--config', '.dependency-cruiser.cjs', 'electron', 'engine', 'renderer', 'e2e', 'resources'],
      { command: 'depcruise' },
    ),
  ),
  tool('unused', 'Unused code and dependencies (knip)', () => runPackage('knip', ['--no-progress'])),
  tool('types', 'Types of the window (vue-tsc)', () =>
    runPackage('vue-tsc', ['--project', 'renderer/tsconfig.json', '--noEmit', '--pretty', 'false']),
  ),
  {
    name: 'unit',
    title: 'Unit, host and engine tests (vitest)',
    parallel: false,
    ahead: () => void Promise.allSettled([forWebGpu(), forServers()]),
    run: unit,
  },
  {
    name: 'e2e',
    title: 'End-to-end tests (playwright)',
    parallel: false,
    ahead: () => void Promise.allSettled([forWindow()]),
    run: e2e,
  },
]
