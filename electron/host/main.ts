/**
 * The host as a program. Electron's main process and `npm start` spawn it; `descent serve` calls `serve`.
 * stdout carries one JSON line, `ready` or the reason why not; everything else goes to stderr.
 */
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DescentError, protocolVersion, type DescentErrorValue } from '../contract/index.ts'
import { openApp } from './app.ts'
import { EventStream, newToken, startServer, type Door } from './server/index.ts'
import { toErrorValue } from './server/errors.ts'
import { workspacePath } from './workspace.ts'

/** The line on stdout that says the host can be called, or why it will never be. */
export type ReadyLine =
  | { readonly ready: true; readonly protocol: number; readonly socket?: string; readonly url?: string }
  | { readonly ready: false; readonly error: DescentErrorValue }

interface HostOptions {
  readonly door: Door
  readonly workspace: string
  readonly staticFolder: string | null
}

interface Host {
  readonly address: string
  readonly workspace: string
  close(): Promise<void>
}

const builtWindow = join(import.meta.dirname, '../../renderer/dist')

export function parseHostArgs(args: string[]): HostOptions {
  const { values } = readArgs(args)
  if (values.socket !== undefined && values.port !== undefined)
    throw new DescentError('badRequest', 'Give either --socket or --port, not both.')
  return {
    door:
      values.socket === undefined
        ? { kind: 'loopback', port: portNumber(values.port ?? '0'), token: newToken() }
        : { kind: 'socket', path: values.socket },
    workspace: workspacePath(values.workspace),
    staticFolder: values.static ?? builtWindow,
  }
}

function readArgs(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        socket: { type: 'string' },
        port: { type: 'string' },
        workspace: { type: 'string' },
        static: { type: 'string' },
      },
    })
  } catch (error) {
    throw new DescentError('badRequest', error instanceof Error ? error.message : String(error))
  }
}

function portNumber(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new DescentError('badRequest', `“${text}” is not a port: give a number from 0 to 65535.`)
  return port
}

function log(message: string, cause?: unknown): void {
  const detail =
    cause instanceof Error ? (cause.stack ?? cause.message) : cause === undefined ? '' : String(cause)
  process.stderr.write(`${new Date().toISOString()} ${message}${detail && `: ${detail}`}\n`)
}

async function startHost({ door, workspace, staticFolder }: HostOptions): Promise<Host> {
  const app = await openApp(workspace)
  for (const notice of app.context.store.notices) log(notice)
  const events = new EventStream()
  app.onEvent((event) => events.emit(event))
  try {
    const server = await startServer({
      door,
      handlers: app.handlers,
      events,
      workspace: app.workspace,
      staticFolder,
      log,
    })
    return {
      address: server.address,
      workspace: app.workspace,
      async close() {
        await server.close()
        await app.close()
      },
    }
  } catch (error) {
    await app.close()
    throw error
  }
}

/** Resolves when the user or the system asks the process to end. */
function endRequested({ stdin }: { stdin: boolean }): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
    process.once('SIGHUP', () => resolve())
    if (!stdin) return
    // Whoever started us holds the other end; when it is gone, so are we.
    process.stdin.once('end', () => resolve())
    process.stdin.once('close', () => resolve())
    process.stdin.once('error', () => resolve())
    process.stdin.resume()
  })
}

/** A closed terminal or parent must not turn the next log line into a crash. */
function ignoreBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
}

/** What stands in front of the host, and the address people should open instead of its own. */
interface Front {
  readonly url: string
  close(): Promise<void>
}

/** `descent serve [--port N] [--workspace DIR]`: the app for a browser, until Ctrl-C. */
export async function serve(args: string[], front?: (hostUrl: string) => Promise<Front>): Promise<void> {
  ignoreBrokenPipes()
  const end = endRequested({ stdin: false })
  const host = await startHost(parseHostArgs(args))
  const shown = await front?.(host.address)
  process.stdout.write(
    `Descent is ready: ${shown?.url ?? host.address}\nWorkspace: ${host.workspace}\nCtrl-C ends it.\n`,
  )
  await end
  await shown?.close()
  await host.close()
}

async function main(): Promise<number> {
  ignoreBrokenPipes()
  // Listening from the start: a parent that dies while the database opens must not leave us behind.
  const end = endRequested({ stdin: true })
  const say = (line: ReadyLine) => process.stdout.write(`${JSON.stringify(line)}\n`)
  try {
    const options = parseHostArgs(process.argv.slice(2))
    const host = await startHost(options)
    say({
      ready: true,
      protocol: protocolVersion,
      ...(options.door.kind === 'socket' ? { socket: host.address } : { url: host.address }),
    })
    await end
    await host.close()
    return 0
  } catch (error) {
    const { value, unexpected } = toErrorValue(error, 'that was asked for')
    if (unexpected) log('The host could not start', error)
    say({ ready: false, error: value })
    return 1
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename) {
  // Native addons (the GPU's above all) can keep an otherwise finished process alive.
  process.exit(await main())
}
