/** Peers are no dependencies of ours: the benchmark fetches them when it needs them for the first time. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../../../node_modules/.cache/bench-peers')

/** By folder, why npm could not: it is not asked again for every case. */
const refused = new Map<string, string>()

/**
 * Installs pinned packages into a folder of that name, once; gives the folder's node_modules. Errors: an Error with npm's
 * reason.
 */
export function installed(name: string, packages: Readonly<Record<string, string>>): string {
  const folder = join(root, name)
  const modules = join(folder, 'node_modules')
  const pinned = Object.entries(packages).map(([pkg, version]) => `${pkg}@${version}`)
  const done = join(folder, `.${pinned.join(',').replaceAll('/', '+')}`)
  if (existsSync(done)) return modules
  const known = refused.get(folder)
  if (known !== undefined) throw new Error(known)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  console.error(`Installing ${pinned.join(', ')} into ${folder} …`)
  const npm = spawnSync('npm', ['install', '--ignore-scripts', '--no-save', '--no-audit', ...pinned], {
    cwd: folder,
    shell: process.platform === 'win32',
    encoding: 'utf8',
  })
  if (npm.status !== 0) {
    const reason = `npm could not install it: ${(npm.stderr || String(npm.error)).trim().split('\n')[0]}`
    refused.set(folder, reason)
    throw new Error(reason)
  }
  writeFileSync(done, '')
  return modules
}
