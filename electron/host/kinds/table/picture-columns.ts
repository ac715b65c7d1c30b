/** Columns of a table whose cells name pictures: found out by the files that are there, decoded once, and kept as pixels beside the table. */
import { randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  defaultGroups,
  DescentError,
  fittingGroups,
  formatCount,
  keptAs,
  picturesFound,
  plural,
  type Column,
  type Dataset,
  type PictureReading,
  type Receipt,
  type SourceFile,
  type TableRecipe,
} from '../../../contract/index.ts'
import type { Frame, FrameColumn, ImageColumn, TextColumn } from '../../datasets/frame.ts'
import { limitError } from '../../inputs/limit-error.ts'
import { allocateBytes } from '../../inputs/read-file.ts'
import { listed } from '../../explore/findings.ts'
import { findEach, finderIn, type FindPicture } from '../../pictures/beside.ts'
import { decodeAll, fileSource, sizeFor, Tally, type PictureSource } from '../../pictures/collect.ts'
import { planar, type PictureTarget } from '../../pictures/decode.ts'
import { hasPictureName, pictureNames } from '../../pictures/formats.ts'
import { PixelFile } from '../../pictures/pixel-file.ts'
import { inputsOf, type Preparation } from '../../prepare/preparation.ts'
import { keepFile, readIndex, readPixels, type PictureIndex } from '../images/kept.ts'
import type { DataFolder, ReadContext } from '../kind.ts'
import { aggregate, countRows } from './aggregate.ts'
import { openTable } from './corrected-table.ts'
import { quoted, withDuckDB } from './duckdb.ts'
import { featureNotes } from './import-table.ts'
import { readFrame } from './read-frame.ts'
import { tableFileOf } from './table-file.ts'

/** Of the cells with a value, so many are called like pictures … */
const fewestNamed = 0.95
/** … and of these, so many are there. */
const fewestThere = 0.5
/** So many different ones are looked for before all are. */
const lookedFor = 200

const differentIn = (values: readonly string[]): string[] =>
  [...new Set(values)].filter((value) => value !== '')

/** Some of them, from the first to the last. */
function spread(cells: readonly string[]): string[] {
  const step = Math.max(1, cells.length / lookedFor)
  return Array.from({ length: Math.min(lookedFor, cells.length) }, (_, i) => cells[Math.floor(i * step)]!)
}

async function shareThere(cells: readonly string[], find: FindPicture): Promise<number> {
  const some = spread(cells)
  const there = await findEach(some, find)
  return some.length === 0 ? 0 : there.filter((path) => path !== null).length / some.length
}

/** Rows whose cells lead from the same folder to their pictures. */
interface Named {
  readonly cells: readonly string[]
  readonly find: FindPicture
  /** Where that is, in words. */
  readonly beside: string
}

/** Where the cells of a table lead from; those of the rows of its test file, where that lies elsewhere. */
export interface PictureFolders {
  readonly table: readonly string[]
  readonly test?: { readonly folders: readonly string[]; readonly trainRows: number }
}

interface Finders {
  readonly table: FindPicture
  readonly test?: { readonly find: FindPicture; readonly trainRows: number }
}

const findersIn = async ({ table, test }: PictureFolders): Promise<Finders> => ({
  table: await finderIn(table),
  ...(test && { test: { find: await finderIn(test.folders), trainRows: test.trainRows } }),
})

/** The rows of a test file elsewhere name their own pictures: two folders may call different ones alike. */
async function namedIn({ values }: TextColumn, { table, test }: Finders): Promise<Named[]> {
  const beside = 'beside the table'
  if (test !== undefined) {
    const tested = differentIn(values.slice(test.trainRows))
    // Where there is none of its own, all lead from the folder of the table.
    if ((await shareThere(tested, test.find)) > 0)
      return [
        { cells: differentIn(values.slice(0, test.trainRows)), find: table, beside },
        { cells: tested, find: test.find, beside: 'beside the test file' },
      ]
  }
  return [{ cells: differentIn(values), find: table, beside }]
}

const namesPictures = ({ values }: TextColumn): boolean => {
  const present = values.filter((value) => value !== '')
  return present.length > 0 && present.filter(hasPictureName).length >= fewestNamed * present.length
}

