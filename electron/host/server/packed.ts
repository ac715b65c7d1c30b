/** The window's scripts and styles, packed for browsers that ask for it: a tunnel may be thin. Each is packed once. */
import type { Stats } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { extname } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const packs = promisify(gzip)
const kinds = new Set(['.js', '.css', '.svg'])
/** Below this a packet more or less does not matter. */
const least = 1024

const kept = new Map<string, Promise<Buffer>>()

/** Whether any of the encodings that are asked for is this one, and not by a weight of nothing. */
export const takesGzip = (accepted: string | undefined): boolean =>
  (accepted ?? '').split(',').some((one) => /^\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(one))

/** null: it goes as it is. `path` is a file of the window’s build, so there are few. */
export async function packedFile(
  request: IncomingMessage,
  path: string,
  stats: Stats,
): Promise<Buffer | null> {
  const accepted = request.headers['accept-encoding']
  if (!kinds.has(extname(path)) || stats.size < least || !takesGzip(String(accepted ?? ''))) return null
  // A build in the same place has other files, or the same names with other contents.
  const key = `${path} ${stats.mtimeMs} ${stats.size}`
  const packing = kept.get(key) ?? readFile(path).then((content) => packs(content))
  kept.set(key, packing)
  try {
    return await packing
  } catch {
    kept.delete(key)
    return null
  }
}
