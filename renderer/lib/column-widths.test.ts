import { expect, test } from 'vitest'
import type { ColumnKind } from '../../electron/contract/index.ts'
import { columnWidths } from './column-widths.ts'

const columns = (...kinds: ColumnKind[]) => kinds.map((kind) => ({ kind, role: 'feature' as const }))

test('texts share what the other columns leave', () => {
  expect(columnWidths(columns('text', 'category'), 900)).toEqual([772, 128])
  expect(columnWidths(columns('text', 'number', 'text', 'image'), 1169)).toEqual([400, 128, 400, 240])
})

test('no text is narrower than a picture, however little is left', () => {
  expect(columnWidths(columns('text', 'category'), 0)).toEqual([240, 128])
  expect(columnWidths(columns('text', ...Array<ColumnKind>(20).fill('number')), 900)[0]).toBe(240)
})

test('without texts, columns are as wide as they are in any window', () => {
  for (const room of [0, 600, 1900])
    expect(columnWidths(columns('number', 'image', 'date'), room)).toEqual([128, 240, 128])
  expect(columnWidths([{ kind: 'text', role: 'id' }, ...columns('number')], 900)).toEqual([128, 128])
})
