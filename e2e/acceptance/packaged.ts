/**
 * The app as it is packaged: built, and then used from a folder that cannot be written to, with spaces and letters beyond ASCII
 * in its path, by a user to whom nothing of it belongs, with no packages of a checkout in reach.
 */
import { extractAll, listPackage } from '@electron/asar'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs'
import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { rolldown } from 'rolldown'
import { filesBelow } from '../../resources/packaging/project.ts'
import { root, run, runPackage } from '../checks/process.ts'
import { add, nothing, type Tally } from '../checks/reports.ts'

/** Root may write anywhere; it can also be somebody else. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

interface Finished {
  readonly code: number
  readonly stdout: string
  readonly all: string
}

interface Installed {
  readonly folder: string
  readonly resources: string
  readonly node: string
  /** Unpacked from the asar, with a stand-in for Electron's module. */
  readonly shell: string
  /** Where the user may write. */
  readonly home: string
}

function use(
  { home }: Installed,
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Finished {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...nobody,
    cwd: home,
    encoding: 'utf8',
    timeout: 120_000,
    // What a person has set for programs of their own, and what would break ours.
    env: {
      PATH: '/usr/bin:/bin',
      HOME: home,
      TMPDIR: tmpdir(),
      NODE_OPTIONS: '--require ./gone.cjs',
      ...env,
    },
  })
  return { code: status ?? 1, stdout, all: `${stdout}${stderr}${error?.message ?? ''}` }
}

/** Without that variable, which plain Node obeys: only the package's own starters drop it. */
const useNode = (installed: Installed, args: readonly string[]): Finished =>
  use(installed, '/usr/bin/env', ['-u', 'NODE_OPTIONS', installed.node, ...args])

async function standInFor(shell: string): Promise<void> {
  const bundle = await rolldown({ input: join(root, 'electron/main/electron-stand-in.ts'), platform: 'node' })
  await bundle.write({ file: join(shell, 'node_modules/electron/index.js'), format: 'esm' })
  await bundle.close()
  writeFileSync(join(shell, 'node_modules/electron/package.json'), '{"type":"module","main":"index.js"}')
}

function removeWriteRights(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isSymbolicLink()) chmodSync(path, statSync(path).mode & 0o555)
  }
  chmodSync(folder, 0o555)
}

async function install(place: string): Promise<Installed> {
  const folder = join(place, 'Größe 大 and spaces', 'Descent')
  cpSync(join(root, 'dist/packages/linux-unpacked'), folder, { recursive: true })
  const resources = join(folder, 'resources')
  const shell = join(place, 'shell')
  extractAll(join(resources, 'app.asar'), shell)
  await standInFor(shell)
  cpSync(join(import.meta.dirname, 'packaged-shell.ts'), join(place, 'packaged-shell.ts'))
  // On another disk than the app, where there is one.
  const home = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'descent-home-'))
  chmodSync(home, 0o777)
  chmodSync(place, 0o755)
  removeWriteRights(folder)
  return { folder, resources, node: join(resources, 'node/bin/node'), shell, home }
}

type Check = (installed: Installed) => string | null

function parentsWithPackages(folder: string): string | null {
  for (let place = dirname(folder); place !== dirname(place); place = dirname(place))
    if (existsSync(join(place, 'node_modules'))) return place
  return null
}

const sample = ({ resources }: Installed): string => join(resources, 'descent/resources/samples/churn.csv')

interface ShellResult {
  refused?: string
  ready?: number
  page?: boolean
  job?: { state: string; rocAuc: number; predicted: number }
}

function shellResult(installed: Installed, resources: string, name: string): ShellResult {
  const folder = join(installed.home, name)
  mkdirSync(folder)
  chmodSync(folder, 0o777)
  const runner = join(dirname(installed.shell), 'packaged-shell.ts')
  const { stdout, all } = useNode(installed, [runner, installed.shell, resources, folder])
  const line = stdout.trim().split('\n').at(-1) ?? ''
  try {
    return JSON.parse(line) as ShellResult
  } catch {
    throw new Error(all)
  }
}

