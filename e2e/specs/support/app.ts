/**
 * Starts the real app as a user would, in Electron where it can run, otherwise in Chromium. DESCENT_PACKAGED names the folder of an
 * app that `npm run dist` made: then it is this one that is started, or, without Electron, its host under its Node.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { spawn, type ChildProcess } from 'node:child_process'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { _electron, chromium, type Browser, type Page } from '@playwright/test'
import { root } from '../../checks/process.ts'
import { findChromium } from '../../checks/provision.ts'
import { programsVariable } from '../../checks/test-programs.ts'

export interface Shell {
  name: 'Electron' | 'Chromium'
  /** Why this one. */
  reason: string
}

/** Reads what Electron's package itself reads; importing the package would download a missing binary. */
function electronBinary(): string | undefined {
  const folder = join(root, 'node_modules/electron')
  const pathFile = join(folder, 'path.txt')
  if (!existsSync(pathFile)) return undefined
  const binary = join(
    process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist'),
    readFileSync(pathFile, 'utf8').trim(),
  )
  return existsSync(binary) ? binary : undefined
}

const named = process.env['DESCENT_PACKAGED']
const packaged = named === undefined ? undefined : resolve(root, named)

/** As electron-builder names them; null for a package that was made with a stand-in. */
function packagedBinary(folder: string): string | null {
  if (existsSync(join(folder, 'Contents'))) return join(folder, 'Contents/MacOS/Descent')
  if (existsSync(join(folder, 'Descent.exe'))) return join(folder, 'Descent.exe')
  const binary = join(folder, 'descent')
  // Electron has 200 MB, a stand-in is a script.
  return statSync(binary).size > 1e6 ? binary : null
}

const binaryOf = (): string | null | undefined =>
  packaged === undefined ? electronBinary() : packagedBinary(packaged)

/** The command line of the package, or of this checkout. */
function browserCommand(workspace: string): [command: string, args: string[]] {
  if (packaged === undefined) {
    const built = process.env[programsVariable]
    const start = built === undefined ? 'electron/start.ts' : join(built, 'start.js')
    return [process.execPath, [start, '--browser', '--no-open', '--workspace', workspace]]
  }
  return [join(packaged, 'resources/descent/descent'), ['serve', '--port', '0', '--workspace', workspace]]
}

export function chooseShell(): Shell {
  if (!binaryOf()) return { name: 'Chromium', reason: 'there is no Electron binary here' }
  const display = process.platform !== 'linux' || !!process.env['DISPLAY'] || !!process.env['WAYLAND_DISPLAY']
  return display
    ? { name: 'Electron', reason: 'its binary and a display are here' }
    : { name: 'Chromium', reason: 'there is no display for Electron' }
}

export interface RunningApp {
  page: Page
  /** The process whose descendants are the host and the trainers. */
  pid: number
  /** What the window reported as an error on its console, and exceptions that nobody caught. */
  problems: string[]
  /** Ends window and host as a user does; resolves when the host has gone. */
  close: () => Promise<void>
}

function watch(page: Page): string[] {
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => problems.push(error.stack ?? error.message))
  return problems
}

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()))

/** The app's own output, until it says where it can be opened. */
async function urlOf(child: ChildProcess): Promise<string> {
  const lines: string[] = []
  child.stderr?.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
  for await (const line of createInterface({ input: child.stdout! })) {
    lines.push(line)
    const url = /http:\/\/(?:127\.0\.0\.1|localhost):\d+\/\S*/.exec(line)?.[0]
    if (url) {
      child.stdout!.resume()
      return url
    }
  }
  throw new Error(`The app ended without printing its address:\n${lines.join('\n')}`)
}

/** A worker of the end-to-end tests opens one app after the other; anything else opens one. */
const inTests = process.env['TEST_WORKER_INDEX'] !== undefined

let shared: Promise<Browser> | undefined

/**
 * One browser for all apps of a worker: starting it, and its first page, take longer than most of what is tested. It ends with the
 * worker; after a crash the next app starts another. Software draws what tests look at, and does so sooner without a GPU process.
 */
async function sharedBrowser(): Promise<Browser> {
  const before = await shared?.catch(() => undefined)
  if (before?.isConnected()) return before
  shared = chromium.launch({ executablePath: findChromium(), args: ['--disable-gpu'] })
  return await shared
}

/** A window of its own, which shares nothing with others, and how it is closed. */
async function openWindow(): Promise<{ page: Page; end: () => Promise<void> }> {
  const viewport = { width: 1280, height: 800 }
  if (inTests) {
    const context = await (await sharedBrowser()).newContext({ viewport })
    return { page: await context.newPage(), end: () => context.close() }
  }
  const browser = await chromium.launch({ executablePath: findChromium() })
  return { page: await browser.newPage({ viewport }), end: () => browser.close() }
}

const startHost = (workspace: string): ChildProcess =>
  spawn(...browserCommand(workspace), { cwd: root, stdio: ['pipe', 'pipe', 'pipe'] })

export interface Served {
  /** Opens it once, in one browser. */
  url: string
  /** Ends it as a terminal does; resolves when it has gone. */
  close: () => Promise<void>
}

/** The app for a browser of the caller's own. */
export async function serveApp(workspace: string): Promise<Served> {
  const child = startHost(workspace)
  const close = async (): Promise<void> => {
    child.kill('SIGINT')
    await ended(child)
  }
  try {
    return { url: await urlOf(child), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openInChromium(workspace: string): Promise<RunningApp> {
  const child = startHost(workspace)
  let end: (() => Promise<void>) | undefined
  try {
    const url = await urlOf(child)
    const opened = await openWindow()
    end = opened.end
    const { page } = opened
    const problems = watch(page)
    await page.goto(url)
    return {
      page,
      pid: child.pid!,
      problems,
      close: async () => {
        await opened.end()
        child.kill('SIGINT')
        await ended(child)
      },
    }
  } catch (error) {
    await end?.()
    child.kill('SIGKILL')
    throw error
  }
}

async function openInElectron(workspace: string): Promise<RunningApp> {
  const app = await _electron.launch({
    executablePath: binaryOf()!,
    args: [
      // Chromium's sandbox refuses to run as root.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...(packaged === undefined ? ['.'] : []),
      ...['--workspace', workspace],
    ],
    cwd: root,
  })
  const page = await app.firstWindow()
  return { page, pid: app.process().pid!, problems: watch(page), close: () => app.close() }
}

export const openApp = (workspace: string): Promise<RunningApp> =>
  chooseShell().name === 'Electron' ? openInElectron(workspace) : openInChromium(workspace)
