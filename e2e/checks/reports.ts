/** From the test runners' own JSON reports to the numbers of the last line. */

export interface Tally {
  passed: number
  failed: number
  skipped: number
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0 }

export const add = (a: Tally, b: Tally): Tally => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
})

export const totalLine = (t: Tally): string => `${t.passed} passed, ${t.failed} failed, ${t.skipped} skipped`

export interface Report extends Tally {
  /** Full names of the tests that did not run. */
  notRun: string[]
  /** How many that take long were left out, which `npm run acceptance -- whole` runs too. */
  left: number
}

/** Of tests that take long and whose like is walked by others. */
export const thorough = 'thorough'

/** Before the last line; empty where everything ran. */
export const leftLine = (left: number): string =>
  left === 0
    ? ''
    : `left out: ${left === 1 ? '1 test that takes' : `${left} tests that take`} long; all run by: npm run acceptance -- whole`

interface VitestReport {
  testResults: {
    name: string
    status: string
    message: string
    assertionResults: { fullName: string; status: string; tags?: string[] }[]
  }[]
}

/**
 * A file that broke before its first test has no assertions: it counts as one failure. Whoever asked for less than the whole has not
 * skipped what is thorough.
 */
export function readVitest(report: VitestReport, whole: boolean): Report {
  const all = report.testResults.flatMap((file) => file.assertionResults)
  const isLeft = ({ status, tags = [] }: (typeof all)[number]): boolean =>
    !whole && tags.includes(thorough) && status !== 'passed' && status !== 'failed'
  const tests = all.filter((test) => !isLeft(test))
  const count = (...states: string[]): number => tests.filter((test) => states.includes(test.status)).length
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length
  const skipped = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed')
  return {
    passed: count('passed'),
    failed: count('failed') + brokenFiles,
    skipped: skipped.length,
    notRun: skipped.map((test) => test.fullName),
    left: all.length - tests.length,
  }
}

interface PlaywrightTest {
  status: string
  annotations: { type: string; description?: string }[]
  results?: { status: string; errors: { message?: string }[] }[]
}
interface PlaywrightSuite {
  title: string
  suites?: PlaywrightSuite[]
  specs?: {
    title: string
    tests: PlaywrightTest[]
  }[]
}
interface PlaywrightReport {
  suites: PlaywrightSuite[]
  errors: unknown[]
}

/** What a browser says whose own process crashed: nothing about the app, and such a test is tried once more. */
const browserCrash = /Target crashed|Page crashed/

const isBrowserCrash = ({ status, results = [] }: PlaywrightTest): boolean =>
  status === 'flaky' &&
  results.length > 1 &&
  results.every(
    ({ status, errors }) =>
      status === 'passed' || errors.some(({ message = '' }) => browserCrash.test(message)),
  )

const specsOf = ({ suites }: Pick<PlaywrightReport, 'suites'>): NonNullable<PlaywrightSuite['specs']> =>
  suites.flatMap((suite) => [...(suite.specs ?? []), ...specsOf({ suites: suite.suites ?? [] })])

/** How many tests a list of them names. */
export const countPlaywright = (list: PlaywrightReport): number => specsOf(list).length

/** A test that passes at its second try has failed, unless it was the browser that crashed; so have errors outside any test. */
export function readPlaywright(report: PlaywrightReport, left: number): Report {
  const tests = specsOf(report).flatMap((spec) => spec.tests.map((test) => ({ title: spec.title, ...test })))
  const skipped = tests.filter((test) => test.status === 'skipped')
  const passed = tests.filter((test) => test.status === 'expected' || isBrowserCrash(test)).length
  return {
    passed,
    failed: tests.length - passed - skipped.length + report.errors.length,
    skipped: skipped.length,
    notRun: skipped.map((test) => {
      const reason = test.annotations.find((annotation) => annotation.description)?.description
      return reason ? `${test.title}: ${reason}` : test.title
    }),
    left,
  }
}
