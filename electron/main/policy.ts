/** What the window may do: decisions only, no Electron. Whatever is not named here is refused. */
import { z } from 'zod'

export const appScheme = 'app'
export const appOrigin = 'app://descent'

export function isAppUrl(url: string): boolean {
  const parsed = URL.parse(url)
  return parsed !== null && parsed.protocol === `${appScheme}:` && parsed.host === 'descent'
}

/** Sites the app's own pages and menus point to. Subdomains count. */
const externalSites = [
  'arxiv.org',
  'github.com',
  'huggingface.co',
  'onnx.ai',
  'pytorch.org',
  'scikit-learn.org',
  'wikipedia.org',
]

/** The one gate to the system's browser: the address in its normal form, or null. */
export function externalUrl(url: string): string | null {
  const parsed = URL.parse(url)
  if (parsed === null || parsed.protocol !== 'https:' || parsed.port !== '') return null
  // https://github.com@evil.example is a user name, not a site.
  if (parsed.username !== '' || parsed.password !== '') return null
  const known = externalSites.some((site) => parsed.hostname === site || parsed.hostname.endsWith(`.${site}`))
  return known ? parsed.href : null
}

const isOwnBlob = (url: string): boolean => url.startsWith('blob:') && isAppUrl(url.slice('blob:'.length))

/** Besides the app's own files: pictures that the page drew itself, and Chromium's own tools where they were asked for. */
export function mayLoad(url: string, devTools: boolean): boolean {
  const protocol = URL.parse(url)?.protocol
  if (protocol === 'devtools:') return devTools
  return protocol === 'data:' || isOwnBlob(url) || isAppUrl(url)
}

/** What the host or the page made, however it was led to; nothing is fetched from elsewhere onto the user's disk. */
export const mayDownload = (urls: readonly string[]): boolean =>
  urls.length > 0 && urls.every((url) => isAppUrl(url) || isOwnBlob(url))

const granted: ReadonlySet<string> = new Set(['clipboard-sanitized-write', 'notifications'])

/** Copying a table to the clipboard, and telling that a training has ended; nothing else. `requester` is the page that asks. */
export function permissionGranted(permission: string, requester: string): boolean {
  return granted.has(permission) && isAppUrl(requester)
}

/** Only our page itself may call main, not a frame inside it. */
export function senderTrusted(frame: { url: string; parent: unknown } | null): boolean {
  return frame !== null && frame.parent === null && isAppUrl(frame.url)
}

/** Developer tools show everything that the window holds to whoever sits at it: only for those who ask. */
export const devToolsWanted = (
  argument: unknown,
  env: Readonly<Record<string, string | undefined>>,
): boolean => argument === true || env['DESCENT_DEVTOOLS'] === '1'

/** https://www.electronjs.org/docs/latest/tutorial/security */
export const webPreferences = (devTools: boolean) => ({
  devTools,
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  spellcheck: false,
})

export const fileFiltersSchema = z
  .array(
    z.strictObject({
      name: z.string().max(100),
      extensions: z
        .array(z.string().regex(/^([A-Za-z0-9]{1,16}|\*)$/))
        .min(1)
        .max(20),
    }),
  )
  .max(20)

/** A name to propose, never a place: dialogs begin where the user last was. */
export const fileNameSchema = z
  .string()
  .max(255)
  .transform((name) => name.split(/[/\\]/).at(-1) ?? '')
  .refine((name) => !/^\.*$/.test(name) && !/\p{Cc}/u.test(name))
