/** What electron/start.ts starts: builds the window when needed, then shows it in Electron where that can run, in a browser elsewhere. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { DescentError } from '../contract/index.ts'
import { sandboxFacts, whyNoSandbox } from '../host/problems/sandbox.ts'
import { openInBrowser } from './browser.ts'
import { startDevServer } from './dev-server.ts'
import { obtainElectron } from './electron-binary.ts'
import { hasDisplay, parseStartArgs, startHelp, whyBrowser, type StartOptions } from './options.ts'
import { buildWindow } from './window-build.ts'

const root = join(import.meta.dirname, '../..')
const surroundings = { platform: process.platform, env: process.env, root: process.getuid?.() === 0 }

/** A window that is gone this soon with an error has never been seen. */
const failedAtOnceMs = 10_000

/** Why the window is a browser's, as part of a sentence, and what would change that, as sentences. */
interface NoWindow {
  readonly why: string
  readonly mend?: string
}

/** null: Electron ran. Otherwise why it could not. */
async function runElectron(options: StartOptions): Promise<NoWindow | null> {
  const found = await obtainElectron(join(root, 'node_modules/electron'), process.env)
  if ('missing' in found) return { why: found.missing }
  const unsafe = whyNoSandbox(sandboxFacts(found.binary))
  if (unsafe !== null) return unsafe
  const args = [
    ...(options.workspace === undefined ? [] : ['--workspace', options.workspace]),
    ...(options.devtools ? ['--devtools'] : []),
  ]
  const started = performance.now()
  const child = spawn(found.binary, [root, ...args], { stdio: 'inherit' })
  let asked = false
  // Ctrl-C reaches Electron by itself; it closes the host, and this process ends after it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      asked = true
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  const end = await new Promise<string | null>((resolve) => {
    child.once('error', (error) => resolve(`Electron cannot be started: ${error.message}`))
    child.once('exit', (code, signal) =>
      resolve(code === 0 || asked ? null : `Electron ended (${signal ?? `code ${code}`})`),
    )
  })
  const failed = end !== null && performance.now() - started < failedAtOnceMs
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(signal)
  if (end !== null && !failed)
    throw new DescentError('internal', `${end}. Start Descent again: your work is saved.`)
  return end === null ? null : { why: end }
}

async function runInBrowser(options: StartOptions, { why, mend }: NoWindow): Promise<void> {
  console.log(`Showing Descent in a browser: ${why}.`)
  if (mend !== undefined) console.log(mend)
  const args = [
    ...(options.port === undefined ? [] : ['--port', options.port]),
    ...(options.workspace === undefined ? [] : ['--workspace', options.workspace]),
  ]
  // Electron starts a host of its own, and nobody waits for this one there.
  const { serve } = await import('../host/main.ts')
  await serve(args, async (hostAddress) => {
    const dev = options.dev ? await startDevServer(root, hostAddress) : null
    const addressOf = (address: string) => dev?.addressOf(address) ?? address
    // Where there is a display there is a browser to be asked for; elsewhere the printed address must do.
    const asks = options.open && hasDisplay(surroundings)
    const removeFile = asks ? openInBrowser(addressOf(hostAddress)) : () => {}
    return {
      addressOf,
      onSignIn: removeFile,
      async close() {
        removeFile()
        await dev?.close()
      },
    }
  })
}

async function main(): Promise<void> {
  const options = parseStartArgs(process.argv.slice(2))
  if (options.help) {
    process.stdout.write(startHelp)
    return
  }
  if (!options.dev) await buildWindow(root)
  const why = whyBrowser(options, surroundings)
  const noWindow = why === null ? await runElectron(options) : { why }
  if (noWindow !== null) await runInBrowser(options, noWindow)
}

try {
  await main()
  // Vite and native addons may leave handles behind; all that had to be closed has been.
  process.exit(0)
} catch (error) {
  console.error(error instanceof DescentError ? error.message : error)
  process.exit(1)
}
