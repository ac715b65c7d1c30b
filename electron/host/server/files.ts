/** Files in and out: uploads, downloads out of it, and the window's own files. */
import { chmod, mkdir, mkdtemp, open, realpath, rename, rm } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, dirname, extname, join } from 'node:path'
import { DescentError } from '../../contract/index.ts'
import { isInside, pageName, windowFile } from '../../window-files.ts'
import { safeFileName } from './names.ts'
import { bodyOf, type Patience } from './patience.ts'
import { packedFile } from './packed.ts'
import { fileStats, sendBytes, sendFile, sendJson } from './reply.ts'
import { shown } from './words.ts'

/**
 * Every upload has a folder of its own, so that a file keeps the name its user knows it by. `scratch` goes with the host;
 * the import takes what it makes data of into the workspace.
 */
export async function handleUpload(
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  scratch: string,
  patience: Patience,
): Promise<void> {
  const uploads = join(scratch, 'uploads')
  await mkdir(uploads, { recursive: true })
  // Modes at creation are subject to the umask, which may be anything.
  await chmod(uploads, 0o700)
  const folder = await mkdtemp(join(uploads, 'u'))
  const path = join(folder, safeFileName(name))
  try {
    await chmod(folder, 0o700)
    const part = `${path}.part`
    await receive(request, part, patience)
    await rename(part, path)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  sendJson(response, 200, { path })
}

/**
 * After a failed write (a full disk) the rest is read and dropped: an answer sent while the window is still writing
 * would reach it as a broken connection, not as a sentence.
 */
async function receive(request: IncomingMessage, path: string, patience: Patience): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  let failure: unknown = null
  try {
    await file.chmod(0o600)
    for await (const chunk of bodyOf(request, patience)) {
      if (failure === null) await file.writeFile(chunk).catch((error: unknown) => (failure = error))
    }
  } finally {
    await file.close()
  }
  if (failure !== null) throw failure
}

export async function handleDownload(
  request: IncomingMessage,
  response: ServerResponse,
  path: string | null,
  workspace: string,
): Promise<void> {
  if (!path) throw new DescentError('badRequest', 'The download names no file.', 'path')
  // Real paths, so that a link inside the workspace does not lead out of it.
  const real = await realpath(path).catch(() => null)
  const home = await realpath(workspace).catch(() => null)
  // Not the databases themselves: closing them again here would drop the locks that this process holds on them.
  const stats = real && home && isInside(home, real) && dirname(real) !== home ? await fileStats(real) : null
  if (!real || !stats)
    throw new DescentError(
      'notFound',
      `There is no file “${shown(basename(path))}” in the workspace. It may have been deleted.`,
      'path',
    )
  await sendFile(request, response, real, stats, {
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(basename(real))}`,
    'cache-control': 'no-store',
  })
}

async function sendWindowFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  stats: Stats,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const packed = await packedFile(request, path, stats)
  const varied = { ...headers, vary: 'accept-encoding' }
  if (packed === null) return sendFile(request, response, path, stats, varied)
  sendBytes(request, response, packed, extname(path), { ...varied, 'content-encoding': 'gzip' })
}

export async function handleStatic(
  request: IncomingMessage,
  response: ServerResponse,
  pathname: string,
  folder: string | null,
): Promise<void> {
  if (!folder) throw new DescentError('notFound', 'This host serves no window, only calls.')
  const { path, name, headers } = windowFile(folder, pathname)
  const stats = path === null ? null : await fileStats(path)
  if (path === null || !stats) {
    const message =
      name === pageName
        ? 'The window has not been built yet. Run “npm run build”, or start with “npm start”.'
        : `There is no file ${shown(pathname)}.`
    throw new DescentError('notFound', message)
  }
  await sendWindowFile(request, response, path, stats, headers)
}
