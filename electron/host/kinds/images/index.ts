/** Images: a folder of IDX files, kept as they are, or pictures in files of their own, kept as pixels of one size. */
import { basename } from 'node:path'
import { createHash } from 'node:crypto'
import {
  defaultImagesRecipe,
  DescentError,
  formatCount,
  picturesFound,
  type PictureReading,
  type Receipt,
  type SourceFile,
} from '../../../contract/index.ts'
import type { ImageColumn } from '../../datasets/frame.ts'
import { lookAtImages } from '../../explore/image-looks.ts'
import { profilePictures } from '../../explore/picture-profile.ts'
import { keepOriginal } from '../../datasets/originals.ts'
import { allocateBytes } from '../../inputs/read-file.ts'
import { parts, type LeftOut } from '../../pictures/find.ts'
import { inputsOf } from '../../prepare/preparation.ts'
import {
  shareOf,
  plainContext,
  type Cell,
  type CellPlace,
  type Imported,
  type ImportRequest,
  type KindOfData,
  type DataFolder,
  type ReadContext,
} from '../kind.ts'
import { findFiles } from '../recognize.ts'
import {
  fittingLabelled,
  hashOfFiles,
  labelAt,
  labeledColumns,
  labeledProfile,
  labelName,
  labelsOf,
  listsIn,
  pageOf,
  requireClasses,
  unseenNotes,
  validateLabelled,
  withLists,
  type Labels,
} from '../labeled.ts'
import { withFolder } from '../unpack.ts'
import { importCifar, isCifar } from './cifar-folder.ts'
import { pairFiles } from './idx-folder.ts'
import { importPictures } from './import-pictures.ts'
import { nameOfRow, readLabels } from './labels.ts'
import { noTraining, readNames, readPart, readSizes, type Files, type KeptPart } from './kept.ts'
import { readNewPictures } from './new-pictures.ts'

interface ImageData extends Labels {
  /** Training images, then those that validate and test. */
  readonly images: ImageColumn
}

const columnName = 'image'

/** The images of these rows, one after the other. */
function pickImages({ pixels, ...shape }: ImageColumn, rows: Int32Array): ImageColumn {
  const size = shape.channels * shape.height * shape.width
  const picked = new Uint8Array(rows.length * size)
  rows.forEach((row, i) => picked.set(pixels.subarray(row * size, (row + 1) * size), i * size))
  return { ...shape, pixels: picked }
}

const testNames = { train: 'training', validation: 'validation', test: 'test' } as const

/** Of one size, one after the other; those of one part alone are not copied. */
function joinPixels(
  kept: readonly (readonly [SourceFile['part'], KeptPart])[],
): Omit<ImageColumn, 'kind' | 'name'> {
  const [first, ...others] = kept
  if (first === undefined) throw noTraining()
  const [, channels, height, width] = first[1].images.shape
  for (const [part, { images }] of others) {
    const [, itsChannels, itsHeight, itsWidth] = images.shape
    if (itsChannels !== channels || itsHeight !== height || itsWidth !== width)
      throw new DescentError(
        'badData',
        `The training images are ${height} × ${width} pixels, but the ${testNames[part]} images ${itsHeight} × ${itsWidth}: all must have one size.`,
        'path',
      )
  }
  const shape = { channels, height, width }
  if (others.length === 0) return { ...shape, pixels: first[1].images.data }
  const bytes = kept.reduce((sum, [, { images }]) => sum + images.data.length, 0)
  const pixels = allocateBytes(bytes, 'All images together')
  let at = 0
  for (const [, { images }] of kept) {
    pixels.set(images.data, at)
    at += images.data.length
  }
  return { ...shape, pixels }
}

