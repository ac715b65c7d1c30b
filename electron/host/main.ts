/**
 * The host as a program. Electron's main process and `npm start` spawn it; `descent serve` calls `serve`.
 * stdout carries JSON lines: `ready` or the reason why not, the next address whenever one has been used, and what is under way
 * whenever that changes. Everything else goes to stderr.
 */
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DescentError, protocolVersion, type Activity, type DescentErrorValue } from '../contract/index.ts'
import { ActivityWatch } from './activity.ts'
import { openApp } from './app.ts'
import { endRequested } from './end-requested.ts'
import { EventStream, startServer, type Door } from './server/index.ts'
import { toErrorValue } from './server/errors.ts'
import { workspacePath } from './workspace.ts'

/** The line on stdout that says the host can be called, or why it will never be. */
export type ReadyLine =
  | { readonly ready: true; readonly protocol: number; readonly socket?: string; readonly url?: string }
  | { readonly ready: false; readonly error: DescentErrorValue }

/** On loopback, an address signs in one browser; this is the one for the next. */
interface AddressLine {
  readonly address: string
}

/** How many trainings are under way: whoever shows the window asks before it closes it. */
interface ActivityLine {
  readonly activity: Activity
}

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
        ? { kind: 'loopback', port: portNumber(values.port ?? '0') }
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

async function startHost(
  { door, workspace, staticFolder }: HostOptions,
  onSignIn: (address: string) => void,
  onActivity: (activity: Activity) => void = () => {},
): Promise<Host> {
  const app = await openApp(workspace)
  for (const { message } of app.context.store.notices.list()) app.log(message)
  // What nobody caught ends the host, as ever; the log has to say why.
  const crashed = (error: Error): void => app.log('The host crashed', error)
  process.on('uncaughtExceptionMonitor', crashed)
  const events = new EventStream()
  app.onEvent((event) => events.emit(event))
  const activity = new ActivityWatch(onActivity)
  app.onEvent((event) => activity.hear(event))
  try {
    const server = await startServer({
      door,
      handlers: app.handlers,
      events,
      workspace: app.workspace,
      scratch: app.context.scratch,
      staticFolder,
      onSignIn,
      log: app.log,
    })
    return {
      get address() {
        return server.address
      },
      workspace: app.workspace,
      async close() {
        process.off('uncaughtExceptionMonitor', crashed)
        await server.close()
        await app.close()
      },
    }
  } catch (error) {
    await app.close()
    throw error
  }
}

/** A closed terminal or parent must not turn the next log line into a crash. */
function ignoreBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
}

/** What stands in front of the host. */
interface Front {
  /** The address people should open instead of the host's own. */
  addressOf(hostAddress: string): string
  /** A browser has used the address that was shown. */
  onSignIn(): void
  close(): Promise<void>
}

/** `descent serve [--port N] [--workspace DIR]`: the app for a browser, until Ctrl-C. */
export async function serve(args: string[], front?: (hostAddress: string) => Promise<Front>): Promise<void> {
  ignoreBrokenPipes()
  const end = endRequested({ stdin: false })
  let shown: Front | null = null
  const addressOf = (address: string) => shown?.addressOf(address) ?? address
  const host = await startHost(parseHostArgs(args), (next) => {
    shown?.onSignIn()
    process.stdout.write(`A browser is signed in. To open Descent in another one: ${addressOf(next)}\n`)
  })
  shown = (await front?.(host.address)) ?? null
  process.stdout.write(
    `Descent is ready: ${addressOf(host.address)}\nWorkspace: ${host.workspace}\n` +
      'The address opens Descent once, in one browser. Ctrl-C ends it.\n',
  )
  await end
  await shown?.close()
  await host.close()
}

async function main(): Promise<number> {
  ignoreBrokenPipes()
  // Listening from the start: a parent that dies while the database opens must not leave us behind.
  const end = endRequested({ stdin: true })
  const say = (line: ReadyLine | AddressLine | ActivityLine) =>
    process.stdout.write(`${JSON.stringify(line)}\n`)
  try {
    const options = parseHostArgs(process.argv.slice(2))
    const host = await startHost(
      options,
      (address) => say({ address }),
      (activity) => say({ activity }),
    )
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
    if (unexpected)
      process.stderr.write(
        `The host could not start: ${error instanceof Error ? error.stack : String(error)}\n`,
      )
    say({ ready: false, error: value })
    return 1
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename) {
  // Native addons (the GPU's above all) can keep an otherwise finished process alive.
  process.exit(await main())
}
