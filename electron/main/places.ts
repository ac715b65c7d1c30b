/** Where things are, in a checkout and in an installed app, and what the host is started with. Decisions only, no Electron. */
import { accessSync, constants, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join, relative, resolve } from 'node:path'

interface Surroundings {
  /** Whether this runs from `app.asar`. */
  readonly packaged: boolean
  /** Of the checkout, or of the asar: both have the same folders. */
  readonly root: string
  /** The folder around the asar. */
  readonly resources: string
  readonly platform: NodeJS.Platform
}

export interface Places {
  readonly preload: string
  readonly icon: string
  readonly host: string
  /** The folder of the built window. */
  readonly window: string
  /** The Node that the installer brings; null in a checkout, which has it among its packages. */
  readonly node: string | null
  /** Checksums of what lies beside the asar; null in a checkout. */
  readonly manifest: string | null
  /** Is there where a feed was configured; null in a checkout. */
  readonly updates: string | null
}

/** Nothing can be run from within an asar, nor read by plain Node: host and Node lie beside it. */
export function placesOf({ packaged, root, resources, platform }: Surroundings): Places {
  return {
    preload: join(root, 'electron/preload/preload.cjs'),
    icon: join(root, 'resources/icons/descent.png'),
    // Built, for it starts in half the time: see resources/packaging/programs-build.ts.
    host: packaged ? join(resources, 'descent/programs/main.js') : join(root, 'electron/host/main.ts'),
    window: join(packaged ? join(resources, 'descent') : root, 'renderer/dist'),
    node: packaged ? join(resources, 'node', platform === 'win32' ? 'node.exe' : 'bin/node') : null,
    manifest: packaged ? join(root, 'manifest.json') : null,
    updates: packaged ? join(root, 'updates.json') : null,
  }
}

/** An installed app is no Node program to its user: what they set for their own must neither stop nor steer it. */
export function hostEnvironment(packaged: boolean, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_PATH: _path, ...rest } = env
  return packaged ? rest : env
}

/**
 * The AppImage that this app runs from, which may be replaced by a newer one; null: it runs from none. Whatever an AppImage
 * starts inherits what its runtime says of itself, an installed Descent as well.
 */
export function ownAppImage({ APPIMAGE, APPDIR }: NodeJS.ProcessEnv, executable: string): string | null {
  if (APPIMAGE === undefined || !APPDIR) return null
  const inside = relative(APPDIR, executable)
  return inside.startsWith('..') || isAbsolute(inside) ? null : APPIMAGE
}

/** The workspace that was asked for, as whoever asked meant it; null: the usual one. */
export const askedWorkspace = (given: unknown, folder: string): string | null =>
  typeof given === 'string' && given !== '' ? resolve(folder, given) : null

/** What to say to a second start that wants another workspace than the one that is open; null: show the window. */
export function whyNotOpened(own: string | null, wanted: unknown): string | null {
  if (typeof wanted !== 'string' || wanted === own) return null
  const opened = own === null ? 'with its usual workspace' : `with the workspace ${own}`
  return `Descent is open ${opened}. Close it first to open ${wanted}.`
}

/** A socket's path may have 103 bytes on macOS and 107 on Linux, of which our own folder and name take at most 30. */
const longestFolder = 70

/** Where the host's socket goes: the usual temporary folder, or the system's where that one is too long. */
export const socketParent = (temporary = tmpdir(), platform = process.platform): string =>
  platform === 'win32' || Buffer.byteLength(temporary) <= longestFolder ? temporary : '/tmp'

/**
 * Electron keeps its lock, its caches and the window's place in this folder, and does not start without. Where a home cannot be
 * written to, a temporary one serves: what people make is in the workspace, about which the host has its own sentence.
 */
export function writableFolder(wanted: string, temporary = tmpdir()): string {
  try {
    mkdirSync(wanted, { recursive: true })
    accessSync(wanted, constants.W_OK)
    return wanted
  } catch {
    return mkdtempSync(join(temporary, 'descent-window-'))
  }
}
