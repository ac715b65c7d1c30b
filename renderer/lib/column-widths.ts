/** How wide the columns of a table of rows are drawn. */
import { keptAs } from '../../electron/contract/index.ts'
import type { Column } from '../../electron/contract/index.ts'

const usual = 128
/** A picture and its name, which has a way of folders; a text shows no less than that of itself. */
const wide = 240

/** In pixels. Texts share what `room` the other columns leave: they are cut at the end of their cell, which nothing is to be empty beside. */
export function columnWidths(columns: readonly Pick<Column, 'kind' | 'role'>[], room: number): number[] {
  const fixed = columns.map(({ kind, role }) => {
    const kept = keptAs(kind)
    // What names a row is a word.
    if (kept === 'text' && role !== 'id') return null
    return kept === 'image' ? wide : usual
  })
  const texts = fixed.filter((one) => one === null).length
  const others = fixed.reduce<number>((sum, one) => sum + (one ?? 0), 0)
  return fixed.map((one) => one ?? Math.max(wide, Math.floor((room - others) / texts)))
}
