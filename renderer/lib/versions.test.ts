import { expect, it } from 'vitest'
import type { DataComparison, Dataset, RunSummary } from '../../electron/contract/index.ts'
import { comparisonInWords, dataInWords, otherData } from './versions.ts'

const version = {
  number: 3,
  sha256: 'a',
  importId: 'i',
  importedRows: 9,
  counts: { cells: 2, dropped: 1, appended: 0 },
}
const dataset = { version } as Dataset

it('says which version the data is', () => {
  expect(dataInWords(version)).toBe('the data is v3 (2 cells changed, 1 row dropped)')
  expect(dataInWords({ ...version, counts: { cells: 0, dropped: 0, appended: 0 } })).toBe(
    'the data is v3 (as imported)',
  )
})

it('says where a run was trained on other data', () => {
  const run = (dataVersion: number | null) => ({ dataVersion }) as RunSummary
  expect(otherData(run(3), dataset)).toBeNull()
  expect(otherData(run(2), dataset)).toMatch(/^Trained on v2 .* is v3 now/)
  expect(otherData(run(null), dataset)).toMatch(/not known/)
  expect(otherData(run(2), null)).toBeNull()
})

it('counts what is different', () => {
  const nothing = {
    added: 0,
    removed: 0,
    changed: 0,
    moved: 0,
    columns: { added: [], removed: [], retyped: [] },
  }
  expect(comparisonInWords(nothing as unknown as DataComparison)).toBe('Nothing is different')
  expect(
    comparisonInWords({
      ...nothing,
      changed: 2,
      removed: 1,
      columns: { ...nothing.columns, added: ['x'] },
    } as unknown as DataComparison),
  ).toBe('2 cells changed, 1 row removed, 1 column added')
})
