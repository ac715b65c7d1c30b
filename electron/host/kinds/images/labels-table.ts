/** A table in a folder of pictures that names their files and says what each is. */
import { basename } from 'node:path'
import { defaultMissingValues, DescentError } from '../../../contract/index.ts'
import { listed } from '../../explore/findings.ts'
import type { FoundFile, LabelledPicture } from '../../pictures/find.ts'
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

/** null: it names none of the pictures. `sure`: class folders say what they are, unless a column is called like a label. */
export async function readLabels(
  table: FoundFile,
  pictures: readonly FoundFile[],
  sure: boolean,
  folder: string,
  context: ReadContext,
): Promise<Labelled | null> {
  const find = finderOf(pictures)
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
  const said = others.filter((i) => labelNames.test(names[i]!))
  const label = said.length === 1 ? said[0] : others.length === 1 && !sure ? others[0] : undefined
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
