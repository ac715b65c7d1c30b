/**
 * Folders that Descent writes, told from everything else. Each has a manifest with the hash of every file in it. Only a
 * folder that is still exactly what its manifest says may be replaced: whatever else a person has there, a model of
 * another program, a thesis, or our model card with their notes in it, stays.
 */
import { createHash } from 'node:crypto'
import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  type Stats,
} from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import packageJson from '../../../package.json' with { type: 'json' }

export const manifestFile = 'descent-files.json'

/** By name below the folder, with `/` between the parts. */
export type Files = Readonly<Record<string, Uint8Array | string>>

const partPattern = /^[^/\\\0]+$/
const isName = (name: string): boolean =>
  name !== manifestFile &&
  name.split('/').every((part) => partPattern.test(part) && part !== '.' && part !== '..')

const manifestSchema = z.object({
  format: z.literal('descent-files'),
  formatVersion: z.literal(1),
  writtenBy: z.string(),
  files: z.array(
    z.object({
      name: z.string().refine(isName),
      bytes: z.int().min(0),
      /** Hex. */
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
})
type Manifest = z.infer<typeof manifestSchema>
export type ListedFile = Manifest['files'][number]

export interface ListedContent {
  readonly name: string
  readonly bytes: number
  readonly description: string
}

/** What is there of the files that are described, with their manifest. */
export async function listFolder(
  path: string,
  descriptions: Readonly<Record<string, string>>,
): Promise<ListedContent[]> {
  const all = {
    ...descriptions,
    [manifestFile]: 'Hashes of these files, by which Descent knows that it wrote them',
  }
  const listed = Object.entries(all).map(async ([name, description]) => {
    const at = await stat(join(path, name)).catch(() => null)
    return at === null ? [] : [{ name, bytes: at.size, description }]
  })
  return (await Promise.all(listed)).flat()
}

export function listedFile(name: string, content: Uint8Array | string): ListedFile {
  if (!isName(name)) throw new Error(`A folder cannot hold a file called “${name}”.`)
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { name, bytes: Buffer.byteLength(content), sha256 }
}

export function manifestOf(files: readonly ListedFile[]): string {
  const manifest: Manifest = {
    format: 'descent-files',
    formatVersion: 1,
    writtenBy: `Descent ${packageJson.version}`,
    files: [...files],
  }
  return JSON.stringify(manifest, null, 2) + '\n'
}

/** These files and, as the last of them, their manifest. */
export const withManifest = (files: Files): Files => ({
  ...files,
  [manifestFile]: manifestOf(Object.entries(files).map(([name, content]) => listedFile(name, content))),
})

/** The files of a folder, as files of one around it. */
export const below = (folder: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]))

/** More files than any folder of ours has; a longer manifest is not ours. */
const longestManifest = 1 << 20

function readManifest(path: string): Manifest | null {
  const at = lstatSync(path, { throwIfNoEntry: false })
  if (!at?.isFile() || at.size > longestManifest) return null
  try {
    return manifestSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data ?? null
  } catch {
    return null
  }
}

const chunkBytes = 1 << 20

function hashOf(path: string): string {
  const hash = createHash('sha256')
  const chunk = Buffer.alloc(chunkBytes)
  const file = openSync(path, 'r')
  try {
    for (let read = 1; read > 0;) {
      read = readSync(file, chunk, 0, chunkBytes, null)
      hash.update(chunk.subarray(0, read))
    }
  } finally {
    closeSync(file)
  }
  return hash.digest('hex')
}

/** Everything below `folder`, which stops at the first thing that is not in `listed`: such a tree may be endless. */
function strangerIn(folder: string, listed: ReadonlyMap<string, ListedFile>, prefix = ''): string | null {
  for (const entry of readdirSync(join(folder, prefix), { withFileTypes: true })) {
    const name = prefix + entry.name
    if (entry.isFile() && (name === manifestFile || listed.has(name))) continue
    const holdsListed = [...listed.keys()].some((file) => file.startsWith(`${name}/`))
    if (!entry.isDirectory() || !holdsListed) return name
    const stranger = strangerIn(folder, listed, `${name}/`)
    if (stranger !== null) return stranger
  }
  return null
}

function whyNotAsListed(folder: string, { files }: Manifest): string | null {
  const listed = new Map(files.map((file) => [file.name, file]))
  const stranger = strangerIn(folder, listed)
  if (stranger !== null) return `holds ${stranger}, which Descent did not write`
  for (const { name, bytes, sha256 } of listed.values()) {
    const path = join(folder, name)
    const at = lstatSync(path, { throwIfNoEntry: false })
    if (at === undefined) return `has lost its ${name}`
    if (!at.isFile() || at.size !== bytes || hashOf(path) !== sha256)
      return `has a ${name} that was changed since Descent wrote it`
  }
  return null
}

/** What versions before the manifest wrote, for the sentence only: whose folder it is now, nobody can tell. */
function seemsEarlier(names: readonly string[]): boolean {
  const has = (...files: string[]) => files.every((file) => names.includes(file))
  return has('model.safetensors', 'model.json', 'README.md') || has('recipe.json', 'receipt.json')
}

const kindOf = (at: Stats): string =>
  at.isFile() ? 'is a file' : at.isSymbolicLink() ? 'is a link' : 'is neither a file nor a folder'

/**
 * Why whatever is at this path must stay, as the rest of a sentence that begins with the path. Null: there is nothing,
 * an empty folder, or a folder that is exactly as Descent wrote it.
 */
export function whyKept(path: string): string | null {
  const at = lstatSync(path, { throwIfNoEntry: false })
  if (at === undefined) return null
  if (!at.isDirectory()) return kindOf(at)
  try {
    if (at.dev !== statSync(dirname(path)).dev) return 'is where another disk begins'
    const names = readdirSync(path)
    if (names.length === 0) return null
    if (!names.includes(manifestFile))
      return seemsEarlier(names)
        ? 'seems to be from an earlier version of Descent, which left no marker to know its folders by'
        : 'holds something that Descent did not write'
    const manifest = readManifest(join(path, manifestFile))
    return manifest === null
      ? `has a ${manifestFile} that cannot be understood`
      : whyNotAsListed(path, manifest)
  } catch (error) {
    return `cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`
  }
}
