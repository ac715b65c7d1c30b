/**
 * What main uses of Electron, for tests where its binary is not: events are emitted by the test, effects are recorded.
 * Every method is declared with Electron's own types, so that a change of its interface is a type error here.
 */
import type * as Electron from 'electron'
import { EventEmitter } from 'node:events'

/** An event whose default action the listener may prevent. */
export function preventable<T extends object>(
  details: T,
): T & { defaultPrevented: boolean; preventDefault(): void } {
  return {
    ...details,
    defaultPrevented: false,
    preventDefault() {
      this.defaultPrevented = true
    },
  }
}

class App
  extends EventEmitter
  implements
    Pick<
      Electron.App,
      | 'enableSandbox'
      | 'getPath'
      | 'getVersion'
      | 'isPackaged'
      | 'quit'
      | 'requestSingleInstanceLock'
      | 'setName'
      | 'setPath'
      | 'whenReady'
    >
{
  userData = ''
  isPackaged = false
  sandboxed = false
  name = ''
  readonly exited = Promise.withResolvers<void>()

  enableSandbox(): void {
    this.sandboxed = true
  }
  getPath(): string {
    return this.userData
  }
  getVersion(): string {
    return '0.0.0'
  }
  quit(): void {
    const event = preventable({})
    this.emit('will-quit', event)
    if (!event.defaultPrevented) this.exited.resolve()
  }
  requestSingleInstanceLock(): boolean {
    return true
  }
  setName(name: string): void {
    this.name = name
  }
  setPath(_name: string, path: string): void {
    this.userData = path
  }
  async whenReady(): Promise<void> {}
}

type OpenHandler = Parameters<Electron.WebContents['setWindowOpenHandler']>[0]

export class WebContents
  extends EventEmitter
  implements Pick<Electron.WebContents, 'getURL' | 'reload' | 'send' | 'setWindowOpenHandler'>
{
  url = ''
  reloads = 0
  readonly sent: unknown[][] = []
  openHandler: OpenHandler | null = null

  getURL(): string {
    return this.url
  }
  reload(): void {
    this.reloads++
  }
  send(...message: unknown[]): void {
    this.sent.push(message)
  }
  setWindowOpenHandler(handler: OpenHandler): void {
    this.openHandler = handler
  }
}

type Used =
  | 'focus'
  | 'getNormalBounds'
  | 'hide'
  | 'isMaximized'
  | 'isMinimized'
  | 'loadURL'
  | 'maximize'
  | 'restore'
  | 'setProgressBar'
  | 'show'

export class BrowserWindow extends EventEmitter implements Pick<Electron.BrowserWindow, Used> {
  static readonly all: BrowserWindow[] = []
  static fromWebContents(contents: unknown): BrowserWindow | null {
    return BrowserWindow.all.find((window) => window.webContents === contents) ?? null
  }

  readonly webContents = new WebContents()
  readonly options: Electron.BrowserWindowConstructorOptions
  maximized = false
  minimized = false
  shown = false
  focused = 0
  progress = -1

  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super()
    this.options = options
    BrowserWindow.all.push(this)
    app.emit('web-contents-created', preventable({}), this.webContents)
  }
  async loadURL(url: string): Promise<void> {
    this.webContents.url = url
  }
  focus(): void {
    this.focused++
  }
  getNormalBounds(): Electron.Rectangle {
    const { x = 0, y = 0, width = 0, height = 0 } = this.options
    return { x, y, width, height }
  }
  hide(): void {
    this.shown = false
  }
  isMaximized(): boolean {
    return this.maximized
  }
  isMinimized(): boolean {
    return this.minimized
  }
  maximize(): void {
    this.maximized = true
  }
  restore(): void {
    this.minimized = false
  }
  setProgressBar(progress: number): void {
    this.progress = progress
  }
  show(): void {
    this.shown = true
  }
}

export const app = new App()

type ProtocolHandler = Parameters<Electron.Protocol['handle']>[1]
export const protocol = {
  schemes: [] as Electron.CustomScheme[],
  handlers: new Map<string, ProtocolHandler>(),
  registerSchemesAsPrivileged(schemes: Electron.CustomScheme[]): void {
    this.schemes = schemes
  },
  handle(scheme: string, handler: ProtocolHandler): void {
    this.handlers.set(scheme, handler)
  },
}

