import { expect, test } from 'vitest'
import {
  devToolsWanted,
  externalUrl,
  fileFiltersSchema,
  fileNameSchema,
  isAppUrl,
  mayDownload,
  mayLoad,
  permissionGranted,
  senderTrusted,
  webPreferences,
} from './policy.ts'

test.each([
  ['app://descent/', true],
  ['app://descent/projects/1', true],
  ['app://evil/', false],
  ['app://descent.evil.example/', false],
  ['https://descent/', false],
  ['file:///etc/passwd', false],
  ['javascript:alert(1)', false],
  ['', false],
])('%s is the app: %s', (url, ours) => expect(isAppUrl(url)).toBe(ours))

test.each([
  ['https://pytorch.org/docs/', 'https://pytorch.org/docs/'],
  ['https://en.wikipedia.org/wiki/Gradient_descent', 'https://en.wikipedia.org/wiki/Gradient_descent'],
  ['http://pytorch.org/', null],
  ['https://notpytorch.org/', null],
  ['https://pytorch.org.evil.example/', null],
  ['https://github.com@evil.example/', null],
  ['https://evil@github.com/', null],
  ['https://github.com:8443/', null],
  ['file:///bin/sh', null],
  ['smb://github.com/x', null],
  ['not an address', null],
])('%s goes to the browser as %s', (url, expected) => expect(externalUrl(url)).toBe(expected))

test.each([
  ['app://descent/assets/a.js', true],
  ['blob:app://descent/1234', true],
  ['blob:https://evil.example/1234', false],
  ['data:image/png;base64,AA', true],
  ['https://pytorch.org/', false],
  ['ws://127.0.0.1/', false],
  ['file:///etc/passwd', false],
  ['devtools://devtools/bundled/devtools_app.html', false],
])('%s may load: %s', (url, may) => expect(mayLoad(url, false)).toBe(may))

test('developer tools are there for those who ask', () => {
  expect(devToolsWanted(undefined, {})).toBe(false)
  expect(devToolsWanted(undefined, { DESCENT_DEVTOOLS: '0' })).toBe(false)
  expect(devToolsWanted('yes', { DESCENT_DEVTOOLS: '' })).toBe(false)
  expect(devToolsWanted(true, {})).toBe(true)
  expect(devToolsWanted(undefined, { DESCENT_DEVTOOLS: '1' })).toBe(true)
  expect([webPreferences(false).devTools, webPreferences(true).devTools]).toEqual([false, true])
  expect(mayLoad('devtools://devtools/bundled/devtools_app.html', true)).toBe(true)
  expect(mayLoad('https://evil.example/', true)).toBe(false)
})

test('a download comes from the app, and has been nowhere else before', () => {
  expect(mayDownload(['app://descent/download?path=x'])).toBe(true)
  expect(mayDownload(['blob:app://descent/1'])).toBe(true)
  expect(mayDownload([])).toBe(false)
  expect(mayDownload(['https://evil.example/', 'app://descent/x'])).toBe(false)
  expect(mayDownload(['data:text/csv,a'])).toBe(false)
})

test('every permission but copying and notifications is refused, and those to others too', () => {
  for (const permission of ['media', 'geolocation', 'openExternal', 'fileSystem', 'hid', 'clipboard-read'])
    expect([permission, permissionGranted(permission, 'app://descent/')]).toEqual([permission, false])
  expect(permissionGranted('clipboard-sanitized-write', 'app://descent/')).toBe(true)
  expect(permissionGranted('notifications', 'app://descent/')).toBe(true)
  for (const permission of ['clipboard-sanitized-write', 'notifications'])
    expect(permissionGranted(permission, 'https://evil.example/')).toBe(false)
})

test('only the page itself is a trusted sender', () => {
  expect(senderTrusted({ url: 'app://descent/', parent: null })).toBe(true)
  expect(senderTrusted({ url: 'app://descent/', parent: {} })).toBe(false)
  expect(senderTrusted({ url: 'https://evil.example/', parent: null })).toBe(false)
  expect(senderTrusted(null)).toBe(false)
})

test('what the window proposes to a dialog is checked', () => {
  expect(fileFiltersSchema.safeParse([{ name: 'Tables', extensions: ['csv', '*'] }]).success).toBe(true)
  for (const extensions of [[], ['../x'], ['c s v'], [7]])
    expect(fileFiltersSchema.safeParse([{ name: 'Tables', extensions }]).success).toBe(false)
  expect(fileNameSchema.parse('../../.ssh/predictions.csv')).toBe('predictions.csv')
  for (const name of ['', '..', 'a/..', 'a\n.csv', 7])
    expect(fileNameSchema.safeParse(name).success).toBe(false)
})
