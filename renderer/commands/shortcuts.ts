/** Keys as text and back. `Mod` is Command on a Mac and Ctrl elsewhere. */

/** What a pressed key says of itself; a keyboard event has all of it. */
export interface Pressed {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly shiftKey: boolean
  readonly altKey: boolean
}

interface Shortcut {
  readonly key: string
  readonly mod: boolean
  readonly shift: boolean
}

function parse(shortcut: string): Shortcut {
  const parts = shortcut.split('+')
  return {
    key: (parts.at(-1) ?? '').toLowerCase(),
    mod: parts.includes('Mod'),
    shift: parts.includes('Shift'),
  }
}

/** One key alone: it must not fire while somebody types, and can be switched off. */
export const isSingleKey = (shortcut: string): boolean => !parse(shortcut).mod

export function matches(pressed: Pressed, shortcut: string, mac: boolean): boolean {
  const { key, mod, shift } = parse(shortcut)
  if (pressed.altKey || (mac ? pressed.ctrlKey : pressed.metaKey)) return false
  if ((mac ? pressed.metaKey : pressed.ctrlKey) !== mod) return false
  // Signs such as ? are typed with Shift on some keyboards and without it on others.
  const sign = !mod && !/^[a-z]$/.test(key)
  return pressed.key.toLowerCase() === key && (sign || pressed.shiftKey === shift)
}

const names: Record<string, string> = { enter: 'Enter', escape: 'Esc' }

/** The keys in the order they are pressed, as the platform writes them. */
export function keysOf(shortcut: string, mac: boolean): string[] {
  const { key, mod, shift } = parse(shortcut)
  const name = names[key] ?? key.toUpperCase()
  return [...(mod ? [mac ? '⌘' : 'Ctrl'] : []), ...(shift ? [mac ? '⇧' : 'Shift'] : []), name]
}

export const shortcutText = (shortcut: string, mac: boolean): string => keysOf(shortcut, mac).join('+')

/** For `aria-keyshortcuts`. */
export function ariaShortcut(shortcut: string, mac: boolean): string {
  const { key, mod, shift } = parse(shortcut)
  const name = names[key] ?? (key.length === 1 ? key.toUpperCase() : key)
  return [...(mod ? [mac ? 'Meta' : 'Control'] : []), ...(shift ? ['Shift'] : []), name].join('+')
}

/** What has the focus when a key is pressed, as far as it matters here. */
export interface Focused {
  readonly tagName: string
  readonly type?: string
  readonly isContentEditable?: boolean
}

/** What goes into it when keys are pressed: text with an undo of its own, or letters that choose from a list. */
export type Typing = 'text' | 'letters' | null

export function typingInto(focused: Focused | null): Typing {
  if (!focused) return null
  if (focused.isContentEditable || focused.tagName === 'TEXTAREA') return 'text'
  if (focused.tagName === 'SELECT') return 'letters'
  const buttons = ['button', 'checkbox', 'radio', 'range', 'submit', 'file', 'color']
  return focused.tagName === 'INPUT' && !buttons.includes(focused.type ?? 'text') ? 'text' : null
}

/** While typing, only keys act that mean nothing there: not one key alone, and not the text's own undo. */
export const mayFire = (shortcut: string, typing: Typing): boolean =>
  typing === null || (!isSingleKey(shortcut) && (typing !== 'text' || !/\+Z$/.test(shortcut)))
