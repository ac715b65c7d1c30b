import { afterEach, describe, expect, it } from 'vitest'
import {
  formatBytes,
  formatCompact,
  formatCount,
  formatFixed,
  formatNumber,
  formatPercent,
  formatSeconds,
  numberMarks,
  withMarks,
} from './format.ts'
import { marksOf, preferenceNames, preferences, readPreference } from './preferences.ts'

const start = numberMarks.value
afterEach(() => (numberMarks.value = start))

describe('preferences', () => {
  it('start with one of their options', () => {
    for (const name of preferenceNames)
      expect(preferences[name].options.map(({ value }) => value)).toContain(preferences[name].start)
  })
  it('take nothing unknown from what was stored', () => {
    expect(readPreference('numbers', 'space-comma')).toBe('space-comma')
    expect(readPreference('numbers', 'roman')).toBe('comma-point')
    expect(readPreference('theme', null)).toBe('auto')
  })
  it('say how every number is written', () => {
    numberMarks.value = marksOf('point-comma')
    expect([
      formatCount(1234567),
      formatCompact(12_345),
      formatNumber(123.456),
      formatNumber(-1.5e-7),
      formatFixed(1234.5, 2),
      formatPercent(0.0834),
      formatBytes(1536),
      formatSeconds(3.5),
      withMarks('0.001'),
    ]).toEqual([
      '1.234.567',
      '12,3K',
      '123,5',
      '−1,5e−7',
      '1.234,50',
      '8,3\u00a0%',
      '1,5\u00a0KB',
      '3,5\u00a0s',
      '0,001',
    ])
    numberMarks.value = marksOf('none-point')
    expect(formatCount(1234567)).toBe('1234567')
    numberMarks.value = marksOf('comma-point')
    expect([formatCount(1234567), formatFixed(1234.5, 2)]).toEqual(['1,234,567', '1,234.50'])
  })
})
