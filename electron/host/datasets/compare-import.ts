/** What a file that is imported again has otherwise than the table that the project has. In a worker's process. */
import { formatCount, noCorrections, type DataComparison } from '../../contract/index.ts'
import { placeIn, type DatasetSource } from '../jobs/source.ts'
import type { ReadContext } from '../kinds/index.ts'
import { tableCellsAsImported } from '../kinds/table/correct-table.ts'
import { rowHashes } from '../kinds/table/row-hashes.ts'
import { tableFileOf } from '../kinds/table/table-file.ts'
import { align } from './align.ts'
import { carryOver, type Carried } from './carry.ts'

const mostRows = 20
const mostShown = 200
const mostColumns = 30
/** Cells of changed rows that are looked at one by one. */
const mostCells = 200_000

export interface ComparedImport extends Carried {
  readonly comparison: Omit<DataComparison, 'before' | 'after'>
}

type Columns = DatasetSource['dataset']['columns']

function compareColumns(before: Columns, after: Columns) {
  const [was, is] = [before, after].map((columns) => new Map(columns.map(({ name, kind }) => [name, kind])))
  const both = [...was!.keys()].filter((name) => is!.has(name))
  return {
    both,
    columns: {
      added: [...is!.keys()].filter((name) => !was!.has(name)),
      removed: [...was!.keys()].filter((name) => !is!.has(name)),
      retyped: both
        .map((name) => ({ name, before: was!.get(name)!, after: is!.get(name)! }))
        .filter((one) => one.before !== one.after),
    },
  }
}

/** Both imports as they are; the corrections of the first are carried over where they still fit. */
export async function compareImport(
  before: DatasetSource,
  after: DatasetSource,
  context: ReadContext,
): Promise<ComparedImport> {
  const [one, other] = [tableFileOf(placeIn(before)), tableFileOf(placeIn(after))]
  const { both, columns } = compareColumns(before.dataset.columns, after.dataset.columns)
  const namesIn = ({ dataset }: DatasetSource) =>
    both.length > 0 ? both : dataset.columns.map(({ name }) => name)
  const alignment = align(
    await rowHashes(one, namesIn(before), context),
    await rowHashes(other, namesIn(after), context),
  )
  const { changed, added, removed, moved } = alignment

  const looked = changed.slice(0, Math.max(1, Math.floor(mostCells / Math.max(1, both.length))))
  const cellsOf = (side: 0 | 1) =>
    looked.flatMap((pair) => both.map((column) => ({ row: pair[side], column })))
  const was = await tableCellsAsImported(one, cellsOf(0), context)
  const is = await tableCellsAsImported(other, cellsOf(1), context)
  const cells = cellsOf(1).flatMap((cell, i) =>
    was[i] === is[i] ? [] : [{ ...cell, before: was[i] ?? null, after: is[i] ?? null }],
  )

  const names = both.slice(0, mostColumns)
  const rowsOf = async (file: string, rows: readonly number[]) => {
    const shown = rows.slice(0, mostRows)
    const places = shown.flatMap((row) => names.map((column) => ({ row, column })))
    const texts = await tableCellsAsImported(file, places, context)
    return shown.map((row, i) => ({ row, cells: texts.slice(i * names.length, (i + 1) * names.length) }))
  }

  const overlay = before.version?.corrections ?? noCorrections
  const alike = new Set(both.filter((name) => !columns.retyped.some((each) => each.name === name)))
  const rowNow = new Map(changed)
  const places = overlay.cells.flatMap(({ row, column }) => {
    const same = alignment.same[row] ?? -1
    const to = same === -1 ? rowNow.get(row) : same
    return to === undefined || !alike.has(column) ? [] : [{ row, column, to }]
  })
  const said = await tableCellsAsImported(one, places, context)
  const says = await tableCellsAsImported(
    other,
    places.map(({ to, column }) => ({ row: to, column })),
    context,
  )
  const texts = new Map(
    places.map(({ row, column }, i) => [
      `${row}:${column}`,
      { before: said[i] ?? null, after: says[i] ?? null },
    ]),
  )
  return {
    ...carryOver(overlay, {
      rows: after.dataset.rows,
      alignment,
      columns: alike,
      texts: ({ row, column }) => texts.get(`${row}:${column}`),
    }),
    comparison: {
      sameImport: false,
      columns,
      added: added.length,
      removed: removed.length,
      changed: cells.length,
      moved,
      names,
      rows: { added: await rowsOf(other, added), removed: await rowsOf(one, removed) },
      cells: cells.slice(0, mostShown),
      notes: [
        'No column names the rows, so they were aligned by what is in them: rows that say the same are the same row, and as many other rows between the same neighbors are rows that changed. A row that moved and changed counts as removed and added.',
        ...(looked.length < changed.length
          ? [
              `Cells were counted in the first ${formatCount(looked.length)} of ${formatCount(changed.length)} changed rows.`,
            ]
          : []),
      ],
    },
  }
}
