import { expect, it } from 'vitest'
import { fileTypes, readNumbers, writeNumbers } from './numbers.ts'

const refuse = (why: string): never => {
  throw new Error(why)
}
/** All there are. */
const patterns = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i)

it.each(['F16', 'BF16'] as const)('every number of %s comes back as it was', (type) => {
  const bytes = new Uint8Array(patterns.buffer)
  const numbers = readNumbers(type, bytes, true, refuse)
  const back = new Uint16Array(writeNumbers(type, numbers, true, refuse).buffer)
  patterns.forEach((pattern, i) => {
    if (Number.isNaN(numbers[i]))
      expect(
        Number.isNaN(readNumbers(type, new Uint8Array(back.slice(i, i + 1).buffer), true, refuse)[0]),
      ).toBe(true)
    else if (back[i] !== pattern) expect(back[i]).toBe(pattern)
  })
})

it('halves are rounded to the nearest, ties to even', () => {
  const half = (value: number): number =>
    readNumbers('F16', writeNumbers('F16', Float32Array.of(value), true, refuse), true, refuse)[0]!
  expect([1 + 2 ** -11, 1 + 3 * 2 ** -11, 2049, 2051, 2047.5].map(half)).toEqual([
    1,
    1 + 2 ** -9,
    2048,
    2052,
    2048,
  ])
  expect([2 ** -25, 3 * 2 ** -25, 2 ** -14 - 2 ** -26, -0].map(half)).toEqual([0, 2 ** -23, 2 ** -14, -0])
  expect([Infinity, -Infinity, NaN].map(half)).toEqual([Infinity, -Infinity, NaN])
})

it('bfloat16 is rounded to the nearest, ties to even', () => {
  const rounded = (value: number): number =>
    readNumbers('BF16', writeNumbers('BF16', Float32Array.of(value), true, refuse), true, refuse)[0]!
  expect([1 + 2 ** -8, 1 + 3 * 2 ** -8, -1.01, NaN].map(rounded)).toEqual([1, 1 + 2 ** -6, -1.0078125, NaN])
})

it('widths are those of the types', () => {
  expect(Object.entries(fileTypes).map(([name, { bytes }]) => [name, bytes])).toEqual(
    Object.keys(fileTypes).map((name) => [name, name === 'BOOL' ? 1 : Number(/\d+/.exec(name)![0]) / 8]),
  )
})
