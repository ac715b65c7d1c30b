import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findElectron, obtainElectron } from './electron-binary.ts'
import { parseStartArgs, whyBrowser } from './options.ts'
import { sourceHash } from './window-build.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-launch-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const file = (path: string, text: string) => {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), text)
}

test('options are read, and unknown ones named', () => {
  expect(parseStartArgs([])).toMatchObject({ browser: false, dev: false, open: true, help: false })
  expect(parseStartArgs(['--browser', '--no-open', '--port', '7000', '--workspace', 'w'])).toMatchObject({
    browser: true,
    open: false,
    port: '7000',
    workspace: 'w',
  })
  expect(parseStartArgs(['--devtools'])).toMatchObject({ devtools: true })
  expect(parseStartArgs([]).devtools).toBe(false)
  expect(() => parseStartArgs(['--browsr'])).toThrow('--browsr')
})

test('Electron is tried wherever nothing speaks against it', () => {
  const none = { browser: false, dev: false }
  const desktop = { platform: 'linux', env: { DISPLAY: ':0' }, root: false } as const
  expect(whyBrowser(none, desktop)).toBe(null)
  expect(whyBrowser(none, { ...desktop, env: { WAYLAND_DISPLAY: 'wayland-0' } })).toBe(null)
  expect(whyBrowser(none, { ...desktop, env: { DISPLAY: '' } })).toContain('no display')
  expect(whyBrowser(none, { platform: 'darwin', env: {}, root: true })).toBe(null)
  expect(whyBrowser(none, { ...desktop, root: true })).toContain('root')
  expect(whyBrowser({ ...none, browser: true }, desktop)).toBe('--browser was given')
  expect(whyBrowser({ ...none, port: '1' }, desktop)).toBe('--port was given')
})

test('the binary is looked for where Electron’s package looks for it', () => {
  expect(findElectron(folder, {})).toBe(null)
  file('path.txt', 'electron')
  expect(findElectron(folder, {})).toBe(null)
  file('dist/electron', '')
  expect(findElectron(folder, {})).toBe(join(folder, 'dist/electron'))
  file('elsewhere/electron', '')
  const env = { ELECTRON_OVERRIDE_DIST_PATH: join(folder, 'elsewhere') }
  expect(findElectron(folder, env)).toBe(join(folder, 'elsewhere/electron'))
  rmSync(join(folder, 'path.txt'))
  expect(findElectron(folder, env)).toBe(join(folder, 'elsewhere/electron'))
})

test('where the download cannot work, it is not tried', async () => {
  expect(await obtainElectron(folder, {})).toEqual({ missing: 'the electron package is not installed' })
  file('install.js', 'throw new Error("must not run")')
  expect(await obtainElectron(folder, { ELECTRON_SKIP_BINARY_DOWNLOAD: '1' })).toMatchObject({
    missing: expect.stringContaining('may not be downloaded'),
  })
  // A port that was ours a moment ago, and that nobody listens on now.
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  expect(await obtainElectron(folder, { ELECTRON_MIRROR: `http://127.0.0.1:${port}/` })).toEqual({
    missing: `Electron’s binary is missing and cannot be downloaded: 127.0.0.1:${port} does not answer`,
  })
})

test('where it can, the package’s own installer is run, and believed only if the binary is there', async () => {
  const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const env = { ELECTRON_MIRROR: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
  file('install.js', '')
  expect(await obtainElectron(folder, env)).toEqual({ missing: 'the download of Electron’s binary failed' })
  file(
    'install.js',
    `const { mkdirSync, writeFileSync } = require('node:fs')
     mkdirSync(__dirname + '/dist')
     writeFileSync(__dirname + '/dist/electron', '')
     writeFileSync(__dirname + '/path.txt', 'electron')`,
  )
  expect(await obtainElectron(folder, env)).toEqual({ binary: join(folder, 'dist/electron') })
  server.close()
})

test('the window’s hash follows its sources: contents and names, not times, tests or builds', () => {
  file('renderer/main.ts', 'a')
  file('renderer/parts/x.vue', 'b')
  file('electron/contract/index.ts', 'c')
  const first = sourceHash(folder)
  file('renderer/dist/index.html', 'built')
  file('renderer/main.test.ts', 'test')
  file('electron/host/app.ts', 'host')
  file('renderer/main.ts', 'a')
  chmodSync(join(folder, 'renderer/main.ts'), 0o600)
  expect(sourceHash(folder)).toBe(first)
  file('renderer/parts/x.vue', 'b2')
  expect(sourceHash(folder)).not.toBe(first)
  file('renderer/parts/x.vue', 'b')
  expect(sourceHash(folder)).toBe(first)
  file('renderer/parts/y.vue', '')
  expect(sourceHash(folder)).not.toBe(first)
})
