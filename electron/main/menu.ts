import type { MenuItemConstructorOptions } from 'electron'

const documentation = 'https://pytorch.org/docs/stable/index.html'

/** The menu of every platform; macOS adds the application's own in front. */
export function menuTemplate(
  platform: NodeJS.Platform,
  open: (url: string) => void,
  devTools: boolean,
): MenuItemConstructorOptions[] {
  return [
    ...(platform === 'darwin' ? [{ role: 'appMenu' } satisfies MenuItemConstructorOptions] : []),
    { label: '&File', submenu: [platform === 'darwin' ? { role: 'close' } : { role: 'quit' }] },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        { role: 'reload' },
        ...(devTools ? [{ role: 'toggleDevTools' } satisfies MenuItemConstructorOptions] : []),
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
    { role: 'help', submenu: [{ label: 'PyTorch’s documentation', click: () => open(documentation) }] },
  ]
}
