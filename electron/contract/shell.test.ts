import { expect, it } from 'vitest'
import { shellWord } from './shell.ts'

it('quotes a path for the shell only where it must', () => {
  expect(shellWord('/models/churn-1', 'linux')).toBe('/models/churn-1')
  expect(shellWord("/my models/it's", 'linux')).toBe("'/my models/it'\\''s'")
  expect(shellWord('C:\\my models\\a', 'win32')).toBe('"C:\\my models\\a"')
})
