import { expect, it } from 'vitest'
import { FunctionBuilder } from './assembler.ts'
import { CodeCache } from './code-cache.ts'
import type { KernelForm } from './kernel-form.ts'

const code = (instructions: number): FunctionBuilder =>
  new FunctionBuilder(0).emit(...new Array<number>(instructions).fill(1))

const form = (key: string, emit: () => FunctionBuilder): KernelForm => ({
  key,
  numbers: [],
  range: null,
  scratch: null,
  tables: null,
  repeated: 0,
  emit,
})

it('gives what it has, and gives up what was asked for longest ago', () => {
  const cache = new CodeCache(8 * 300)
  const ask = (key: string, made: FunctionBuilder): FunctionBuilder =>
    cache.code({ best: form(key, () => made), others: () => [], family: '', size: 1 }).code
  const [a, b] = [code(100), code(100)]
  expect(ask('a', a)).toBe(a)
  ask('b', b)
  expect(ask('a', code(1))).toBe(a)
  ask('c', code(150))
  expect(cache.size).toBe(2)
  expect(ask('a', code(1))).toBe(a)
  const again = code(10)
  expect(ask('b', again)).toBe(again)
})

it('takes another way where there is code for more', () => {
  const cache = new CodeCache()
  const ask = (keys: readonly [string, ...string[]], size: number): string => {
    const [best, ...others] = keys.map((key) => form(key, () => code(1)))
    return cache.code({ best: best!, others: () => others, family: '', size }).form.key
  }
  expect(ask(['many'], 64)).toBe('many')
  expect(ask(['few', 'many'], 5)).toBe('many')
  expect(ask(['few', 'many'], 65)).toBe('few')
  expect(ask(['few', 'many'], 5)).toBe('few')
})

it('keeps one table for equal views', () => {
  const cache = new CodeCache(1000)
  const ask = (key: string): Int32Array => cache.tables({ key, make: () => new Int32Array(200) })
  expect(ask('a')).toBe(ask('a'))
  const first = ask('a')
  ask('b')
  expect(ask('a')).not.toBe(first)
})
