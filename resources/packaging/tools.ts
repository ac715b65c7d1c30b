/**
 * electron-builder fetches its helpers from its own releases when it first needs them. Those that can be had otherwise are named
 * by the environment variables that it reads; one that is set already stays.
 */
import { path7za } from '7zip-bin'
import { accessSync, chmodSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

function isThere(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** A workflow passes a secret that it does not have as an empty text, which is not the same as none. */
const secrets = /^((WIN_|MAC_)?CSC_|APPLE_)/

export function provideTools(): void {
  for (const name of Object.keys(process.env))
    if (secrets.test(name) && process.env[name] === '') delete process.env[name]
  if (process.env['ELECTRON_BUILDER_7ZIP_PATH'] === undefined) {
    // The package's own files may have come without this right.
    if (process.platform !== 'win32') chmodSync(path7za, 0o755)
    process.env['ELECTRON_BUILDER_7ZIP_PATH'] = path7za
  }
  // The highest takes minutes and saves a hundredth.
  process.env['ELECTRON_BUILDER_COMPRESSION_LEVEL'] ??= '6'
  if (process.platform === 'linux' && isThere('dpkg-deb'))
    process.env['CUSTOM_FPM_PATH'] ??= join(import.meta.dirname, 'deb.mjs')
}
