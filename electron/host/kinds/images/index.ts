/** Images: a folder of IDX files, kept as they are. */
import { basename } from 'node:path'
import { readFile } from 'node:fs/promises'
import {
  defaultImagesRecipe,
  DescentError,
  type ImagesRecipe,
  type Receipt,
  type SourceFile,
} from '../../../contract/index.ts'
import { keepOriginal, readOriginal } from '../../datasets/originals.ts'
import type { ImagesPreparation } from '../../prepare/preparation.ts'
import type { Cell, KindOfData, Place, Prepared } from '../kind.ts'
import {
  fitLabels,
  hashOfFiles,
  labelledColumns,
  labelledProfile,
  labelledSummary,
  labelName,
  labelsOf,
  requireClasses,
  splitLabelled,
  validateLabelled,
  type Labels,
} from '../labelled.ts'
import { decodeImages, decodeLabels, findPairs, joinLabels, type LabelledImages } from './idx-folder.ts'
import { fitChannels } from './normalise.ts'

interface ImageData extends Labels {
  readonly channels: number
  readonly height: number
  readonly width: number
  /** Training images, then test images. */
  readonly pixels: Uint8Array
}

const columnName = 'image'
type Files = readonly SourceFile[]

async function readPart(
  { folder }: Place,
  files: Files,
  part: SourceFile['part'],
): Promise<LabelledImages | null> {
  const file = (role: SourceFile['role']) => files.find((each) => each.part === part && each.role === role)
  const [images, labels] = [file('images'), file('labels')]
  if (images === undefined || labels === undefined) return null
  return joinLabels(
    await decodeImages(await readOriginal(folder, images), images.name),
    await decodeLabels(await readOriginal(folder, labels), labels.name),
    { images: images.name, labels: labels.name },
  )
}

const labelTexts = (part: LabelledImages | null): string[] => Array.from(part?.labels ?? [], String)

/** Without the pixels, which are most of the work. */
async function readLabels({ folder }: Place, files: Files): Promise<string[]> {
  const labels: string[] = []
  for (const part of ['train', 'test'])
    for (const file of files.filter((each) => each.part === part && each.role === 'labels'))
      for (const label of await decodeLabels(await readOriginal(folder, file), file.name))
        labels.push(String(label))
  return labels
}

async function readImages(place: Place, files: Files): Promise<ImageData> {
  const train = await readPart(place, files, 'train')
  const test = await readPart(place, files, 'test')
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
  const pixels = new Uint8Array(train.images.data.length + (test?.images.data.length ?? 0))
  pixels.set(train.images.data)
  if (test !== null) pixels.set(test.images.data, train.images.data.length)
  return { ...labelsOf(labelTexts(train), labelTexts(test)), channels, height, width, pixels }
}

function prepareImages(data: ImageData, recipe: ImagesRecipe): Prepared {
  const { channels, height, width, pixels } = data
  const split = splitLabelled(data, recipe)
  const { fitted, targets } = fitLabels(data, recipe, split.train)
  const { mean, std } =
    recipe.prepare.normalize === 'none'
      ? { mean: new Array<number>(channels).fill(0), std: new Array<number>(channels).fill(1) }
      : fitChannels(pixels, channels, height * width, split.train)
  const preparation: ImagesPreparation = { ...fitted, kind: 'images', channels, height, width, mean, std }
  const short = (value: number) => String(Number(value.toPrecision(4)))
  const features = mean.map((value, channel) => ({
    name:
      channels === 1
        ? `${height} × ${width} pixels`
        : `${height} × ${width} pixels of channel ${channel + 1}`,
    source: columnName,
    transform: `(x / 255 − ${short(value)}) / ${short(std[channel] ?? 1)}`,
  }))
  return {
    preparation,
    split,
    data: { rows: targets.length, inputs: pixels, targets },
    originals: null,
    summary: () => labelledSummary(split, targets, fitted, features, []),
  }
}

/** Images with the very same pixels as an earlier one, by their bytes. */
function countDuplicates({ pixels, labels }: ImageData): number {
  const size = pixels.length / labels.codes.length
  const seen = new Set<string>()
  for (let at = 0; at < pixels.length; at += size)
    seen.add(Buffer.from(pixels.buffer, pixels.byteOffset + at, size).toString('latin1'))
  return labels.codes.length - seen.size
}

export const images: KindOfData<'images'> = {
  async import({ path }, place, _context) {
    const started = performance.now()
    const { train, test } = await findPairs(path)
    const files: SourceFile[] = []
    for (const pair of test === null ? [train] : [train, test])
      for (const role of ['images', 'labels'] as const) {
        const { name, path: file } = pair[role]
        files.push({ name, role, part: pair.part, ...(await keepOriginal(place.folder, file)) })
      }
    const data = await readImages(place, files)
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
      rejected: [],
      notes: [
        `${data.trainRows} training and ${rows - data.trainRows} test images of ${data.height} × ${data.width} pixels, ${data.labels.categories.length} classes.`,
      ],
      seconds: (performance.now() - started) / 1000,
    }
    return { receipt, columns, rows, recipe: defaultImagesRecipe(path, columns, test !== null) }
  },

  validate: validateLabelled,

  prepare: async (place, receipt, recipe) => prepareImages(await readImages(place, receipt.files), recipe),

  async page(place, { receipt, rows }, _recipe, from, limit) {
    const labels = await readLabels(place, receipt.files)
    const count = Math.max(0, Math.min(limit, rows - from))
    return {
      columns: [columnName, labelName],
      rows: Array.from({ length: count }, (_, i) => [`image ${from + i + 1}`, labels[from + i] ?? null]),
      offset: from,
      total: rows,
    }
  },

  async profile(place, { receipt, columns }) {
    const data = await readImages(place, receipt.files)
    return labelledProfile(data, columns, receipt, countDuplicates(data))
  },

  async ask({ path, preparation }, use, _context) {
    const name = basename(path)
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      throw new DescentError('badData', `${path} cannot be read (${error.code}). Give an IDX file of images.`)
    })
    const { shape, data } = await decodeImages(new Uint8Array(bytes), name)
    const [rows, channels, height, width] = shape
    if (channels !== preparation.channels || height !== preparation.height || width !== preparation.width)
      throw new DescentError(
        'badData',
        `The model was trained on images of ${preparation.height} × ${preparation.width} pixels, but those of ${name} are ${height} × ${width}.`,
        'dataPath',
      )
    async function* cells(): AsyncGenerator<Cell[]> {
      for (let row = 0; row < rows; row++) yield [row + 1]
    }
    return await use({ rows, inputs: data, names: [columnName], cells, notes: [] })
  },
}
