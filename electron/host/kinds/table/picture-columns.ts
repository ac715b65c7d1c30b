/** Columns of a table whose cells name pictures: found out by the files that are there, decoded once, and kept as pixels beside the table. */
import { randomUUID } from 'node:crypto'
import { mkdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
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
import { allocateBytes } from '../../inputs/read-file.ts'
import { listed } from '../../explore/findings.ts'
import { decodeAll, fileSource, sizeFor, Tally } from '../../pictures/collect.ts'
import { planar, type PictureTarget } from '../../pictures/decode.ts'
import { hasPictureName } from '../../pictures/formats.ts'
import { PixelFile } from '../../pictures/pixel-file.ts'
import { inputsOf, type Preparation } from '../../prepare/preparation.ts'
import { hashOfFile } from '../../store/hash.ts'
import { readIndex, readPixels, type PictureIndex } from '../images/kept.ts'
import type { DataFolder, ReadContext } from '../kind.ts'
import { readFrame } from './read-frame.ts'
import { tableFileOf } from './table-file.ts'

/** Of the cells with a value, so many are called like pictures … */
const fewestNamed = 0.95
/** … and of these, so many are there. */
const fewestThere = 0.5
/** So many different ones are looked for before all are. */
const lookedFor = 200

/** Where a cell leads; null: out of the folder, where nobody is meant to look. */
export function pathIn(folder: string, cell: string): string | null {
  const path = resolve(folder, cell.trim().replaceAll('\\', sep))
  const way = relative(folder, path)
  return way === '' || way.startsWith('..') || isAbsolute(way) ? null : path
}

/** In the folders of the table and of its test file, the first where it is; not by a link that leads out of it. */
async function found(folders: readonly string[], cell: string): Promise<string | null> {
  for (const folder of folders) {
    const path = pathIn(folder, cell)
    if (path === null) continue
    const [real, root] = await Promise.all([path, folder].map((one) => realpath(one).catch(() => null)))
    if (real && root && real.startsWith(root + sep) && (await stat(real)).isFile()) return path
  }
  return null
}

const differentOf = ({ values }: TextColumn): string[] => [...new Set(values)].filter((value) => value !== '')

type Looked = 'pictures' | 'absent' | 'other'

async function lookAt(column: TextColumn, folders: readonly string[]): Promise<Looked> {
  const present = column.values.filter((value) => value !== '')
  if (present.length === 0) return 'other'
  if (present.filter(hasPictureName).length < fewestNamed * present.length) return 'other'
  const different = differentOf(column)
  const step = Math.max(1, different.length / lookedFor)
  const some = Array.from(
    { length: Math.min(lookedFor, different.length) },
    (_, i) => different[Math.floor(i * step)]!,
  )
  let there = 0
  for (const cell of some) if ((await found(folders, cell)) !== null) there++
  return there >= fewestThere * some.length ? 'pictures' : 'absent'
}

interface Kept {
  readonly files: SourceFile[]
  readonly notes: string[]
  readonly layout: Receipt['layout']
}

async function keepAs(
  from: string,
  folder: string,
  what: Omit<SourceFile, 'bytes' | 'sha256'>,
): Promise<SourceFile> {
  const sha256 = hashOfFile(from)
  const { size } = await stat(from)
  await rename(from, join(folder, 'originals', sha256))
  return { ...what, bytes: size, sha256 }
}

/** null: none of its pictures can be decoded. */
async function keepPictures(
  column: TextColumn,
  folders: readonly string[],
  reading: PictureReading,
  place: DataFolder,
  { limits, progress, pictures: inside }: ReadContext,
): Promise<Kept | null> {
  const { name } = column
  const cells = differentOf(column)
  const paths = await Promise.all(cells.map((cell) => found(folders, cell)))
  const there = cells.flatMap((cell, i) => (paths[i] === null ? [] : [fileSource(paths[i]!, cell, limits)]))
  const absent = cells.filter((_, i) => paths[i] === null)
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
    await decodeAll(
      there,
      target,
      limits,
      async (picture, source) => {
        await pixels.add(picture.pixels, picture.gray)
        files.push(source.name)
      },
      tally,
      progress,
    )
    if (files.length === 0) return null
    const channels = reading.color === 'gray' || (reading.color === 'auto' && pixels.gray) ? 1 : 3
    await pixels.finish(channels)
    await writeFile(said, JSON.stringify({ files, labels: [] } satisfies PictureIndex), { mode: 0o600 })
    const of = { part: 'train', column: name } as const
    const missing = [
      ...absent.map((cell) => `${cell} is not there`),
      ...tally.rejected.map(({ reason }) => reason.replace(/\.$/, '')),
    ]
    return {
      files: [
        await keepAs(at, place.folder, { name: `pixels of ${name}`, role: 'images', ...of }),
        await keepAs(said, place.folder, { name: `index of ${name}`, role: 'index', ...of }),
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
        inside !== undefined && paths.every((path) => path?.startsWith(inside) ?? true)
          ? `“${name}” holds ${plural(files.length, 'picture')} and is read as images.`
          : `“${name}” names ${plural(files.length, 'picture')} beside the table and is read as images.`,
        ...tally.notes(target).map((note) => `“${name}”: ${note}`),
        ...(missing.length === 0
          ? []
          : [
              `“${name}”: ${formatCount(absent.length + tally.rejectedCount)} of ${formatCount(cells.length)} different pictures are missing values: ${listed(missing, 10)}.`,
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

/** The table as it was read, with its columns of pictures as such. `folders`: where it and its test file lie. */
export async function findPictureColumns(
  read: WithPictures,
  asked: Partial<PictureReading> | undefined,
  folders: readonly string[],
  place: DataFolder,
  context: ReadContext,
): Promise<WithPictures> {
  const { receipt, columns, recipe } = read
  const candidates = columns.filter(mayName)
  if (candidates.length === 0) return refuseUnused(read, asked)
  const as = candidates.map((column): Column => ({ name: column.name, kind: 'text', role: 'feature' }))
  const frame = await readFrame({ file: tableFileOf(place) }, as, context)
  const reading = { ...picturesFound, ...asked }
  const notes: string[] = []
  const files: SourceFile[] = []
  const layout: Receipt['layout'] = []
  const pictures = new Set<string>()
  for (const column of frame.columns) {
    if (column.kind !== 'text') continue
    const looked = await lookAt(column, folders)
    if (looked === 'other') continue
    const kept = looked === 'pictures' ? await keepPictures(column, folders, reading, place, context) : null
    if (kept === null) {
      notes.push(
        `“${column.name}” names pictures, and they are not where it says. Give the table by its path, in the folder from which its cells lead to them, and they are learned from, too.`,
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
  const about = (note: string): boolean => [...pictures].some((name) => note.startsWith(`"${name}" `))
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

/** Each row's picture by its cell; where there is none, the row is missing it. */
function byCell(
  { name, values }: TextColumn,
  known: Known,
  files: readonly string[],
  pixels: Uint8Array,
): ImageColumn {
  const size = known.channels * known.height * known.width
  const at = new Map(files.map((file, i) => [file, i]))
  const taken = allocateBytes(values.length * size, 'All images together')
  const missing = new Uint8Array(values.length)
  values.forEach((cell, row) => {
    const picture = at.get(cell)
    if (picture === undefined) missing[row] = 1
    else taken.set(pixels.subarray(picture * size, (picture + 1) * size), row * size)
  })
  const { channels, height, width } = known
  return { kind: 'image', name, channels, height, width, pixels: taken, missing }
}

const isPictures = (columns: Dataset['columns'], name: string): boolean =>
  columns.some((column) => column.name === name && column.kind === 'image')

/** With pixels in the place of names. */
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
    const { files } = await readIndex(folder, kept.index)
    const { shape, data } = await readPixels(folder, kept.images)
    const [, channels, height, width] = shape
    changed.push(byCell(column, { channels, height, width }, files, data))
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
  const folders = [dirname(path), ...(pictures === undefined ? [] : [pictures])]
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
    const cells = differentOf(column)
    const paths = await Promise.all(cells.map((cell) => found(folders, cell)))
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
    changed.push(byCell(column, known, files, pixels))
  }
  return { frame: { ...frame, columns: changed }, notes }
}
