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

/** Besides the app's own files: pictures that the page drew itself, and Chromium's own tools. */
export function mayLoad(url: string): boolean {
  const parsed = URL.parse(url)
  if (parsed === null) return false
  if (parsed.protocol === 'blob:') return isAppUrl(parsed.pathname)
  return ['data:', 'devtools:'].includes(parsed.protocol) || isAppUrl(url)
}

/** Copying a table to the clipboard; nothing else. `requester` is the page that asks. */
export function permissionGranted(permission: string, requester: string): boolean {
  return permission === 'clipboard-sanitized-write' && isAppUrl(requester)
}

/** Only our page itself may call main, not a frame inside it. */
export function senderTrusted(frame: { url: string; parent: unknown } | null): boolean {
  return frame !== null && frame.parent === null && isAppUrl(frame.url)
}

/** https://www.electronjs.org/docs/latest/tutorial/security */
export const webPreferences = {
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
} as const

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
