/** Tables that are typed in, and rows that are pasted into one. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  binary,
  classification,
  defaultRecipe,
  DescentError,
  plural,
  regression,
  withTargetColumns,
  type Column,
  type Pasted,
  type Project,
  type Task,
  type TypedTable,
} from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import type { ImportedFiles } from '../jobs/tasks.ts'
import { chooseDialect } from '../kinds/table/reading/dialect.ts'
import { isBlank, plainDialect, readRecords } from '../kinds/table/reading/records.ts'
import { csvLine } from '../kinds/table/reading/rewrite.ts'
import { someOf } from '../tasks/task.ts'
import { getProject, requireData } from '../projects/repository.ts'
import { adoptImport, closeImport, readImport, uploadsFolder } from './handlers.ts'

/** What a file may be called on every system. */
const fileNameOf = (name: string): string =>
  `${
    name
      .replaceAll(/[\p{Cc}<>:"/\\|?*]/gu, ' ')
      .trim()
      .replace(/\.+$/, '') || 'table'
  }.csv`

/** What people said of the columns is so, whatever an empty file looks like. */
function asTyped(imported: ImportedFiles, { columns: typed }: TypedTable): ImportedFiles {
  const { recipe, receipt } = imported
  if (recipe.kind !== 'table') return imported
  const target = typed.find(({ role }) => role === 'target')
  const columns = typed.map(({ levels, ...column }): Column => ({
    ...column,
    role: column.role === 'target' ? 'feature' : column.role,
    ...(levels && { levels }),
  }))
  const task = target ? taskFor(target.kind) : recipe.task
  const begun = defaultRecipe(recipe.data.source, columns, task, 0)
  const changed = target ? withTargetColumns(begun, [target.name], task, 0) : begun
  return {
    ...imported,
    columns: changed.data.columns,
    recipe: changed,
    receipt: {
      ...receipt,
      notes: [
        'The table was made empty, with the columns that were typed in. Its rows are typed or pasted below.',
      ],
    },
  }
}

/** What a column of this kind asks for, before there are rows. */
const tasksOf: Partial<Record<Column['kind'], Task>> = { number: regression.name, boolean: binary.name }
const taskFor = (kind: Column['kind']): Task => tasksOf[kind] ?? classification.name

async function createTable(context: HostContext, projectId: string, table: TypedTable): Promise<Project> {
  const uploads = join(context.scratch, uploadsFolder)
  mkdirSync(uploads, { recursive: true })
  const path = join(mkdtempSync(join(uploads, 'u')), fileNameOf(table.name))
  writeFileSync(path, csvLine(table.columns.map(({ name }) => name)))
  const read = await readImport(context, projectId, {
    path,
    delimiter: ',',
    header: 'first',
    encoding: 'UTF-8',
  })
  try {
    return adoptImport(context, projectId, { ...read, imported: asTyped(read.imported, table) })
  } finally {
    closeImport(context, read.scratch)
  }
}

const folded = (text: string): string => text.trim().toLowerCase()

/** The column that a header means: by its exact name, or by one that differs in capitals alone where that is one only. */
function columnsNamed(names: readonly string[]): (cell: string) => string | undefined {
  const exact = new Set(names)
  const alike = Map.groupBy(names, folded)
  return (cell) => {
    const text = cell.trim()
    if (exact.has(text)) return text
    const found = alike.get(folded(text)) ?? []
    return found.length === 1 ? found[0] : undefined
  }
}

/** Blank cells behind the last filled one are none. */
const widthOf = (records: readonly (readonly string[])[]): number =>
  Math.max(0, ...records.map((row) => row.findLastIndex((cell) => cell.trim() !== '') + 1))

/** Delimiters that stand in no number, time or sentence. */
const certainDelimiters: readonly string[] = [';', '|']
const fewestByCommas = 3

/**
 * Rows of cells; blank ones only within. Without tabs it is one column, unless its first line names several of the table's, or
 * its width is the table's: 1,5 and 10:30 are one cell.
 */
function recordsOf(
  text: string,
  names: readonly string[],
  columnNamed: (cell: string) => string | undefined,
): string[][] {
  const read = (delimiter: string): string[][] => {
    const records = readRecords(text, { ...plainDialect, delimiter }, true).map(({ cells }) => cells)
    return records.slice(0, records.findLastIndex((cells) => !isBlank(cells)) + 1)
  }
  if (text.includes('\t')) return read('\t')
  const { delimiter } = chooseDialect(text, true).dialect
  const records = delimiter === '' ? [] : read(delimiter)
  const isHeader = (records[0]?.filter((cell) => columnNamed(cell) !== undefined).length ?? 0) > 1
  const width = widthOf(records)
  const fits =
    width === names.length &&
    width > 1 &&
    (certainDelimiters.includes(delimiter) || (delimiter === ',' && width >= fewestByCommas))
  return isHeader || fits ? records : read('\t')
}

/**
 * A text as rows of cells: spreadsheets put tabs between them, and what else is pasted is read as a file of it would be.
 * `names`: the columns that they may be of. A first line that names columns, and nothing else, is a header.
 */
export function readPasted(text: string, names: readonly string[]): Pasted {
  const columnNamed = columnsNamed(names)
  const records = recordsOf(text, names, columnNamed)
  const [first] = records
  if (first === undefined)
    throw new DescentError(
      'badData',
      'The clipboard holds no cells. Copy some in a spreadsheet first.',
      'text',
    )
  const named = first.filter((cell) => columnNamed(cell) !== undefined)
  const header = records.length > 1 && named.length > 0 && named.length * 2 > first.length
  const cells = header ? records.slice(1) : records
  const width = widthOf(records)
  if (!header && width > names.length)
    throw new DescentError(
      'badData',
      `What was pasted has ${plural(width, 'column')}, but the table has ${names.length}. Copy fewer, or copy the header with them so that they are known by their names.`,
      'text',
    )
  const columns = Array.from({ length: width }, (_, i) =>
    header ? (columnNamed(first[i] ?? '') ?? null) : (names[i] ?? null),
  )
  const twice = columns.find((name, i) => name !== null && columns.indexOf(name) !== i)
  if (twice !== undefined && twice !== null)
    throw new DescentError(
      'badData',
      `Two pasted columns are “${twice}”. Copy one of them, or change the other’s name.`,
      'text',
    )
  const foreign = header ? first.filter((cell) => cell.trim() !== '' && columnNamed(cell) === undefined) : []
  const absent = names.filter((name) => !columns.includes(name))
  return {
    cells: cells.map((row) => Array.from({ length: width }, (_, i) => row[i] ?? '')),
    header,
    columns,
    notes: [
      ...(foreign.length > 0 ? [`Not in the table, and left out: ${someOf(foreign)}.`] : []),
      ...(absent.length > 0 ? [`Not pasted, and left empty: ${someOf(absent)}.`] : []),
    ],
  }
}

export function typedHandlers(
  context: HostContext,
): Pick<Handlers, 'datasets.create' | 'datasets.readPasted'> {
  return {
    'datasets.create': ({ projectId, table }) => createTable(context, projectId, table),
    'datasets.readPasted': async ({ projectId, text }) => {
      const { dataset } = requireData(getProject(context.store, projectId))
      return readPasted(
        text,
        dataset.columns.map(({ name }) => name),
      )
    },
  }
}
