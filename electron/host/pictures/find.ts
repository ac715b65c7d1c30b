/** The pictures below a folder, with what the folders between say of each: its class, and whether it trains or tests. */
import { opendir, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { DescentError, type Limits } from '../../contract/index.ts'
import { limitError } from '../inputs/limit-error.ts'
import { hasPictureName, hasTableName } from './formats.ts'

export interface FoundFile {
  readonly path: string
  /** From the folder on, with slashes. */
  readonly file: string
}

export interface Found {
  /** In the order in which people count. */
  readonly pictures: readonly FoundFile[]
  /** Tables beside them, at the top. */
  readonly tables: readonly FoundFile[]
  /** Files that are neither. */
  readonly others: number
  /** What nobody looked into, and why. */
  readonly left: readonly LeftOut[]
}

export interface LeftOut {
  readonly text: string
  readonly reason: string
}

const byName = new Intl.Collator('en', { numeric: true })
const isAside = (name: string): boolean => /^(\.|__macosx$|thumbs\.db$|desktop\.ini$)/i.test(name)
/** Folders in folders; a person's file system has no bottom that anybody sees. */
const deepest = 12

export async function findPictures(folder: string, limits: Limits): Promise<Found> {
  const pictures: FoundFile[] = []
  const tables: FoundFile[] = []
  const left: LeftOut[] = []
  const leave = (file: string, why: string): void => void left.push({ text: file, reason: `${file} ${why}` })
  let others = 0
  let seen = 0
  const root = await realpath(folder)

  async function walk(inside: string, depth: number): Promise<void> {
    const entries = []
    const at = join(folder, inside)
    const opened = await opendir(at).catch((error: NodeJS.ErrnoException) => {
      throw new DescentError('badData', `${at} cannot be read (${error.code}).`, 'path')
    })
    for await (const entry of opened) {
      if (++seen > limits.pictures)
        throw limitError('pictures', limits, `${folder} is a folder with entries:`, null)
      if (!isAside(entry.name)) entries.push(entry)
    }
    entries.sort((a, b) => byName.compare(a.name, b.name))
    for (const entry of entries) {
      const file = inside === '' ? entry.name : `${inside}/${entry.name}`
      const path = join(folder, file)
      if (entry.isSymbolicLink()) {
        const real = await realpath(path).catch(() => null)
        if (real === null || !real.startsWith(root + sep)) {
          leave(file, 'is a link that leads out of the folder, and was not followed.')
          continue
        }
        // It may lead to a folder above it, and round and round.
        if ((await stat(real)).isDirectory()) {
          leave(file, 'is a link to a folder of the data, which is read where it is, and was not followed.')
          continue
        }
      }
      if (entry.isDirectory()) {
        if (depth < deepest) await walk(file, depth + 1)
        else leave(file, `lies more than ${deepest} folders deep, and was not looked into.`)
      } else if (hasPictureName(entry.name)) pictures.push({ path, file })
      else if (depth === 0 && hasTableName(entry.name)) tables.push({ path, file })
      else others++
    }
  }

  await walk('', 0)
  return { pictures, tables, others, left }
}

// ---- what the folders say ----

export const parts = ['train', 'validation', 'test'] as const
export type PartName = (typeof parts)[number]

const partNames: readonly (readonly [PartName, RegExp])[] = [
  ['train', /^train(ing)?([ _-]?(set|data|images))?$/i],
  ['validation', /^(val|valid|validation|dev)([ _-]?(set|data|images))?$/i],
  ['test', /^(test(ing)?|holdout)([ _-]?(set|data|images))?$/i],
]
const partOf = (name: string): PartName | null => partNames.find(([, said]) => said.test(name))?.[0] ?? null

export interface LabeledPicture extends FoundFile {
  readonly label: string
  readonly part: PartName
}

export interface ByFolder {
  readonly pictures: readonly LabeledPicture[]
  /** Those that no folder says the class of. */
  readonly unlabeled: readonly FoundFile[]
  /** As they are called there. */
  readonly partFolders: readonly string[]
  /** Those beside the part folders, which belong to no part. */
  readonly aside: readonly FoundFile[]
  /** Of those in part folders, by name, whatever their class. */
  readonly parts: ReadonlyMap<string, PartName>
}

/** A folder that is all there is was put around the data by whoever packed it. */
function wrapping(files: readonly FoundFile[]): string {
  let prefix = ''
  for (;;) {
    const firsts = new Set(files.map(({ file }) => file.slice(prefix.length).split('/')[0]!))
    const [only] = firsts
    const isFolder = files.every(({ file }) => file.slice(prefix.length).includes('/'))
    // One class alone is told as such.
    const deeper = files.every(({ file }) => file.slice(prefix.length).split('/').length > 2)
    if (firsts.size !== 1 || !isFolder || !deeper || partOf(only!) !== null) return prefix
    prefix += `${only}/`
  }
}

/** Where one says train, or two say different parts, and classes are below them, they say what the pictures are for, whatever lies beside; a class may be called so, too. */
function partsAmong(ways: readonly (readonly string[])[]): string[] {
  const tops = [...new Set(ways.flatMap((way) => (way.length > 1 ? [way[0]!] : [])))]
  const named = tops.filter((name) => partOf(name) !== null)
  if (named.length === tops.length) return named
  const kinds = new Set(named.map(partOf))
  const hold = ways.some((way) => way.length > 2 && named.includes(way[0]!))
  return hold && (kinds.has('train') || kinds.size > 1) ? named : []
}

/** Class folders, or such in folders that say what they are for. */
export function byFolder(files: readonly FoundFile[]): ByFolder {
  const prefix = wrapping(files)
  const ways = files.map((found) => ({ found, way: found.file.slice(prefix.length).split('/') }))
  const partFolders = partsAmong(ways.map(({ way }) => way))
  const pictures: LabeledPicture[] = []
  const unlabeled: FoundFile[] = []
  const aside: FoundFile[] = []
  const said = new Map<string, PartName>()
  for (const { found, way } of ways) {
    const folders = way.slice(0, -1)
    const isIn = partFolders.length > 0 && folders.length > 0
    const part = isIn ? partOf(folders.shift()!) : 'train'
    const [label] = folders
    if (isIn && part !== null) said.set(found.file, part)
    if (part === null) aside.push(found)
    else if (label === undefined) unlabeled.push(found)
    else pictures.push({ ...found, label, part })
  }
  return { pictures, unlabeled, partFolders, aside, parts: said }
}
