import type { IpcMainInvokeEvent } from 'electron'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { appCommandIds, appCommands, protocolVersion } from '../contract/index.ts'
import * as electron from './electron-stand-in.ts'
import { menuTemplate } from './menu.ts'
import { readWindowState } from './window-state.ts'

vi.mock('electron', () => import('./electron-stand-in.ts'))

let folder: string
let window: electron.BrowserWindow

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-main-'))
  electron.app.userData = folder
  // Electron's, and Node has none.
  Object.defineProperty(process, 'resourcesPath', { value: folder, configurable: true })
  process.argv.push('--remote-debugging-port=0', '.', '--workspace', join(folder, 'workspace'))
  await import('./main.ts')
  await vi.waitFor(() => expect(electron.BrowserWindow.all).toHaveLength(1))
  window = electron.BrowserWindow.all[0]!
}, 30_000)
afterAll(async () => {
  electron.app.quit()
  await electron.app.exited.promise
  rmSync(folder, { recursive: true, force: true })
}, 30_000)

test('the process and the window are locked down', () => {
  expect(electron.app.sandboxed).toBe(true)
  expect(electron.protocol.schemes).toEqual([
    {
      scheme: 'app',
      privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
    },
  ])
  expect(window.options.webPreferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
    devTools: false,
  })
  expect(existsSync(window.options.webPreferences?.preload ?? '')).toBe(true)
  expect(window.webContents.url).toBe('app://descent/')
  expect(window.shown).toBe(false)
  window.emit('ready-to-show')
  expect(window.shown).toBe(true)
})

test('neither the page nor a frame in it can lead the window elsewhere', () => {
  for (const name of ['will-navigate', 'will-frame-navigate', 'will-redirect']) {
    const away = electron.preventable({ url: 'https://evil.example/' })
    window.webContents.emit(name, away)
    expect(away.defaultPrevented).toBe(true)
    const home = electron.preventable({ url: 'app://descent/#/projects' })
    window.webContents.emit(name, home)
    expect(home.defaultPrevented).toBe(false)
  }
  const webview = electron.preventable({})
  window.webContents.emit('will-attach-webview', webview)
  expect(webview.defaultPrevented).toBe(true)
})

test('new windows are denied; known sites go to the system’s browser, others nowhere', () => {
  const details = {
    frameName: '',
    features: '',
    disposition: 'new-window',
    referrer: { url: '', policy: 'default' },
  } as const
  const open = (url: string) => window.webContents.openHandler?.({ ...details, url })
  expect(open('https://pytorch.org/docs')).toEqual({ action: 'deny' })
  expect(open('https://evil.example/')).toEqual({ action: 'deny' })
  expect(open('file:///bin/sh')).toEqual({ action: 'deny' })
  expect(electron.shell.opened).toEqual(['https://pytorch.org/docs'])
})

test('only what the app made may be downloaded', () => {
  const cancelled = (...chain: string[]) => {
    const event = electron.preventable({})
    const item = { getURL: () => chain.at(-1)!, getURLChain: () => chain }
    electron.session.defaultSession.emit('will-download', event, item, window.webContents)
    return event.defaultPrevented
  }
  expect(cancelled('app://descent/download?path=%2Fw%2Fpredictions.csv')).toBe(false)
  expect(cancelled('blob:app://descent/5f0c')).toBe(false)
  expect(cancelled('https://evil.example/setup.exe')).toBe(true)
  expect(cancelled('blob:https://evil.example/5f0c')).toBe(true)
  expect(cancelled('data:text/html,x')).toBe(true)
  expect(cancelled('app://evil/x')).toBe(true)
  expect(cancelled('https://evil.example/', 'app://descent/download')).toBe(true)
})

test('permissions, devices and foreign requests are refused', () => {
  const { defaultSession } = electron.session
  const cancelled = (url: string) => {
    let answer: boolean | undefined
    defaultSession.beforeRequest?.({ url }, ({ cancel }) => (answer = cancel))
    return answer
  }
  expect(cancelled('https://pytorch.org/')).toBe(true)
  expect(cancelled('app://descent/assets/a.js')).toBe(false)
  const check = defaultSession.onCheck!
  const details = { isMainFrame: true }
  expect(check(null, 'media', 'app://descent/', details)).toBe(false)
  expect(check(null, 'clipboard-sanitized-write', 'app://descent/', details)).toBe(true)
  expect(defaultSession.onDevice).not.toBe(null)
  expect(defaultSession.onRequest).not.toBe(null)
})

/** As ipcMain would call it, from a frame of this window. */
function invoke(
  channel: string,
  argument: unknown,
  url = 'app://descent/',
  parent: object | null = null,
): unknown {
  const event = { sender: window.webContents, senderFrame: { url, parent } }
  return electron.ipcMain.handlers.get(channel)?.(event as unknown as IpcMainInvokeEvent, argument)
}

