/** What is kept of a set of images: files of pixels, and beside them labels as bytes (IDX) or an index of names and labels. */
import { rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { vision } from '../../../../engine/index.ts'
import { DescentError, type Limits, type SourceFile } from '../../../contract/index.ts'
import { readOriginal } from '../../datasets/originals.ts'
import type { Extent } from '../../pictures/decode.ts'
import { hashOfFile } from '../../store/hash.ts'
import { decodeImages, decodeLabels, joinLabels, reading } from './idx-folder.ts'

export type Part = SourceFile['part']
export type Files = readonly SourceFile[]

/** Of pictures that had files of their own: by row. */
export const indexSchema = z.object({
  files: z.array(z.string()),
  labels: z.array(z.string()),
  /** Widths and heights of the files. */
  sizes: z.array(z.tuple([z.int(), z.int()])).optional(),
  /** Of a column of a table: so many are what its training rows name, the others what the rows of a test file name that lies elsewhere. Absent: all rows name all. */
  trained: z.int().optional(),
})
export type PictureIndex = z.infer<typeof indexSchema>

export interface KeptPart {
  readonly images: vision.ByteImages
  readonly labels: readonly string[]
}

/** Moves what was written beside the originals to them, under its hash. */
export async function keepFile(from: string, folder: string): Promise<Pick<SourceFile, 'bytes' | 'sha256'>> {
  const sha256 = hashOfFile(from)
  const { size } = await stat(from)
  await rename(from, join(folder, 'originals', sha256))
  return { bytes: size, sha256 }
}

export const fileOf = (files: Files, part: Part, role: SourceFile['role']): SourceFile | undefined =>
  files.find((each) => each.part === part && each.role === role)

/** The last that were read, which pages ask for one after the other: one for each part. */
const lastRead = new Map<string, PictureIndex>()
const mostRead = 3

/** Whoever reads it changes nothing in it. */
export async function readIndex(folder: string, file: SourceFile): Promise<PictureIndex> {
  const key = `${folder}\0${file.sha256}`
  const known = lastRead.get(key)
  if (known !== undefined) return known
  const bytes = await readOriginal(folder, file)
  const index = indexSchema.parse(JSON.parse(new TextDecoder().decode(bytes)))
  lastRead.set(key, index)
  for (const [oldest] of lastRead) if (lastRead.size > mostRead) lastRead.delete(oldest)
  return index
}

/** Images × channels × rows × columns. */
export async function readPixels(folder: string, file: SourceFile): Promise<vision.ByteImages> {
  const bytes = await readOriginal(folder, file)
  const { shape, data } = await reading(() => vision.decodeIdx(bytes, file.name))
  const [count = 0, channels = 0, height = 0, width = 0] = shape
  return { shape: [count, channels, height, width], data }
}

/** null: there is no such part. */
export async function readPart(
  folder: string,
  files: Files,
  part: Part,
  limits: Limits,
): Promise<KeptPart | null> {
  const images = fileOf(files, part, 'images')
  const index = fileOf(files, part, 'index')
  const labels = fileOf(files, part, 'labels')
  if (images !== undefined && index !== undefined)
    return {
      images: await readPixels(folder, images),
      labels: (await readIndex(folder, index)).labels,
    }
  if (images === undefined || labels === undefined) return null
  const joined = joinLabels(
    await decodeImages(await readOriginal(folder, images), images.name, limits),
    await decodeLabels(await readOriginal(folder, labels), labels.name, limits),
    { images: images.name, labels: labels.name },
  )
  return { images: joined.images, labels: Array.from(joined.labels, String) }
}

/** Without the pixels, which are most of the work. */
export async function readLabelTexts(
  folder: string,
  files: Files,
  part: Part,
  limits: Limits,
): Promise<readonly string[]> {
  const index = fileOf(files, part, 'index')
  if (index !== undefined) return (await readIndex(folder, index)).labels
  const labels = fileOf(files, part, 'labels')
  if (labels === undefined) return []
  return Array.from(await decodeLabels(await readOriginal(folder, labels), labels.name, limits), String)
}

/** What the pictures are called; null: they had no files of their own. */
export async function readNames(folder: string, files: Files): Promise<string[] | null> {
  const names: string[] = []
  for (const part of ['train', 'validation', 'test'] as const) {
    const index = fileOf(files, part, 'index')
    if (index !== undefined) names.push(...(await readIndex(folder, index)).files)
  }
  return names.length === 0 ? null : names
}

/** As the files came, by row; null: they had no files of their own. */
export async function readSizes(folder: string, files: Files): Promise<Extent[] | null> {
  const sizes: Extent[] = []
  for (const part of ['train', 'validation', 'test'] as const) {
    const index = fileOf(files, part, 'index')
    if (index === undefined) continue
    const said = (await readIndex(folder, index)).sizes
    if (said === undefined) return null
    sizes.push(...said.map(([width, height]) => ({ width, height })))
  }
  return sizes.length === 0 ? null : sizes
}

export const noTraining = (): DescentError =>
  new DescentError('badData', 'The data set has no training images. Import it again.')
