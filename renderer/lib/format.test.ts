import { describe, expect, it } from 'vitest'
import {
  cutMiddle,
  formatBytes,
  formatCompact,
  formatFixed,
  formatNumber,
  formatPercent,
  formatSeconds,
  formatShape,
  plural,
} from './format.ts'

describe('formatNumber', () => {
  it.each([
    [0, '0'],
    [12345, '12,345'],
    [0.123456, '0.1235'],
    [-1.5, '−1.5'],
    [3.14159, '3.142'],
    [1e-7, '1e−7'],
    [-2.5e12, '−2.5e12'],
    [Number.POSITIVE_INFINITY, '∞'],
    [Number.NaN, 'NaN'],
    [null, '–'],
  ])('%s → %s', (value, text) => expect(formatNumber(value)).toBe(text))
})

it('lines up fixed decimals', () => {
  expect([1, 0.5, -0.25, -0.0001].map((value) => formatFixed(value, 3))).toEqual([
    '1.000',
    '0.500',
    '−0.250',
    '0.000',
  ])
})

it('gives every size its unit', () => {
  expect([12, 2048, 15 * 1024 * 1024].map(formatBytes)).toEqual(['12\u00a0B', '2.0\u00a0KB', '15\u00a0MB'])
})

it('gives every duration its unit', () => {
  expect([0.042, 5.25, 42, 125, 7300].map(formatSeconds)).toEqual([
    '42\u00a0ms',
    '5.3\u00a0s',
    '42\u00a0s',
    '2 min 05 s',
    '2 h 01 min',
  ])
})

it('says shares, counts and shapes', () => {
  expect(formatPercent(0.1534)).toBe('15.3\u00a0%')
  expect(formatPercent(null)).toBe('–')
  expect(plural(1, 'row')).toBe('1 row')
  expect(plural(2000, 'class', 'classes')).toBe('2,000 classes')
  expect(formatCompact(1_250_000)).toBe('1.3M')
  expect(formatShape(['N', 20])).toBe('N × 20')
})

it('cuts long names in the middle, between characters', () => {
  expect(cutMiddle('churn.csv', 9)).toBe('churn.csv')
  expect(cutMiddle('a-very-long-name-2026.csv', 11)).toBe('a-ver…6.csv')
  expect(cutMiddle('👩‍👩‍👧'.repeat(10), 5)).toBe('👩‍👩‍👧👩‍👩‍👧…👩‍👩‍👧👩‍👩‍👧')
})