/** Those with a cell that is called like a picture: of the others, which are most, not a million texts are looked through. */
async function withPictureNames(
  file: string,
  candidates: readonly Column[],
  { scratch, limits }: ReadContext,
): Promise<Column[]> {
  return withDuckDB(
    async (connection) => {
      const { relation, columns } = await openTable(connection, { file })
      const indexOf = new Map(columns.map(({ name }, i) => [name, i]))
      const readings = candidates.map(({ name }) => ({ index: indexOf.get(name)!, as: 'text' as const }))
      const named = (text: string): string =>
        `coalesce(bool_or(regexp_matches(${text}, ${quoted(pictureNames.source)}, 'i')), false)`
      const rows = await countRows(connection, relation)
      const found = await aggregate(connection, relation, readings, [{ named }], rows)
      return candidates.filter((_, i) => found.get(readings[i]!.index)?.named === true)
    },
    scratch,
    limits,
  )
}

interface Kept {
  readonly files: SourceFile[]
  readonly notes: string[]
  readonly layout: Receipt['layout']
}

/** null: none of its pictures can be decoded. */
async function keepPictures(
  name: string,
  named: readonly Named[],
  reading: PictureReading,
  place: DataFolder,
  { limits, progress, pictures: inside }: ReadContext,
): Promise<Kept | null> {
  const count = named.reduce((sum, { cells }) => sum + cells.length, 0)
  if (count > limits.pictures)
    throw limitError('pictures', limits, `“${name}” names different pictures:`, count)
  const there: (PictureSource & { readonly by: number })[] = []
  const absent: string[] = []
  let outside = false
  for (const [by, { cells, find, beside }] of named.entries())
    for (const [i, path] of (await findEach(cells, find)).entries()) {
      if (path === null) absent.push(`${cells[i]!} is not there${by === 0 ? '' : ` ${beside}`}`)
      else {
        there.push({ ...fileSource(path, cells[i]!, limits), by })
        outside ||= inside === undefined || !path.startsWith(inside)
      }
    }
  const size = await sizeFor(there, reading.size, limits)
  if (size === null) return null
  const target: PictureTarget = { ...size, fit: reading.fit, background: reading.background }
  await mkdir(join(place.folder, 'originals'), { recursive: true })
  const [at, said] = [randomUUID(), randomUUID()].map((id) => join(place.folder, `${id}.partial`)) as [
    string,
    string,
  ]
  const pixels = await PixelFile.create(at, target)
  try {
    const tally = new Tally()
    const files: string[] = []
    const sizes: [number, number][] = []
    const counts = named.map(() => 0)
    await decodeAll(
      there,
      target,
      limits,
      async (picture, source) => {
        await pixels.add(picture.pixels, picture.gray)
        files.push(source.name)
        sizes.push([picture.facts.width, picture.facts.height])
        counts[source.by]!++
      },
      tally,
      progress,
    )
    if (files.length === 0) return null
    const channels = reading.color === 'gray' || (reading.color === 'auto' && pixels.gray) ? 1 : 3
    await pixels.finish(channels)
    const index: PictureIndex = { files, labels: [], sizes, ...(named.length > 1 && { trained: counts[0]! }) }
    await writeFile(said, JSON.stringify(index), { mode: 0o600 })
    const of = { part: 'train', column: name } as const
    const missing = [...absent, ...tally.rejected.map(({ reason }) => reason.replace(/\.$/, ''))]
    const where = named.map(
      ({ beside }, i) => `${i === 0 ? plural(counts[i]!, 'picture') : formatCount(counts[i]!)} ${beside}`,
    )
    return {
      files: [
        { name: `pixels of ${name}`, role: 'images', ...of, ...(await keepFile(at, place.folder)) },
        { name: `index of ${name}`, role: 'index', ...of, ...(await keepFile(said, place.folder)) },
      ],
      layout: [
        {
          option: 'size',
          value: `${size.width} × ${size.height}`,
          evidence: size.evidence === null ? null : `“${name}”: ${size.evidence}`,
          given: size.evidence === null,
        },
      ],
      notes: [
        outside
          ? `“${name}” names ${where.join(' and ')} and is read as images.`
          : `“${name}” holds ${plural(files.length, 'picture')} and is read as images.`,
        ...tally.notes(target).map((note) => `“${name}”: ${note}`),
        ...(missing.length === 0
          ? []
          : [
              `“${name}”: ${formatCount(absent.length + tally.rejectedCount)} of ${formatCount(count)} different pictures are missing values: ${listed(missing, 10)}.`,
            ]),
      ],
    }
  } finally {
    await pixels.close().catch(() => undefined)
    for (const path of [at, said]) await rm(path, { force: true })
  }
}

