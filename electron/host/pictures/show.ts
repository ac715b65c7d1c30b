/** Pictures for people to look at: as the network gets them, and as their files have them where these still are. */
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  DescentError,
  type Limits,
  type Receipt,
  type SourceFile,
  type Thumbnail,
  type WholePicture,
} from '../../contract/index.ts'
import { isPlaceInFile } from '../kinds/file-names.ts'
import { readIndex, readPart } from '../kinds/images/kept.ts'
import { rowOfName } from '../kinds/images/labels.ts'
import type { DataFolder } from '../kinds/kind.ts'
import { isNameOfCell } from '../kinds/table/formats/pictures-in-cells.ts'
import { finderIn } from './beside.ts'
import { fileSource } from './collect.ts'
import { decodePicture, NoPicture } from './decode.ts'
import { parts } from './find.ts'
import { interleaved } from './interleaved.ts'
import { libvips } from './libvips.ts'
import { pixelsAt } from './pixel-file.ts'

interface Seen {
  readonly pixels: Uint8Array
  readonly channels: number
  readonly height: number
  readonly width: number
}

interface Place {
  readonly file: SourceFile
  readonly at: number
}

/** Where the pixels of each name are: its file, and its place in it. Rows of a test file that lies elsewhere have their own. */
interface Places {
  readonly trained: ReadonlyMap<string, Place>
  readonly tested: ReadonlyMap<string, Place> | null
}

/** The last index that was read: pages are looked at one after the other. */
let known: { readonly key: string; readonly places: Places } | null = null

async function placesOf(folder: string, files: readonly SourceFile[]): Promise<Places> {
  const key = files.map(({ sha256 }) => sha256).join()
  if (known?.key === key) return known.places
  const trained = new Map<string, Place>()
  let tested: Map<string, Place> | null = null
  for (const index of files.filter(({ role }) => role === 'index')) {
    const pixels = files.find(
      ({ role, part, column }) => role === 'images' && part === index.part && column === index.column,
    )
    if (pixels === undefined) continue
    const read = await readIndex(folder, index)
    if (read.trained !== undefined) tested ??= new Map()
    for (const [at, name] of read.files.entries())
      (at < (read.trained ?? Infinity) ? trained : tested!).set(name, { file: pixels, at })
  }
  known = { key, places: { trained, tested } }
  return known.places
}

/** IDX files hold pixels only together. */
let unpacked: { readonly key: string; readonly data: Uint8Array; readonly shape: readonly number[] } | null =
  null

async function fromIdx(
  folder: string,
  files: readonly SourceFile[],
  name: string,
  limits: Limits,
): Promise<Seen | null> {
  let row = rowOfName(name)
  if (row === null) return null
  for (const part of parts) {
    const images = files.find((file) => file.role === 'images' && file.part === part)
    if (images === undefined) continue
    if (unpacked?.key !== images.sha256) {
      const kept = await readPart(folder, files, part, limits)
      if (kept === null) continue
      unpacked = { key: images.sha256, data: kept.images.data, shape: kept.images.shape }
    }
    const [count = 0, channels = 0, height = 0, width = 0] = unpacked.shape
    const size = channels * height * width
    if (row < count)
      return { pixels: unpacked.data.subarray(row * size, (row + 1) * size), channels, height, width }
    row -= count
  }
  return null
}

/** A column of pictures; `tested`: what the rows of a test file call so. */
export interface InColumn {
  readonly column: string
  readonly tested?: boolean | undefined
}

/** By name; absent: there is none of that name. */
async function seenOf(
  { folder }: DataFolder,
  receipt: Receipt,
  { column, tested }: InColumn,
  names: readonly string[],
  limits: Limits,
): Promise<Map<string, Seen>> {
  const files = receipt.files.filter((file) => receipt.kind === 'images' || file.column === column)
  const found = new Map<string, Seen>()
  if (files.some(({ role }) => role === 'index')) {
    const all = await placesOf(folder, files)
    const places = (tested ? all.tested : null) ?? all.trained
    const wanted = names.flatMap((name) => {
      const place = places.get(name)
      return place === undefined ? [] : [{ name, ...place }]
    })
    for (const [file, some] of Map.groupBy(wanted, (one) => one.file)) {
      const { pictures, ...shape } = await pixelsAt(
        join(folder, 'originals', file.sha256),
        some.map(({ at }) => at),
      )
      some.forEach(({ name }, i) => found.set(name, { ...shape, pixels: pictures[i]! }))
    }
    return found
  }
  for (const name of names) {
    const one = await fromIdx(folder, files, name, limits)
    if (one !== null) found.set(name, one)
  }
  return found
}

