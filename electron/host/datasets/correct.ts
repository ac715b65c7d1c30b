/** Making and comparing versions of one import. In a worker's process, for both look into the data. */
import {
  noCorrections,
  type Correction,
  type DataComparison,
  type Overlay,
  type Receipt,
} from '../../contract/index.ts'
import { placeIn, type DatasetSource } from '../jobs/source.ts'
import { kindOf, type CellPlace, type ReadContext } from '../kinds/index.ts'
import { withCorrections, withoutUnchanged } from './overlay.ts'

const keyOf = ({ row, column }: CellPlace): string => `${row}:${column}`
const overlayOf = ({ version }: DatasetSource): Overlay => version?.corrections ?? noCorrections

/** What the version has otherwise than its import once it is corrected. Throws what does not fit. */
export async function correctedOverlay(
  source: DatasetSource,
  corrections: readonly Correction[],
  context: ReadContext,
): Promise<Overlay> {
  const { dataset, recipe } = source
  const kind = kindOf(recipe.kind)
  const before = overlayOf(source)
  const rows = dataset.rows + before.dropped.length - before.appended.length
  const columns = dataset.columns.map(({ name }) => name)
  // First whether there are such rows and columns, then what is to stand in them.
  withCorrections(before, corrections, { rows, columns })
  const fitted = await kind.fitting(placeIn(source), recipe, corrections, context)
  const overlay = withCorrections(before, fitted, { rows, columns })
  const edited = fitted.flatMap((one) => (one.type === 'edit' && one.row < rows ? [one] : []))
  const was = await kind.cellsAsImported(placeIn(source), dataset.receipt, edited, context)
  const asImported = new Map(edited.map((cell, i) => [keyOf(cell), was[i] ?? null]))
  return withoutUnchanged(overlay, (row, column) => asImported.get(keyOf({ row, column })))
}

export interface Differences {
  /** Row numbers that only the second, or only the first has. */
  readonly added: number[]
  readonly removed: number[]
  /** Cells of rows that both have. */
  readonly cells: CellPlace[]
}

/** What two overlays of one import differ in. */
export function differences(before: Overlay, after: Overlay): Differences {
  const lacking = (rows: readonly number[], known: readonly number[]) => {
    const there = new Set(known)
    return rows.filter((row) => !there.has(row))
  }
  const numbers = ({ appended }: Overlay) => appended.map(({ row }) => row)
  const removed = [...lacking(after.dropped, before.dropped), ...lacking(numbers(before), numbers(after))]
  const added = [...lacking(before.dropped, after.dropped), ...lacking(numbers(after), numbers(before))]
  const only = new Set([...removed, ...added, ...before.dropped, ...after.dropped])
  const texts = ({ cells, appended }: Overlay) =>
    new Map([
      ...cells.map((cell) => [keyOf(cell), cell] as const),
      ...appended.flatMap(({ row, values }) =>
        Object.entries(values).map(
          ([column, value]) => [keyOf({ row, column }), { row, column, value }] as const,
        ),
      ),
    ])
  const [was, is] = [texts(before), texts(after)]
  const cells = [...new Map([...was, ...is])]
    .filter(([key, { row }]) => !only.has(row) && !sameCell(was.get(key), is.get(key)))
    .map(([, { row, column }]) => ({ row, column }))
    .sort((a, b) => a.row - b.row || (a.column < b.column ? -1 : 1))
  return { added, removed, cells }
}

interface Cell {
  readonly value: string | null
}

/** One that is corrected in one of them only is another one: cells that say what the import says are in no overlay. */
const sameCell = (a: Cell | undefined, b: Cell | undefined): boolean =>
  a !== undefined && b !== undefined && a.value === b.value

const mostRows = 20
const mostCells = 200
const mostColumns = 30

/** Cells as a version has them, in their order. */
async function cellsIn(
  source: DatasetSource,
  receipt: Receipt,
  cells: readonly CellPlace[],
  context: ReadContext,
): Promise<(string | null)[]> {
  const overlay = overlayOf(source)
  const corrected = new Map(overlay.cells.map((cell) => [keyOf(cell), cell.value]))
  const appended = new Map(overlay.appended.map(({ row, values }) => [row, values]))
  const imported = cells.filter((cell) => !appended.has(cell.row) && !corrected.has(keyOf(cell)))
  const texts = await kindOf(source.recipe.kind).cellsAsImported(placeIn(source), receipt, imported, context)
  const asImported = new Map(imported.map((cell, i) => [keyOf(cell), texts[i] ?? null]))
  return cells.map((cell) => {
    const values = appended.get(cell.row)
    if (values !== undefined) return values[cell.column] ?? null
    const key = keyOf(cell)
    return (corrected.has(key) ? corrected.get(key) : asImported.get(key)) ?? null
  })
}

/** Corrections come after the steps of a shape, which a prediction of the same row goes through again. */
function notFollowed({ recipe }: DatasetSource, cells: readonly CellPlace[]): string[] {
  const seen = recipe.kind === 'table' ? (recipe.data.source.asRead ?? []) : []
  const names = seen.flatMap(({ name }) => (cells.some(({ column }) => column === name) ? [`“${name}”`] : []))
  return names.length === 0
    ? []
    : [
        `Cells of ${names.join(', ')} differ, which steps of the shape look at: what was computed of them stays as it was, and rows to predict are computed anew. Correct the file itself and import it again where this matters.`,
      ]
}

export async function compareVersions(
  before: DatasetSource,
  after: DatasetSource,
  context: ReadContext,
): Promise<Omit<DataComparison, 'before' | 'after'>> {
  const { dataset } = after
  const { added, removed, cells } = differences(overlayOf(before), overlayOf(after))
  const names = dataset.columns.slice(0, mostColumns).map(({ name }) => name)
  const valuesOf = (source: DatasetSource, places: readonly CellPlace[]) =>
    cellsIn(source, dataset.receipt, places, context)
  const rowsIn = async (source: DatasetSource, rows: readonly number[]) => {
    const shown = rows.slice(0, mostRows)
    const values = await valuesOf(
      source,
      shown.flatMap((row) => names.map((column) => ({ row, column }))),
    )
    return shown.map((row, i) => ({ row, cells: values.slice(i * names.length, (i + 1) * names.length) }))
  }
  const shown = cells.slice(0, mostCells)
  const [was, is] = [await valuesOf(before, shown), await valuesOf(after, shown)]
  return {
    sameImport: true,
    columns: { added: [], removed: [], retyped: [] },
    added: added.length,
    removed: removed.length,
    changed: cells.length,
    moved: 0,
    names,
    rows: { added: await rowsIn(after, added), removed: await rowsIn(before, removed) },
    cells: shown.map((cell, i) => ({ ...cell, before: was[i] ?? null, after: is[i] ?? null })),
    notes: notFollowed(after, cells),
  }
}
