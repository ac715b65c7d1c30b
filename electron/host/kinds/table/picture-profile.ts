/** What the pictures are like that the columns of a table name: what Explore tells of a folder of pictures. */
import { isCategorical, targetsOf, type Receipt, type TableRecipe } from '../../../contract/index.ts'
import type { Frame, FrameColumn } from '../../datasets/frame.ts'
import { bandsOfQuarters } from '../../explore/bands.ts'
import { lookAtImages, type ImageLooks } from '../../explore/image-looks.ts'
import { profilePictures } from '../../explore/picture-profile.ts'
import type { LookedAtPictures } from '../../explore/profile.ts'
import type { Extent } from '../../pictures/decode.ts'
import { quantile } from '../../prepare/statistics.ts'
import { sortClasses } from '../../tasks/index.ts'
import { readIndex, readPixels, type PictureIndex } from '../images/kept.ts'
import type { DataFolder, ReadContext } from '../kind.ts'
import { tableVersionOf } from './corrected-table.ts'
import { picturesOf } from './picture-columns.ts'
import { readFrame } from './read-frame.ts'
import { withTestRows } from './test-file.ts'

/** What a row is by its target, and in which order such words stand. */
interface Classes {
  readonly of: (row: number) => string
  readonly order: readonly string[]
}

const noClass = ''
/** Rows without a target are shown as well. */
const unknown = '–'

/** Numbers by their quarters: the pictures of what is dear beside those of what is cheap. */
function quarterOf(values: Float64Array): Classes | null {
  const present = values.filter((value) => !Number.isNaN(value)).sort()
  if (present.length === 0) return null
  const bands = bandsOfQuarters(
    [0, 0.25, 0.5, 0.75, 1].map((share) => quantile(present, share)),
    null,
  )
  return {
    of: (row) =>
      bands.find(({ low, high, closed }) => {
        const value = values[row]!
        return value >= low && (closed ? value <= high : value < high)
      })?.label ?? unknown,
    order: [...bands.map(({ label }) => label), unknown],
  }
}

/** One target tells classes apart; several, or lists of labels, do not. */
function classesOf(target: FrameColumn | undefined): Classes {
  if (target?.kind === 'category') {
    const { codes, categories } = target
    return {
      of: (row) => categories[codes[row] ?? -1] ?? unknown,
      order: [...sortClasses(categories), unknown],
    }
  }
  const quarters = target?.kind === 'number' ? quarterOf(target.values) : null
  return quarters ?? { of: () => noClass, order: [noClass] }
}

/** Each kept picture that a row names, and the first such row. */
function firstRows(
  values: readonly string[],
  { files, trained = files.length }: PictureIndex,
  trainRows: number,
): { readonly place: number; readonly row: number }[] {
  const known = files.map((file, place) => [file, place] as const)
  const ofTrain = new Map(known.slice(0, trained))
  const ofTest = trained < files.length ? new Map(known.slice(trained)) : ofTrain
  const rows = new Map<number, number>()
  values.forEach((cell, row) => {
    const place = (row < trainRows ? ofTrain : ofTest).get(cell)
    if (place !== undefined && !rows.has(place)) rows.set(place, row)
  })
  return [...rows].map(([place, row]) => ({ place, row })).sort((a, b) => a.row - b.row)
}

async function profileColumn(
  column: string,
  values: readonly string[],
  classes: Classes,
  { receipt, folder, trainRows }: { receipt: Receipt; folder: string; trainRows: number },
): Promise<LookedAtPictures | null> {
  const kept = picturesOf(receipt, column)
  if (kept === null) return null
  const index = await readIndex(folder, kept.index)
  const found = firstRows(values, index, trainRows)
  if (found.length === 0) return null
  const { shape, data } = await readPixels(folder, kept.images)
  const [, channels, height, width] = shape
  const size = channels * height * width
  const pixels = new Uint8Array(found.length * size)
  found.forEach(({ place }, at) => pixels.set(data.subarray(place * size, (place + 1) * size), at * size))
  const images = { pixels, channels, height, width }
  const sizes: Extent[] | null = index.sizes
    ? found.map(({ place }) => ({ width: index.sizes![place]![0], height: index.sizes![place]![1] }))
    : null
  const seen = lookAtImages(images, found.length, found.length, sizes)
  const isTested = (at: number): boolean => found[at]!.row >= trainRows
  const looks: ImageLooks = { ...seen, column, tested: Array.from(seen.rows, isTested) }
  const labels = found.map(({ row }) => classes.of(row))
  const categories = classes.order.filter((label) => labels.includes(label))
  const codes = Int32Array.from(labels, (label) => categories.indexOf(label))
  const profile = await profilePictures({
    column,
    images,
    labels: { codes, categories },
    inOrder: true,
    nameOf: (at) => index.files[found[at]!.place]!,
    ...(index.trained !== undefined && { testedOf: isTested }),
    sizes,
    looks,
  })
  return { profile, looks: { ...looks, rows: looks.rows.map((at) => found[at]!.row) } }
}

/** Of each column of pictures that is learned from, in the table's order. */
export async function profilePictureColumns(
  place: DataFolder,
  receipt: Receipt,
  { data: { columns }, target }: TableRecipe,
  context: Partial<ReadContext>,
): Promise<LookedAtPictures[]> {
  const pictures = columns.filter(
    ({ name, kind, role }) => kind === 'image' && role === 'feature' && picturesOf(receipt, name) !== null,
  )
  if (pictures.length === 0) return []
  const targets = targetsOf(columns)
  const [told] = targets
  const tells =
    targets.length === 1 &&
    told !== undefined &&
    target.separator === null &&
    (told.kind === 'number' || isCategorical(told.kind))
  const frame: Frame = await readFrame(tableVersionOf(place), tells ? [...pictures, told] : pictures, context)
  const classes = classesOf(tells ? frame.columns.at(-1) : undefined)
  const { trainRows = frame.rows } = withTestRows(frame, receipt)
  const found: LookedAtPictures[] = []
  for (const column of frame.columns.slice(0, pictures.length)) {
    if (column.kind !== 'text') continue
    const one = await profileColumn(column.name, column.values, classes, {
      receipt,
      folder: place.folder,
      trainRows,
    })
    if (one !== null) found.push(one)
  }
  return found
}
