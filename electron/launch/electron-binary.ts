/**
 * Finds Electron's binary, or has its package fetch it. The package is never imported: that would start the download,
 * without a deadline. https://www.electronjs.org/docs/latest/tutorial/installation
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** As node_modules/electron/index.js looks for it. */
export function findElectron(packageFolder: string, env: Environment): string | null {
  const pathFile = join(packageFolder, 'path.txt')
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : null
  const override = env['ELECTRON_OVERRIDE_DIST_PATH']
  if (!override && name === null) return null
  const binary = join(override || join(packageFolder, 'dist'), name ?? 'electron')
  return existsSync(binary) ? binary : null
}

/** Where @electron/get downloads from. */
export function downloadSite(env: Environment): string {
  return (
    env['ELECTRON_MIRROR'] ??
    env['npm_config_electron_mirror'] ??
    'https://github.com/electron/electron/releases/download/'
  )
}

async function reachable(url: string): Promise<boolean> {
  try {
    await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(5000) })
    return true
  } catch {
    return false
  }
}

const patienceMs = 5 * 60_000

export type Found = { readonly binary: string } | { readonly missing: string }

export async function obtainElectron(packageFolder: string, env: Environment): Promise<Found> {
  const present = findElectron(packageFolder, env)
  if (present) return { binary: present }
  if (!existsSync(join(packageFolder, 'install.js')))
    return { missing: 'the electron package is not installed' }
  if (env['ELECTRON_SKIP_BINARY_DOWNLOAD'])
    return { missing: 'Electron’s binary is missing and may not be downloaded' }
  const site = downloadSite(env)
  // Behind a proxy only the package's own downloader knows the way.
  if (!env['ELECTRON_GET_USE_PROXY'] && !(await reachable(site)))
    return {
      missing: `Electron’s binary is missing and cannot be downloaded: ${new URL(site).host} does not answer`,
    }
  console.log(`Downloading Electron’s binary from ${new URL(site).host} (about 120 MB, once)…`)
  const installer = spawn(process.execPath, [join(packageFolder, 'install.js')], {
    stdio: 'inherit',
    timeout: patienceMs,
  })
  const [code] = (await once(installer, 'exit')) as [number | null]
  const binary = code === 0 ? findElectron(packageFolder, env) : null
  return binary ? { binary } : { missing: 'the download of Electron’s binary failed' }
}
