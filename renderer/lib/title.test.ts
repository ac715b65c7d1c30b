import { expect, it } from 'vitest'
import { pageTitle } from './title.ts'

it('says where one is', () => {
  expect(pageTitle('Train', 'flowers')).toBe('Train · flowers · Descent')
  expect(pageTitle('Settings', null)).toBe('Settings · Descent')
  expect(pageTitle(null, null)).toBe('Descent')
})
