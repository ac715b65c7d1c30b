/** Images: a folder of IDX files, kept as they are. */
import { basename } from 'node:path'
import { createHash } from 'node:crypto'
import {
  defaultImagesRecipe,
  DescentError,
  formatCount,
  type Receipt,
  type SourceFile,
} from '../../../contract/index.ts'
import type { ImageColumn } from '../../datasets/frame.ts'
import { keepOriginal, readOriginal } from '../../datasets/originals.ts'
import { allocateBytes, readNamed } from '../../inputs/read-file.ts'
import { inputsOf } from '../../prepare/preparation.ts'
import {
  shareOf,
  plainContext,
  type Cell,
  type CellPlace,
  type KindOfData,
  type DataFolder,
  type ReadContext,
} from '../kind.ts'
import {
  fittingLabelled,
  hashOfFiles,
  labelAt,
  labelledColumns,
  labelledProfile,
  labelName,
  labelsOf,
  pageOf,
  requireClasses,
  unseenNotes,
  validateLabelled,
  type Labels,
} from '../labelled.ts'
import { decodeImages, decodeLabels, findPairs, joinLabels, type LabelledImages } from './idx-folder.ts'

interface ImageData extends Labels {
  /** Training images, then test images. */
  readonly images: ImageColumn
}

const columnName = 'image'
type Files = readonly SourceFile[]

async function readPart(
  { folder }: DataFolder,
  files: Files,
  part: SourceFile['part'],
  { limits }: ReadContext,
): Promise<LabelledImages | null> {
  const file = (role: SourceFile['role']) => files.find((each) => each.part === part && each.role === role)
  const [images, labels] = [file('images'), file('labels')]
  if (images === undefined || labels === undefined) return null
  return joinLabels(
    await decodeImages(await readOriginal(folder, images), images.name, limits),
    await decodeLabels(await readOriginal(folder, labels), labels.name, limits),
    { images: images.name, labels: labels.name },
  )
}

const labelTexts = (part: LabelledImages | null): string[] => Array.from(part?.labels ?? [], String)

/** Without the pixels, which are most of the work. */
async function readLabels(
  { folder, corrections }: DataFolder,
  files: Files,
  { limits }: ReadContext,
): Promise<Labels> {
  const labels: Record<SourceFile['part'], string[]> = { train: [], test: [] }
  for (const file of files.filter(({ role }) => role === 'labels'))
    for (const label of await decodeLabels(await readOriginal(folder, file), file.name, limits))
      labels[file.part].push(String(label))
  return labelsOf(labels.train, labels.test, corrections)
}

/** The images of these rows, one after the other. */
function pickImages({ pixels, ...shape }: ImageColumn, rows: Int32Array): ImageColumn {
  const size = shape.channels * shape.height * shape.width
  const picked = new Uint8Array(rows.length * size)
  rows.forEach((row, i) => picked.set(pixels.subarray(row * size, (row + 1) * size), i * size))
  return { ...shape, pixels: picked }
}

