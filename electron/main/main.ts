/** Electron's main process: lifecycle and wiring. What is decided is in policy.ts; what works is the host. */
import { app, dialog, Menu, protocol } from 'electron'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { codeCacheEnvironment } from '../../engine/cache-folder.mjs'
import { pinnedNode } from '../pinned-node.mjs'
import { answerFrom } from './app-protocol.ts'
import { openExternal, registerDesktopCalls } from './dialogs.ts'
import { HostProcess } from './host-process.ts'
import { keepWorking, type WorkingWindow } from './keep-working.ts'
import { menuTemplate } from './menu.ts'
import {
  askedWorkspace,
  hostEnvironment,
  ownAppImage,
  placesOf,
  whyNotOpened,
  writableFolder,
} from './places.ts'
import { appScheme, devToolsWanted } from './policy.ts'
import { updateSettingsSchema } from './update-policy.ts'
import type { Updates } from './updates.ts'
import { manifestSchema, whyNotSound } from './verify-install.ts'
import { guardSession, guardWebContents, openWindow } from './window.ts'

const packaged = app.isPackaged
const places = placesOf({
  packaged,
  root: join(import.meta.dirname, '../..'),
  resources: process.resourcesPath,
  platform: process.platform,
})

/** The installer puts the pinned Node beside the app; a checkout has it among its packages. */
function nodeBinary(): string {
  const node = places.node ?? pinnedNode()
  if (node === null) throw new Error('The Node that runs Descent’s host is missing. Run “npm install” again.')
  return node
}

/** Null: what is about to be run is what was packaged. A checkout is its developer's business. */
async function whyNotStarted(): Promise<string | null> {
  if (places.manifest === null) return null
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(places.manifest, 'utf8')))
  return whyNotSound(process.resourcesPath, manifest)
}

/** Null: this app was packaged without a feed. */
async function followUpdates(): Promise<Updates | null> {
  if (places.updates === null || !existsSync(places.updates)) return null
  const settings = updateSettingsSchema.parse(JSON.parse(readFileSync(places.updates, 'utf8')))
  const { followUpdates: follow } = await import('./updates.ts')
  return follow({
    settings,
    current: app.getVersion(),
    appImage: ownAppImage(process.env, process.execPath),
    log: (line) => console.error(line),
  })
}

/** Chromium's own switches stand in the same list and are none of our business. */
const { values: given } = parseArgs({
  args: process.argv.slice(1),
  options: { workspace: { type: 'string' }, devtools: { type: 'boolean' } },
  strict: false,
})
const devTools = devToolsWanted(given.devtools, process.env)
const workspace = askedWorkspace(given.workspace, process.cwd())

/** What a second start tells the first. */
interface SecondStart {
  readonly workspace: string | null
}

function giveUp(message: string): void {
  // Before Electron is ready there are no dialogs.
  void app.whenReady().then(() => {
    dialog.showErrorBox('Descent cannot go on', message)
    app.quit()
  })
}

function run(): void {
  const host = new HostProcess({
    command: nodeBinary(),
    args: workspace === null ? [places.host] : [places.host, '--workspace', workspace],
    env: { ...hostEnvironment(packaged, process.env), ...codeCacheEnvironment() },
    log: (line) => console.error(line),
    onActivity: (activity) => window?.tell(activity),
    onGiveUp: giveUp,
  })
  let window: WorkingWindow | null = null
  let stopped = false
  let updates: Updates | null = null
  app.on('second-instance', (_event, _argv, _folder, second) => {
    window?.show()
    const refusal = whyNotOpened(workspace, (second as SecondStart | null)?.workspace)
    if (refusal !== null) dialog.showErrorBox('Descent is open already', refusal)
  })
  app.on('window-all-closed', () => app.quit())
  // Electron does not wait for promises here (electron/electron#27201): the first attempt is put off, the second goes through.
  app.on('will-quit', (event) => {
    if (stopped) return
    event.preventDefault()
    void host.stop().finally(() => {
      updates?.install()
      stopped = true
      app.quit()
    })
  })

  guardWebContents()
  // The window opens meanwhile: its files come once they are known to be sound, its calls wait for the host.
  const problem = whyNotStarted().catch(
    (error: unknown) => `Its checksums cannot be read: ${String(error)}. Install Descent again.`,
  )
  void problem.then((found) => (found === null ? host.start() : giveUp(found)))
  // Whoever works does not wait for it, and what does not start gets none.
  void host
    .socket()
    .then(followUpdates)
    .then((following) => (updates = following))
    .catch((error: unknown) => console.error('Updates are not looked for:', error))
  void app.whenReady().then(() => {
    guardSession(devTools)
    protocol.handle(
      appScheme,
      answerFrom({
        hostSocket: () => host.socket(),
        windowFolder: async () => ((await problem) === null ? places.window : null),
      }),
    )
    registerDesktopCalls()
    Menu.setApplicationMenu(
      Menu.buildFromTemplate(
        menuTemplate(
          process.platform,
          {
            open: (url) => void openExternal(url),
            run: (command) => window?.run(command),
          },
          devTools,
        ),
      ),
    )
    window = keepWorking(openWindow(places.preload, places.icon, devTools), places.icon)
  })
}

app.setName('Descent')
app.setPath('userData', writableFolder(app.getPath('userData')))
app.enableSandbox()
protocol.registerSchemesAsPrivileged([
  {
    scheme: appScheme,
    // What V8 has compiled of the window's scripts is kept, as a browser keeps it of a page's.
    privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
  },
])
if (app.requestSingleInstanceLock({ workspace } satisfies SecondStart)) run()
else app.quit()
