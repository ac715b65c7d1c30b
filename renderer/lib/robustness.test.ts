import { expect, test } from 'vitest'
import {
  corruptionsFor,
  notMeasured,
  robustnessInWords,
  unseenInWords,
  type Robustness,
} from '../../electron/contract/index.ts'
import { robustnessModel, robustnessTable } from './robustness.ts'

const points = (values: readonly number[]) =>
  values.map((value, i) => ({
    severity: i + 1,
    level: 0.1 * (i + 1),
    value,
    low: value - 0.02,
    high: value + 0.02,
  }))

const found: Robustness = {
  runId: 'r',
  split: 'test',
  rows: 200,
  of: 900,
  metric: 'accuracy',
  clean: { value: 0.9, low: 0.85, high: 0.94 },
  curves: [
    {
      corruption: 'missingCells',
      points: points([0.89, 0.88, 0.87, 0.86, 0.85]),
      drop: { value: 0.03, low: -0.01, high: 0.07, verdict: 'cannotTell' },
      why: null,
    },
    {
      corruption: 'shiftedNumbers',
      points: points([0.8, 0.7, 0.6, 0.5, 0.4]),
      drop: { value: 0.3, low: 0.2, high: 0.4, verdict: 'worse' },
      why: null,
    },
    { corruption: 'swappedColumns', points: [], drop: null, why: 'there is nothing to swap' },
  ],
  unseen: { made: 'columns', inputs: 200, confidence: 0.9, chosen: false, sure: 0.25, sureOfRows: 0.5 },
}
const plain = (text: string | null): string => (text ?? '').replaceAll('\u00a0', ' ')

test('lines begin at the rows as they are, the one that costs most first', () => {
  const { series, x, y } = robustnessModel(found)
  expect(series.map(({ label }) => label)).toEqual(['Shifted numbers', 'Missing cells'])
  expect(series[0]!.data).toHaveLength(6)
  expect(series[0]!.data[0]).toEqual({ x: 0, y: 0.9 })
  expect([x.min, x.max, y.min, y.max]).toEqual([0, 5, 0, 1])
})

test('the table has each severity with its level and interval', () => {
  const { rows, columns } = robustnessTable(found)
  expect(columns).toHaveLength(6)
  expect(rows).toHaveLength(11)
  expect(rows[0]).toEqual(['As they are', 0, null, 0.9, 0.85, 0.94])
  expect(rows[5]!.slice(0, 2)).toEqual(['Shifted numbers', 5])
})

test('it says what costs most, and nothing of what may be chance', () => {
  expect(plain(robustnessInWords(found))).toBe(
    'Accuracy is 90.0 % on 200 test rows, taken evenly from 900 rows, as they are; in the mean over 2 corruptions and their five severities it is 16.5 points worse. Most is lost to shifted numbers: 30.0 points in the mean, 40.0 % at the highest severity. 1 corruption could not be measured.',
  )
  const [gaps, shifted, swapped] = found.curves
  // What may be chance is not said to cost most, however much it looks it.
  const large = { ...gaps!, drop: { value: 0.5, low: -0.1, high: 0.9, verdict: 'cannotTell' as const } }
  expect(robustnessInWords({ ...found, curves: [large, shifted!] })).toContain(
    '. Most is lost to shifted numbers',
  )
  expect(plain(robustnessInWords({ ...found, curves: [gaps!] }))).toContain(
    'none of them makes it worse by more than these rows can tell',
  )
  expect(notMeasured(found)).toBe('swapped columns: there is nothing to swap')
  const other = { ...swapped!, corruption: 'typos' as const, why: 'it is so' }
  expect(notMeasured({ curves: [swapped!, other] })).toBe(
    'swapped columns: there is nothing to swap; typos: it is so',
  )
  expect(plain(unseenInWords(found))).toContain(
    '25.0 % are answered with 90 % confidence or more; of the rows as they are, 50.0 %.',
  )
})

test('corruptions go by what columns hold', () => {
  expect(corruptionsFor(['text'])).toEqual(['typos', 'upperCase', 'droppedWords'])
  expect(corruptionsFor(['number', 'number'])).toEqual([
    'numberNoise',
    'missingCells',
    'shiftedNumbers',
    'swappedColumns',
  ])
  expect(corruptionsFor(['image'])).toHaveLength(8)
})
