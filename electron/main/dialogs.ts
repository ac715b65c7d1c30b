/** What the preload script's functions do: native dialogs and the gate to the system's browser. */
import { BrowserWindow, dialog, ipcMain, shell, type IpcMainInvokeEvent } from 'electron'
import { externalUrl, fileFiltersSchema, fileNameSchema, senderTrusted } from './policy.ts'

export async function openExternal(url: string): Promise<boolean> {
  const allowed = externalUrl(url)
  if (allowed === null) return false
  await shell.openExternal(allowed)
  return true
}

/** The window that asks, so that the dialog belongs to it. */
function windowOf(event: IpcMainInvokeEvent): BrowserWindow {
  const window = senderTrusted(event.senderFrame) ? BrowserWindow.fromWebContents(event.sender) : null
  if (!window) throw new Error('Only Descent’s own window may ask for this.')
  return window
}

export function registerDesktopCalls(): void {
  ipcMain.handle('desktop:openFile', async (event, filters: unknown) => {
    const { filePaths } = await dialog.showOpenDialog(windowOf(event), {
      properties: ['openFile'],
      filters: fileFiltersSchema.parse(filters),
    })
    return filePaths[0] ?? null
  })
  ipcMain.handle('desktop:openFolder', async (event) => {
    const { filePaths } = await dialog.showOpenDialog(windowOf(event), { properties: ['openDirectory'] })
    return filePaths[0] ?? null
  })
  ipcMain.handle('desktop:saveFile', async (event, defaultName: unknown) => {
    const { canceled, filePath } = await dialog.showSaveDialog(windowOf(event), {
      defaultPath: fileNameSchema.parse(defaultName),
    })
    return canceled || filePath === '' ? null : filePath
  })
  ipcMain.handle('desktop:openExternal', async (event, url: unknown) => {
    windowOf(event)
    return openExternal(String(url))
  })
}
