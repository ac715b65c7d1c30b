/** Corrections of one import on another one, where the rows and cells that they are about are still what they were. */
import { plural, type Overlay } from '../../contract/index.ts'
import type { Alignment } from './align.ts'
import { rowInWords, type CellPlace } from './overlay.ts'

export interface Carried {
  readonly overlay: Overlay
  /** What does not fit any more, in words. */
  readonly lost: readonly string[]
}

export interface NewImport {
  readonly rows: number
  readonly alignment: Alignment
  /** Columns that both have, read alike. */
  readonly columns: ReadonlySet<string>
  /** What an edited cell says in the first import and in this one, by row of the first. */
  texts(cell: CellPlace): { readonly before: string | null; readonly after: string | null } | undefined
}

const shown = (value: string | null): string => (value === null ? 'missing' : `“${value}”`)

export function carryOver(overlay: Overlay, { rows, alignment, columns, texts }: NewImport): Carried {
  const lost: string[] = []
  const pairs = new Map(alignment.changed)
  const rowOf = (row: number): number | undefined => {
    const same = alignment.same[row] ?? -1
    return same === -1 ? pairs.get(row) : same
  }
  const cells = overlay.cells.flatMap((cell) => {
    const { row, column, value } = cell
    const what = `${rowInWords(row)}, ${column} = ${shown(value)}`
    const drop = (why: string): [] => {
      lost.push(`${what}: ${why}`)
      return []
    }
    const to = rowOf(row)
    if (!columns.has(column)) return drop('the file has no such column any more, or it is read otherwise.')
    if (to === undefined) return drop('the row is not in the file any more, or nobody can tell which it is.')
    const says = texts(cell)
    if (says?.after === value) return []
    if (says === undefined || says.before !== says.after)
      return drop(`the file says ${shown(says?.after ?? null)} there now.`)
    return [{ row: to, column, value }]
  })
  const dropped = overlay.dropped.flatMap((row) => {
    const same = alignment.same[row] ?? -1
    if (same !== -1) return [same]
    if (pairs.has(row)) lost.push(`${rowInWords(row)} was dropped: it says something else now.`)
    return []
  })
  const appended = overlay.appended.map(({ values }, i) => ({
    row: rows + i,
    values: Object.fromEntries(Object.entries(values).filter(([column]) => columns.has(column))),
  }))
  const cut = overlay.appended.filter(({ values }) => Object.keys(values).some((name) => !columns.has(name)))
  if (cut.length > 0)
    lost.push(
      `${plural(cut.length, 'appended row')}: values of columns that the file does not have any more.`,
    )
  return {
    overlay: {
      cells: cells.sort((a, b) => a.row - b.row || (a.column < b.column ? -1 : 1)),
      dropped: dropped.sort((a, b) => a - b),
      appended,
    },
    lost,
  }
}
