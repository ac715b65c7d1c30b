import { expect, it } from 'vitest'
import {
  measuredOn,
  metricOf,
  seriesOf,
  throughputSeries,
  validationLossSeries,
} from '../../electron/contract/index.ts'
import {
  axisTitle,
  bestIndex,
  confusionCells,
  curvesTable,
  formatMetric,
  formatValue,
  histogramBars,
  confusedPairs,
  identityLine,
  roundRange,
  mostLooks,
  seriesLook,
} from './chart-data.ts'
import { cellText } from './table-data.ts'

it('puts curves of unequal length into one table', () => {
  const table = curvesTable('Epoch', [
    {
      label: 'a',
      data: [
        { x: 1, y: 0.5 },
        { x: 2, y: 0.25 },
      ],
    },
    { label: 'b', data: [{ x: 2, y: 4 }] },
  ])
  expect(table.columns.map(({ name }) => name)).toEqual(['Epoch', 'a', 'b'])
  expect(table.rows).toEqual([
    [1, 0.5, null],
    [2, 0.25, 4],
  ])
  expect(table.rows.map((row) => table.columns.map((column, index) => cellText(column, row[index])))).toEqual(
    [
      ['1', '0.50000', '–'],
      ['2', '0.25000', '4.00000'],
    ],
  )
})

it('centres histogram bars in their bins', () => {
  expect(histogramBars({ edges: [0, 2, 4], counts: [3, 5] })).toEqual([
    { x: 1, y: 3 },
    { x: 3, y: 5 },
  ])
})

it('spans the identity line over both axes', () => {
  expect(
    identityLine([
      { actual: 1, predicted: 3 },
      { actual: 5, predicted: 2 },
    ]),
  ).toEqual([
    { x: 1, y: 1 },
    { x: 5, y: 5 },
  ])
  expect(identityLine([])).toEqual([])
})

it('gives confusion counts as shares of the true class', () => {
  const cells = confusionCells([
    [8, 2],
    [0, 0],
  ])
  expect(cells[0]?.[1]).toEqual({ count: 2, share: 0.2, correct: false })
  expect(cells[1]?.[1]).toEqual({ count: 0, share: 0, correct: true })
})

it('marks a best value only where values differ', () => {
  expect(bestIndex([0.5, 0.9, null], true)).toBe(1)
  expect(bestIndex([0.5, 0.9, 0.1], false)).toBe(2)
  expect(bestIndex([0.5, 0.5], true)).toBe(-1)
  expect(bestIndex([0.5], true)).toBe(-1)
})

it('formats metrics with their unit', () => {
  expect(formatMetric('accuracy', 0.9571)).toBe('95.7\u00a0%')
  expect(formatMetric('r2', 0.81234)).toBe('0.812')
  expect(formatMetric('logLoss', undefined)).toBe('–')
})

it('gives each of as many series as can be chosen a look of its own, in colors that there are', () => {
  const looks = Array.from({ length: mostLooks }, (_, index) => seriesLook(index + 1))
  expect(new Set(looks.map((look) => JSON.stringify(look))).size).toBe(mostLooks)
  expect(looks.every(({ token }) => token >= 1 && token <= 8)).toBe(true)
  expect(looks.slice(0, 8).every(({ dash }) => dash.length === 0)).toBe(true)
  expect(seriesLook(2, true)).toEqual({ token: 2, dash: [6, 4] })
  expect(seriesLook(mostLooks + 1)).toEqual(seriesLook(1))
  expect(mostLooks).toBeGreaterThanOrEqual(50)
})

it('writes a series as its definition says, and what it is in at its axis', () => {
  const accuracy = measuredOn('validation', metricOf('accuracy')!)
  expect([axisTitle(accuracy), formatValue(accuracy, 0.957)]).toEqual([
    'Accuracy (share of rows)',
    '95.7\u00a0%',
  ])
  expect(axisTitle(measuredOn('test', metricOf('r2')!))).toBe('R² (1 is perfect)')
  expect(axisTitle(measuredOn('test', metricOf('mae')!))).toBe('MAE (target’s unit)')
  expect([axisTitle(throughputSeries), formatValue(throughputSeries, 123_456)]).toEqual([
    'Throughput (examples/s)',
    '123.5K',
  ])
  expect([axisTitle(validationLossSeries), formatValue(validationLossSeries, null)]).toEqual(['Loss', '–'])
  const later = seriesOf('validation/fromTomorrow')
  expect([axisTitle(later), formatValue(later, 0.123456)]).toEqual(['validation/fromTomorrow', '0.12346'])
})

it('axes that hold all and end at round numbers', () => {
  expect(roundRange(1132, 58_571)).toEqual({ min: 0, max: 60_000 })
  expect(roundRange(-0.31, 0.42)).toEqual({ min: -0.4, max: 0.6 })
  expect(roundRange(3, 3)).toEqual({})
})

it('classes that are taken for others, the most rows first', () => {
  expect(
    confusedPairs(
      [
        [5, 2, 0],
        [0, 1, 2],
        [1, 0, 9],
      ],
      2,
    ),
  ).toEqual([
    { truth: 1, predicted: 2, count: 2, share: 2 / 3 },
    { truth: 0, predicted: 1, count: 2, share: 2 / 7 },
  ])
})
