import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { removeStale } from './folder-of-runs.ts'
import { describeFolds, ofFolds, overall, type FoldsReport } from './folds.ts'

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

test('folds of an earlier cross-validation go, and nothing else does', () => {
  const folder = mkdtempSync(join(tmpdir(), 'descent-folds-'))
  try {
    for (const name of ['fold-1', 'fold-4', 'fold-5', 'fold-notes', 'repeat-2-fold-1'])
      mkdirSync(join(folder, name))
    writeFileSync(join(folder, 'fold-5', 'mine.txt'), 'written by a person')
    removeStale(folder, new Set(['fold-1']), ofFolds)
    expect(readdirSync(folder).toSorted()).toEqual(['fold-1', 'fold-5', 'fold-notes'])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
