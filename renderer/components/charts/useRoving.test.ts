import { expect, test } from 'vitest'
import { useRoving } from './useRoving.ts'

const press = (key: string) =>
  ({ key, ctrlKey: false, metaKey: false, preventDefault: () => undefined }) as KeyboardEvent

test('arrow keys move within rows of different lengths, and other keys are left alone', () => {
  const lengths = [3, 1]
  const { place, onKeydown, moveTo, isAt } = useRoving((row) => ({
    rows: lengths.length,
    columns: lengths[row]!,
    page: 2,
  }))
  expect(isAt(0, 0)).toBe(true)
  expect(onKeydown(press('End'))).toEqual({ row: 0, column: 2 })
  expect(onKeydown(press('ArrowRight'))).toEqual({ row: 0, column: 2 })
  expect(onKeydown(press('ArrowDown'))).toEqual({ row: 1, column: 0 })
  expect(onKeydown(press('Enter'))).toBeNull()
  expect(place.value).toEqual({ row: 1, column: 0 })
  moveTo({ row: 9, column: 9 })
  expect(place.value).toEqual({ row: 1, column: 0 })
})

test('cells that cannot be reached are stepped over, and at the edge it stays', () => {
  const { place, onKeydown } = useRoving(
    () => ({ rows: 3, columns: 3, page: 3 }),
    ({ row, column }) => row === column,
  )
  expect(place.value).toEqual({ row: 0, column: 1 })
  expect(onKeydown(press('ArrowLeft'))).toEqual({ row: 0, column: 1 })
  expect(onKeydown(press('ArrowDown'))).toEqual({ row: 2, column: 1 })
  expect(onKeydown(press('ArrowRight'))).toEqual({ row: 2, column: 1 })
})
