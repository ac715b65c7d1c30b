/** `npm start`'s options, and the choice between the two ways to show the window. Pure. */
import { parseArgs } from 'node:util'
import { DescentError } from '../contract/index.ts'

export interface StartOptions {
  readonly browser: boolean
  readonly dev: boolean
  readonly devtools: boolean
  readonly open: boolean
  readonly help: boolean
  readonly port?: string
  readonly workspace?: string
}

export const startHelp = `npm start -- [options]

  --browser         show Descent in a browser even where Electron could
  --port N          listen on this port (browser mode; default: any free one)
  --workspace DIR   keep projects here (default: see the README)
  --no-open         do not open a browser, only print the address
  --dev             browser mode with the window's sources reloading as they change
  --devtools        let Electron's window show its developer tools (or set DESCENT_DEVTOOLS=1)
`

function readArgs(args: string[]) {
  return parseArgs({
    args,
    allowNegative: true,
    options: {
      browser: { type: 'boolean', default: false },
      dev: { type: 'boolean', default: false },
      devtools: { type: 'boolean', default: false },
      open: { type: 'boolean', default: true },
      help: { type: 'boolean', default: false },
      port: { type: 'string' },
      workspace: { type: 'string' },
    },
  })
}

export function parseStartArgs(args: string[]): StartOptions {
  try {
    return readArgs(args).values
  } catch (error) {
    throw new DescentError('badRequest', error instanceof Error ? error.message : String(error))
  }
}

export interface Surroundings {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly root: boolean
}

export function hasDisplay({ platform, env }: Surroundings): boolean {
  return platform !== 'linux' || !!env['DISPLAY'] || !!env['WAYLAND_DISPLAY']
}

/** Why the window must be a browser's; null where Electron may be tried. */
export function whyBrowser(
  options: Pick<StartOptions, 'browser' | 'dev' | 'port'>,
  where: Surroundings,
): string | null {
  if (options.browser) return '--browser was given'
  if (options.dev) return '--dev was given'
  if (options.port !== undefined) return '--port was given'
  if (!hasDisplay(where)) return 'there is no display for Electron'
  if (where.root && where.platform === 'linux') return 'Electron’s sandbox does not run as root'
  return null
}
