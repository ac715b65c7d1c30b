/** Tables: CSV and TSV files, kept as Parquet. */
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import {
  binary,
  classification,
  defaultMissingValues,
  defaultRecipe,
  usualEffort,
  withEffort,
  withSeparator,
  withTask,
  withTestFile,
  type DataSource,
} from '../../../contract/index.ts'
import { fittingTable, tableCellsAsImported } from './correct-table.ts'
import { tableVersionOf } from './corrected-table.ts'
import { withDuckDB } from './duckdb.ts'
import { importTable } from './import-table.ts'
import { readingOf } from './reading/given.ts'
import { readPage } from './page.ts'
import { findPictureColumns, withNewPictures, withPictures, type PictureFolders } from './picture-columns.ts'
import { profilePictureColumns } from './picture-profile.ts'
import { readFrame } from './read-frame.ts'
import { readChunks } from './relation.ts'
import { tableFileOf } from './table-file.ts'
import { addTestFile, withTestRows } from './test-file.ts'
import { profileTable } from '../../explore/profile.ts'
import {
  plainContext,
  shareOf,
  type Cell,
  type DataFolder,
  type Imported,
  type ImportRequest,
  type KindOfData,
  type ReadContext,
} from '../kind.ts'
import type { Shaping } from './shaping/index.ts'
import { eightBitEncoding, readInputs } from './read-inputs.ts'
import { validateTable } from './validate.ts'

/** Recipes name the usual marks, too, and leave it to each column what they are there. */
const saysMarks = (marks: readonly string[] | undefined): boolean =>
  marks !== undefined && !isDeepStrictEqual(marks, defaultMissingValues)

/** No steps are none, so that recipes without them stay as they were. */
const shapeOf = ({ shape = [], asRead }: ImportRequest): Pick<DataSource, 'shape' | 'asRead'> =>
  shape.length === 0 ? {} : { shape, ...(asRead && { asRead }) }

/** What the steps found out stands with them. */
const withShaping = ({ asRead: _, ...source }: DataSource, shaped: Shaping | undefined): DataSource =>
  shaped === undefined
    ? source
    : {
        ...source,
        asRead: [...shaped.asRead],
        ...(shaped.joined.length > 0 && { joined: [...shaped.joined] }),
      }

async function importAll(
  request: ImportRequest,
  place: DataFolder,
  context: ReadContext,
): Promise<Imported<'table'>> {
  const source = {
    path: request.path,
    ...readingOf(request),
    missingValues: [...(request.missingValues ?? defaultMissingValues)],
    ...shapeOf(request),
  }
  const { receipt, columns, task, separator, rows, shaped } = await importTable(
    {
      ...source,
      target: request.target,
      likely: request.likely,
      usual: request.usual,
      kept: request.kept,
      marksAreGiven: saysMarks(request.missingValues),
    },
    tableFileOf(place),
    context,
  )
  const recipe = withSeparator(defaultRecipe(withShaping(source, shaped), columns, task, rows), separator)
  const inCells = context.pictures === undefined ? [] : [context.pictures]
  const folders: PictureFolders = { table: [dirname(request.path), ...inCells] }
  if (request.test === undefined)
    return {
      rows,
      ...(await findPictureColumns({ receipt, columns, recipe }, request.pictures, folders, place, context)),
    }
  const { unseen, ...added } = await addTestFile(
    request.test,
    { receipt, recipe },
    tableFileOf(place),
    context,
  )
  // Two classes in training and a third one in the test are three.
  const sized = withEffort(recipe, usualEffort, added.rows)
  const fitting =
    unseen && sized.task === binary.name ? withTask(sized, classification.name, added.rows) : sized
  const whole = { columns, ...added, recipe: withTestFile(fitting, request.test) }
  const both: PictureFolders =
    resolve(dirname(request.test)) === resolve(dirname(request.path))
      ? folders
      : { ...folders, test: { folders: [dirname(request.test), ...inCells], trainRows: receipt.rowsRead } }
  return {
    ...whole,
    ...(await findPictureColumns(whole, request.pictures, both, place, context)),
  }
}

/** Pictures that stand in cells are files while their table is read. */
async function withPictureFiles<T>(
  scratch: string,
  context: ReadContext,
  work: (context: ReadContext) => Promise<T>,
): Promise<T> {
  const pictures = join(scratch, `pictures-${randomUUID()}`)
  try {
    return await work({ ...context, pictures })
  } finally {
    await rm(pictures, { recursive: true, force: true })
  }
}

export const table: KindOfData<'table'> = {
  import: (request, place, context) =>
    withPictureFiles(place.folder, context, (within) => importAll(request, place, within)),

  validate: validateTable,

  async read(place, receipt, recipe, context) {
    const { columns } = recipe.data
    const frame = await readFrame(tableVersionOf(place), columns, context, recipe.split)
    return await withPictures(withTestRows(frame, receipt), place, receipt, columns)
  },

  page: (place, dataset, recipe, from, limit, context) =>
    readPage(
      tableVersionOf(place),
      recipe.data.columns,
      { offset: from, limit, total: dataset.rows },
      context,
    ),

  async profile(place, { receipt }, recipe, context = plainContext, drawn = true) {
    const pictures = await profilePictureColumns(place, receipt, recipe, shareOf(context, 0, 0.2))
    const { columns } = recipe.data
    const rest = shareOf(context, 0.2, 0.8)
    return await profileTable(tableVersionOf(place), columns, rest, { drawn }, pictures)
  },

  fitting: (place, recipe, corrections, context) =>
    fittingTable(tableFileOf(place), recipe, corrections, context),

  cellsAsImported: (place, _receipt, cells, context) =>
    tableCellsAsImported(tableFileOf(place), cells, context),

  readNew: ({ path, recipe, header, encoding, preparation, kept, scratch }, use, outer) =>
    withPictureFiles(scratch, outer, (context) =>
      withDuckDB(
        async (connection, files) => {
          const { frame, names, relation, notes } = await readInputs(
            connection,
            path,
            { source: recipe.data.source, header, encoding: eightBitEncoding(encoding), kept },
            preparation.columns,
            files,
            context,
          )
          async function* cells(): AsyncGenerator<Cell[]> {
            const readings = names.map((_, index) => ({ index, as: 'text' as const }))
            for await (const chunk of readChunks(connection, relation, readings))
              for (let row = 0; row < chunk.rows; row++)
                yield chunk.columns.map((at): Cell => {
                  const value = at(row)
                  return typeof value === 'string' ? value : null
                })
          }
          const seen = await withNewPictures(frame, path, preparation, recipe.data.source.pictures, context)
          return await use({ frame: seen.frame, names, cells, notes: [...notes, ...seen.notes] })
        },
        scratch,
        context.limits,
      ),
    ),
}
