import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseCommand, type RunCommand } from './args.ts'
import { removeStale } from './folder-of-runs.ts'
import { describeFolds, ofFolds, overall, runFolds, type FoldsReport } from './folds.ts'

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
    unstable: null,
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

const quiet = { write: () => true } as unknown as NodeJS.WriteStream

/** Sixty rows in which y is what x says, learned for so many epochs. */
function foldsOf(folder: string, epochs: number): Promise<FoldsReport> {
  const path = join(folder, 'a.csv')
  const rows = Array.from({ length: 60 }, (_, i) => `${i % 17},${(i % 17) * 3}`)
  writeFileSync(path, `x,y\n${rows.join('\n')}\n`)
  const parsed = parseCommand([
    ...['run', path, '--target', 'y', '--effort', 'quick', '--epochs', String(epochs), '--no-preflight'],
    ...['--quiet', '--folds', '5', '--out', join(folder, 'out')],
  ]) as RunCommand & { folds: number }
  return runFolds(parsed, quiet)
}

test('folds of what is hardly trained are apart by more than their rows, and steady ones are not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'descent-folds-'))
  try {
    const steady = await foldsOf(folder, 60)
    expect(steady.unstable).toEqual([])
    expect(describeFolds(steady)).not.toContain('!')
    const unstable = await foldsOf(folder, 2)
    expect(unstable.unstable).toMatchObject([{ code: 'unstableResult', severity: 'warning' }])
    expect(describeFolds(unstable)).toMatch(
      /^! 5 trainings that differ in nothing but splits: their R² on the test rows is/m,
    )
    expect(JSON.parse(readFileSync(join(folder, 'out/folds.json'), 'utf8'))).toEqual(unstable)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
