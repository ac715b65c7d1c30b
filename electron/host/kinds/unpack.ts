/** Archives that stand for a folder of pictures or of texts: what they hold, and the folder itself for as long as it is read. */
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { DescentError, type DataKind, type Limits } from '../../contract/index.ts'
import { counting } from '../inputs/counting.ts'
import { limitError } from '../inputs/limit-error.ts'
import { eachPacked, packingOf } from '../inputs/packed.ts'
import type { LeftOut } from '../pictures/find.ts'
import { hasPictureName, hasTableName } from '../pictures/formats.ts'
import { isCifarName, isTextName, looksLikeIdx } from './file-names.ts'
import type { ReadContext } from './kind.ts'

type PackedKind = Exclude<DataKind, 'table'>

const bad = (message: string): DescentError => new DescentError('badData', message, 'path')
const longestName = 255
const enough = 1000
/** Of a class: one file alone in its folder may be anything. */
const fewestTexts = 2

/** What Office writes is an archive, too, and may hold more pictures than text. */
const ofOffice: ReadonlySet<string> = new Set(['[Content_Types].xml', 'mimetype'])

const hasPixels = (name: string): boolean => looksLikeIdx(name) || isCifarName(name)

/** Ends the walk through an archive of which enough is known. */
class Enough extends Error {}

/** By the names of what is in it; null: no archive, or one of anything else, such as a table. */
export async function packedKind(path: string, limits: Limits): Promise<PackedKind | null> {
  const packing = await packingOf(path).catch(() => null)
  if (packing === null) return null
  const names: string[] = []
  try {
    await eachPacked(path, packing, limits, ({ name }) => {
      names.push(name)
      return names.length >= enough ? Promise.reject(new Enough()) : Promise.resolve()
    })
  } catch {
    // Enough was seen, or what is wrong with it is said where it is read.
  }
  return kindOfNames(names)
}

export function kindOfNames(names: readonly string[]): PackedKind | null {
  if (names.some((name) => ofOffice.has(name))) return null
  const pictures = names.filter(hasPictureName).length
  const others = names.filter((name) => !hasPictureName(name) && !hasTableName(name))
  if (pictures > others.length) return 'images'
  if (others.filter((name) => hasPixels(basename(name))).length > 1) return 'images'
  const texts = others.filter((name) => name.includes('/') && isTextName(basename(name)))
  const classes = [...Map.groupBy(texts, dirname).values()].filter(({ length }) => length >= fewestTexts)
  return classes.length > 1 && 2 * texts.length > names.length ? 'text' : null
}

const isOf: Readonly<Record<PackedKind, (name: string) => boolean>> = {
  images: (name) => hasPictureName(name) || hasTableName(name) || hasPixels(basename(name)),
  text: (name) => isTextName(basename(name)),
}

/** Counted while they come: what an entry says of its size need not be so. */
async function unpack(
  path: string,
  kind: PackedKind,
  folder: string,
  limits: Limits,
): Promise<{ leftOut: LeftOut[]; pictures: number }> {
  const shown = basename(path)
  const packing = await packingOf(path)
  if (packing === null)
    throw bad(`${shown} cannot be unpacked: it is neither a ZIP archive nor a tar archive.`)
  const room = { left: limits.expandedSize }
  const tooMuch = (): DescentError => limitError('expandedSize', limits, `${shown} unpacks to`, null)
  const leftOut: LeftOut[] = []
  let pictures = 0
  await eachPacked(path, packing, limits, async ({ name, size, isLink, isProtected, stream }) => {
    if (!isOf[kind](name)) return
    if (isProtected) throw bad(`${shown} is protected by a password. Unpack it, and give the folder.`)
    if (isLink) {
      leftOut.push({ text: name, reason: `${name} is a link in the archive, and was not followed.` })
      return
    }
    if (name.split('/').some((part) => Buffer.byteLength(part) > longestName)) return
    if (size > room.left) throw tooMuch()
    const to = join(folder, name)
    await mkdir(dirname(to), { recursive: true })
    await pipeline(await stream(), counting(room, tooMuch), createWriteStream(to, { mode: 0o600 }))
    if (hasPictureName(name)) pictures++
  })
  return { leftOut, pictures }
}

/** Where an archive holds nothing but a folder, that is meant. */
async function inside(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true })
  const [only] = entries
  return entries.length === 1 && only?.isDirectory() ? await inside(join(folder, only.name)) : folder
}

/** A folder is used as it is; an archive is unpacked beside the data, and gone when it was read. */
export async function withFolder<T>(
  path: string,
  kind: PackedKind,
  scratch: string,
  { limits }: ReadContext,
  use: (folder: string, left: readonly LeftOut[]) => Promise<T>,
): Promise<T> {
  if ((await stat(path)).isDirectory()) return await use(path, [])
  const folder = join(scratch, `unpacked-${randomUUID()}`)
  let used = folder
  try {
    await mkdir(folder, { recursive: true })
    const { leftOut, pictures } = await unpack(path, kind, folder, limits)
    // A folder around pictures may be their class.
    if (pictures === 0) used = await inside(folder)
    return await use(used, leftOut)
  } catch (error) {
    // Nobody knows the folder that it was unpacked into.
    if (!(error instanceof DescentError)) throw error
    throw new DescentError(
      error.code,
      error.message.replaceAll(used, path).replaceAll(folder, path),
      error.field,
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
