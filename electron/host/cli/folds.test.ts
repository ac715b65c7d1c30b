import { expect, test } from 'vitest'
import { describeFolds, overall, type FoldsReport } from './folds.ts'

test('a metric that some folds do not define is of those that do, and says of how many', () => {
  const tests: Record<string, number>[] = [
    { accuracy: 0.5, rocAuc: 0.8 },
    { accuracy: 1 },
    { accuracy: 0.75, rocAuc: 0.6 },
  ]
  const mean = overall(tests, (values) => values.reduce((sum, value) => sum + value, 0) / values.length)
  expect(mean['accuracy']).toBeCloseTo(0.75, 12)
  expect(mean['rocAuc']).toBeCloseTo(0.7, 12)
  const measured = overall(tests, ({ length }) => length)
  const report = {
    folds: tests.map((test, i) => ({ repeat: 1, fold: i + 1, test, baseline: {} })),
    mean,
    deviation: { accuracy: 0.25, rocAuc: 0.14 },
    baseline: { accuracy: 0.5, rocAuc: 0.5 },
    measured,
    run: 'out',
  } as unknown as FoldsReport
  const lines = describeFolds(report).split('\n')
  expect(lines[1]).toMatch(/Fold 2 .*ROC AUC –/)
  expect(lines).toContain('ROC AUC is of 2 of them: in the others the test rows lack a class.')
})