/** As PNG, which loses nothing; larger ones than `most` pixels a side are made smaller. */
export async function pictureAddress(
  { pixels, channels, height, width }: Seen,
  most?: number,
): Promise<string> {
  const raw = { width, height, channels: channels === 1 ? (1 as const) : (3 as const) }
  const sharp = await libvips()
  const whole = sharp(interleaved(pixels, channels), { raw })
  const shown =
    most === undefined ? whole : whole.resize(most, most, { fit: 'inside', withoutEnlargement: true })
  const png = await shown.png({ compressionLevel: 3 }).toBuffer()
  return `data:image/png;base64,${png.toString('base64')}`
}

export async function thumbnails(
  place: DataFolder,
  receipt: Receipt,
  column: InColumn,
  names: readonly string[],
  limits: Limits,
): Promise<Thumbnail[]> {
  const seen = await seenOf(place, receipt, column, names, limits)
  return await Promise.all(
    names.map(async (name) => {
      const one = seen.get(name)
      return { name, shown: one === undefined ? null : await pictureAddress(one) }
    }),
  )
}

/** A screen's worth. */
const mostShown = 1280

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => null))?.isDirectory() ?? false

/** Where the cells of these rows lead from, as when they were imported. */
async function foldersOf(receipt: Receipt, { column, tested }: InColumn, folder: string): Promise<string[]> {
  if (receipt.kind === 'images') return (await isFolder(receipt.path)) ? [receipt.path] : []
  const { test } = receipt
  if (!tested || test === undefined) return [dirname(receipt.path)]
  const index = receipt.files.find((file) => file.role === 'index' && file.column === column)
  if (index === undefined) return []
  const { trained } = await readIndex(folder, index)
  return [dirname(trained === undefined ? receipt.path : test.path)]
}

const keptOnly = 'what was kept of it is shown.'

/** Why there is no file to be shown. */
async function withoutFile({ kind, path, format }: Receipt, name: string): Promise<string> {
  if (kind === 'table' && format === 'parquet' && isNameOfCell(name))
    return `It stands in a cell of the table and has no file of its own: ${keptOnly}`
  if (isPlaceInFile(name)) return `It stands in a file of many and has none of its own: ${keptOnly}`
  const is = await stat(path).catch(() => null)
  return kind === 'images' && is?.isFile()
    ? `Its file is in an archive, which is not unpacked again: ${keptOnly}`
    : `Its file is not where it was imported from: ${keptOnly}`
}

type File = NonNullable<WholePicture['file']>

async function showFile(path: string, name: string, limits: Limits): Promise<File | string> {
  try {
    const bytes = await fileSource(path, name, limits).bytes()
    const { facts, pixels, width, height } = await decodePicture(bytes, null, limits)
    const sharp = await libvips()
    const shown = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .resize(mostShown, mostShown, { fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 90 })
      .toBuffer()
    return {
      shown: `data:image/webp;base64,${shown.toString('base64')}`,
      width: facts.width,
      height: facts.height,
      format: facts.format,
      bytes: bytes.length,
    }
  } catch (error) {
    if (error instanceof NoPicture)
      return `${name} ${error.message} now: it was changed since it was imported.`
    return `${name} cannot be read any more.`
  }
}

export async function wholePicture(
  place: DataFolder,
  receipt: Receipt,
  column: InColumn,
  name: string,
  limits: Limits,
): Promise<WholePicture> {
  const seen = (await seenOf(place, receipt, column, [name], limits)).get(name)
  if (seen === undefined)
    throw new DescentError('notFound', `The data has no picture “${name}” in “${column.column}”.`, 'name')
  const { width, height, channels } = seen
  const whole = { name, seen: { shown: await pictureAddress(seen), width, height, channels } }
  // Images in IDX files are no files of their own.
  if (rowOfName(name) !== null && receipt.files.every(({ role }) => role !== 'index'))
    return { ...whole, file: null, notes: [] }
  const find = await finderIn(await foldersOf(receipt, column, place.folder))
  const path = await find(name)
  if (path === null) return { ...whole, file: null, notes: [await withoutFile(receipt, name)] }
  const file = await showFile(path, name, limits)
  return typeof file === 'string' ? { ...whole, file: null, notes: [file] } : { ...whole, file, notes: [] }
}