export interface WithPictures {
  readonly receipt: Receipt
  readonly columns: Column[]
  readonly recipe: TableRecipe
}

const mayName = ({ kind, role }: Column): boolean =>
  role !== 'target' && (keptAs(kind) === 'text' || keptAs(kind) === 'category')

/** The table as it was read, with its columns of pictures as such. */
export async function findPictureColumns(
  read: WithPictures,
  asked: Partial<PictureReading> | undefined,
  folders: PictureFolders,
  place: DataFolder,
  context: ReadContext,
): Promise<WithPictures> {
  const { receipt, columns, recipe } = read
  const candidates = columns.filter(mayName)
  if (candidates.length === 0) return refuseUnused(read, asked)
  const called = await withPictureNames(tableFileOf(place), candidates, context)
  if (called.length === 0) return refuseUnused(read, asked)
  const as = called.map((column): Column => ({ name: column.name, kind: 'text', role: 'feature' }))
  const frame = await readFrame({ file: tableFileOf(place) }, as, context)
  const reading = { ...picturesFound, ...asked }
  const finders = await findersIn(folders)
  const notes: string[] = []
  const files: SourceFile[] = []
  const layout: Receipt['layout'] = []
  const pictures = new Set<string>()
  for (const column of frame.columns) {
    if (column.kind !== 'text' || !namesPictures(column)) continue
    const named = await namedIn(column, finders)
    if ((await shareThere(named[0]!.cells, named[0]!.find)) < fewestThere) {
      notes.push(
        `“${column.name}” names pictures, and they are not where it says. Give the table by its path, in the folder from which its cells lead to them, and they are learned from, too.`,
      )
      continue
    }
    const kept = await keepPictures(column.name, named, reading, place, context)
    if (kept === null) {
      notes.push(
        `“${column.name}” names pictures that are there, and none of them can be decoded, so they are not learned from: they are damaged, or of a format that is not read.`,
      )
      continue
    }
    pictures.add(column.name)
    files.push(...kept.files)
    notes.push(...kept.notes)
    layout.push(...kept.layout)
  }
  if (pictures.size === 0)
    return refuseUnused({ ...read, receipt: { ...receipt, notes: [...receipt.notes, ...notes] } }, asked)
  const changed = columns.map((column): Column =>
    pictures.has(column.name) ? { name: column.name, kind: 'image', role: 'feature' } : column,
  )
  // What was said of them as texts is not so.
  const about = (note: string): boolean =>
    featureNotes.includes(note) ||
    [...pictures].some(
      (name) => note.startsWith(`"${name}" `) || note.startsWith(`“${name}”: the test file has `),
    )
  return {
    columns: changed,
    receipt: {
      ...receipt,
      files: [...receipt.files, ...files],
      layout: [...receipt.layout, ...layout],
      notes: [...notes, ...receipt.notes.filter((note) => !about(note))],
    },
    recipe: {
      ...recipe,
      data: {
        ...recipe.data,
        columns: changed,
        source: { ...recipe.data.source, pictures: reading },
      },
      prepare: fittingGroups([...recipe.prepare, defaultGroups.image()], changed),
    },
  }
}

/** What is said of pictures where there are none cannot be obeyed. */
function refuseUnused(read: WithPictures, asked: Partial<PictureReading> | undefined): WithPictures {
  for (const [name, value] of Object.entries(asked ?? {}))
    if (value !== picturesFound[name as keyof PictureReading])
      throw new DescentError(
        'badRecipe',
        `No column of ${read.receipt.path} names pictures that are there, so “${name}” of pictures cannot be “${value}”.`,
        `data.source.pictures.${name}`,
      )
  return read
}

// ---- reading them ----

/** What is kept of a column; null: it was not read as pictures. */
export function picturesOf(
  { files }: Pick<Receipt, 'files'>,
  column: string,
): { readonly images: SourceFile; readonly index: SourceFile } | null {
  const of = (role: SourceFile['role']) => files.find((file) => file.column === column && file.role === role)
  const [images, index] = [of('images'), of('index')]
  return images && index ? { images, index } : null
}

type Known = Pick<ImageColumn, 'channels' | 'height' | 'width'>