async function readImages(
  { folder, corrections }: DataFolder,
  files: Files,
  context: ReadContext,
): Promise<ImageData> {
  const kept: [SourceFile['part'], KeptPart][] = []
  for (const part of parts) {
    const read = await readPart(folder, files, part, context.limits)
    if (read !== null) kept.push([part, read])
    else if (part === 'train') throw noTraining()
    context.progress(part === 'train' ? 0.7 : 0.9)
  }
  const labelsIn = (part: SourceFile['part']): readonly string[] =>
    kept.find(([name]) => name === part)?.[1].labels ?? []
  const images = { kind: 'image' as const, name: columnName, ...joinPixels(kept) }
  const validation = labelsIn('validation')
  const labels = labelsOf(
    [...labelsIn('train'), ...validation],
    labelsIn('test'),
    corrections,
    validation.length,
  )
  return { ...labels, images: labels.imported ? pickImages(images, labels.imported.numbers) : images }
}

async function cellsAsImported(
  { folder, id }: DataFolder,
  receipt: Receipt,
  cells: readonly CellPlace[],
  context: ReadContext = plainContext,
): Promise<(string | null)[]> {
  if (cells.length === 0) return []
  const labels = await readLabels({ folder, id }, receipt.files, context)
  return cells.map(({ row, column }) => (column === labelName ? labelAt(labels, row) : null))
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64')

/** Images with the very same pixels as an earlier one. */
function countDuplicates({ images: { pixels }, labels }: ImageData): number {
  const size = pixels.length / labels.codes.length
  const seen = new Set<string>()
  for (let at = 0; at < pixels.length; at += size) seen.add(hashOf(pixels.subarray(at, at + size)))
  return labels.codes.length - seen.size
}

/** What is special to files of their own; the rest is read from what is kept. */
type Read = Pick<Receipt, 'files' | 'bytes' | 'layout' | 'notes' | 'rejected' | 'rowsRejected'>

async function importIdx(path: string, place: DataFolder, context: ReadContext): Promise<Read> {
  const { train, test } = pairFiles(await findFiles(path, context.limits), path)
  const files: SourceFile[] = []
  const pairs = test === null ? [train] : [train, test]
  for (const pair of pairs)
    for (const role of ['images', 'labels'] as const) {
      const { name, path: file } = pair[role]
      const done = files.length
      const copying = shareOf(context, (0.5 * done) / (2 * pairs.length), 0.5 / (2 * pairs.length))
      files.push({ name, role, part: pair.part, ...(await keepOriginal(place.folder, file, copying)) })
    }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  return { files, bytes, layout: [], notes: [], rejected: [], rowsRejected: 0 }
}

/** These files have pixels already. */
const isIdx = async (folder: string, { limits }: ReadContext): Promise<boolean> =>
  (await findFiles(folder, limits)).some(({ idx }) => idx !== null)

function refusePictures(path: string, what: string, asked: Partial<PictureReading> | undefined): void {
  for (const [name, value] of Object.entries(asked ?? {}))
    if (value !== picturesFound[name as keyof PictureReading])
      throw new DescentError(
        'badRecipe',
        `${path} holds ${what}, whose pixels are taken as they are: “${name}” cannot be “${value}”. It is for pictures in files of their own.`,
        `data.source.pictures.${name}`,
      )
}

function countsNote({ labels, images, trainRows, validationRows = 0 }: ImageData): string {
  const rows = labels.codes.length
  const size = `${images.height} × ${images.width} pixels, ${labels.categories.length} classes.`
  if (rows === trainRows && validationRows === 0) return `${formatCount(rows)} images of ${size}`
  const counts = [
    `${formatCount(trainRows - validationRows)} training`,
    ...(validationRows > 0 ? [`${formatCount(validationRows)} validation`] : []),
  ]
  return `${counts.join(', ')} and ${formatCount(rows - trainRows)} test images of ${size}`
}

/** `decoded`: the pictures had files of their own. */
async function readFolder(
  folder: string,
  left: readonly LeftOut[],
  { path, pictures }: Pick<ImportRequest, 'path' | 'pictures'>,
  place: DataFolder,
  context: ReadContext,
): Promise<{ read: Read; decoded: boolean }> {
  if (await isCifar(folder)) {
    refusePictures(path, 'CIFAR’s files', pictures)
    return { read: await importCifar(folder, path, place, context), decoded: false }
  }
  if (await isIdx(folder, context)) {
    refusePictures(path, 'IDX files', pictures)
    return { read: await importIdx(folder, place, context), decoded: false }
  }
  return { read: await importPictures(folder, path, left, pictures, place, context), decoded: true }
}

async function importImages(
  { path, pictures }: ImportRequest,
  place: DataFolder,
  context: ReadContext,
): Promise<Imported<'images'>> {
  const started = performance.now()
  const { read, decoded } = await withFolder(path, 'images', place.folder, context, (folder, left) =>
    readFolder(folder, left, { path, pictures }, place, shareOf(context, 0, 0.6)),
  )
  const data = await readImages(place, read.files, shareOf(context, 0.6, 0.4))
  requireClasses(data, path)
  const rows = data.labels.codes.length
  const columns = labeledColumns(columnName, 'image')
  const isSplit = rows > data.trainRows || (data.validationRows ?? 0) > 0
  const { recipe, notes } = withLists(
    defaultImagesRecipe(path, columns, isSplit, decoded ? { ...picturesFound, ...pictures } : undefined),
    listsIn(data),
  )
  const receipt: Receipt = {
    kind: 'images',
    path,
    fileName: basename(path),
    sha256: hashOfFiles(read.files),
    ...read,
    encoding: null,
    delimiter: null,
    header: false,
    rowsRead: rows,
    rowsChanged: 0,
    changed: [],
    notes: [
      countsNote(data),
      ...notes,
      ...read.notes,
      ...(recipe.target.separator === null ? unseenNotes(data, 'image') : []),
    ],
    seconds: (performance.now() - started) / 1000,
  }
  return { receipt, columns, rows, recipe }
}

export const images: KindOfData<'images'> = {
  import: importImages,

  validate: validateLabelled,

  async read(place, receipt, _recipe, context = plainContext) {
    const { images, labels, ...rows } = await readImages(place, receipt.files, context)
    return { rows: labels.codes.length, columns: [images, labels], ...rows }
  },

  async page(place, { receipt, rows }, _recipe, from, limit, context = plainContext) {
    const labels = await readLabels(place, receipt.files, context)
    const names = await readNames(place.folder, receipt.files)
    const { numbers, corrected } = pageOf(labels, place.corrections, from, limit)
    const was = await cellsAsImported(place, receipt, corrected, context)
    return {
      columns: [columnName, labelName],
      rows: numbers.map((number, i) => [nameOfRow(names, number), labelAt(labels, from + i)]),
      offset: from,
      total: rows,
      numbers,
      corrected: corrected.map((cell, i) => ({ ...cell, was: was[i]! })),
    }
  },

  fitting: (_place, _recipe, corrections) =>
    Promise.resolve(fittingLabelled(corrections, [labelName], 'images')),

  cellsAsImported,

  async profile(place, { receipt, columns }, recipe, context = plainContext) {
    const data = await readImages(place, receipt.files, context)
    const sizes = await readSizes(place.folder, receipt.files)
    const rows = data.labels.codes.length
    const numbers = data.imported?.numbers
    const asImported = (row: number): number => numbers?.[row] ?? row
    const own = sizes && Array.from({ length: rows }, (_, row) => sizes[asImported(row)]!)
    const looks = lookAtImages(data.images, rows, data.trainRows, own)
    const names = await readNames(place.folder, receipt.files)
    return {
      ...labeledProfile(data, columns, recipe, countDuplicates(data), { images: looks }),
      images: [
        await profilePictures({
          column: columnName,
          images: data.images,
          labels: data.labels,
          nameOf: (row) => nameOfRow(names, asImported(row)),
          sizes: own,
          looks,
        }),
      ],
    }
  },

  async readNew({ path, recipe, preparation, scratch }, use, context) {
    const known = inputsOf(preparation).find((input) => input.kind === 'pixels')
    if (known === undefined) throw new DescentError('badData', 'The model takes no images.', 'path')
    const { images, names, notes } = await readNewPictures(
      path,
      columnName,
      known,
      recipe.data.source.pictures,
      scratch,
      context,
    )
    async function* cells(): AsyncGenerator<Cell[]> {
      for (const name of names) yield [name]
    }
    const frame = { rows: names.length, columns: [images] }
    return await use({ frame, names: [columnName], cells, notes })
  },
}
