import { expect, test } from 'vitest'
import { countLines, offsetOf, problemsByLine } from './source-lines.ts'

const text = 'import torch\n\nclass Net:'

test('a place lies where an editor shows it, and never outside', () => {
  const at = (line: number, column: number) => text.slice(offsetOf(text, { line, column }))
  expect(at(1, 1)).toBe(text)
  expect(at(1, 8)).toBe('torch\n\nclass Net:')
  expect(at(3, 7)).toBe('Net:')
  expect(at(2, 9)).toBe('\nclass Net:')
  expect(at(9, 99)).toBe('')
  expect(offsetOf('', { line: 1, column: 1 })).toBe(0)
})

test('a line shows the first of its problems', () => {
  const problem = (line: number, message: string) => ({ line, column: 1, message })
  const found = problemsByLine([problem(3, 'a'), problem(1, 'b'), problem(3, 'c')])
  expect([...found]).toEqual([
    [3, 'a'],
    [1, 'b'],
  ])
  expect(countLines(text)).toBe(3)
})
