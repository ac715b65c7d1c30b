import { expect, test } from 'vitest'
import { addressOf, decoded } from './address.ts'

test.each([
  ['/rpc/app.info?x=1', '/rpc/app.info'],
  // As a proxy asks, and as nobody does.
  ['http://elsewhere:80/events', '//elsewhere:80/events'],
  ['//elsewhere/events', '//elsewhere/events'],
  ['*', '/'],
  ['', '/'],
])('%j asks for %s', (url, pathname) => {
  expect(addressOf({ url })).toMatchObject({ pathname, hostname: 'descent' })
})

test('what no escaping gives is refused in a sentence', () => {
  expect(decoded('caf%C3%A9%2F')).toBe('café/')
  expect(() => decoded('%C3')).toThrow('The address of the call is malformed.')
})
