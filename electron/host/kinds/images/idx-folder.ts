/** The IDX files of a folder: which are images and which their labels, and what is in them. */
import { vision } from '../../../../engine/index.ts'
import { DescentError, type Limits } from '../../../contract/index.ts'
import { gunzipWithin } from '../../inputs/gunzip.ts'
import { fileList, type FoundFile } from '../recognize.ts'

const bad = (message: string): DescentError => new DescentError('badData', message, 'path')

type Part = 'train' | 'test'
export interface Pair {
  readonly part: Part
  readonly images: FoundFile
  readonly labels: FoundFile
}

const partNames: Record<Part, string> = { train: 'training', test: 'test' }
const dimensionsOf = ({ idx }: FoundFile): number => idx?.length ?? 0

/** By the header; where that cannot be read, by the name, so that the file's own fault is what is told. */
const isLabels = (file: FoundFile): boolean =>
  dimensionsOf(file) === 1 || (dimensionsOf(file) === 0 && /label/i.test(file.name))

function only(candidates: readonly FoundFile[], what: string, folder: string): FoundFile | null {
  if (candidates.length > 1)
    throw bad(
      `${folder} holds ${candidates.length} files that could be the ${what}: ${fileList(candidates)}. Keep one of them there.`,
    )
  return candidates[0] ?? null
}

function pairOf(files: readonly FoundFile[], part: Part, folder: string): Pair | null {
  const of = files.filter((file) => file.part === part)
  const name = partNames[part]
  const images = only(
    of.filter((file) => !isLabels(file)),
    `${name} images`,
    folder,
  )
  const labels = only(of.filter(isLabels), `${name} labels`, folder)
  if (images === null && labels === null) return null
  if (labels === null)
    throw bad(
      `${folder} has ${name} images (${images?.name}) but no labels for them. Add their IDX file of labels, such as ${part === 'train' ? 'train' : 't10k'}-labels-idx1-ubyte.gz.`,
    )
  if (images === null)
    throw bad(
      `${folder} has ${name} labels (${labels.name}) but no images for them. Add their IDX file of images.`,
    )
  return { part, images, labels }
}

export interface Pairs {
  readonly train: Pair
  readonly test: Pair | null
}

/** `files`: of one folder. A pair whose names say neither “train” nor “test” trains. */
export function pairFiles(files: readonly FoundFile[], folder: string): Pairs {
  const idx = files.filter(({ idx: shape }) => shape !== null)
  const named = idx.some(({ part }) => part === 'train')
  const sorted = named ? idx : idx.map((file) => ({ ...file, part: file.part ?? ('train' as const) }))
  const train = pairOf(sorted, 'train', folder)
  const test = pairOf(sorted, 'test', folder)
  if (train === null) throw bad(`${folder} has test images only. Add the training images and their labels.`)
  return { train, test }
}

/** What the engine's readers say of a file, as an error of the user's data. */
export async function reading<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw error instanceof DescentError ? error : bad(error instanceof Error ? error.message : String(error))
  }
}

/** A file that is told by its header to be what its name denies, and cannot be read so. */
async function readingAs<T>(what: 'images' | 'labels', name: string, read: () => Promise<T>): Promise<T> {
  const denies = what === 'images' ? /label/i : /image/i
  const number = what === 'images' ? '0x00000803' : '0x00000801'
  const other = what === 'images' ? 'labels' : 'images'
  return await reading(read).catch((error: unknown) => {
    throw denies.test(name) && error instanceof DescentError
      ? bad(
          `${name} should hold ${other} by its name, but its magic number (${number}) says ${what}, which cannot be read from it. The file is damaged, or its first bytes were written for another: get it again.`,
        )
      : error
  })
}

export async function decodeImages(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  limits: Limits,
): Promise<vision.ByteImages> {
  return await readingAs('images', name, async () =>
    vision.decodeIdxImages(await gunzipWithin(bytes, name, limits), name),
  )
}

export async function decodeLabels(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  limits: Limits,
): Promise<Uint8Array> {
  return await readingAs('labels', name, async () =>
    vision.decodeIdxLabels(await gunzipWithin(bytes, name, limits), name),
  )
}

export interface LabeledImages {
  readonly images: vision.ByteImages
  readonly labels: Uint8Array
}

/** Throws where the two do not belong together. */
export function joinLabels(
  images: vision.ByteImages,
  labels: Uint8Array,
  names: { readonly images: string; readonly labels: string },
): LabeledImages {
  const count = images.shape[0]
  if (count !== labels.length)
    throw bad(
      `${names.images} holds ${count} images, but ${names.labels} has ${labels.length} labels: they do not belong together.`,
    )
  return { images, labels }
}
