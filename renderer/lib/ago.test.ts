import { expect, it } from 'vitest'
import { formatAgo } from './ago.ts'

it('tells how long ago', () => {
  const now = Date.UTC(2030, 0, 2)
  expect(formatAgo(now - 30_000, now)).toBe('just now')
  expect(formatAgo(now - 120_000, now)).toBe('2 minutes ago')
  expect(formatAgo(now - 86_400_000, now)).toBe('1 day ago')
})