/** ELF's machine, or null for other files. */
function machineOf(path: string): number | null {
  const head = Buffer.alloc(20)
  const file = openSync(path, 'r')
  readSync(file, head)
  closeSync(file)
  return head.readUInt32BE(0) === 0x7f454c46 ? head.readUInt16LE(18) : null
}

const machines: Partial<Record<NodeJS.Architecture, number>> = { x64: 0x3e, arm64: 0xb7 }

/** What a changed byte, or a file that does not belong there, does to a start. */
function tampered(installed: Installed, file: string): string | null {
  const copy = join(dirname(installed.shell), 'tampered')
  cpSync(installed.resources, copy, { recursive: true })
  const path = join(copy, file)
  if (existsSync(path)) chmodSync(path, 0o755)
  chmodSync(dirname(path), 0o755)
  appendFileSync(path, '\n')
  const { refused } = shellResult(installed, copy, `tampered-${file.replaceAll('/', '-')}`)
  for (const folder of readdirSync(copy, { recursive: true, withFileTypes: true }))
    if (folder.isDirectory()) chmodSync(join(folder.parentPath, folder.name), 0o755)
  rmSync(copy, { recursive: true })
  return refused?.includes(path) && refused.includes('Install Descent again') ? null : `said ${refused}`
}

const checks: Record<string, Check> = {
  'no packages of a checkout are in reach': ({ folder }) => parentsWithPackages(folder),
  'the package cannot be written to': (installed) => {
    const { code } = use(installed, '/usr/bin/touch', [join(installed.resources, 'descent/x')])
    return code === 0 ? 'it can' : null
  },
  'only this system’s binaries are inside': ({ resources }) => {
    const files = filesBelow(resources).filter((file) => /\.(node|so|dll|dylib|exe)$|bin\/node$/.test(file))
    const foreign = files.filter((file) => machineOf(join(resources, file)) !== machines[process.arch])
    return foreign.length === 0 && files.length >= 4
      ? null
      : `${files.length} binaries, foreign: ${foreign.join(', ')}`
  },
  'neither tests, types nor sources are inside': ({ resources }) => {
    const files = filesBelow(join(resources, 'descent')).filter((file) =>
      /\.test\.|\.d\.[cm]?ts$|\.ts$/.test(file),
    )
    return files.length === 0 ? null : files.join(', ')
  },
  'the asar holds the shell and no packages': ({ resources }) => {
    const files = listPackage(join(resources, 'app.asar'), { isPack: false })
    return files.some((file) => file.includes('node_modules')) ? 'it holds node_modules' : null
  },
  'every license is there': ({ resources }) => {
    const text = readFileSync(join(resources, 'descent/THIRD-PARTY-LICENSES.txt'), 'utf8')
    const missing = ['DuckDB', 'webgpu', 'better-sqlite3', 'node-linux', 'vue', 'zod'].filter(
      (name) => !text.includes(name),
    )
    return missing.length === 0 ? null : missing.join(', ')
  },
  'the command line says its version, whatever NODE_OPTIONS say': (installed) => {
    const { all } = use(installed, join(installed.resources, 'descent/descent'), ['--version'])
    return /^\d+\.\d+\.\d+\n$/.test(all) ? null : all
  },
  'the command line trains and predicts': (installed) => {
    const descent = join(installed.resources, 'descent/descent')
    const out = join(installed.home, 'a run')
    const run = ['run', sample(installed), '--target', 'churned', '--epochs', '3', '--out', out, '--json']
    const trained = use(installed, descent, run)
    if (trained.code !== 0) return trained.all
    const predicted = use(installed, descent, ['predict', join(out, 'model'), sample(installed)])
    return predicted.code === 0 && predicted.stdout.split('\n').length === 2002 ? null : predicted.all
  },
  'what it exports is held to what it says': (installed) => {
    const descent = join(installed.resources, 'descent/descent')
    const model = join(installed.home, 'a run/model')
    for (const [format, file] of [
      ['onnx', 'model.onnx'],
      ['web', 'ort-wasm-simd-threaded.wasm'],
      ['server', 'Dockerfile'],
      ['pytorch', 'train.py'],
      ['safetensors', 'model.safetensors'],
    ] as const) {
      const to = join(installed.home, `as ${format}`)
      const { code, all } = use(installed, descent, ['export', model, '--format', format, '-o', to])
      if (code !== 0 || !existsSync(join(to, file))) return `${format}: ${all}`
      // Weights alone compute nothing.
      const holds =
        format === 'pytorch' || format === 'safetensors' || existsSync(join(to, 'certificate.json'))
      if (!holds) return `${format}: it has no certificate`
    }
    return null
  },
  'a home without write rights is said, and is no hindrance where it is not needed': (installed) => {
    const descent = join(installed.resources, 'descent/descent')
    const locked = { HOME: installed.folder }
    const served = use(installed, descent, ['serve', '--port', '0'], locked)
    if (served.code !== 1 || !served.all.includes('cannot be written to')) return served.all
    const out = join(installed.home, 'without home')
    const args = ['run', sample(installed), '--target', 'churned', '--epochs', '1', '--out', out]
    const trained = use(installed, descent, args, locked)
    return trained.code === 0 ? null : trained.all
  },
  'the shell starts the packaged host, which does the main job': (installed) => {
    const { refused, page, job, ready } = shellResult(installed, installed.resources, 'sound')
    if (refused !== undefined) return refused
    console.log(`  verified and ready after ${ready} ms; ${JSON.stringify(job)}`)
    const done = job?.state === 'finished' && job.rocAuc > 0.8 && job.predicted === 2000
    return page && done ? null : JSON.stringify({ page, job })
  },
  'a changed Node is refused': (installed) => tampered(installed, 'node/bin/node'),
  'a changed host is refused': (installed) => tampered(installed, 'descent/programs/main.js'),
  'a changed native package is refused': (installed) =>
    tampered(installed, `descent/node_modules/webgpu/dist/linux-${process.arch}/dawn.node`),
  'a file that does not belong there is refused': (installed) =>
    tampered(installed, 'descent/programs/package.json'),
}

