import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Contestant } from './protocol.ts'

const version = '0.1.25'
const folder = resolve(import.meta.dirname, '../../../node_modules/.cache/bench-peers')
const entry = join(folder, 'node_modules/@jax-js/jax/dist/index.js')

/** Peers are no dependency of ours: the benchmark fetches this one when it is run for the first time. */
function install(): string | undefined {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  console.error(`Installing @jax-js/jax ${version} into ${folder} …`)
  const npm = spawnSync('npm', ['install', '--ignore-scripts', '--no-save', `@jax-js/jax@${version}`], {
    cwd: folder,
    shell: process.platform === 'win32',
    encoding: 'utf8',
  })
  return npm.status === 0 ? undefined : (npm.stderr || String(npm.error)).trim().split('\n')[0]
}

export const jaxJs: Contestant = {
  name: 'jax-js',
  ours: false,
  launch: async () => {
    const problem = existsSync(entry) ? undefined : install()
    return problem === undefined
      ? { command: process.execPath, args: [join(import.meta.dirname, 'jax-js-worker.ts'), entry, version] }
      : { missing: `npm could not install it: ${problem}` }
  },
}