async function readImages(place: DataFolder, files: Files, context: ReadContext): Promise<ImageData> {
  const train = await readPart(place, files, 'train', context)
  context.progress(0.7)
  const test = await readPart(place, files, 'test', context)
  context.progress(0.9)
  if (train === null)
    throw new DescentError('badData', 'The data set has no training images. Import it again.')
  const [, channels, height, width] = train.images.shape
  const [, , testHeight, testWidth] = test?.images.shape ?? train.images.shape
  if (testHeight !== height || testWidth !== width)
    throw new DescentError(
      'badData',
      `The training images are ${height} × ${width} pixels, but the test images ${testHeight} × ${testWidth}: all must have one size.`,
      'path',
    )
  const bytes = train.images.data.length + (test?.images.data.length ?? 0)
  const pixels = allocateBytes(bytes, 'All images together')
  pixels.set(train.images.data)
  if (test !== null) pixels.set(test.images.data, train.images.data.length)
  const images = { kind: 'image' as const, name: columnName, channels, height, width, pixels }
  const labels = labelsOf(labelTexts(train), labelTexts(test), place.corrections)
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

export const images: KindOfData<'images'> = {
  async import({ path }, place, context) {
    const started = performance.now()
    const { train, test } = await findPairs(path, context.limits)
    const files: SourceFile[] = []
    const pairs = test === null ? [train] : [train, test]
    for (const pair of pairs)
      for (const role of ['images', 'labels'] as const) {
        const { name, path: file } = pair[role]
        const done = files.length
        const copying = shareOf(context, (0.5 * done) / (2 * pairs.length), 0.5 / (2 * pairs.length))
        files.push({ name, role, part: pair.part, ...(await keepOriginal(place.folder, file, copying)) })
      }
    const data = await readImages(place, files, shareOf(context, 0.5, 0.5))
    requireClasses(data, path)
    const rows = data.labels.codes.length
    const columns = labelledColumns(columnName, 'image')
    const receipt: Receipt = {
      kind: 'images',
      path,
      fileName: basename(path),
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      sha256: hashOfFiles(files),
      files,
      encoding: null,
      delimiter: null,
      header: false,
      rowsRead: rows,
      rowsRejected: 0,
      rowsChanged: 0,
      changed: [],
      layout: [],
      rejected: [],
      notes: [
        `${formatCount(data.trainRows)} training and ${formatCount(rows - data.trainRows)} test images of ${data.images.height} × ${data.images.width} pixels, ${data.labels.categories.length} classes.`,
        ...unseenNotes(data, 'image'),
      ],
      seconds: (performance.now() - started) / 1000,
    }
    return { receipt, columns, rows, recipe: defaultImagesRecipe(path, columns, test !== null) }
  },

  validate: validateLabelled,

  async read(place, receipt, _recipe, context = plainContext) {
    const { images, labels, ...rows } = await readImages(place, receipt.files, context)
    return { rows: labels.codes.length, columns: [images, labels], ...rows }
  },

  async page(place, { receipt, rows }, _recipe, from, limit, context = plainContext) {
    const labels = await readLabels(place, receipt.files, context)
    const { numbers, corrected } = pageOf(labels, place.corrections, from, limit)
    const was = await cellsAsImported(place, receipt, corrected, context)
    return {
      columns: [columnName, labelName],
      rows: numbers.map((number, i) => [`image ${number + 1}`, labelAt(labels, from + i)]),
      offset: from,
      total: rows,
      numbers,
      corrected: corrected.map((cell, i) => ({ ...cell, was: was[i]! })),
    }
  },

  fitting: (_place, _recipe, corrections) =>
    Promise.resolve(fittingLabelled(corrections, [labelName], 'images')),

  cellsAsImported,

  async profile(place, { receipt, columns }, { kind }, context = plainContext) {
    const data = await readImages(place, receipt.files, context)
    return labelledProfile(data, columns, kind, countDuplicates(data))
  },

  async readNew({ path, preparation }, use, { limits }) {
    const name = basename(path)
    const bytes = await readNamed({ path, what: 'an IDX file of images', field: 'dataPath' }, limits)
    const { shape, data } = await decodeImages(bytes, name, limits)
    const [rows, channels, height, width] = shape
    const known = inputsOf(preparation).find((input) => input.kind === 'pixels')
    if (known?.channels !== channels || known.height !== height || known.width !== width)
      throw new DescentError(
        'badData',
        `The model was trained on images of ${known?.height} × ${known?.width} pixels, but those of ${name} are ${height} × ${width}.`,
        'dataPath',
      )
    async function* cells(): AsyncGenerator<Cell[]> {
      for (let row = 0; row < rows; row++) yield [row + 1]
    }
    const images = { kind: 'image' as const, name: columnName, channels, height, width, pixels: data }
    return await use({ frame: { rows, columns: [images] }, names: [columnName], cells, notes: [] })
  },
}
