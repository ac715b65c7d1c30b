import { expect, test } from 'vitest'
import { fitted } from './chart-options.ts'

test('names of categories are cut to the room they have', () => {
  expect(fitted('failed', 150)).toBe('failed')
  const cut = fitted('repeated because of a power cut in the building', 150)
  expect(cut).toMatch(/^repeated.*…/)
  expect(cut.endsWith('building')).toBe(true)
  expect(cut.length).toBeLessThanOrEqual(22)
})

test('where so little is left that it would say nothing, they stay whole, and some are left out', () => {
  expect(fitted('Iris setosa and others', 60)).toBe('Iris setosa and others')
})
