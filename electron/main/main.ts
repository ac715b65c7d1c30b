/** Electron's main process: lifecycle and wiring. What is decided is in policy.ts; what works is the host. */
import { app, dialog, Menu, protocol } from 'electron'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { codeCacheEnvironment } from '../../engine/cache-folder.mjs'
import { pinnedNode } from '../pinned-node.mjs'
import { forwardTo } from './app-protocol.ts'
import { openExternal, registerDesktopCalls } from './dialogs.ts'
import { HostProcess } from './host-process.ts'
import { menuTemplate } from './menu.ts'
import { appScheme, devToolsWanted } from './policy.ts'
import { guardSession, guardWebContents, openWindow } from './window.ts'

const root = join(import.meta.dirname, '../..')
const preload = join(root, 'electron/preload/preload.cjs')
const icon = join(root, 'resources/icons/descent.png')

/** The installer puts the pinned Node beside the app; a checkout has it among its packages. */
function nodeBinary(): string {
  const shipped = join(process.resourcesPath, 'node', process.platform === 'win32' ? 'node.exe' : 'bin/node')
  const node = existsSync(shipped) ? shipped : pinnedNode()
  if (node === null) throw new Error('The Node that runs Descent’s host is missing. Run “npm install” again.')
  return node
}

/** Chromium's own switches stand in the same list and are none of our business. */
const { values: given } = parseArgs({
  args: process.argv.slice(1),
  options: { workspace: { type: 'string' }, devtools: { type: 'boolean' } },
  strict: false,
})
const devTools = devToolsWanted(given.devtools, process.env)

function hostArgs(): string[] {
  const program = [join(root, 'electron/host/main.ts')]
  return typeof given.workspace === 'string' ? [...program, '--workspace', given.workspace] : program
}

function run(): void {
  const host = new HostProcess({
    command: nodeBinary(),
    args: hostArgs(),
    env: { ...process.env, ...codeCacheEnvironment() },
    log: (line) => console.error(line),
    onGiveUp: (message) => {
      dialog.showErrorBox('Descent cannot go on', message)
      app.quit()
    },
  })
  let stopped = false
  app.on('second-instance', () => {
    const [window] = windows
    if (window?.isMinimized()) window.restore()
    window?.focus()
  })
  app.on('window-all-closed', () => app.quit())
  // Electron does not wait for promises here (electron/electron#27201): the first attempt is put off, the second goes through.
  app.on('will-quit', (event) => {
    if (stopped) return
    event.preventDefault()
    void host.stop().finally(() => {
      stopped = true
      app.quit()
    })
  })

  const windows: ReturnType<typeof openWindow>[] = []
  guardWebContents()
  host.start()
  void app.whenReady().then(() => {
    guardSession(devTools)
    protocol.handle(
      appScheme,
      forwardTo(() => host.socket()),
    )
    registerDesktopCalls()
    Menu.setApplicationMenu(
      Menu.buildFromTemplate(menuTemplate(process.platform, (url) => void openExternal(url), devTools)),
    )
    windows.push(openWindow(preload, icon, devTools))
  })
}

app.setName('Descent')
app.enableSandbox()
protocol.registerSchemesAsPrivileged([
  { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
])
if (app.requestSingleInstanceLock()) run()
else app.quit()
