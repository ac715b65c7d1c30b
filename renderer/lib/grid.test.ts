import { expect, it } from 'vitest'
import { movedBy } from './grid.ts'

const extent = { rows: 100, columns: 5, page: 10 }
const press = (key: string, mod = false, from = { row: 50, column: 2 }) =>
  movedBy({ key, ctrlKey: mod, metaKey: false }, from, extent)

it('leads from cell to cell, by pages and to the ends', () => {
  expect(press('ArrowUp')).toEqual({ row: 49, column: 2 })
  expect(press('ArrowRight')).toEqual({ row: 50, column: 3 })
  expect(press('PageDown')).toEqual({ row: 60, column: 2 })
  expect(press('Home')).toEqual({ row: 50, column: 0 })
  expect(press('End', true)).toEqual({ row: 99, column: 4 })
  expect(press('ArrowDown', true)).toEqual({ row: 99, column: 2 })
})

it('stays within', () => {
  expect(press('ArrowUp', false, { row: 0, column: 0 })).toEqual({ row: 0, column: 0 })
  expect(press('PageDown', false, { row: 95, column: 0 })).toEqual({ row: 99, column: 0 })
})

it('leaves other keys alone', () => {
  expect(press('a')).toBeNull()
  expect(press('Enter')).toBeNull()
})
