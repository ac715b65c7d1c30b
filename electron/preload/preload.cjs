// A sandboxed preload script must be one CommonJS file, and nothing strips types for it: hence plain JavaScript.
// https://www.electronjs.org/docs/latest/tutorial/esm#sandboxed-preload-scripts-cant-use-esm-imports
'use strict'
const { contextBridge, ipcRenderer, webUtils } = require('electron')

contextBridge.exposeInMainWorld('desktop', {
  platform: process.platform,
  openFile: (filters) => ipcRenderer.invoke('desktop:openFile', filters),
  openFolder: () => ipcRenderer.invoke('desktop:openFolder'),
  saveFile: (defaultName) => ipcRenderer.invoke('desktop:saveFile', defaultName),
  openExternal: (url) => ipcRenderer.invoke('desktop:openExternal', url),
  onCommand: (listener) => void ipcRenderer.on('desktop:command', (_event, id) => listener(id)),
  pathForFile: (file) => webUtils.getPathForFile(file),
})
