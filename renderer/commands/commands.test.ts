import { describe, expect, it } from 'vitest'
import { ranked, score } from './match.ts'
import { ariaShortcut, isSingleKey, keysOf, matches, mayFire, shortcutText, typingInto } from './shortcuts.ts'

const pressed = (
  key: string,
  keys: Partial<Record<'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey', true>> = {},
) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...keys,
})

describe('shortcuts', () => {
  it('are Command on a Mac and Ctrl elsewhere', () => {
    expect(matches(pressed('k', { ctrlKey: true }), 'Mod+K', false)).toBe(true)
    expect(matches(pressed('k', { metaKey: true }), 'Mod+K', true)).toBe(true)
    expect(matches(pressed('k', { ctrlKey: true }), 'Mod+K', true)).toBe(false)
    expect(matches(pressed('k'), 'Mod+K', false)).toBe(false)
    expect(matches(pressed('k', { ctrlKey: true, altKey: true }), 'Mod+K', false)).toBe(false)
    expect([shortcutText('Mod+Shift+Z', false), shortcutText('Mod+K', true)]).toEqual(['Ctrl+Shift+Z', '⌘+K'])
    expect([ariaShortcut('Mod+Shift+Z', false), ariaShortcut('Mod+Enter', true)]).toEqual([
      'Control+Shift+Z',
      'Meta+Enter',
    ])
  })
  it('tell undo from redo', () => {
    expect(matches(pressed('Z', { ctrlKey: true, shiftKey: true }), 'Mod+Shift+Z', false)).toBe(true)
    expect(matches(pressed('Z', { ctrlKey: true, shiftKey: true }), 'Mod+Z', false)).toBe(false)
  })
  it('take signs with or without Shift, as the keyboard has them', () => {
    expect(matches(pressed('?', { shiftKey: true }), '?', false)).toBe(true)
    expect(matches(pressed('?'), '?', false)).toBe(true)
    expect(matches(pressed('I', { shiftKey: true }), 'I', false)).toBe(false)
    expect(keysOf('?', false)).toEqual(['?'])
  })
  it('do not fire while somebody types, but for those that mean nothing in a field', () => {
    expect([isSingleKey('?'), isSingleKey('Mod+K')]).toEqual([true, false])
    expect(
      ['?', '1', 'Mod+Z', 'Mod+Shift+Z', 'Mod+K', 'Mod+Enter'].map((one) => mayFire(one, 'text')),
    ).toEqual([false, false, false, false, true, true])
    expect(mayFire('Mod+Z', 'letters')).toBe(true)
    expect(mayFire('1', 'letters')).toBe(false)
    expect(mayFire('1', null)).toBe(true)
    expect(typingInto({ tagName: 'INPUT', type: 'search' })).toBe('text')
    expect(typingInto({ tagName: 'TEXTAREA' })).toBe('text')
    expect(typingInto({ tagName: 'SELECT' })).toBe('letters')
    expect(typingInto({ tagName: 'INPUT', type: 'checkbox' })).toBeNull()
    expect(typingInto({ tagName: 'BUTTON' })).toBeNull()
    expect(typingInto(null)).toBeNull()
  })
})

describe('search', () => {
  const labels = ['Go to Train', 'Start training', 'Theme: light', 'Settings', 'Help: Learning rate']
  const find = (query: string) => ranked(query, labels, (label) => [label])
  it('keeps everything in its order while nothing is typed', () => expect(find(' ')).toEqual(labels))
  it('finds letters in their order, beginnings of words first', () => {
    expect(find('st')[0]).toBe('Start training')
    expect(find('train')[0]).toBe('Go to Train')
    expect(find('lr')[0]).toBe('Help: Learning rate')
    expect(find('start tr')).toEqual(['Start training'])
    expect(find('xyz')).toEqual([])
  })
  it('sees neither case nor accents', () => {
    expect(score('RESUME', 'Résumé')).not.toBeNull()
    expect(score('umer', 'Résumé')).toBeNull()
  })
  it('finds by other words too, after names', () => {
    const items = [{ words: ['Settings', 'theme'] }, { words: ['Theme: dark'] }]
    expect(ranked('theme', items, ({ words }) => words).map(({ words }) => words[0])).toEqual([
      'Theme: dark',
      'Settings',
    ])
  })
})
