import { expect, it } from 'vitest'
import { FunctionBuilder } from './assembler.ts'
import { CodeCache } from './code-cache.ts'
import type { KernelCode } from './run-function.ts'

const code = (instructions: number): KernelCode => ({
  code: new FunctionBuilder(0).emit(...new Array<number>(instructions).fill(1)),
  extra: null,
  range: null,
  repeated: 0,
})

it('gives what it has, and gives up what was asked for longest ago', () => {
  const cache = new CodeCache(8 * 300)
  const [a, b] = [code(100), code(100)]
  expect(cache.get('a', () => a)).toBe(a)
  cache.get('b', () => b)
  expect(cache.get('a', () => code(1))).toBe(a)
  cache.get('c', () => code(150))
  expect(cache.size).toBe(2)
  expect(cache.get('a', () => code(1))).toBe(a)
  const again = code(10)
  expect(cache.get('b', () => again)).toBe(again)
})

it('counts the tables of products', () => {
  const cache = new CodeCache(1000)
  const tables = (): KernelCode => ({ ...code(1), extra: { scratch: 0, tables: new Int32Array(200) } })
  cache.get('a', tables)
  cache.get('b', tables)
  expect(cache.size).toBe(1)
})
