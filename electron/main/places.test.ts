import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  askedWorkspace,
  hostEnvironment,
  ownAppImage,
  placesOf,
  socketParent,
  whyNotOpened,
  writableFolder,
} from './places.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-places-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const root = resolve(import.meta.dirname, '../..')

test('a checkout runs from its own folder, under the Node among its packages', () => {
  const places = placesOf({ packaged: false, root, resources: '/elsewhere', platform: 'linux' })
  expect(places).toMatchObject({ node: null, manifest: null, updates: null })
  for (const path of [places.host, places.preload, places.icon]) expect(existsSync(path)).toBe(true)
})

test('only the AppImage that this app runs from may be replaced', () => {
  const env = { APPIMAGE: '/home/u/Descent.AppImage', APPDIR: '/tmp/.mount_Descen' }
  expect(ownAppImage(env, '/tmp/.mount_Descen/descent')).toBe(env.APPIMAGE)
  // Started from the terminal of another one.
  const editor = { APPIMAGE: '/home/u/editor.AppImage', APPDIR: '/tmp/.mount_editor' }
  expect(ownAppImage(editor, '/opt/Descent/descent')).toBeNull()
  expect(ownAppImage(editor, '/tmp/.mount_editors/descent')).toBeNull()
  expect(ownAppImage({ APPIMAGE: '/home/u/editor.AppImage' }, '/opt/Descent/descent')).toBeNull()
  expect(ownAppImage({}, '/opt/Descent/descent')).toBeNull()
})

test('an installed app has its host and its Node beside the asar, for neither can be run from within', () => {
  const root = '/opt/Descent/resources/app.asar'
  const places = placesOf({ packaged: true, root, resources: '/opt/Descent/resources', platform: 'linux' })
  expect(places).toEqual({
    preload: join(root, 'electron/preload/preload.cjs'),
    icon: join(root, 'resources/icons/descent.png'),
    host: join('/opt/Descent/resources/descent/programs/main.js'),
    window: join('/opt/Descent/resources/descent/renderer/dist'),
    node: join('/opt/Descent/resources/node/bin/node'),
    manifest: join(root, 'manifest.json'),
    updates: join(root, 'updates.json'),
  })
  const windows = placesOf({ packaged: true, root, resources: '/r', platform: 'win32' })
  expect(windows.node).toBe(join('/r/node/node.exe'))
})

test('what a person set for Node programs of their own does not reach an installed app', () => {
  const env = { NODE_OPTIONS: '--require ./mine.cjs', NODE_PATH: '/mine', HOME: '/home/me' }
  expect(hostEnvironment(true, env)).toEqual({ HOME: '/home/me' })
  expect(hostEnvironment(false, env)).toEqual(env)
})

test('a second start shows the window, or says why another workspace does not open', () => {
  const own = askedWorkspace('mine', '/home/me')
  expect(own).toBe(resolve('/home/me/mine'))
  expect(askedWorkspace(undefined, '/home/me')).toBe(null)
  expect(whyNotOpened(own, null)).toBe(null)
  expect(whyNotOpened(own, undefined)).toBe(null)
  expect(whyNotOpened(own, own)).toBe(null)
  expect(whyNotOpened(own, '/data/other')).toContain(own)
  expect(whyNotOpened(null, '/data/other')).toBe(
    'Descent is open with its usual workspace. Close it first to open /data/other.',
  )
})

test('the host’s socket goes where its path is short enough', () => {
  expect(socketParent('/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T', 'darwin')).toContain('/T')
  expect(socketParent(`/tmp/${'大'.repeat(30)}`, 'linux')).toBe('/tmp')
  expect(socketParent(`C:\\Users\\${'x'.repeat(90)}`, 'win32')).toContain('xxx')
})

test('where a home cannot be written to, the window’s own files go to a temporary folder', () => {
  const usual = join(folder, 'home/.config/Descent')
  expect(writableFolder(usual, folder)).toBe(usual)
  expect(existsSync(usual)).toBe(true)
  // A file in the way stops even root, whom permissions do not.
  const blocked = join(folder, 'file/Descent')
  writeFileSync(join(folder, 'file'), '')
  const instead = writableFolder(blocked, folder)
  expect(instead).not.toBe(blocked)
  expect(existsSync(instead)).toBe(true)
})
