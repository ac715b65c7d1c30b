/** A table in a folder of pictures that names their files and says what each is. */
import { basename } from 'node:path'
import { defaultMissingValues, DescentError } from '../../../contract/index.ts'
import { listed } from '../../explore/findings.ts'
import { byFolder, findPictures, type FoundFile, type LabelledPicture } from '../../pictures/find.ts'
import { withDuckDB } from '../table/duckdb.ts'
import { loadTable } from '../table/formats/index.ts'
import { readChunks } from '../table/relation.ts'
import type { ReadContext } from '../kind.ts'

export interface Labelled {
  readonly pictures: readonly LabelledPicture[]
  /** Pictures that it does not name. */
  readonly unnamed: readonly FoundFile[]
  /** Rows whose picture is not there, or that have no label. */
  readonly lost: readonly { readonly line: number; readonly text: string; readonly reason: string }[]
  readonly notes: readonly string[]
}

type Find = (cell: string) => FoundFile | undefined

/** Cells name a picture by its way from the folder, by its name, or by its name without an ending. */
export function finderOf(pictures: readonly FoundFile[]): Find {
  const ways = new Map<string, FoundFile | null>()
  const know = (way: string, found: FoundFile): void => {
    // What two pictures are called names neither.
    if (ways.get(way) !== found) ways.set(way, ways.has(way) ? null : found)
  }
  for (const found of pictures) ways.set(found.file, found)
  for (const found of pictures) {
    const parts = found.file.split('/')
    for (let from = 1; from < parts.length; from++) know(parts.slice(from).join('/'), found)
    for (let from = 0; from < parts.length; from++)
      know(
        parts
          .slice(from)
          .join('/')
          .replace(/\.[^.]+$/, ''),
        found,
      )
  }
  return (cell) =>
    ways.get(
      cell
        .trim()
        .replaceAll('\\', '/')
        .replace(/^\.?\//, ''),
    ) ?? undefined
}

const labelNames = /^(label|labels|class|classes|category|target|species|breed|type|y)$/i

/** The column of names: most cells of it are pictures that are there. */
function namesColumn(rows: readonly (readonly (string | null)[])[], find: Find): number {
  const some = rows.slice(0, 1000)
  const width = rows[0]?.length ?? 0
  const shares = Array.from({ length: width }, (_, i) => {
    const cells = some.flatMap((row) => (row[i] === null ? [] : [row[i]!]))
    return cells.length === 0 ? 0 : cells.filter((cell) => find(cell) !== undefined).length / cells.length
  })
  const best = shares.indexOf(Math.max(...shares))
  return (shares[best] ?? 0) >= 0.5 ? best : -1
}

/** What a table says of pictures, before anybody decides which column is their label. */
interface Said {
  readonly names: readonly string[]
  readonly rows: readonly (readonly (string | null)[])[]
  /** The column that names the pictures. */
  readonly file: number
  readonly others: readonly number[]
  /** The only one that can be the label. */
  readonly label: number | undefined
}

/** null: it names none of the pictures. */
async function readSaid(
  table: FoundFile,
  find: Find,
  sure: boolean,
  folder: string,
  context: ReadContext,
): Promise<Said | null> {
  const { names, rows } = await withDuckDB(
    async (connection, files) => {
      const raw = await loadTable(
        connection,
        { path: table.path, missingValues: defaultMissingValues },
        files,
        context,
      )
      const read: (string | null)[][] = []
      const readings = raw.names.map((_, index) => ({ index, as: 'text' as const }))
      for await (const chunk of readChunks(connection, raw.relation, readings))
        for (let row = 0; row < chunk.rows; row++)
          read.push(
            chunk.columns.map((at) => {
              const cell = at(row)
              return typeof cell === 'string' && cell.trim() !== '' ? cell.trim() : null
            }),
          )
      return { names: raw.names, rows: read }
    },
    folder,
    context.limits,
  )
  const file = namesColumn(rows, find)
  if (file === -1) return null
  const others = names.map((_, i) => i).filter((i) => i !== file)
  const called = others.filter((i) => labelNames.test(names[i]!))
  const label = called.length === 1 ? called[0] : others.length === 1 && !sure ? others[0] : undefined
  return { names, rows, file, others, label }
}

/** So many different numbers are still likely to be names of classes. */
const mostClasses = 10

/** Measured and not counted, or hardly ever seen twice: such numbers are no names of classes. */
export function areQuantities(cells: readonly (string | null)[]): boolean {
  const numbers = cells.flatMap((cell) => (cell === null ? [] : [Number(cell)]))
  const distinct = new Set(numbers).size
  return (
    distinct > mostClasses &&
    numbers.every(Number.isFinite) &&
    (!numbers.every(Number.isInteger) || distinct > numbers.length / 5)
  )
}

/** A table beside pictures that says more of them than one class: they are a column of it. */
export interface TableOfPictures {
  readonly path: string
  /** null: nothing tells which column is to be predicted. */
  readonly target: string | null
  readonly note: string
}

/**
 * null: class folders, or one column of labels, say what the pictures are, or nothing does. `isTargetNamed`: somebody knows
 * which column is to be predicted. `folder`: for temporary files.
 */
export async function tableOfPictures(
  path: string,
  isTargetNamed: boolean,
  folder: string,
  context: ReadContext,
): Promise<TableOfPictures | null> {
  const { pictures, tables } = await findPictures(path, context.limits)
  if (tables.length === 0 || new Set(byFolder(pictures).pictures.map(({ label }) => label)).size > 1)
    return null
  const find = finderOf(pictures)
  for (const table of tables) {
    const said = await readSaid(table, find, false, folder, context).catch(() => null)
    if (said === null) continue
    const { names, rows, label, others } = said
    if (others.length === 0) return null
    if (label === undefined || isTargetNamed)
      return {
        path: table.path,
        target: null,
        note: `${table.file} says ${listed(others.map((i) => `“${names[i]!}”`))} of the pictures beside it: it was opened as a table of which they are a column.`,
      }
    if (!areQuantities(rows.map((row) => row[label] ?? null))) return null
    return {
      path: table.path,
      target: names[label]!,
      note: `${table.file} says a number of each picture, “${names[label]!}”: it was opened as a table of which the pictures are a column, to predict it.`,
    }
  }
  return null
}

/** null: it names none of the pictures. `sure`: class folders say what they are, unless a column is called like a label. */
export async function readLabels(
  table: FoundFile,
  pictures: readonly FoundFile[],
  sure: boolean,
  folder: string,
  context: ReadContext,
): Promise<Labelled | null> {
  const find = finderOf(pictures)
  const said = await readSaid(table, find, sure, folder, context)
  if (said === null) return null
  const { names, rows, file, label, others } = said
  if (label === undefined && sure)
    throw new DescentError(
      'badData',
      `${table.path} names pictures in “${names[file]}”, and no one column of it is called “label” or the like: the class folders say what the pictures are.`,
      'path',
    )
  if (label === undefined)
    throw new DescentError(
      'badData',
      `${table.path} names pictures in “${names[file]}” and has ${others.length === 0 ? 'no other column, so nothing says what they are. Add a column of labels.' : `more columns beside it: ${listed(others.map((i) => `“${names[i]}”`))}. Give this file instead of its folder, to learn from all of them, or call the column of labels “label”.`}`,
      'path',
    )
  if (areQuantities(rows.map((row) => row[label] ?? null)))
    throw new DescentError(
      'badData',
      `${table.path} says a number of each picture in “${names[label]}”, and numbers that hardly repeat are no classes. Give this file, out of its archive, instead of its folder: numbers are predicted from a table of which the pictures are a column.`,
      'path',
    )
  const found: LabelledPicture[] = []
  const lost: { line: number; text: string; reason: string }[] = []
  const used = new Set<FoundFile>()
  for (const [i, row] of rows.entries()) {
    const name = row[file] ?? null
    const text = row[label] ?? null
    const picture = name === null ? undefined : find(name)
    const lose = (reason: string): void => void lost.push({ line: i + 1, text: name ?? '', reason })
    if (name === null) lose(`Row ${i + 1} of ${basename(table.path)} names no picture.`)
    else if (picture === undefined) lose(`${name} is named in ${basename(table.path)} and is not there.`)
    else if (text === null) lose(`${name} has no label in ${basename(table.path)}.`)
    else if (used.has(picture))
      lose(`${name} is named twice in ${basename(table.path)}: the first label counts.`)
    else {
      used.add(picture)
      found.push({ ...picture, label: text, part: 'train' })
    }
  }
  return {
    pictures: found,
    unnamed: pictures.filter((picture) => !used.has(picture)),
    lost,
    notes: [
      `${basename(table.path)} says what the pictures are: “${names[file]}” names them, “${names[label]}” is the label.`,
    ],
  }
}
