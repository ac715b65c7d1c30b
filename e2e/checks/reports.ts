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
}

interface VitestReport {
  testResults: {
    name: string
    status: string
    message: string
    assertionResults: { fullName: string; status: string }[]
  }[]
}

/** A file that broke before its first test has no assertions: it counts as one failure. */
export function readVitest(report: VitestReport): Report {
  const tests = report.testResults.flatMap((file) => file.assertionResults)
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

/** A test that passes at its second try has failed, unless it was the browser that crashed; so have errors outside any test. */
export function readPlaywright(report: PlaywrightReport): Report {
  const specs = (suite: PlaywrightSuite): NonNullable<PlaywrightSuite['specs']> => [
    ...(suite.specs ?? []),
    ...(suite.suites ?? []).flatMap(specs),
  ]
  const tests = report.suites
    .flatMap(specs)
    .flatMap((spec) => spec.tests.map((test) => ({ title: spec.title, ...test })))
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
  }
}
