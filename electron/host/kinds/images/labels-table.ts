/** A table in a folder of pictures that names their files and says what each is. */
import { basename } from 'node:path'
import { defaultMissingValues, DescentError } from '../../../contract/index.ts'
import { listed } from '../../explore/findings.ts'
import { byFolder, findPictures, type FoundFile, type LabeledPicture } from '../../pictures/find.ts'
import { withDuckDB } from '../table/duckdb.ts'
import { loadTable } from '../table/formats/index.ts'
import { readChunks } from '../table/relation.ts'
import type { ReadContext } from '../kind.ts'

export interface Labeled {
  readonly pictures: readonly LabeledPicture[]
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
  return (cell) => ways.get(wayOf(cell)) ?? undefined
}

const wayOf = (cell: string): string =>
  cell
    .trim()
    .replaceAll('\\', '/')
    .replace(/^\.?\//, '')

const labelNames = /^(label|labels|tags?|class|classes|category|target|species|breed|type|y)$/i

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

/** null: it names none of the pictures. `most`: rows that are enough, or a few more. */
async function readSaid(
  table: FoundFile,
  find: Find,
  sure: boolean,
  folder: string,
  context: ReadContext,
  most = Infinity,
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
      for await (const chunk of readChunks(connection, raw.relation, readings)) {
        for (let row = 0; row < chunk.rows; row++)
          read.push(
            chunk.columns.map((at) => {
              const cell = at(row)
              return typeof cell === 'string' && cell.trim() !== '' ? cell.trim() : null
            }),
          )
        if (read.length >= most) break
      }
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
/** Of the cells of a column: the others are marks of missing values, or slips. */
const nearlyAll = 0.95

const numeral = /^[^\d\s.,+-]{0,3}\s?[+-]?\d[\d.,' ]*\s?[^\d\s.,+-]{0,3}$/
/** A fraction, in either sign: what groups thousands has three digits behind it. */
const fraction = /\d[.,](\d{1,2}|\d{4,})\D*$/

/** Measured and not counted, or counted under a name that is none of classes and hardly ever the same. */
export function areQuantities(name: string, cells: readonly (string | null)[]): boolean {
  const present = cells.filter((cell) => cell !== null)
  const numbers = present.filter((cell) => numeral.test(cell))
  const distinct = new Set(numbers).size
  if (numbers.length < nearlyAll * present.length || distinct <= mostClasses) return false
  if (numbers.some((cell) => /^0\d/.test(cell) && !fraction.test(cell))) return false
  return (
    numbers.some((cell) => fraction.test(cell)) || (!labelNames.test(name) && distinct > numbers.length / 5)
  )
}

/** A table beside pictures that says more of them than one class: they are a column of it. */
export interface TableOfPictures {
  readonly path: string
  /** null: nothing tells which column is to be predicted. */
  readonly target: string | null
  readonly note: string
}

/** Rows that tell what a table says. */
const enough = 5000

/**
 * null: class folders, or one column of classes, say what the pictures are, or nothing does. `columns`: those that the table has
 * to have, in which the column of classes alone is not meant; none: whatever it says. `folder`: for temporary files.
 */
export async function tableOfPictures(
  path: string,
  columns: readonly string[],
  folder: string,
  context: ReadContext,
): Promise<TableOfPictures | null> {
  const { pictures, tables } = await findPictures(path, context.limits)
  const folders = byFolder(pictures)
  if (tables.length === 0 || new Set(folders.pictures.map(({ label }) => label)).size > 1) return null
  const find = finderOf(pictures)
  const read: (Said & { readonly table: FoundFile })[] = []
  for (const table of tables)
    try {
      const said = await readSaid(table, find, false, folder, context, enough)
      if (said !== null && said.others.length > 0) read.push({ ...said, table })
    } catch (error) {
      // Of what cannot be read at all, whoever reads the pictures tells.
      if (!(error instanceof DescentError) || error.code !== 'badData') throw error
    }
  const isNumber = ({ names, rows, label }: Said): boolean =>
    label !== undefined &&
    areQuantities(
      names[label]!,
      rows.map((row) => row[label] ?? null),
    )
  const isOfClasses = (said: Said): boolean => said.label !== undefined && !isNumber(said)
  const has = ({ names }: Said): boolean => columns.every((name) => names.includes(name))
  const [only, ...more] = columns
  const chosen =
    columns.length > 0
      ? read.find(
          (one) => has(one) && !(more.length === 0 && isOfClasses(one) && one.names[one.label!] === only),
        )
      : read.some(isOfClasses)
        ? undefined
        : (read.find(isNumber) ?? read[0])
  if (chosen === undefined) return null
  const { table, names, rows, file, others, label } = chosen
  const there = new Set(pictures.map((one) => one.file))
  // A table leads to its pictures from where it lies, by their whole names.
  const led = rows.filter((row) => there.has(wayOf(row[file] ?? ''))).length
  if (led < rows.length / 2) return null
  const isSplit = folders.partFolders.length > 0
  const split = isSplit
    ? ` The folders ${listed(folders.partFolders)} do not say what tests in a table: a share of the rows does, unless another split is chosen.`
    : ''
  return isNumber(chosen) && columns.length === 0
    ? {
        path: table.path,
        target: names[label!]!,
        note: `${table.file} says a number of each picture, “${names[label!]!}”: it was opened as a table of which the pictures are a column, to predict it.${split}`,
      }
    : {
        path: table.path,
        target: null,
        note: `${table.file} says ${listed(others.map((i) => `“${names[i]!}”`))} of the pictures beside it: it was opened as a table of which they are a column.${split}`,
      }
}

/** null: it names none of the pictures. `sure`: class folders say what they are, unless a column is called like a label. */
export async function readLabels(
  table: FoundFile,
  pictures: readonly FoundFile[],
  sure: boolean,
  folder: string,
  context: ReadContext,
): Promise<Labeled | null> {
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
  const quantities = areQuantities(
    names[label]!,
    rows.map((row) => row[label] ?? null),
  )
  const found: LabeledPicture[] = []
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
      ...(quantities
        ? [
            `“${names[label]}” holds numbers that hardly repeat, and each is a class of its own here. Give ${basename(table.path)} itself, with the names of pictures as ways that lead from it to them, to predict numbers.`,
          ]
        : []),
      `${basename(table.path)} says what the pictures are: “${names[file]}” names them, “${names[label]}” is the label.`,
    ],
  }
}