test('native dialogs serve our page alone', async () => {
  const filters = [{ name: 'Tables', extensions: ['csv'] }]
  electron.dialog.answer = '/data/churn.csv'
  expect(await invoke('desktop:openFile', filters)).toBe('/data/churn.csv')
  expect(electron.dialog.asked.at(-1)).toEqual({ properties: ['openFile'], filters })
  expect(await invoke('desktop:openFolder', undefined)).toBe('/data/churn.csv')
  expect(electron.dialog.asked.at(-1)).toEqual({ properties: ['openDirectory'] })
  expect(await invoke('desktop:saveFile', '../../predictions.csv')).toBe('/data/churn.csv')
  expect(electron.dialog.asked.at(-1)).toEqual({ defaultPath: 'predictions.csv' })
  electron.dialog.answer = null
  expect(await invoke('desktop:openFile', filters)).toBe(null)
  expect(await invoke('desktop:openFolder', undefined)).toBe(null)
  expect(await invoke('desktop:saveFile', 'model')).toBe(null)

  const asked = electron.dialog.asked.length
  await expect(invoke('desktop:openFile', filters, 'https://evil.example/')).rejects.toThrow('own window')
  await expect(invoke('desktop:openFile', filters, 'app://descent/', {})).rejects.toThrow('own window')
  await expect(invoke('desktop:openFile', [{ name: 'x', extensions: ['../'] }])).rejects.toThrow()
  expect(electron.dialog.asked.length).toBe(asked)

  const opened = electron.shell.opened.length
  expect(await invoke('desktop:openExternal', 'http://pytorch.org/')).toBe(false)
  expect(await invoke('desktop:openExternal', 'https://pytorch.org/')).toBe(true)
  expect(electron.shell.opened.length).toBe(opened + 1)
})

test('a second start brings the first to the front', () => {
  window.minimized = true
  const workspace = join(folder, 'workspace')
  electron.app.emit('second-instance', electron.preventable({}), [], folder, { workspace })
  expect([window.minimized, window.focused]).toEqual([false, 1])
  electron.app.emit('second-instance', electron.preventable({}), [], folder, { workspace: null })
  expect(electron.dialog.errors).toEqual([])
})

test('a second start that wants another workspace is told why it does not open', () => {
  const other = join(folder, 'other')
  electron.app.emit('second-instance', electron.preventable({}), [], folder, { workspace: other })
  expect(electron.dialog.errors.splice(0)).toEqual([
    `Descent is open with the workspace ${join(folder, 'workspace')}. Close it first to open ${other}.`,
  ])
})

test('there is a menu', () => {
  expect(electron.Menu.applied).toBe(true)
  const roles = JSON.stringify(electron.Menu.template)
  for (const role of ['quit', 'editMenu', 'reload', 'zoomIn']) expect(roles).toContain(role)
  // Nor is there another way to them: the menu's roles bring their shortcuts with them.
  expect(roles).not.toContain('toggleDevTools')
  expect(JSON.stringify(menuTemplate('linux', { open() {}, run() {} }, true))).toContain('toggleDevTools')
})

test('the menu has the window do what both know, and names its keys without taking them', () => {
  const items = electron.Menu.template.flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []))
  const labeled = (label: string) => items.find((item) => item.label === label)!
  window.hide()
  // Electron hands over the item, the window and the event, which nobody reads.
  const choose = (label: string) => (labeled(label).click as () => void)()
  for (const { label } of Object.values(appCommands)) choose(label)
  expect(window.webContents.sent).toEqual(appCommandIds.map((id) => ['desktop:command', id]))
  expect(window.shown).toBe(true)
  expect(labeled('Settings…')).toMatchObject({ accelerator: 'CmdOrCtrl+,', registerAccelerator: false })
  expect(labeled('Keyboard Shortcuts').accelerator).toBe(undefined)
})

test('the window’s place is kept when it closes', () => {
  window.maximized = true
  window.emit('close')
  expect(readWindowState(join(folder, 'window.json'))).toEqual({
    ...window.getNormalBounds(),
    maximized: true,
  })
})

test('the preload script offers exactly what the window expects', async () => {
  const source = readFileSync(window.options.webPreferences!.preload!, 'utf8')
  const worlds = new Map<string, Record<string, (...args: unknown[]) => unknown>>()
  const calls: unknown[][] = []
  const listeners = new Map<string, (event: object, id: string) => void>()
  const modules = {
    contextBridge: {
      exposeInMainWorld: (name: string, api: Record<string, () => unknown>) => worlds.set(name, api),
    },
    ipcRenderer: {
      invoke: (...args: unknown[]) => calls.push(args),
      on: (channel: string, heard: (event: object, id: string) => void) => listeners.set(channel, heard),
    },
    webUtils: { getPathForFile: () => '/data/dropped.csv' },
  }
  new Function('require', source)((name: string) => (name === 'electron' ? modules : undefined))
  const desktop = worlds.get('desktop')!
  expect(Object.keys(desktop).sort()).toEqual([
    'onCommand',
    'openExternal',
    'openFile',
    'openFolder',
    'pathForFile',
    'platform',
    'saveFile',
  ])
  for (const name of ['openFile', 'saveFile', 'openExternal']) desktop[name]!('argument')
  expect(calls).toEqual([
    ['desktop:openFile', 'argument'],
    ['desktop:saveFile', 'argument'],
    ['desktop:openExternal', 'argument'],
  ])
  for (const [channel] of calls) expect(electron.ipcMain.handlers.has(String(channel))).toBe(true)
  const heard: string[] = []
  desktop['onCommand']!((id: string) => heard.push(id))
  // The event would be a way to main.
  listeners.get('desktop:command')!({}, 'tour')
  expect(heard).toEqual(['tour'])
  expect(desktop['pathForFile']!({})).toBe('/data/dropped.csv')
})

test('app:// reaches a real host, and quitting waits until it has ended', async () => {
  const handle = electron.protocol.handlers.get('app')!
  const response = await handle(new Request('app://descent/rpc/app.info', { method: 'POST', body: '{}' }))
  expect(await response.json()).toMatchObject({
    protocol: protocolVersion,
    workspace: join(folder, 'workspace'),
  })
  electron.app.quit()
  await electron.app.exited.promise
  const late = new Request('app://descent/rpc/app.info', { method: 'POST', body: '{}' })
  expect((await handle(late)).status).toBe(503)
  expect(electron.dialog.errors).toEqual([])
})
