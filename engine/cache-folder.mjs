// Plain JavaScript, because the `descent` command reads it under whatever Node the machine has (18 or later).
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** The machine's own, where the caller names none. */
const thisMachine = () => ({ platform: process.platform, env: process.env, home: homedir() })

export function cacheFolder({ platform, env, home } = thisMachine()) {
  const chosen = env['DESCENT_CACHE']
  if (chosen === 'off') return null
  if (chosen) return resolve(chosen)
  const caches =
    platform === 'win32'
      ? env['LOCALAPPDATA'] || join(home, 'AppData', 'Local')
      : platform === 'darwin'
        ? join(home, 'Library', 'Caches')
        : env['XDG_CACHE_HOME'] || join(home, '.cache')
  return join(caches, 'descent')
}

export function codeCacheEnvironment(machine = thisMachine()) {
  const { env } = machine
  const folder = cacheFolder(machine)
  if (folder === null || env['NODE_COMPILE_CACHE'] || env['NODE_DISABLE_COMPILE_CACHE']) return {}
  return { NODE_COMPILE_CACHE: join(folder, 'code') }
}
