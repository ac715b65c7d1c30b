import { expect, it } from 'vitest'
import { cannotRun, judge } from './checks.ts'

it('names what could not run, and lets a build server fail over it', () => {
  expect(cannotRun('browser', 'none here', false)).toMatchObject({
    failed: 0,
    skipped: 1,
    notRun: ['browser: none here'],
  })
  expect(cannotRun('browser', 'none here', true)).toMatchObject({ failed: 1, skipped: 0 })
})

it('does not call a runner that crashed after its last test a success', () => {
  const report = { passed: 3, failed: 0, skipped: 0, notRun: [] }
  expect(judge(report, 139).failed).toBe(1)
  expect(judge(report, 0).failed).toBe(0)
  expect(judge({ ...report, failed: 2 }, 1).failed).toBe(2)
})
