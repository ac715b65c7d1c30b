import { describe, expect, it } from 'vitest'
import { add, leftLine, readPlaywright, readVitest, totalLine } from './reports.ts'

describe('readVitest', () => {
  it('counts tests, names what was skipped, and counts a file that did not load as a failure', () => {
    const report = readVitest(
      {
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
      },
      false,
    )
    expect(report).toEqual({ passed: 1, failed: 2, skipped: 2, notRun: ['a later', 'a some day'], left: 0 })
  })

  it('calls what takes long left out, unless the whole was asked for', () => {
    const test = (fullName: string, status: string) => ({ fullName, status, tags: ['thorough'] })
    const file = { name: 'a.test.ts', status: 'passed', message: '' }
    const of = (status: string) => ({
      testResults: [{ ...file, assertionResults: [test('one', status), test('two', status)] }],
    })
    expect(readVitest(of('skipped'), false)).toEqual({
      passed: 0,
      failed: 0,
      skipped: 0,
      notRun: [],
      left: 2,
    })
    expect(readVitest(of('skipped'), true)).toMatchObject({ skipped: 2, notRun: ['one', 'two'], left: 0 })
    expect(readVitest(of('passed'), false)).toMatchObject({ passed: 2, left: 0 })
    expect(leftLine(2)).toBe('left out: 2 tests that take long; all run by: npm run acceptance -- whole')
    expect(leftLine(0)).toBe('')
  })
})

describe('readPlaywright', () => {
  it('walks nested suites, takes anything unexpected as failed and gives the reason for a skip', () => {
    const report = readPlaywright(
      {
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
      },
      3,
    )
    expect(report).toEqual({ passed: 1, failed: 3, skipped: 1, notRun: ['prints: no printer'], left: 3 })
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
    const report = readPlaywright({ errors: [], suites: [{ title: 'file', specs }] }, 0)
    expect(report).toEqual({ passed: 1, failed: 1, skipped: 0, notRun: [], left: 0 })
  })
})

it('adds up to one line', () => {
  const sum = add({ passed: 1, failed: 0, skipped: 2 }, { passed: 2, failed: 1, skipped: 0 })
  expect(totalLine(sum)).toBe('3 passed, 1 failed, 2 skipped')
})
