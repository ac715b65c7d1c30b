/**
 * Public sets: fetched once from where their owners publish them, or a mirror, and kept for this user, whichever workspace asks. What
 * came is held against the hash that the list knows, or else the one of the file that came first.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import {
  addressOfSet,
  DescentError,
  fetchedSchema,
  publicSetAt,
  publicSetNames,
  publicSets,
  type Fetched,
  type Limits,
  type PublicSet,
  type PublicSetName,
  type Reading,
  type Task,
} from '../../contract/index.ts'
import { cacheFolder } from '../../../engine/cache-folder.mjs'
import { hashOfFile } from '../store/hash.ts'
import { withoutSecrets } from './address.ts'
import { fetchFile } from './fetch-file.ts'

/** Beside the file that came. */
const keptSchema = z.object({
  /** Its name, in the folder of the set. */
  file: z.string(),
  bytes: z.number(),
  /** That is held to be the right one. */
  sha256: z.string(),
  fetched: fetchedSchema,
})
export type KeptSet = z.infer<typeof keptSchema>

export interface GetOptions {
  readonly limits: Limits
  readonly mirror: string | null
  progress(share: number): void
  /** Fetch it anew. */
  readonly again?: boolean
  /** Whatever comes is the right one from now on. */
  readonly trust?: boolean
  readonly patience?: number
  /** Of the user; null: nothing is kept. */
  readonly cache?: string | null
}

export interface PublicFile {
  readonly set: PublicSetName
  readonly path: string
  readonly bytes: number
  readonly sha256: string
  readonly fetched: Fetched
  readonly notes: readonly string[]
}

const asSet = (name: PublicSetName): PublicSet => publicSets[name]

/** Errors: a DescentError that names those there are. */
export function setNamed(text: string): PublicSetName {
  const name = publicSetAt(text)
  if (name === null)
    throw new DescentError(
      'badRequest',
      `There is no public set “${text.replace(/^\s*catalog:/i, '').trim()}” in the list. It has: ${publicSetNames.join(', ')}.`,
      'path',
    )
  return name
}

const folderIn = (cache: string, name: PublicSetName): string => join(cache, 'public-sets', name)

const noteFile = 'set.json'

/** null: there is none; `damaged`: there is one, which says nothing any more. */
async function noteIn(folder: string): Promise<KeptSet | 'damaged' | null> {
  try {
    return keptSchema.parse(JSON.parse(await readFile(join(folder, noteFile), 'utf8')))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : 'damaged'
  }
}

/** What is here of a set; null: nothing. */
export async function keptSet(
  name: PublicSetName,
  cache: string | null = cacheFolder(),
): Promise<(KeptSet & { readonly path: string }) | null> {
  if (cache === null) return null
  const folder = folderIn(cache, name)
  const note = await noteIn(folder)
  if (note === null || note === 'damaged') return null
  const path = join(folder, note.file)
  const at = await stat(path).catch(() => null)
  return at?.isFile() === true && at.size === note.bytes ? { ...note, path } : null
}

const short = (sha256: string): string => `${sha256.slice(0, 12)}…`
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)

interface Came {
  readonly address: string
  readonly sha256: string
  /** By the list. */
  readonly known: string | undefined
  /** What came first. */
  readonly before: Pick<KeptSet, 'sha256' | 'fetched'> | null
  readonly trust: boolean
}

/** Pure; null: it is the right file, as far as anybody knows. */
export function whyRefused(
  name: PublicSetName,
  { address, sha256, known, before, trust }: Came,
): DescentError | null {
  const { label } = asSet(name)
  const from = withoutSecrets(address)
  if (known !== undefined)
    return sha256 === known
      ? null
      : new DescentError(
          'badData',
          `What ${from} gave is not the published file of “${label}”: its SHA-256 is ${short(sha256)}, not ${short(known)}. Nothing of it was read. Try again, or from another mirror or its owners.`,
          'path',
        )
  if (trust || before === null || sha256 === before.sha256) return null
  return new DescentError(
    'badData',
    `The file of “${label}” at ${from} is another one than on ${dayOf(before.fetched.at)}: its SHA-256 is ${short(sha256)}, and was ${short(before.sha256)}. Nothing of it was read. If its owners have changed it, trust the new one, in the window or by: descent data ${name} --trust.`,
    'sha256',
  )
}

