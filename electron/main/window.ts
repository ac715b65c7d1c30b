/** The one window, and the rules that hold for every web page this process could ever show. */
import { app, BrowserWindow, nativeTheme, screen, session, type WebContents } from 'electron'
import { join } from 'node:path'
import { openExternal } from './dialogs.ts'
import { appOrigin, isAppUrl, mayDownload, mayLoad, permissionGranted, webPreferences } from './policy.ts'
import { minimumSize, placeWindow, readWindowState, writeWindowState } from './window-state.ts'

/** Set on the app, not on a window: whatever contents come to be, they are born with these rules. */
export function guardWebContents(): void {
  app.on('web-contents-created', (_event, contents: WebContents) => {
    const stay = (event: { readonly url: string; preventDefault(): void }) => {
      if (!isAppUrl(event.url)) event.preventDefault()
    }
    contents.on('will-navigate', stay)
    // Of the frames inside a page, only this tells.
    contents.on('will-frame-navigate', stay)
    contents.on('will-redirect', stay)
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(({ url }) => {
      void openExternal(url)
      return { action: 'deny' }
    })
  })
}

export function guardSession(devTools: boolean): void {
  const { defaultSession } = session
  defaultSession.setPermissionRequestHandler((contents, permission, decide) =>
    decide(permissionGranted(permission, contents.getURL())),
  )
  defaultSession.setPermissionCheckHandler((_contents, permission, origin) =>
    permissionGranted(permission, origin),
  )
  defaultSession.setDevicePermissionHandler(() => false)
  defaultSession.webRequest.onBeforeRequest(({ url }, decide) => decide({ cancel: !mayLoad(url, devTools) }))
  defaultSession.on('will-download', (event, item) => {
    if (!mayDownload([item.getURL(), ...item.getURLChain()])) event.preventDefault()
  })
}

export function openWindow(preload: string, icon: string, devTools: boolean): BrowserWindow {
  const stateFile = join(app.getPath('userData'), 'window.json')
  const primary = screen.getPrimaryDisplay()
  const others = screen.getAllDisplays().filter((display) => display.id !== primary.id)
  const { maximized, ...bounds } = placeWindow(
    readWindowState(stateFile),
    [primary, ...others].map((display) => display.workArea),
  )
  const window = new BrowserWindow({
    ...bounds,
    minWidth: minimumSize.width,
    minHeight: minimumSize.height,
    title: 'Descent',
    icon,
    show: false,
    // What is seen before the page has painted.
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#111418' : '#ffffff',
    webPreferences: { ...webPreferences(devTools), preload },
  })
  if (maximized) window.maximize()
  window.once('ready-to-show', () => window.show())
  window.on('close', () =>
    writeWindowState(stateFile, { ...window.getNormalBounds(), maximized: window.isMaximized() }),
  )
  void window.loadURL(`${appOrigin}/`)
  return window
}
