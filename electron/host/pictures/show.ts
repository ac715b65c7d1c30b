/** Pictures for people to look at: as the network gets them, and as their files have them where these still are. */
import { realpath, stat } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import sharp from 'sharp'
import {
  DescentError,
  startLimits,
  type Limits,
  type Receipt,
  type SourceFile,
  type Thumbnail,
  type WholePicture,
} from '../../contract/index.ts'
import { readIndex, readPart } from '../kinds/images/kept.ts'
import { rowOfName } from '../kinds/images/labels.ts'
import type { DataFolder } from '../kinds/kind.ts'
import { fileSource } from './collect.ts'
import { decodePicture, NoPicture } from './decode.ts'
import { parts } from './find.ts'
import { pixelsAt } from './pixel-file.ts'

interface Seen {
  readonly pixels: Uint8Array
  readonly channels: number
  readonly height: number
  readonly width: number
}

/** Where the pixels of each name are: its file, and its place in it. */
type Places = ReadonlyMap<string, { readonly file: SourceFile; readonly at: number }>

/** The last index that was read: pages are looked at one after the other. */
let known: { readonly key: string; readonly places: Places } | null = null

async function placesOf(folder: string, files: readonly SourceFile[]): Promise<Places> {
  const key = files.map(({ sha256 }) => sha256).join()
  if (known?.key === key) return known.places
  const places = new Map<string, { file: SourceFile; at: number }>()
  for (const index of files.filter(({ role }) => role === 'index')) {
    const pixels = files.find(
      ({ role, part, column }) => role === 'images' && part === index.part && column === index.column,
    )
    if (pixels === undefined) continue
    const names = (await readIndex(folder, index)).files
    for (const [at, name] of names.entries()) places.set(name, { file: pixels, at })
  }
  known = { key, places }
  return places
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

/** By name; absent: there is none of that name. */
async function seenOf(
  { folder }: DataFolder,
  receipt: Receipt,
  column: string,
  names: readonly string[],
  limits: Limits,
): Promise<Map<string, Seen>> {
  const files = receipt.files.filter((file) => receipt.kind === 'images' || file.column === column)
  const found = new Map<string, Seen>()
  if (files.some(({ role }) => role === 'index')) {
    const places = await placesOf(folder, files)
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

/** As PNG, which loses nothing. */
async function asAddress({ pixels, channels, height, width }: Seen): Promise<string> {
  const size = height * width
  const woven = new Uint8Array(pixels.length)
  for (let channel = 0; channel < channels; channel++)
    for (let i = 0; i < size; i++) woven[i * channels + channel] = pixels[channel * size + i]!
  const raw = { width, height, channels: channels === 1 ? (1 as const) : (3 as const) }
  const png = await sharp(woven, { raw }).png({ compressionLevel: 3 }).toBuffer()
  return `data:image/png;base64,${png.toString('base64')}`
}

export async function thumbnails(
  place: DataFolder,
  receipt: Receipt,
  column: string,
  names: readonly string[],
): Promise<Thumbnail[]> {
  const seen = await seenOf(place, receipt, column, names, startLimits)
  return await Promise.all(
    names.map(async (name) => {
      const one = seen.get(name)
      return { name, shown: one === undefined ? null : await asAddress(one) }
    }),
  )
}

/** A screen's worth. */
const mostShown = 1280

/** Only what was imported is opened, and only where it was. */
async function fileOf(receipt: Receipt, name: string): Promise<string | null> {
  const at = await stat(receipt.path).catch(() => null)
  const folder = receipt.kind === 'images' && at?.isDirectory() ? receipt.path : dirname(receipt.path)
  if (at === null || (receipt.kind === 'images' && !at.isDirectory())) return null
  const [real, root] = await Promise.all([
    realpath(join(folder, name)).catch(() => null),
    realpath(folder).catch(() => null),
  ])
  return real !== null && root !== null && real.startsWith(root + sep) ? real : null
}

type File = NonNullable<WholePicture['file']>

async function showFile(path: string, name: string, limits: Limits): Promise<File | string> {
  try {
    const bytes = await fileSource(path, name, limits).bytes()
    const { facts, pixels, width, height } = await decodePicture(bytes, null, limits)
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
  column: string,
  name: string,
  limits: Limits,
): Promise<WholePicture> {
  const seen = (await seenOf(place, receipt, column, [name], limits)).get(name)
  if (seen === undefined)
    throw new DescentError('notFound', `The data has no picture “${name}” in “${column}”.`, 'name')
  const { width, height, channels } = seen
  const whole = { name, seen: { shown: await asAddress(seen), width, height, channels } }
  // Images in IDX files are no files of their own.
  if (rowOfName(name) !== null && receipt.files.every(({ role }) => role !== 'index'))
    return { ...whole, file: null, notes: [] }
  const path = await fileOf(receipt, name)
  if (path === null)
    return {
      ...whole,
      file: null,
      notes: ['Its file is not where it was imported from: what was kept of it is shown.'],
    }
  const file = await showFile(path, name, limits)
  return typeof file === 'string' ? { ...whole, file: null, notes: [file] } : { ...whole, file, notes: [] }
}
