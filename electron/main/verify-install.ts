/**
 * Holds what is about to be run against the checksums that were sealed into the app when it was packaged. It finds what half an
 * update, a full disk or a stranger left; whoever may write to the app itself can write the checksums, too, unless the system
 * seals the app (Electron's fuses, macOS). No Electron in here.
 */
import { createHash } from 'node:crypto'
import { lstat, open, readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { z } from 'zod'

/** By path in the app's resources, with slashes. */
export const manifestSchema = z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/))
export type Manifest = z.infer<typeof manifestSchema>

const chunk = 2 ** 20

/** In pieces, so that the window's process stays answerable meanwhile. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  const file = await open(path)
  try {
    const buffer = Buffer.allocUnsafe(Math.min(chunk, Math.max(1, (await file.stat()).size)))
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}

/** What desktops leave in any folder that somebody looks into. */
const leftByDesktops = new Set(['.DS_Store', 'desktop.ini', 'Thumbs.db', '.directory'])

async function present(resources: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(resources, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory() && !leftByDesktops.has(entry.name))
    .map((entry) => relative(resources, join(entry.parentPath, entry.name)).split(sep).join('/'))
}

const topOf = (path: string): string => path.slice(0, path.indexOf('/'))

type Fault = 'missing' | 'changed' | 'foreign'

/** Files whose hashes are waited for side by side: most are small, and opening them is what takes the time. */
const atOnce = 16

async function faultOf(path: string, sha256: string): Promise<Fault | null> {
  const entry = await lstat(path).catch(() => null)
  if (!entry) return 'missing'
  // A link could lead elsewhere by the time that it is followed.
  const same = entry.isFile() && (await hashFile(path).catch(() => null)) === sha256
  return same ? null : 'changed'
}

/** The first file that is not as it was packaged, in the order of the manifest; foreign ones come last. */
async function findFault(
  resources: string,
  manifest: Manifest,
): Promise<{ file: string; fault: Fault } | null> {
  const files = Object.entries(manifest)
  for (let i = 0; i < files.length; i += atOnce) {
    const faults = await Promise.all(
      files.slice(i, i + atOnce).map(async ([file, sha256]) => ({
        file,
        fault: await faultOf(join(resources, file), sha256),
      })),
    )
    for (const { file, fault } of faults) if (fault !== null) return { file, fault }
  }
  const folders = [...new Set(Object.keys(manifest).map(topOf))]
  for (const folder of folders)
    for (const file of await present(resources, folder))
      if (manifest[file] === undefined) return { file, fault: 'foreign' }
  return null
}

const words: Record<Fault, string> = {
  missing: 'is missing',
  changed: 'is not as it was installed',
  foreign: 'is none of Descent’s files',
}

/** A sentence for people, or null where everything is as it was packaged. */
export async function whyNotSound(resources: string, manifest: Manifest): Promise<string | null> {
  const found = await findFault(resources, manifest)
  if (!found) return null
  return (
    `${join(resources, found.file)} ${words[found.fault]}, so nothing was started. Perhaps an update was interrupted, or the ` +
    'disk is damaged. Install Descent again; your projects are kept elsewhere and are not affected.'
  )
}
