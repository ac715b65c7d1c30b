import type { MenuItemConstructorOptions } from 'electron'
import { appCommandIds, appCommands, type AppCommand, type AppCommandId } from '../contract/app-commands.ts'

const documentation = 'https://pytorch.org/docs/stable/index.html'

/** What the menu can have done: in the system's browser, and in the window. */
interface MenuActions {
  open(url: string): void
  run(command: AppCommandId): void
}

/** Shown, and left to the window: it knows whether somebody types. A key alone is no accelerator at all. */
function keysOf(shortcut: string | undefined): MenuItemConstructorOptions {
  if (shortcut?.startsWith('Mod+') !== true) return {}
  return { accelerator: shortcut.replace('Mod', 'CmdOrCtrl'), registerAccelerator: false }
}

const separator: MenuItemConstructorOptions = { type: 'separator' }

/** The menu of every platform; macOS adds the application's own in front. */
export function menuTemplate(
  platform: NodeJS.Platform,
  { open, run }: MenuActions,
  devTools: boolean,
): MenuItemConstructorOptions[] {
  const commandsOf = (menu: AppCommand['menu']): MenuItemConstructorOptions[] =>
    appCommandIds
      .map((id) => ({ id, command: appCommands[id] as AppCommand }))
      .filter(({ command }) => command.menu === menu)
      .map(({ id, command }) => ({
        label: command.label,
        click: () => run(id),
        ...keysOf(command.shortcut),
      }))
  return [
    ...(platform === 'darwin' ? [{ role: 'appMenu' } satisfies MenuItemConstructorOptions] : []),
    {
      label: '&File',
      submenu: [
        ...commandsOf('file'),
        separator,
        platform === 'darwin' ? { role: 'close' } : { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        ...commandsOf('view'),
        separator,
        { role: 'reload' },
        ...(devTools ? [{ role: 'toggleDevTools' } satisfies MenuItemConstructorOptions] : []),
        separator,
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        separator,
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
    {
      role: 'help',
      submenu: [
        ...commandsOf('help'),
        separator,
        { label: 'PyTorch’s Documentation', click: () => open(documentation) },
      ],
    },
  ]
}
