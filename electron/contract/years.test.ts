import { describe, expect, test } from 'vitest'
import { extentIn, extentOf, holdsYears, numberTextOf } from './years.ts'

describe('columns of years', () => {
  test.each([
    'year',
    'Year',
    'YearBuilt',
    'yr_sold',
    'GarageYrBlt',
    'model year',
    'année',
    'Jahr',
    'Baujahr Jahr',
    'año',
    '年',
  ])('“%s” holds years by its name', (name) => {
    expect(holdsYears(name)).toBe(true)
    expect(holdsYears(name, [1872, 2010])).toBe(true)
    // Marks for what is missing are no reason to doubt.
    expect(holdsYears(name, [0, 2010])).toBe(true)
    expect(holdsYears(name, [-1, 2010])).toBe(true)
  })

  test.each(['yearly income', 'sales per year', 'income_a_year', 'weight', 'ear', 'layers', 'canoe'])(
    '“%s” does not',
    (name) => {
      expect(holdsYears(name)).toBe(false)
      expect(holdsYears(name, [1200, 2900])).toBe(false)
    },
  )

  test('a name is not enough where values go further than years', () => {
    expect(holdsYears('year', [0, 48_000])).toBe(false)
    expect(holdsYears('years', [0, 40])).toBe(false)
  })

  test('values are enough where both ends are whole numbers of these two centuries', () => {
    expect(holdsYears('season', [1952, 2024])).toBe(true)
    expect(holdsYears('weight', [1613, 5140])).toBe(false)
    expect(holdsYears('weight', [1900.5, 2024])).toBe(false)
    expect(holdsYears('constant', [2000, 2000])).toBe(false)
  })
})

describe('their numbers', () => {
  test('are written without separators, and what is no year with them', () => {
    const text = numberTextOf('year', [0, 2009])
    expect(text(2008)).toBe('2008')
    expect(text(2008.03)).toBe('2008')
    expect(text(2008.5, 5)).toBe('2008.5')
    expect(text(0)).toBe('0')
    expect(text(12_345)).toBe('12,345')
    expect(text(null)).toBe('–')
  })

  test('those of other columns have separators', () => {
    expect(numberTextOf('price', [1200, 250_000])(2008)).toBe('2,008')
    expect(numberTextOf('weight')(2008)).toBe('2,008')
  })

  test('ends of values and of profiles', () => {
    expect(extentOf([2007, null, 'x', NaN, 2009])).toEqual([2007, 2009])
    expect(extentOf([null])).toBeNull()
    expect(extentIn({ numeric: { min: 1, max: 2 } })).toEqual([1, 2])
    expect(extentIn({ numeric: null })).toBeNull()
    expect(extentIn(undefined)).toBeNull()
  })
})