/** Each row's picture by its cell; where there is none, the row is missing it. `trainRows`: those behind so many are of a test file. */
function byCell(
  { name, values }: TextColumn,
  known: Known,
  { files, trained }: Pick<PictureIndex, 'files' | 'trained'>,
  pixels: Uint8Array,
  trainRows = values.length,
): ImageColumn {
  const size = known.channels * known.height * known.width
  const placed = files.map((file, i) => [file, i] as const)
  const [ofTrain, ofTest] = [new Map(placed.slice(0, trained)), new Map(placed.slice(trained ?? 0))]
  const taken = allocateBytes(values.length * size, 'All images together')
  const missing = new Uint8Array(values.length)
  values.forEach((cell, row) => {
    const picture = (row < trainRows ? ofTrain : ofTest).get(cell)
    if (picture === undefined) missing[row] = 1
    else taken.set(pixels.subarray(picture * size, (picture + 1) * size), row * size)
  })
  const { channels, height, width } = known
  return { kind: 'image', name, channels, height, width, pixels: taken, missing }
}

const isPictures = (columns: Dataset['columns'], name: string): boolean =>
  columns.some((column) => column.name === name && column.kind === 'image')

/** With pixels in the place of names. The frame says which of its rows are of a test file. */
export async function withPictures(
  frame: Frame,
  { folder }: DataFolder,
  receipt: Receipt,
  columns: readonly Column[],
): Promise<Frame> {
  if (!columns.some(({ kind }) => kind === 'image')) return frame
  const changed: FrameColumn[] = []
  for (const column of frame.columns) {
    const kept = isPictures([...columns], column.name) ? picturesOf(receipt, column.name) : null
    if (kept === null || column.kind !== 'text') {
      changed.push(column)
      continue
    }
    const index = await readIndex(folder, kept.index)
    const { shape, data } = await readPixels(folder, kept.images)
    const [, channels, height, width] = shape
    changed.push(byCell(column, { channels, height, width }, index, data, frame.trainRows))
  }
  return { ...frame, columns: changed }
}

/** The same for a new file and a trained model: its cells lead from where it lies. */
export async function withNewPictures(
  frame: Frame,
  path: string,
  preparation: Preparation,
  asked: PictureReading | undefined,
  { limits, progress, pictures }: ReadContext,
): Promise<{ readonly frame: Frame; readonly notes: readonly string[] }> {
  const reading = asked ?? picturesFound
  const find = await finderIn([dirname(path), ...(pictures === undefined ? [] : [pictures])])
  const notes: string[] = []
  const changed: FrameColumn[] = []
  for (const column of frame.columns) {
    const known = preparation.columns.some(({ name, kind }) => name === column.name && kind === 'image')
      ? inputsOf(preparation).find(
          (input) => input.kind === 'pixels' && input.name === `pixels.${column.name}`,
        )
      : undefined
    if (known?.kind !== 'pixels' || column.kind !== 'text') {
      changed.push(column)
      continue
    }
    const cells = differentIn(column.values)
    if (cells.length > limits.pictures)
      throw limitError('pictures', limits, `“${column.name}” names different pictures:`, cells.length)
    const paths = await findEach(cells, find)
    const there = cells.flatMap((cell, i) => (paths[i] === null ? [] : [fileSource(paths[i]!, cell, limits)]))
    const size = known.channels * known.height * known.width
    const pixels = allocateBytes(there.length * size, 'All images together')
    const files: string[] = []
    const tally = new Tally()
    await decodeAll(
      there,
      { width: known.width, height: known.height, fit: reading.fit, background: reading.background },
      limits,
      (picture, { name }) => {
        planar(picture.pixels, known.channels === 1 ? 1 : 3, pixels, files.length * size)
        files.push(name)
      },
      tally,
      progress,
    )
    const lost = [
      ...cells.flatMap((cell, i) => (paths[i] === null ? [`${cell} is not there`] : [])),
      ...tally.rejected.map(({ reason }) => reason.replace(/\.$/, '')),
    ]
    if (lost.length > 0)
      notes.push(
        `“${column.name}”: ${formatCount(cells.length - files.length)} of ${formatCount(cells.length)} different pictures are missing values: ${listed(lost, 10)}.`,
      )
    changed.push(byCell(column, known, { files }, pixels))
  }
  return { frame: { ...frame, columns: changed }, notes }
}
