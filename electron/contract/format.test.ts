import { describe, expect, it, test } from 'vitest'
import {
  formatCount,
  formatDifference,
  formatFixed,
  formatNumber,
  formatPercent,
  formatSeconds,
  formatValue,
  midCase,
  plural,
} from './format.ts'

it.each([
  [0.0835, '8.4 %'],
  [167 / 2000, '8.4 %'],
  // Its binary is a little less than 8.35, which `toFixed` rounds down.
  [0.08349, '8.3 %'],
  [0.145, '14.5 %'],
  [0.0035, '0.4 %'],
  [0, '0.0 %'],
  [1, '100.0 %'],
  [0.0003, '< 0.1 %'],
  [0.9997, '> 99.9 %'],
  [-0.0003, '0.0 %'],
  [1.2, '120.0 %'],
  [null, '–'],
  [NaN, '–'],
])('a share of %s is %s', (share, text) => expect(formatPercent(share)).toBe(text.replace(' %', '\u00a0%')))

it('shares have the decimals that are asked for', () => {
  expect(formatPercent(0.125, 0)).toBe('13\u00a0%')
  expect(formatPercent(0.004, 0)).toBe('< 1\u00a0%')
  expect(formatPercent(0.996, 0)).toBe('> 99\u00a0%')
  expect(formatPercent(0.12345, 2)).toBe('12.35\u00a0%')
})

it.each([
  [plural(1, 'epoch'), '1 epoch'],
  [plural(0, 'epoch'), '0 epochs'],
  [plural(2000, 'class has', 'classes have'), '2,000 classes have'],
  [formatCount(-1400), '−1,400'],
  [formatFixed(8.35, 1), '8.4'],
  [formatFixed(-0.001, 2), '0.00'],
  [formatNumber(0.123456), '0.1235'],
  [formatNumber(-2.5e12), '−2.5e12'],
  [formatSeconds(0.34), '340\u00a0ms'],
  [formatSeconds(0.9999), '1.0\u00a0s'],
  [formatSeconds(9.97), '10\u00a0s'],
  [formatSeconds(125), '2 min 05 s'],
  [formatSeconds(3725), '1 h 02 min'],
  [formatSeconds(Infinity), '–'],
  [midCase('Class weights'), 'class weights'],
  [midCase('RMSE'), 'RMSE'],
])('%s', (text, expected) => expect(text).toBe(expected))

describe('errors in a target’s own unit', () => {
  const error = { format: 'target', decimals: 4 } as const

  test('have four digits, zeros at the end included', () => {
    expect([0.5, 2.4837, 12.3, 3021.46, 77_560, 0, -1.25].map((value) => formatValue(error, value))).toEqual([
      '0.5000',
      '2.484',
      '12.30',
      '3,021',
      '77,560',
      '0.000',
      '−1.250',
    ])
  })

  test('beside another figure they have as many decimals as that', () => {
    expect([2.1, 10.28, 0.98765].map((value) => formatValue(error, value, 2.4837))).toEqual([
      '2.100',
      '10.280',
      '0.988',
    ])
    expect(formatDifference(error, 2.4837, 2.1)).toBe('+0.384')
    expect(formatDifference(error, 9.5, 10.5)).toBe('−1.000')
  })

  test('powers of ten are written as everywhere', () => {
    expect(formatValue(error, 1.5e-7, 2)).toBe('1.5e−7')
    expect(formatValue(error, 3.2e12)).toBe('3.2e12')
    expect(formatValue(error, null)).toBe('–')
    expect(formatValue(error, Infinity)).toBe('∞')
  })
})
