/** The Electron that is packaged: its own binary, or a stand-in of the same layout where that cannot be had. */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { obtainElectron } from '../../electron/launch/electron-binary.ts'
import type { Target } from './targets.ts'

export interface ElectronSource {
  readonly version: string
  readonly folder: string
  /** Why this is not Electron itself; null where it is. */
  readonly standIn: string | null
}

const packageSchema = z.object({ version: z.string() })

const electronVersion = (root: string): string =>
  packageSchema.parse(JSON.parse(readFileSync(join(root, 'node_modules/electron/package.json'), 'utf8')))
    .version

/** What electron-builder looks for in a release of Electron for Linux. */
function writeStandIn(folder: string, version: string): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'resources'), { recursive: true })
  mkdirSync(join(folder, 'locales'))
  const program =
    '#!/bin/sh\necho "This package was made without Electron’s binary: only its host and its command line run." >&2\nexit 1\n'
  for (const file of ['electron', 'chrome-sandbox']) {
    writeFileSync(join(folder, file), program)
    chmodSync(join(folder, file), 0o755)
  }
  writeFileSync(join(folder, 'locales/en-US.pak'), '')
  writeFileSync(join(folder, 'LICENSE'), '')
  writeFileSync(join(folder, 'LICENSES.chromium.html'), '')
  writeFileSync(join(folder, 'version'), version)
}

export async function electronFor(
  root: string,
  target: Target,
  standInFolder: string,
): Promise<ElectronSource> {
  const version = electronVersion(root)
  const found = await obtainElectron(join(root, 'node_modules/electron'), process.env)
  if ('binary' in found) return { version, folder: join(root, 'node_modules/electron/dist'), standIn: null }
  if (target.platform !== 'linux')
    throw new Error(`${found.missing}. Without it nothing can be packaged for ${target.platform}.`)
  writeStandIn(standInFolder, version)
  return { version, folder: standInFolder, standIn: found.missing }
}