/** Owners move their files, and the list does not hear of it. */
function withOtherWays(
  { code, message, field }: DescentError,
  name: PublicSetName,
  mirror: string | null,
): DescentError {
  const { label, about } = asSet(name)
  const other =
    mirror === null
      ? 'a mirror may have it (--mirror URL, or Settings)'
      : 'another mirror may have it, or its owners, without one'
  return new DescentError(
    code,
    `${message} Where “${label}” has moved, its page says: ${about}. Until then ${other}, and a file that you fetch by hand opens like any other.`,
    field,
  )
}

/** `scratch` takes the file where nothing may be kept. */
export async function getPublicSet(
  name: PublicSetName,
  scratch: string,
  { limits, mirror, progress, again = false, trust = false, patience, cache = cacheFolder() }: GetOptions,
): Promise<PublicFile> {
  const { label, sha256: known } = asSet(name)
  const folder = cache === null ? join(scratch, 'public-set') : folderIn(cache, name)
  const noted = await noteIn(folder)
  // Nobody can tell any more which file came first.
  if (noted === 'damaged' && known === undefined && !trust)
    throw new DescentError(
      'badData',
      `What is noted of “${label}” in ${join(folder, noteFile)} is damaged, so that nobody can tell whether what comes is the file that came first. Nothing was fetched. If you trust what its owners give now, say so in the window or by: descent data ${name} --trust.`,
      'sha256',
    )
  const before = noted === 'damaged' ? null : noted
  const here = again || trust ? null : await keptSet(name, cache)
  const right = known ?? before?.sha256
  if (here !== null && hashOfFile(here.path) === right) {
    const { path, bytes, sha256, fetched } = here
    return { set: name, path, bytes, sha256, fetched, notes: [] }
  }
  const address = addressOfSet(name, mirror)
  // Beside what is there, which stays until what comes is known to be right.
  const came = await fetchFile(
    address,
    { folder: join(folder, 'came'), begun: join(folder, 'begun') },
    { limits, progress, ...(patience !== undefined && { patience }) },
  ).catch((error: unknown) => {
    throw error instanceof DescentError ? withOtherWays(error, name, mirror) : error
  })
  const { sha256 } = came
  const refusal = whyRefused(name, { address, sha256, known, before, trust })
  if (refusal !== null) {
    await rm(came.path, { force: true })
    throw refusal
  }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, came.name)
  await rename(came.path, path)
  const note: KeptSet = { file: came.name, bytes: came.bytes, sha256, fetched: came.fetched }
  await writeFile(join(folder, noteFile), JSON.stringify(note, null, 2), { mode: 0o600 })
  const isFirst = known === undefined && (before === null || sha256 !== before.sha256)
  return {
    set: name,
    path,
    bytes: came.bytes,
    sha256,
    fetched: came.fetched,
    notes: isFirst
      ? [
          `The file of “${label}” is held to be the right one from now on, by its SHA-256: ${sha256}. The list knows none, and a later file with another one is refused.`,
        ]
      : [],
  }
}

/** As it is read: under the names of its description, where the file has none. */
export async function namedFile({ set, path }: PublicFile, folder: string): Promise<string> {
  const { names } = asSet(set)
  if (names === undefined) return path
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const to = join(folder, `${set}.csv`)
  async function* text(): AsyncGenerator<Buffer> {
    yield Buffer.from(`${names!.join(',')}\n`)
    yield* createReadStream(path) as AsyncIterable<Buffer>
  }
  await pipeline(Readable.from(text()), createWriteStream(to, { mode: 0o600 }))
  return to
}

/** How it is read where nobody says otherwise. */
export function readingOfSet(name: PublicSetName, said: Partial<Reading>): Partial<Reading> {
  const auto = (option: string): boolean => {
    const value = said[option as keyof Reading]
    return value === undefined || value === 'auto'
  }
  return Object.fromEntries(Object.entries(asSet(name).reading).filter(([option]) => auto(option)))
}

/** What is predicted of it where nobody says otherwise. */
export function usualOfSet(name: PublicSetName): { readonly target: string; readonly task: Task } {
  const { target, task } = asSet(name)
  return { target, task }
}
export const isUnnamed = (name: PublicSetName): boolean => asSet(name).names !== undefined