/** From a sample to a deployed model with clicks: in Electron where it can run, elsewhere in a browser that the package serves. */
async function throughTheWindow(): Promise<Tally> {
  const { code } = await runPackage(
    '@playwright/test',
    ['test', '-c', 'e2e/playwright.config.ts', 'path.spec.ts'],
    {
      command: 'playwright',
      env: { DESCENT_PACKAGED: join(root, 'dist/packages/linux-unpacked') },
      live: true,
    },
  )
  return { ...nothing, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 }
}

export async function holdPackaged(): Promise<Tally> {
  if (process.platform !== 'linux') {
    console.log('– packaged: not run, the release workflow tests the packages of other systems in Electron')
    return { ...nothing, skipped: 1 }
  }
  const built = await run(process.execPath, ['resources/packaging/dist.ts', '--dir'], { live: true })
  if (built.code !== 0) return { ...nothing, failed: 1 }
  const place = mkdtempSync(join(tmpdir(), 'descent-packaged-'))
  let total = nothing
  try {
    const installed = await install(place)
    for (const [name, check] of Object.entries(checks)) {
      const problem = await Promise.resolve(installed).then(check).catch(String)
      console.log(problem === null ? `✓ ${name}` : `✗ ${name}: ${problem}`)
      total = add(total, { ...nothing, passed: problem === null ? 1 : 0, failed: problem === null ? 0 : 1 })
    }
    rmSync(installed.home, { recursive: true, force: true })
  } finally {
    spawnSync('chmod', ['-R', 'u+w', place])
    rmSync(place, { recursive: true, force: true })
  }
  return add(total, await throughTheWindow())
}
