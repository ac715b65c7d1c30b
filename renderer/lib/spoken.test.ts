import { expect, it } from 'vitest'
import type { ChartModel, Series } from './chart-model.ts'
import {
  describeChart,
  describeConfusion,
  describeCorrelations,
  describePlace,
  describeTable,
} from './spoken.ts'

const line = (label: string, values: number[]): Series => ({
  label,
  color: 1,
  data: values.map((y, index) => ({ x: index + 1, y })),
})
const chart = (...series: Series[]): ChartModel => ({
  series,
  x: { title: 'Epoch', integer: true },
  y: { title: 'Loss' },
})

it('says where a curve begins, ends and is best', () => {
  expect(describeChart(chart(line('Validation loss', [0.69, 0.3, 0.31])))).toBe(
    'Validation loss falls from 0.69 to 0.31 over 3 epochs; lowest 0.3 at epoch 2.',
  )
  expect(describeChart(chart(line('Accuracy', [0.5, 0.9])))).toBe(
    'Accuracy rises from 0.5 to 0.9 over 2 epochs.',
  )
  expect(describeChart(chart(line('Rate', [0.1, 0.1])))).toBe('Rate stays at 0.1 over 2 epochs.')
  expect(describeChart(chart(line('Loss', [1, 0.5, 1])))).toBe('Loss begins and ends at 1 over 3 epochs.')
  expect(describeChart(chart(line('Loss', [1])))).toBe('Loss is 1 at epoch 1.')
})

it('leaves out what is empty or hidden', () => {
  expect(describeChart(chart(line('a', []), { ...line('b', [1, 2]), hidden: true }))).toBe(
    'Nothing to show yet.',
  )
  expect(describeChart(chart(line('a', [3, 2]), line('b', [])))).toBe('a falls from 3 to 2 over 2 epochs.')
})

it('names the ends of many curves', () => {
  const many = [1, 2, 3, 4, 5].map((end) => line(`Run ${end}`, [9, end]))
  expect(describeChart(chart(...many))).toBe(
    '5 curves over 2 epochs; at its end Run 1 is lowest with 1, Run 5 highest with 5.',
  )
})

it('tells of classes, bins and points', () => {
  const bars = (data: Series['data']): Series => ({ label: 'Rows', kind: 'bars', color: 1, data })
  expect(
    describeChart({
      series: [
        bars([
          { x: 0, y: 1470 },
          { x: 1, y: 530 },
        ]),
      ],
      x: { title: 'Class of churned', categories: ['no', 'yes'] },
      y: { title: 'Rows' },
    }),
  ).toBe('Rows by class of churned, 2 bars: most, no with 1,470; fewest, yes with 530.')
  expect(
    describeChart({
      series: [
        bars([
          { x: 1, y: 2 },
          { x: 3, y: 5 },
          { x: 5, y: 1 },
        ]),
      ],
      x: { title: 'age' },
      y: { title: 'Rows' },
    }),
  ).toBe('8 rows by age in 3 bins: most, 5, from 2 to 4; the middle one from 2 to 4.')
  expect(
    describeChart({
      series: [
        {
          label: 'Rows',
          kind: 'points',
          color: 1,
          data: [
            { x: 1, y: 2 },
            { x: 2, y: 4 },
          ],
        },
      ],
      x: { title: 'Actual price' },
      y: { title: 'Predicted price' },
    }),
  ).toBe('2 rows: predicted price against actual price, correlation 1.00.')
})

it('finds the commonest mistake', () => {
  expect(
    describeConfusion(
      ['no', 'yes'],
      [
        [8, 0],
        [2, 0],
      ],
    ),
  ).toBe('2 classes; 80.0\u00a0% of 10 rows predicted right; most often mistaken: yes for no, 2 rows.')
  expect(describeConfusion(['a'], [[3]])).toBe('1 class; 100.0\u00a0% of 3 rows predicted right.')
})

it('tells of correlations and of tables', () => {
  expect(describeCorrelations(['a', 'b'], { a: 'a', b: 'b', r: -0.934 })).toBe(
    'Pearson correlations of 2 numeric columns; strongest: a and b, r = −0.93.',
  )
  expect(describeTable({ columns: [{ name: 'x' }], rows: [[1]] })).toBe('Table of 1 row and 1 column.')
  expect(describeTable({ columns: [{ name: 'x' }], rows: [[1]] }, 2000)).toBe(
    'Table of 2,000 rows and 1 column.',
  )
})

it('a bar or a point says where it is and which of how many', () => {
  const bars = {
    series: [
      { label: 'a', color: 1, kind: 'bars' as const, data: [{ x: 0, y: 3 }] },
      {
        label: 'b',
        color: 2,
        kind: 'bars' as const,
        data: [
          { x: 0, y: 3 },
          { x: 1, y: 1234.5 },
        ],
      },
    ],
    x: { title: 'kind', categories: ['Oak', 'Elm'] },
    y: { title: 'Rows' },
  }
  expect(describePlace(bars, 1, 1)).toBe('b, Elm: 1,234.5; 2 of 2')
  expect(describePlace({ ...bars, series: bars.series.slice(0, 1) }, 0, 0)).toBe('Rows, Oak: 3; 1 of 1')
})
