import { describe, expect, it } from 'vitest'
import { add, readPlaywright, readVitest, totalLine } from './reports.ts'

describe('readVitest', () => {
  it('counts tests, names what was skipped, and counts a file that did not load as a failure', () => {
    const report = readVitest({
      testResults: [
        {
          name: 'a.test.ts',
          status: 'failed',
          message: '',
          assertionResults: [
            { fullName: 'a adds', status: 'passed' },
            { fullName: 'a divides', status: 'failed' },
            { fullName: 'a later', status: 'pending' },
            { fullName: 'a some day', status: 'todo' },
          ],
        },
        { name: 'b.test.ts', status: 'failed', message: 'SyntaxError', assertionResults: [] },
      ],
    })
    expect(report).toEqual({ passed: 1, failed: 2, skipped: 2, notRun: ['a later', 'a some day'] })
  })
})

describe('readPlaywright', () => {
  it('walks nested suites, takes anything unexpected as failed and gives the reason for a skip', () => {
    const report = readPlaywright({
      errors: [{ message: 'globalSetup failed' }],
      suites: [
        {
          title: 'file',
          suites: [
            {
              title: 'describe',
              specs: [
                { title: 'opens', tests: [{ status: 'expected', annotations: [] }] },
                { title: 'closes', tests: [{ status: 'unexpected', annotations: [] }] },
                { title: 'wobbles', tests: [{ status: 'flaky', annotations: [] }] },
              ],
            },
          ],
          specs: [
            {
              title: 'prints',
              tests: [{ status: 'skipped', annotations: [{ type: 'skip', description: 'no printer' }] }],
            },
          ],
        },
      ],
    })
    expect(report).toEqual({ passed: 1, failed: 3, skipped: 1, notRun: ['prints: no printer'] })
  })

  it('takes as passed what a browser’s crash ended, and another browser passed', () => {
    const twice = (message: string) => ({
      status: 'flaky',
      annotations: [],
      results: [
        { status: 'failed', errors: [{ message }] },
        { status: 'passed', errors: [] },
      ],
    })
    const specs = ['page.evaluate: Target crashed', 'Expected: 3'].map((message) => ({
      title: message,
      tests: [twice(message)],
    }))
    const report = readPlaywright({ errors: [], suites: [{ title: 'file', specs }] })
    expect(report).toEqual({ passed: 1, failed: 1, skipped: 0, notRun: [] })
  })
})

it('adds up to one line', () => {
  const sum = add({ passed: 1, failed: 0, skipped: 2 }, { passed: 2, failed: 1, skipped: 0 })
  expect(totalLine(sum)).toBe('3 passed, 1 failed, 2 skipped')
})
