/**
 * What the tests need beyond npm: a Chromium for the end-to-end tests, a Vulkan device for the WebGPU backend, and database
 * servers, which the tests start for themselves. All are looked for first; only root on a Debian system gets them installed, with a word about it.
 * `node e2e/checks/provision.ts` does it by hand.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium as playwrightChromium } from '@playwright/test'
import { findSwiftShader, vulkanEnvironment as productVulkan } from '../../engine/node.ts'
import { missingServers } from '../../electron/host/remote/servers/testing.ts'
import { run } from './process.ts'

type Environment = Record<string, string | undefined>

/** Either a thing and where it is, or why there is none and what to do. */
export type Provision = { ok: true; path: string; note: string } | { ok: false; reason: string }

const usualChromiums: Partial<Record<NodeJS.Platform, string[]>> = {
  linux: [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
    '/snap/bin/chromium',
  ],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
}

/** The first that exists of: what the user names, the usual places, Playwright's own download. */
export function findChromium(
  environment: Environment = process.env,
  exists: (path: string) => boolean = existsSync,
): string | undefined {
  const candidates = [
    environment['DESCENT_CHROMIUM'],
    environment['CHROME_PATH'],
    ...(usualChromiums[process.platform] ?? []),
    playwrightChromium.executablePath(),
  ]
  return candidates.find((path): path is string => !!path && exists(path))
}

/** Where the tests' Vulkan device is: the product's own rule, with the browser that was found as one more place. */
export function vulkanEnvironment(environment: Environment = process.env): Record<string, string> {
  const chromium = findChromium()
  return productVulkan(environment, findSwiftShader(chromium ? [dirname(chromium)] : []))
}

const isDebian = (): boolean =>
  existsSync('/etc/debian_version') && /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'))
const isRoot = (): boolean => process.getuid?.() === 0

const packages = 'chromium libvulkan1'
const commandFor = (wanted: string) =>
  `apt-get update && apt-get install -y --no-install-recommends ${wanted}`
const command = commandFor(packages)

/** The programs alone: at run level 1 no service of theirs is started. */
const serverCommand = `RUNLEVEL=1 sh -c '${commandFor('postgresql mariadb-server-core mariadb-client-core')}'`

let installation: Promise<string | undefined> | undefined

/** Installs Debian's packages, once per process. Says why it did not work, or nothing when it did. */
function install(): Promise<string | undefined> {
  installation ??= (async () => {
    if (process.platform !== 'linux') return 'Install Chrome or Chromium, or name one in DESCENT_CHROMIUM.'
    if (!isDebian())
      return `Install Chromium and the Vulkan loader with your package manager, or name a Chromium in DESCENT_CHROMIUM.`
    if (!isRoot()) return `Run this once: sudo sh -c '${command}'`
    console.log(
      `Installing Debian's ${packages.replace(' ', ' and ')}: the browser that the end-to-end tests drive, and the ` +
        `software Vulkan device inside it that the WebGPU tests run on.\n$ ${command}`,
    )
    const finished = await run('sh', ['-c', command], { env: { DEBIAN_FRONTEND: 'noninteractive' } })
    return finished.code === 0
      ? undefined
      : `Installing it failed:\n${finished.output.trim().split('\n').slice(-5).join('\n')}`
  })()
  return installation
}

export async function provideChromium(): Promise<Provision> {
  const found = findChromium()
  if (found) return { ok: true, path: found, note: found }
  const problem = await install()
  const installed = findChromium()
  if (installed) return { ok: true, path: installed, note: `${installed} (installed just now)` }
  return { ok: false, reason: `There is no Chromium on this machine. ${problem ?? ''}`.trim() }
}

export async function provideServers(): Promise<Provision> {
  const lacking = (): string[] => Object.values(missingServers()).filter((why) => why !== null)
  if (lacking().length > 0 && process.platform === 'linux' && isDebian() && isRoot()) {
    console.log(`Installing Debian's database servers, which tests start for themselves.\n$ ${serverCommand}`)
    await run('sh', ['-c', serverCommand], { env: { DEBIAN_FRONTEND: 'noninteractive' } })
  }
  const problems = lacking()
  return problems.length === 0
    ? { ok: true, path: '', note: 'PostgreSQL and MariaDB' }
    : { ok: false, reason: problems.join('. ') }
}

/** Asks Dawn itself, in a process of its own because the environment counts at its start. */
const probe = `
  const { create } = await import('webgpu')
  globalThis.gpu = create([])
  const adapter = await globalThis.gpu.requestAdapter()
  console.log('DEVICE ' + (adapter ? adapter.info.description || adapter.info.device || 'unnamed' : ''))
  process.exit(0)`

async function probeWebGpu(): Promise<string | undefined> {
  const finished = await run(process.execPath, ['--input-type=module', '-e', probe], {
    env: vulkanEnvironment(),
    timeoutSeconds: 60,
  })
  return /^DEVICE (.+)$/m.exec(finished.output)?.[1]
}

export async function provideWebGpu(): Promise<Provision> {
  const describe = (name: string): Provision => {
    const icd = vulkanEnvironment()['VK_ICD_FILENAMES']
    return { ok: true, path: icd ?? '', note: icd ? `${name} through VK_ICD_FILENAMES=${icd}` : name }
  }
  const found = await probeWebGpu()
  if (found) return describe(found)
  const problem = await install()
  const installed = await probeWebGpu()
  if (installed) return describe(installed)
  return { ok: false, reason: `Dawn finds no GPU device on this machine. ${problem ?? ''}`.trim() }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const wanted = {
    Chromium: await provideChromium(),
    'WebGPU device': await provideWebGpu(),
    'Database servers': await provideServers(),
  }
  for (const [name, provision] of Object.entries(wanted))
    console.log(`${name}: ${provision.ok ? provision.note : `missing. ${provision.reason}`}`)
  process.exitCode = Object.values(wanted).every((provision) => provision.ok) ? 0 : 1
}