type Session = Electron.Session
type BeforeRequest = (
  details: Pick<Electron.OnBeforeRequestListenerDetails, 'url'>,
  decide: (response: Electron.CallbackResponse) => void,
) => void
class StandInSession
  extends EventEmitter
  implements
    Pick<Session, 'setDevicePermissionHandler' | 'setPermissionCheckHandler' | 'setPermissionRequestHandler'>
{
  onRequest: Parameters<Session['setPermissionRequestHandler']>[0] = null
  onCheck: Parameters<Session['setPermissionCheckHandler']>[0] = null
  onDevice: Parameters<Session['setDevicePermissionHandler']>[0] = null
  beforeRequest: BeforeRequest | null = null

  readonly webRequest = {
    onBeforeRequest: (listener: BeforeRequest): void => {
      this.beforeRequest = listener
    },
  }
  setPermissionRequestHandler(handler: Parameters<Session['setPermissionRequestHandler']>[0]): void {
    this.onRequest = handler
  }
  setPermissionCheckHandler(handler: Parameters<Session['setPermissionCheckHandler']>[0]): void {
    this.onCheck = handler
  }
  setDevicePermissionHandler(handler: Parameters<Session['setDevicePermissionHandler']>[0]): void {
    this.onDevice = handler
  }
}
export const session = { defaultSession: new StandInSession() }

export const dialog = {
  answer: null as string | null,
  asked: [] as (Electron.OpenDialogOptions | Electron.SaveDialogOptions)[],
  errors: [] as string[],
  questions: [] as Electron.MessageBoxOptions[],
  /** The number of the button that is pressed. */
  button: 0,
  async showMessageBox(
    _window: unknown,
    options: Electron.MessageBoxOptions,
  ): Promise<Electron.MessageBoxReturnValue> {
    this.questions.push(options)
    return { response: this.button, checkboxChecked: false }
  },
  showErrorBox(_title: string, content: string): void {
    this.errors.push(content)
  },
  async showOpenDialog(
    _window: unknown,
    options: Electron.OpenDialogOptions,
  ): Promise<Electron.OpenDialogReturnValue> {
    this.asked.push(options)
    return { canceled: this.answer === null, filePaths: this.answer === null ? [] : [this.answer] }
  },
  async showSaveDialog(
    _window: unknown,
    options: Electron.SaveDialogOptions,
  ): Promise<Electron.SaveDialogReturnValue> {
    this.asked.push(options)
    return { canceled: this.answer === null, filePath: this.answer ?? '' }
  },
}

type IpcListener = Parameters<Electron.IpcMain['handle']>[1]
export const ipcMain = {
  handlers: new Map<string, IpcListener>(),
  handle(channel: string, listener: IpcListener): void {
    this.handlers.set(channel, listener)
  },
}

export const shell = {
  opened: [] as string[],
  async openExternal(url: string): Promise<void> {
    this.opened.push(url)
  },
}

export const Menu = {
  template: [] as Electron.MenuItemConstructorOptions[],
  applied: false,
  buildFromTemplate(template: Electron.MenuItemConstructorOptions[]): unknown {
    return (this.template = template)
  },
  setApplicationMenu(menu: unknown): void {
    this.applied = menu === this.template
  },
}

export class Tray
  extends EventEmitter
  implements Pick<Electron.Tray, 'destroy' | 'setContextMenu' | 'setToolTip'>
{
  static readonly all: Tray[] = []
  text = ''
  destroyed = false
  menu: Electron.MenuItemConstructorOptions[] = []

  constructor(_image: unknown) {
    super()
    Tray.all.push(this)
  }
  destroy(): void {
    this.destroyed = true
  }
  setContextMenu(menu: Electron.Menu | null): void {
    this.menu = menu as unknown as Electron.MenuItemConstructorOptions[]
  }
  setToolTip(text: string): void {
    this.text = text
  }
}

export const nativeImage = {
  createFromPath: (path: string) => ({ resize: () => path }),
}

export const powerMonitor = new EventEmitter()

export const powerSaveBlocker = {
  kept: new Set<number>(),
  start(_type: Parameters<Electron.PowerSaveBlocker['start']>[0]): number {
    const id = this.kept.size + 1
    this.kept.add(id)
    return id
  },
  stop(id: number): boolean {
    return this.kept.delete(id)
  },
}

const display = {
  id: 1,
  workArea: { x: 0, y: 0, width: 1920, height: 1040 },
} satisfies Partial<Electron.Display>
export const screen = {
  getPrimaryDisplay: () => display,
  getAllDisplays: () => [display],
}

export const nativeTheme = { shouldUseDarkColors: true } satisfies Partial<Electron.NativeTheme>

/** What the compiler is asked: each of these stands in for Electron's own. */
type StandsIn<Real, Own extends Partial<Record<keyof Real, unknown>>> =
  Own extends Pick<Real, keyof Real & keyof Own> ? true : never
const checks: [
  StandsIn<Electron.Protocol, typeof protocol>,
  StandsIn<Electron.IpcMain, typeof ipcMain>,
  StandsIn<Electron.Shell, typeof shell>,
  StandsIn<Electron.PowerSaveBlocker, Pick<typeof powerSaveBlocker, 'start' | 'stop'>>,
] = [true, true, true, true]
void checks
