import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseCommand, type RunCommand } from './args.ts'
import { describeEachFolds, runEachFolds, type EachFoldsReport } from './each-folds.ts'
import type { Each } from './each-values.ts'

const quiet = { write: () => true } as unknown as NodeJS.WriteStream
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-each-folds-'))
  const rows = Array.from({ length: 90 }, (_, i) => `${i % 17},${(i * 7) % 13},${i % 3 === 0 ? 'yes' : 'no'}`)
  writeFileSync(join(folder, 'a.csv'), `x,z,y\n${rows.join('\n')}\n`)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function ask(each: string, ...more: string[]): Promise<EachFoldsReport> {
  const parsed = parseCommand([
    ...['run', join(folder, 'a.csv'), '--effort', 'quick', '--set', 'training.epochs=2', '--no-preflight'],
    ...['--quiet', '--each', each, '--folds', '2', '--out', join(folder, 'out'), ...more],
  ]) as RunCommand & { each: Each; folds: number }
  return runEachFolds(parsed, quiet)
}

test('each value is trained on every fold, and compared fold by fold with the first', async () => {
  const report = await ask('imbalance=none,classWeights', '--set', 'budget.megabytes=1')
  expect(report.values.map(({ value, folds }) => [value, folds.length])).toEqual([
    ['none', 2],
    ['classWeights', 2],
  ])
  // Two folds tell nothing of how far others would be apart.
  expect(report.values.map(({ unstable }) => unstable)).toEqual([null, null])
  const [first, second] = report.values
  // Every row is tested once, by each value.
  for (const { folds } of report.values) expect(folds.reduce((sum, { rows }) => sum + rows.test, 0)).toBe(90)
  expect(first!.toFirst).toBeNull()
  const accuracies = second!.folds.map(({ validation }) => validation.accuracy!)
  expect(second!.validation.mean.accuracy).toBeCloseTo((accuracies[0]! + accuracies[1]!) / 2, 12)
  expect(second!.toFirst!.difference!.mean).toBeCloseTo(
    second!.validation.mean.accuracy! - first!.validation.mean.accuracy!,
    12,
  )
  expect(readdirSync(join(folder, 'out')).toSorted()).toEqual([
    ...['1-none-fold-1', '1-none-fold-2', '2-classWeights-fold-1', '2-classWeights-fold-2'],
    'each.json',
  ])
  expect(JSON.parse(readFileSync(join(folder, 'out/each.json'), 'utf8'))).toEqual(report)
  const said = describeEachFolds(report)
  expect(said).toMatch(/^Validation rows of 2 folds: mean ± standard deviation/)
  expect(said).toMatch(/imbalance\.remedy +Accuracy/)
  expect(said).toContain('Accuracy beside none')
  expect(second!.folds.map(({ budget = [] }) => budget.map(({ of, isWithin }) => [of, isWithin]))).toEqual([
    [['size', true]],
    [['size', true]],
  ])
  expect(said).toContain('✓ imbalance.remedy=classWeights, fold 1: The weights take')
})

test('what is no value is refused before anything is trained, and repeats are told', async () => {
  const before = readFileSync(join(folder, 'out/each.json'), 'utf8')
  await expect(ask('imbalance=none,magic')).rejects.toThrow('magic')
  expect(readFileSync(join(folder, 'out/each.json'), 'utf8')).toBe(before)
  const report = { ...(JSON.parse(before) as EachFoldsReport), repeats: 3 }
  expect(describeEachFolds(report)).toContain('2 folds, dealt 3 times:')
})
