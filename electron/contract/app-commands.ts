/**
 * Commands of the window that the desktop's menu has too. The window says what they do (`renderer/commands/useAppCommands.ts`) and
 * which keys they have; the menu names them and their keys, so that both are found by whoever looks there first.
 */
export interface AppCommand {
  readonly menu: 'file' | 'view' | 'help'
  /** As menus write it. */
  readonly label: string
  /** `Mod` is Command on a Mac and Ctrl elsewhere. */
  readonly shortcut?: string
}

export const appCommands = {
  'go.start': { menu: 'file', label: 'All Projects' },
  'go.settings': { menu: 'file', label: 'Settings…', shortcut: 'Mod+,' },
  palette: { menu: 'view', label: 'Search Commands…', shortcut: 'Mod+K' },
  'go.lab': { menu: 'view', label: 'Graph Lab' },
  tour: { menu: 'help', label: 'Take the Guided Tour' },
  shortcuts: { menu: 'help', label: 'Keyboard Shortcuts', shortcut: '?' },
  problem: { menu: 'help', label: 'Report a Problem…' },
} as const satisfies Readonly<Record<string, AppCommand>>

export type AppCommandId = keyof typeof appCommands

export const appCommandIds = Object.keys(appCommands) as AppCommandId[]
