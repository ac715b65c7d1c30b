import { expect, it } from 'vitest'
import { lineMeter } from './line-meter.ts'

function measured(text: string, most: number, chunk: number): number | string {
  try {
    const meter = lineMeter(most, (at) => {
      throw new Error(`${at}:over`)
    })
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; at += chunk) meter.take(bytes.subarray(at, at + chunk))
    return meter.longest()
  } catch (error) {
    return (error as Error).message
  }
}

const line = (length: number) => 'x'.repeat(length)

it.each([1, 3, 7, 64, 10_000])(
  'finds a line that is too long and where it begins, in chunks of %i',
  (chunk) => {
    expect(measured(`ab\n${line(20)}\ncd\r\n${line(20)}`, 20, chunk)).toBe(20)
    expect(measured(`ab\n${line(21)}\ncd`, 20, chunk)).toBe('3:over')
    expect(measured(`ab\r${line(20)}\r${line(21)}`, 20, chunk)).toBe('24:over')
    expect(measured(line(500), 20, chunk)).toBe('0:over')
    expect(measured('\n'.repeat(500), 20, chunk)).toBe(20)
    expect(measured('', 20, chunk)).toBe(20)
  },
)

it('tells the longest beyond its step', () => {
  const most = 3 << 20
  expect(measured(`${line(2 << 20)}\nx\n`, most, 1 << 16)).toBe(2 << 20)
  expect(measured(`x\n${line(5)}\n`, most, 1 << 16)).toBe(1 << 20)
})
